"""Reads a stranger's calendar in a process of its own, and says in which of the asked times something stands.

Run as a program, not imported: a rule in a calendar can be written so that working it out takes hours, and a
process can be given a limit. In on standard input: a line of JSON with the asked times as pairs of seconds since
1970, then the calendar. Out: JSON, for each asked time whether it is taken. Of the entries themselves nothing is said.
"""

from __future__ import annotations

import json
import resource
import sys
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
SECONDS = 8  # of the processor
MEMORY = 768 * 1024 * 1024
NEEDED = {"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"}
BROKEN = 3  # how the program ends


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def main() -> int:
    limit()
    asked = json.loads(sys.stdin.buffer.readline())
    content = sys.stdin.buffer.read()
    from icalendar import Calendar

    try:
        calendars = [found for found in Calendar.from_ical(content, multiple=True) if isinstance(found, Calendar)]
    except (ValueError, IndexError, KeyError, TypeError, AttributeError):
        return BROKEN
    entries = [entry for calendar in calendars for entry in calendar.walk("VEVENT")]
    if not calendars or any(_is_broken(entry) for entry in entries):
        return BROKEN
    import recurring_ical_events  # type: ignore[import-untyped]

    unrolled = [recurring_ical_events.of(calendar) for calendar in calendars]
    taken = [any(_is_taken(calendar, *pair) for calendar in unrolled) for pair in asked]
    sys.stdout.write(json.dumps(taken))
    return 0


def _is_broken(entry: Any) -> bool:
    """Whether the entry lacks its start, or says in an unreadable way when it is."""
    return "DTSTART" not in entry or any(name in NEEDED for name, _ in getattr(entry, "errors", []))


def _is_taken(calendar: Any, start: float, end: float) -> bool:
    """Whether an entry that counts stands in the time; each repetition is worked out for that time alone."""
    first, last = datetime.fromtimestamp(start, LONDON), datetime.fromtimestamp(end, LONDON)
    found = calendar.between(first, last)
    return any(_counts(entry) and _overlaps(entry, first, last) for entry in found)


def _counts(entry: Any) -> bool:
    """Not what is cancelled, nor what leaves the time free (RFC 5545, 3.8.2.7)."""
    return (
        str(entry.get("TRANSP", "")).upper() != "TRANSPARENT"
        and str(entry.get("STATUS", "")).upper() != "CANCELLED"
        and str(entry.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() != "FREE"
    )


def _overlaps(entry: Any, first: datetime, last: datetime) -> bool:
    """An entry without a length is a reminder and takes no time."""
    start, end = _moment(entry.start), _moment(entry.end)
    return start < end and start < last and first < end


def _moment(value: date | datetime) -> datetime:
    """A day begins at midnight, and a time without a zone is meant, in London."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return value if value.tzinfo else value.replace(tzinfo=LONDON)


if __name__ == "__main__":
    sys.exit(main())
