"""A process with the portal loaded that bears readers of uploads by fork, to be killed at a step of theirs.

    python -m tests.reporting.reader_nursery

A process that has run other tests has threads and connections that no fork may take along; this one has none.
Each line on standard input is JSON. `{"read": UPLOAD, "at": STEP, "number": N, "do": WHAT, "seconds": S}` answers
with the id of a process that reads the upload and does WHAT at the Nth such step (at each one where N is 0): "kill"
itself, "pause" for S seconds, or "hold" until another has checked the upload. `{"wait": PID}` answers with its end.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from types import TracebackType
from typing import Any, Self

PIECE = 500  # rows written at once, so that there are several steps of writing
HOLD = 60  # seconds at most


class Readers:
    """The tests' side: starts readers, and waits for their ends."""

    def __init__(self, environment: dict[str, str], folder: str) -> None:
        self.environment, self.folder = environment, folder

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.reporting.reader_nursery"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=self.folder, env=self.environment,
        )  # fmt: skip
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.communicate()

    def read(self, upload: int, do: str = "", *, at: str = "", number: int = 0, seconds: float = 0) -> int:
        """Start one; its process id."""
        return self._ask({"read": upload, "do": do, "at": at, "number": number, "seconds": seconds})

    def end_of(self, reader: int) -> int:
        """Its exit code, or the signal that ended it, below nought."""
        return self._ask({"wait": reader})

    def _ask(self, what: dict[str, Any]) -> int:
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps(what), file=self.process.stdin, flush=True)
        return int(self.process.stdout.readline())


def main() -> None:
    import django

    django.setup()
    from reporting.actions import ingest  # noqa: F401 -- loaded once, here

    for line in sys.stdin:
        asked = json.loads(line)
        if "wait" in asked:
            answer(os.waitstatus_to_exitcode(os.waitpid(asked["wait"], 0)[1]))
            continue
        child = os.fork()
        if not child:
            become_reader(asked)
        answer(child)


def answer(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def become_reader(asked: dict[str, Any]) -> None:
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        from django.utils import timezone

        from reporting.actions import ingest

        watch(asked)
        ingest.read_upload(upload_id=asked["read"], now=timezone.now())
        os._exit(0)
    finally:
        os._exit(1)


def watch(asked: dict[str, Any]) -> None:
    """Have the reader do what is asked at each step that it is asked at."""
    from reporting.actions import ingest
    from reporting.uploads import copying, pulse

    counts: dict[str, int] = {}

    def step(moment: str) -> None:
        counts[moment] = counts.get(moment, 0) + 1
        if moment == asked["at"] and asked["number"] in (0, counts[moment]):
            act(asked)

    pulse.EVERY, pulse.STALLED, copying.PIECE = 0.0, 3, PIECE
    beat, flush, finish, enter = pulse.Pulse.beat, copying.RowCopier.flush, ingest._finish, pulse.Pulse.__enter__

    def beats(self: Any, rows: Any, expected: Any) -> None:
        beat(self, rows, expected)
        step("tick")

    def flushes(self: Any) -> None:
        flush(self)
        step("written")

    def finishes(upload: Any, done: Any) -> None:
        finish(upload, done)
        step("finishing")

    def enters(self: Any) -> Any:
        step("claimed")
        return enter(self)

    pulse.Pulse.beat, copying.RowCopier.flush = beats, flushes
    ingest._finish, pulse.Pulse.__enter__ = finishes, enters


def act(asked: dict[str, Any]) -> None:
    if asked["do"] == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif asked["do"] == "pause":
        time.sleep(asked["seconds"])
    elif asked["do"] == "hold":
        ends_at = time.monotonic() + HOLD
        while time.monotonic() < ends_at and not is_checked(asked["read"]):
            time.sleep(0.05)


def is_checked(upload: int) -> bool:
    """By a connection beside that of the reader's own transaction."""
    from django.db import connection

    from reporting.choices import UploadState

    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT state FROM reporting_upload WHERE id = %s", [upload])
            return cursor.fetchone()[0] == UploadState.CHECKED
    finally:
        own.close()


if __name__ == "__main__":
    main()
