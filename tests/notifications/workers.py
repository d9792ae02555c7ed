"""Real Celery workers, each a process of its own that may be killed."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tests.nursery import PATIENCE, Nursery

# One process that takes tasks and works on them itself: killing it leaves nobody to tidy up.
ARGUMENTS = "--pool=solo --loglevel=WARNING --without-gossip --without-mingle --without-heartbeat"


class Worker:
    def __init__(self, nursery: Workers) -> None:
        self.nursery = nursery
        self.pid = nursery.bear("tests.notifications.workers:become_worker")

    def kill(self) -> None:
        self.nursery.kill(self.pid)

    def wait(self) -> None:
        """Return when the worker is dead; fail where it lives on."""
        self.nursery.end_of(self.pid)

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        ends = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > ends:
                raise AssertionError(f"{what} did not come to be. The worker says:\n{self.nursery.words()}")
            time.sleep(0.02)


class Workers(Nursery):
    """Starts workers quickly, one after another; at the end none is left."""

    def __init__(self, log: Path) -> None:
        super().__init__("celery.apps.worker", "portal.notifications.tasks", log=log)

    def start_worker(self) -> Worker:
        return Worker(self)


def become_worker() -> None:
    from portal import celery_app

    celery_app.worker_main(["worker", *ARGUMENTS.split()])
