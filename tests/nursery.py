"""A process with the portal loaded that bears others by fork: each starts in milliseconds, and may be killed.

    python -m tests.nursery MODULE...

A process that has run other tests has threads and connections that no fork may take along; this one has none. Each
line on standard input is JSON. `{"call": "package.module:function", "given": [...]}` answers with the id of a process
that calls it; `{"wait": PID}` answers with its end. None of them outlives this process.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from portal.embedded import processes

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 60  # seconds
PR_SET_PDEATHSIG = 1  # prctl(2)


def environment() -> dict[str, str]:
    """The settings of this test process: the same database, broker and provider."""
    from django.conf import settings
    from django.db import connection

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


class Nursery:
    """The tests' side. `loads` are modules that every child needs; what the children say goes to `log`."""

    def __init__(self, *loads: str, log: Path | None = None) -> None:
        self.loads, self.log = loads, log
        self.ends: dict[int, int] = {}

    def __enter__(self) -> Self:
        with (self.log or Path(os.devnull)).open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.nursery", *self.loads], text=True, cwd=ROOT, env=environment(),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log if self.log else None,
            )  # fmt: skip
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.communicate()

    def bear(self, call: str, *given: Any) -> int:
        """The id of a process that calls this function."""
        born = self._ask({"call": call, "given": given})
        self.ends.pop(born, None)
        return born

    def end_of(self, child: int) -> int:
        """Its exit code, or the signal that ended it, below nought. Fails where it lives on."""
        if child not in self.ends:
            self.ends[child] = self._ask({"wait": child})
        return self.ends[child]

    def kill(self, child: int) -> None:
        if child not in self.ends:
            os.kill(child, signal.SIGKILL)
            self.end_of(child)

    def _ask(self, what: dict[str, Any]) -> int:
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps(what), file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        assert answer.strip(), f"No answer to {what}.\n{self.words()}"
        return int(answer)

    def words(self) -> str:
        """What the children said last."""
        return processes.tail(self.log, 60) if self.log else ""


def main(loads: list[str]) -> None:
    import django

    django.setup()
    for module in loads:
        importlib.import_module(module)
    gc.freeze()  # the children share what is here: no collection of theirs writes to it
    children: set[int] = set()
    for line in sys.stdin:
        asked = json.loads(line)
        if "wait" in asked:
            answer(end_of(asked["wait"], children))
            continue
        child = os.fork()
        if not child:
            live(asked["call"], asked["given"])
        children.add(child)
        answer(child)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def answer(number: int | None) -> None:
    sys.stdout.write("\n" if number is None else f"{number}\n")
    sys.stdout.flush()


def end_of(child: int, children: set[int]) -> int | None:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            children.discard(child)
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    return None


def live(call: str, given: list[Any]) -> None:
    code = 1
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        named(call)(*given)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def named(call: str) -> Callable[..., Any]:
    module, _, function = call.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
