"""Which half-days a person's own calendar takes up. The file is read and forgotten; nothing of it is kept."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from innovation_den import busy_reader
from innovation_den.queries.panellists import DenHalf, HalfDay
from portal.refusals import Reason, Refused

READER: Final = Path(busy_reader.__file__)
LARGEST: Final = 5 * 1024 * 1024
MOST_ENTRIES: Final = 10_000
SECONDS: Final = 15
FIELD: Final = "calendar"

NOT_ONE = "The file is not a calendar that we can read. Export it again as an iCalendar file (.ics)"
TOO_MUCH = "The calendar holds too much to work out. Export only the months around the den, then try again"


def taken_halves(content: bytes, halves: Sequence[DenHalf]) -> set[HalfDay]:
    """The half-days in which something stands that is neither cancelled nor marked as free.

    Raises `Refused` where the file is no calendar, is broken, or takes too long to work out.
    """
    if b"BEGIN:VCALENDAR" not in content[:2048].upper():
        raise Refused([Reason(NOT_ONE, FIELD)])
    if content.upper().count(b"BEGIN:VEVENT") > MOST_ENTRIES:
        raise Refused([Reason(TOO_MUCH, FIELD)])
    asked = json.dumps([(half.starts_at.timestamp(), half.ends_at.timestamp()) for half in halves])
    try:
        # The program is ours and takes no arguments; the calendar goes in as data.
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-I", str(READER)],
            input=asked.encode() + b"\n" + content,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Refused([Reason(TOO_MUCH, FIELD)]) from None
    if done.returncode < 0:  # stopped at its limit
        raise Refused([Reason(TOO_MUCH, FIELD)])
    if done.returncode:
        raise Refused([Reason(NOT_ONE, FIELD)])
    taken = json.loads(done.stdout)
    return {half.as_pair for half, is_taken in zip(halves, taken, strict=True) if is_taken}
