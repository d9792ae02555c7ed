"""A panellist says when they can come: by keyboard, from a calendar, on a phone, and with scripts turned off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from playwright.sync_api import FilePayload

from innovation_den.choices import DenState
from innovation_den.models import Panellist
from innovation_den.queries.panellists import free_on
from tests.browser.test_den_day import sign_in
from tests.innovation_den.makers import DAY, NOW, make_den, make_panellist

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ENTRY = "BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261214T100000Z\r\nDTEND:20261214T110000Z\r\nEND:VEVENT\r\n"
CALENDAR = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\n{ENTRY}END:VCALENDAR\r\n"


@pytest.fixture(autouse=True)
def _during_the_call() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def seat(transactional_db: None) -> Panellist:
    return make_panellist(make_den(state=DenState.SCHEDULING), free=())


def half_days(seat: Panellist) -> str:
    return reverse("innovation_den:seat-availability", args=[seat.den.reference])


@pytest.mark.parametrize(("width", "scripts"), [(1280, True), (375, True), (320, False)])
def test_half_days_by_keyboard_and_from_a_calendar(visit: Any, seat: Panellist, width: int, scripts: bool) -> None:
    visitor = sign_in(visit(f"half-days-{width}", width=width, javascript=scripts), seat.user)
    visitor.go(half_days(seat))
    page = visitor.page

    page.get_by_label("Morning").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/seat/")
    assert free_on(seat) == {(DAY, "am"), (DAY, "pm")}

    visitor.go(half_days(seat))
    calendar: FilePayload = {"name": "mine.ics", "mimeType": "text/calendar", "buffer": CALENDAR.encode()}
    page.get_by_label("Your calendar").set_input_files(calendar)
    page.get_by_role("button", name="Read my calendar").click()
    visitor.check()
    assert page.get_by_label("Morning").is_checked() is False
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/seat/")

    assert free_on(seat) == {(DAY, "pm")}
    assert visitor.faults == []
