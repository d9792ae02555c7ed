"""Reads dates and times as people write them. Times are London's, and an unclear one is refused."""

from __future__ import annotations

import datetime
import re
from zoneinfo import ZoneInfo

from portal.govuk.formats import clock, day

LONDON = ZoneInfo("Europe/London")
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
FULL_MONTHS = [datetime.date(2000, number, 1).strftime("%B").lower() for number in range(1, 13)]
EARLIEST, LATEST = 1900, 2199  # far from where adding days to a date, or moving it to another zone, breaks off
CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(am|pm)?")


class UnclearError(ValueError):
    """What was written is no date or time; the message says what is wrong, without its subject."""


def month_number(text: str) -> int:
    """Of 3, 03, Mar, Sept or March. Raises `ValueError` for anything else."""
    word = text.lower().rstrip(".")
    if len(word) >= 3 and (full := next((name for name in FULL_MONTHS if name.startswith(word)), None)):
        return FULL_MONTHS.index(full) + 1
    return int(text)


def read_day(day_text: str, month_text: str, year_text: str) -> datetime.date:
    """The date of three parts. Raises `UnclearError`."""
    parts = {"day": day_text, "month": month_text, "year": year_text}
    missing = [name for name, text in parts.items() if not text]
    if missing:
        raise UnclearError(f"must include a {' and a '.join(missing)}")
    try:
        found = datetime.date(int(year_text), month_number(month_text), int(day_text))
    except (ValueError, OverflowError):
        raise UnclearError("must be a real date") from None
    if len(year_text) != 4:
        raise UnclearError("must have a year of 4 numbers, like 2027")
    if not EARLIEST <= found.year <= LATEST:
        raise UnclearError(f"must have a year from {EARLIEST} to {LATEST}")
    return found


def read_clock(text: str) -> datetime.time:
    """The time of 5pm, 5:30pm, 5.30 pm, 17:30, midday or noon. Raises `UnclearError`."""
    word = re.sub(r"[\s]|\.(?=m)|(?<=m)\.", "", text.lower())
    if word in {"midday", "noon", "12noon"}:
        return datetime.time(12)
    if word == "midnight":
        raise UnclearError("cannot be midnight, which may mean either end of the day. Enter 11:59pm or 12:01am")
    match = CLOCK.fullmatch(word)
    if not match or not (match[2] or match[3]):
        raise UnclearError("must have a time like 5pm or 17:30")
    hour, minute, half = int(match[1]), int(match[2] or 0), match[3]
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0) if 1 <= hour <= 12 else 99
    try:
        return datetime.time(hour, minute)
    except ValueError:
        raise UnclearError("must have a time like 5pm or 17:30") from None


def london(date: datetime.date, time: datetime.time) -> datetime.datetime:
    """The instant of a date and time on London's clocks.

    Raises `UnclearError` for the hour that the clocks leave out in March and the hour that they repeat in
    October: a deadline must name one instant.
    """
    moment = datetime.datetime.combine(date, time, LONDON)
    offsets = {moment.replace(fold=fold).utcoffset() for fold in (0, 1)}
    if len(offsets) == 1:
        return moment
    if moment.astimezone(datetime.UTC).astimezone(LONDON).replace(tzinfo=None) != moment.replace(tzinfo=None):
        raise UnclearError(
            f"cannot be {clock(time)}: on {day(date)} the clocks go forward and there is no such time. "
            "Enter 2am or later"
        )
    raise UnclearError(
        f"cannot be {clock(time)}: on {day(date)} the clocks go back and it comes twice. "
        "Enter a time before 1am, or 2am or later"
    )


def clock_text(moment: datetime.datetime) -> str:
    """A time as `read_clock` takes it back."""
    return "12am" if (moment.hour, moment.minute) == (0, 0) else clock(moment)
