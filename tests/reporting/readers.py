"""Readers of uploads, each a process of its own, to be killed at a step of theirs.

One may be asked to do something at the Nth step of a kind (at each one where N is 0): "kill" itself, "pause" for some
seconds, or "hold" until another has checked the upload.
"""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from tests.nursery import Nursery

PIECE = 500  # rows written at once, so that there are several steps of writing
HOLD = 60  # seconds at most


class Readers(Nursery):
    def __init__(self) -> None:
        super().__init__("reporting.actions.ingest")

    def read(self, upload: int, do: str = "", *, at: str = "", number: int = 0, seconds: float = 0) -> int:
        """Start one; its process id."""
        asked = {"read": upload, "do": do, "at": at, "number": number, "seconds": seconds}
        return self.bear("tests.reporting.readers:become_reader", asked)


def become_reader(asked: dict[str, Any]) -> None:
    from django.utils import timezone

    from reporting.actions import ingest

    watch(asked)
    ingest.read_upload(upload_id=asked["read"], now=timezone.now())


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
