"""Real Celery workers, each a process of its own that may be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import psutil
from django.conf import settings
from django.db import connection

from portal.embedded import processes

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds
# One process that takes tasks and works on them itself: killing it leaves nobody to tidy up.
ARGUMENTS = "--pool=solo --loglevel=WARNING --without-gossip --without-mingle --without-heartbeat"


def environment() -> dict[str, str]:
    """The settings of this test process: the same database, broker and provider."""
    database = connection.settings_dict["NAME"]
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{database}",
        "NOTIFY_BACKEND": settings.NOTIFY_BACKEND,
        "EMAIL_HOST": settings.EMAIL_HOST,
        "EMAIL_PORT": str(settings.EMAIL_PORT),
        "GOVUK_NOTIFY_API_KEY": settings.GOVUK_NOTIFY_API_KEY,
        "GOVUK_NOTIFY_BASE_URL": settings.GOVUK_NOTIFY_BASE_URL,
        "GOVUK_NOTIFY_TEMPLATE_ID": settings.GOVUK_NOTIFY_TEMPLATE_ID,
        "LOG_LEVEL": "WARNING",
    }


class Worker:
    def __init__(self, pid: int, log: Path) -> None:
        self.process = psutil.Process(pid)
        self.pid = pid
        self.log = log

    def kill(self) -> None:
        if self.process.is_running():
            os.kill(self.pid, signal.SIGKILL)
            self.wait()

    def wait(self) -> None:
        """Return when the worker is dead; fail where it lives on."""
        self.wait_for(lambda: not self.process.is_running(), "The worker's death")

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        ends = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > ends:
                raise AssertionError(f"{what} did not come to be. The worker says:\n{processes.tail(self.log, 60)}")
            time.sleep(0.02)


class Nursery:
    """Starts workers quickly, one after another; at the end none is left."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.workers: list[Worker] = []

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.notifications.nursery", str(self.log)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment(),
        )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers:
            worker.kill()
        self.process.communicate()

    def start_worker(self) -> Worker:
        assert self.process.stdin
        assert self.process.stdout
        print(ARGUMENTS, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        assert answer, f"No worker was born:\n{processes.tail(self.log, 60)}"
        self.workers.append(Worker(int(answer), self.log))
        return self.workers[-1]
