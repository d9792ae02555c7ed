"""How dates, times and sums are read, and how they are written."""

from __future__ import annotations

import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.core.exceptions import ValidationError

from portal.govuk import formats
from portal.govuk.dates import UnclearError, clock_text, london, read_clock, read_day
from portal.govuk.forms import GovukDateField, GovukDateTimeField, MoneyField
from portal.govuk.widgets import DateTimeInput

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("3", "12", "2026"), datetime.date(2026, 12, 3)),
        (("03", "02", "2027"), datetime.date(2027, 2, 3)),
        (("3", "Dec", "2026"), datetime.date(2026, 12, 3)),
        (("3", "december", "2026"), datetime.date(2026, 12, 3)),
        (("3", "Sept.", "2026"), datetime.date(2026, 9, 3)),
        (("29", "2", "2028"), datetime.date(2028, 2, 29)),
    ],
)
def test_day_is_read(parts: tuple[str, str, str], expected: datetime.date) -> None:
    assert read_day(*parts) == expected


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (("", "12", "2026"), "must include a day"),
        (("3", "", ""), "must include a month and a year"),
        (("29", "2", "2027"), "must be a real date"),
        (("3", "13", "2026"), "must be a real date"),
        (("3", "Ma", "2026"), "must be a real date"),
        (("three", "1", "2026"), "must be a real date"),
        (("3", "1", "26"), "must have a year of 4 numbers, like 2027"),
        (("31", "12", "9999"), "must have a year from 1900 to 2199"),
        (("1", "1", "0001"), "must have a year from 1900 to 2199"),
        (("3", "1", "99999999999"), "must be a real date"),
    ],
)
def test_day_that_is_unclear_is_refused(parts: tuple[str, str, str], message: str) -> None:
    with pytest.raises(UnclearError) as refusal:
        read_day(*parts)

    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5pm", datetime.time(17)),
        ("5 PM", datetime.time(17)),
        ("5:30pm", datetime.time(17, 30)),
        ("5.30 p.m.", datetime.time(17, 30)),
        ("17:30", datetime.time(17, 30)),
        ("09.05", datetime.time(9, 5)),
        ("12am", datetime.time(0)),
        ("12pm", datetime.time(12)),
        ("midday", datetime.time(12)),
        ("12 noon", datetime.time(12)),
        ("11:59pm", datetime.time(23, 59)),
        ("0:00", datetime.time(0)),
    ],
)
def test_clock_is_read(text: str, expected: datetime.time) -> None:
    assert read_clock(text) == expected


@pytest.mark.parametrize("text", ["5", "17", "25:00", "13pm", "0am", "5:60", "5:3pm", "teatime", "5pm6"])
def test_clock_that_is_unclear_is_refused(text: str) -> None:
    with pytest.raises(UnclearError, match="must have a time like 5pm or 17:30"):
        read_clock(text)


def test_midnight_is_refused_because_it_may_be_either_end() -> None:
    with pytest.raises(UnclearError, match="cannot be midnight"):
        read_clock("midnight")


@pytest.mark.parametrize(
    ("date", "time", "utc"),
    [
        (datetime.date(2026, 3, 29), datetime.time(0, 59), "2026-03-29T00:59:00+00:00"),
        (datetime.date(2026, 3, 29), datetime.time(2, 0), "2026-03-29T01:00:00+00:00"),
        (datetime.date(2026, 7, 1), datetime.time(17), "2026-07-01T16:00:00+00:00"),
        (datetime.date(2026, 10, 25), datetime.time(0, 59), "2026-10-24T23:59:00+00:00"),
        (datetime.date(2026, 10, 25), datetime.time(2, 0), "2026-10-25T02:00:00+00:00"),
        (datetime.date(2026, 12, 1), datetime.time(17), "2026-12-01T17:00:00+00:00"),
    ],
)
def test_london_time_is_one_instant(date: datetime.date, time: datetime.time, utc: str) -> None:
    assert london(date, time).astimezone(datetime.UTC).isoformat() == utc


@pytest.mark.parametrize("minute", [0, 30, 59])
def test_hour_that_the_clocks_leave_out_is_refused(minute: int) -> None:
    with pytest.raises(UnclearError, match=r"the clocks go forward and there is no such time\. Enter 2am or later"):
        london(datetime.date(2026, 3, 29), datetime.time(1, minute))


@pytest.mark.parametrize("minute", [0, 30, 59])
def test_hour_that_the_clocks_repeat_is_refused(minute: int) -> None:
    with pytest.raises(UnclearError, match="the clocks go back and it comes twice"):
        london(datetime.date(2026, 10, 25), datetime.time(1, minute))


