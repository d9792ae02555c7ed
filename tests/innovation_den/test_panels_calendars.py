"""Calendars that panellists upload: what takes a half-day, and files that are broken or meant to do harm."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from innovation_den import busy, busy_reader
from innovation_den.busy import taken_halves
from innovation_den.queries.panellists import half_days_of
from portal.refusals import Refused
from tests.innovation_den.makers import make_den

ROOT = Path(busy.__file__).parents[1]
pytestmark = pytest.mark.django_db


def calendar(*entries: str, head: str = "") -> bytes:
    """Each entry is the lines of one VEVENT."""
    events = "".join(
        f"BEGIN:VEVENT\nUID:{number}\n{entry}\nEND:VEVENT\n"
        if "UID:" not in entry
        else f"BEGIN:VEVENT\n{entry}\nEND:VEVENT\n"
        for number, entry in enumerate(entries)
    )
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Test//EN\n{head}{events}END:VCALENDAR\n".replace(
        "\n", "\r\n"
    ).encode()


def taken(content: bytes) -> str:
    """Which halves of the den's one day: from 9:30 to 11:45, and from 13:30 to 15:45."""
    return " ".join(sorted(half for _, half in taken_halves(content, half_days_of(make_den()))))


BETWEEN_TEN_AND_ELEVEN = "DTSTART:20261214T100000Z\nDTEND:20261214T110000Z"


@pytest.mark.parametrize(
    ("entry", "halves"),
    [
        pytest.param(BETWEEN_TEN_AND_ELEVEN, "am", id="one"),
        pytest.param("DTSTART:20261214T110000Z\nDTEND:20261214T140000Z", "am pm", id="over both"),
        pytest.param("DTSTART:20261214T070000Z\nDTEND:20261214T093000Z", "", id="ends as the den begins"),
        pytest.param("DTSTART:20261214T114500Z\nDTEND:20261214T133000Z", "", id="between the halves"),
        pytest.param("DTSTART:20261215T100000Z\nDTEND:20261215T110000Z", "", id="another day"),
        pytest.param("DTSTART;VALUE=DATE:20261214\nDTEND;VALUE=DATE:20261215", "am pm", id="all day"),
        pytest.param("DTSTART;VALUE=DATE:20261213\nDTEND;VALUE=DATE:20261214", "", id="all of the day before"),
        pytest.param("DTSTART;VALUE=DATE:20261207\nDTEND;VALUE=DATE:20261219", "am pm", id="a fortnight away"),
        pytest.param("DTSTART:20261214T140000\nDURATION:PT1H", "pm", id="without a zone"),
        pytest.param("DTSTART;TZID=America/New_York:20261214T090000\nDURATION:PT30M", "pm", id="from New York"),
        pytest.param("DTSTART;TZID=Eastern Standard Time:20261214T090000\nDURATION:PT30M", "pm", id="Windows zone"),
        pytest.param("DTSTART:20261214T100000Z", "", id="reminder without a length"),
        pytest.param(f"{BETWEEN_TEN_AND_ELEVEN}\nTRANSP:TRANSPARENT", "", id="marked as free"),
        pytest.param(f"{BETWEEN_TEN_AND_ELEVEN}\nX-MICROSOFT-CDO-BUSYSTATUS:FREE", "", id="free in Outlook"),
        pytest.param(f"{BETWEEN_TEN_AND_ELEVEN}\nSTATUS:CANCELLED", "", id="cancelled"),
        pytest.param(f"{BETWEEN_TEN_AND_ELEVEN}\nSTATUS:TENTATIVE", "am", id="perhaps"),
        pytest.param("DTSTART:20200106T100000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY", "am", id="every Monday for years"),
        pytest.param("DTSTART:20200107T100000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY", "", id="every Tuesday"),
        pytest.param(
            "DTSTART:20261207T100000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY\nEXDATE:20261214T100000Z", "", id="but not then"
        ),
        pytest.param(
            "DTSTART;TZID=Europe/London:20260706T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY", "am", id="over summer time"
        ),
    ],
)
def test_what_takes_a_half_day(entry: str, halves: str) -> None:
    assert taken(calendar(entry)) == halves


def test_one_repetition_that_was_moved_or_cancelled() -> None:
    series = "UID:s\nDTSTART:20261207T100000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY"
    moved = "UID:s\nRECURRENCE-ID:20261214T100000Z\nDTSTART:20261214T140000Z\nDURATION:PT1H"
    off = "UID:s\nRECURRENCE-ID:20261214T100000Z\nDTSTART:20261214T100000Z\nDURATION:PT1H\nSTATUS:CANCELLED"

    assert (taken(calendar(series)), taken(calendar(series, moved)), taken(calendar(series, off))) == ("am", "pm", "")


def test_empty_calendar_takes_nothing() -> None:
    assert taken(calendar()) == ""


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\x89PNG\r\n", id="picture"),
        pytest.param(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\n", id="cut short"),
        pytest.param(b"BEGIN:VCALENDAR\r\n" + b"\xff\xfe\x00" * 50, id="bytes that are no text"),
        pytest.param(calendar("DTSTART:banana"), id="start that is no time"),
        pytest.param(calendar("SUMMARY:Lunch"), id="no start"),
        pytest.param(calendar(f"{BETWEEN_TEN_AND_ELEVEN}\nRRULE:FREQ=SOMETIMES"), id="rule that is none"),
        pytest.param(calendar("DTSTART:00010101T000000\nDTEND:99991231T235959"), id="all of time"),
    ],
)
def test_broken_calendar_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(Refused, match="not a calendar that we can read"):
        taken(content)


@pytest.mark.parametrize(
    "rule", ["FREQ=SECONDLY", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"], ids=["every second", "30 February"]
)
def test_rule_that_takes_for_ever_is_stopped(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(busy, "SECONDS", 1)
    began = time.monotonic()

    with pytest.raises(Refused, match="holds too much"):
        taken(calendar(f"DTSTART:19700101T000000Z\nDURATION:PT1S\nRRULE:{rule}"))

    assert time.monotonic() - began < 6


def test_too_many_entries_are_refused_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(busy, "MOST_ENTRIES", 2)

    assert taken(calendar(*[BETWEEN_TEN_AND_ELEVEN] * 2)) == "am"
    with pytest.raises(Refused, match="holds too much"):
        taken(calendar(*[BETWEEN_TEN_AND_ELEVEN] * 3))


def test_reader_limits_itself_in_time_and_memory() -> None:
    """Seen from within: the limits hold where nobody outside is left to stop it."""
    script = (
        "import resource; from innovation_den import busy_reader as r; r.limit(); "
        "print(resource.getrlimit(resource.RLIMIT_CPU)[0], resource.getrlimit(resource.RLIMIT_AS)[0])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout.split() == [str(busy_reader.SECONDS), str(busy_reader.MEMORY)]