class DeadlineForm(forms.Form):
    opens = GovukDateField(label="Opening date", required=False)
    closes = GovukDateTimeField(label="Closing date and time")


def data(**parts: str) -> dict[str, str]:
    return {"closes_day": "3", "closes_month": "12", "closes_year": "2026", "closes_time": "5pm"} | parts


def test_date_time_field_gives_an_instant() -> None:
    form = DeadlineForm(data())

    assert form.is_valid(), form.errors
    assert form.cleaned_data == {"opens": None, "closes": datetime.datetime(2026, 12, 3, 17, tzinfo=LONDON)}


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"closes_time": ""}, "Closing date and time must include a time, like 5pm or 17:30"),
        ({"closes_day": ""}, "Closing date and time must include a day"),
        ({"closes_day": "31", "closes_month": "2"}, "Closing date and time must be a real date"),
        (dict.fromkeys(data(), ""), "Enter the closing date and time"),
    ],
)
def test_date_time_field_says_what_to_mend(parts: dict[str, str], message: str) -> None:
    form = DeadlineForm(data(**parts))

    assert form.errors == {"closes": [message]}


@pytest.mark.parametrize("moment", ["2026-12-03T17:00", "2026-07-03T00:00", "2026-07-03T12:00", "2026-07-03T09:05"])
def test_date_time_field_takes_back_what_it_shows(moment: str) -> None:
    initial = datetime.datetime.fromisoformat(moment).replace(tzinfo=LONDON).astimezone(datetime.UTC)
    shown = DateTimeInput().decompress(initial)

    assert GovukDateTimeField().clean(shown) == initial


def test_form_sent_back_as_it_was_has_not_changed() -> None:
    closes = datetime.datetime(2026, 12, 3, 17, tzinfo=LONDON)

    assert not DeadlineForm(data(), initial={"closes": closes}).has_changed()
    assert DeadlineForm(data(closes_time="6pm"), initial={"closes": closes}).changed_data == ["closes"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1200.50", "1200.50"),
        ("£1,200.50", "1200.50"),
        (" £ 1 200 ", "1200.00"),
        ("1,200,000", "1200000.00"),
        ("0", "0.00"),
    ],
)
def test_money_is_read(text: str, expected: str) -> None:
    assert str(MoneyField().clean(text)) == expected


@pytest.mark.parametrize("text", ["1,20", "1.200,50", "12k", "nan", "1e9", "-5", "£", "1.2.3"])
def test_money_that_is_unclear_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        MoneyField(label="Likely value").clean(text)

    assert refusal.value.messages == ["Likely value must be an amount of money, like 1,200 or 1200.50"]


def test_money_with_half_a_penny_is_refused() -> None:
    with pytest.raises(ValidationError, match="2 decimal places"):
        MoneyField().clean("1.005")


def test_money_is_written() -> None:
    assert [formats.money(value) for value in (1200000, Decimal("1200.5"), Decimal("-3.00"), 0, None, "")] == [
        "£1,200,000",
        "£1,200.50",
        "-£3",
        "£0",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("utc", "expected"),
    [
        ("2026-12-03T17:30:00+00:00", "5:30pm on 3 December 2026"),
        ("2026-07-03T16:00:00+00:00", "5pm on 3 July 2026"),
        ("2026-12-03T12:00:00+00:00", "midday on 3 December 2026"),
        ("2026-07-02T23:00:00+00:00", "midnight at the start of 3 July 2026"),
        ("2026-12-03T00:05:00+00:00", "12:05am on 3 December 2026"),
    ],
)
def test_moment_is_written_on_londons_clocks(utc: str, expected: str) -> None:
    assert formats.when(datetime.datetime.fromisoformat(utc)) == expected


def test_day_of_a_moment_is_londons() -> None:
    assert formats.day(datetime.datetime(2026, 7, 2, 23, tzinfo=datetime.UTC)) == "3 July 2026"
    assert formats.day(datetime.date(2026, 7, 2)) == "2 July 2026"
    assert (formats.day(None), formats.when(None)) == ("", "")


def test_clock_text_of_midnight_can_be_read_back() -> None:
    assert read_clock(clock_text(datetime.datetime(2026, 7, 2, 0, 0))) == datetime.time(0)


@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome on Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.0", "A browser"),
    ],
)
def test_browser_is_named(user_agent: str, expected: str) -> None:
    assert formats.browser(user_agent) == expected
