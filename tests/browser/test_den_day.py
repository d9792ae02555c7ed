"""A panellist scores on a phone whose network drops: what they write is kept, and sent once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Dialog, Page, expect

from innovation_den.models import ScoreSheet, Slot
from portal.accounts.models import User
from tests.browser.visitor import Visitor
from tests.innovation_den.day_makers import begun, make_day, panel_of, words_on
from tests.innovation_den.makers import MORNING, make_sheet

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _in_the_middle_of_the_day() -> Iterator[None]:
    with time_machine.travel(MORNING + timedelta(minutes=7), tick=True):
        yield


@pytest.fixture
def slots(transactional_db: None) -> list[Slot]:
    _, slots = make_day(3)
    begun(slots[0])
    return slots


def sign_in(visitor: Visitor, user: User | None) -> Visitor:
    assert user
    client = Client()
    client.force_login(user)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.session.session_key, "url": visitor.site}
    visitor.context.add_cookies([cookie])  # type: ignore[list-item]
    return visitor


@pytest.fixture
def phone(visit: Any, slots: list[Slot]) -> Visitor:
    return sign_in(visit("score-375", width=375), panel_of(slots[0])[0].user)


def sheet_path(slot: Slot) -> str:
    return reverse("innovation_den:sheet-edit", args=[slot.pitch.reference])


def is_said(page: Page, words: str) -> None:
    expect(page.locator("#sheet-status")).to_contain_text(words)


def kept_in(page: Page) -> dict[str, Any]:
    """What the browser holds of sheets, by name."""
    found = page.evaluate("Object.entries(localStorage).filter(([name]) => name.startsWith('threepoint.sheet.'))")
    return {name: json.loads(value) for name, value in found}


def score(page: Page, value: int = 4, reason: str = "Seen in forty homes.") -> None:
    for group in page.locator(".app-criterion").all():
        group.locator(f'input[value="{value}"]').check()
        group.locator("textarea").fill(reason)


def sent_by(page: Page) -> list[int]:
    """Fills up with the status of each copy that reached the portal."""
    seen: list[int] = []
    page.on("response", lambda answer: seen.append(answer.status) if answer.url.endswith("/keep/") else None)
    return seen


def test_ten_minutes_without_network_lose_nothing_and_double_nothing(phone: Visitor, slots: list[Slot]) -> None:
    page = phone.go(sheet_path(slots[0])).page
    other = phone.context.new_page()
    other.goto(phone.site + sheet_path(slots[0]))
    page.get_by_label("Comment for the firm").fill("Before the tunnel.")
    is_said(page, "Saved at")
    assert (ScoreSheet.objects.get().comment, ScoreSheet.objects.get().version) == ("Before the tunnel.", 1)

    phone.context.set_offline(True)
    score(page)
    page.get_by_label("Comment for the firm").fill("Before the tunnel, and in it.")
    is_said(page, "No connection")
    expect(other.get_by_label("Comment for the firm")).to_have_value("Before the tunnel, and in it.")
    page.locator("#sheet-submit").click()
    is_said(page, "not submitted yet")
    (copy,) = kept_in(page).values()
    assert (copy["number"] > copy["sent"], copy["fields"]["comment"]) == (True, "Before the tunnel, and in it.")
    page.close()  # the phone went to sleep; the second page of the browser has it all
    other.close()

    phone.context.set_offline(False)
    phone.page = page = phone.context.new_page()
    answers = sent_by(page)
    page.goto(phone.site + sheet_path(slots[0]))
    is_said(page, "Saved at")
    expect(page.get_by_label("Comment for the firm")).to_have_value("Before the tunnel, and in it.")
    sheet = ScoreSheet.objects.get()
    assert (sheet.comment, words_on(sheet)) == ("Before the tunnel, and in it.", [(4, "Seen in forty homes.")] * 4)
    assert (sheet.version, answers) == (2, [200])

    phone.check().press("Submit").sees("Your sheet is submitted")
    assert ScoreSheet.objects.get().is_submitted
    assert kept_in(phone.page) == {}


def test_network_that_comes_back_sends_once_without_a_reload(phone: Visitor, slots: list[Slot]) -> None:
    page = phone.go(sheet_path(slots[0])).page
    second = phone.context.new_page()
    second.goto(phone.site + sheet_path(slots[0]))
    phone.context.set_offline(True)
    page.get_by_label("Note for the panel").fill("Ask for the data.")
    is_said(page, "No connection")
    phone.context.set_offline(False)
    is_said(page, "Saved at")
    is_said(second, "Saved")
    second.get_by_label("Comment for the firm").fill("From the second page.")
    is_said(second, "Saved at")
    expect(page.get_by_label("Comment for the firm")).to_have_value("From the second page.")
    sheet = ScoreSheet.objects.get()
    assert (sheet.private_note, sheet.comment, sheet.version) == ("Ask for the data.", "From the second page.", 2)


def test_answer_that_is_lost_on_the_way_is_not_counted_twice(phone: Visitor, slots: list[Slot]) -> None:
    page = phone.go(sheet_path(slots[0])).page
    lost: list[str] = []

    def lose_the_first(route: Any) -> None:
        if lost:
            return route.continue_()
        lost.append(route.request.url)
        route.fetch()  # it reaches the portal
        return route.abort()  # and the answer never comes

    page.route("**/keep/", lose_the_first)
    page.get_by_label("Comment for the firm").fill("Once.")
    is_said(page, "No connection")
    assert ScoreSheet.objects.get().version == 1
    is_said(page, "Saved at")
    assert (len(lost), ScoreSheet.objects.get().version, ScoreSheet.objects.get().comment) == (1, 1, "Once.")


def test_second_device_gets_both_versions(phone: Visitor, visit: Any, slots: list[Slot]) -> None:
    laptop = sign_in(visit("score-1280"), panel_of(slots[0])[0].user)
    laptop.go(sheet_path(slots[0]))
    phone.go(sheet_path(slots[0]))
    phone.page.get_by_label("Comment for the firm").fill("On the phone.")
    is_said(phone.page, "Saved at")
    laptop.page.get_by_label("Comment for the firm").fill("On the laptop.")
    is_said(laptop.page, "on another page or device too")
    laptop.press("Compare the two versions").sees("On the phone.", "On the laptop.")
    assert ScoreSheet.objects.get().comment == "On the phone."
    laptop.press("Use what I wrote here").sees("Saved.")
    assert ScoreSheet.objects.get().comment == "On the laptop."
    phone.page.get_by_label("Comment for the firm").fill("On the phone again.")
    is_said(phone.page, "on another page or device too")
    phone.press("Compare the two versions").follow("Keep what is saved")
    expect(phone.page.get_by_label("Comment for the firm")).to_have_value("On the laptop.")
    assert (kept_in(phone.page), ScoreSheet.objects.get().comment) == ({}, "On the laptop.")


def test_signing_out_leaves_nothing_on_the_device(phone: Visitor, slots: list[Slot]) -> None:
    page = phone.go(sheet_path(slots[0])).page
    page.get_by_label("Comment for the firm").fill("Mine alone.")
    is_said(page, "Saved at")
    assert len(kept_in(page)) == 1
    phone.press("Sign out")
    assert kept_in(phone.page) == {}


def test_unsent_sheet_is_asked_about_before_signing_out(phone: Visitor, slots: list[Slot]) -> None:
    page = phone.go(sheet_path(slots[0])).page
    page.route("**/keep/", lambda route: route.abort())
    page.get_by_label("Comment for the firm").fill("Mine alone.")
    is_said(page, "No connection")
    listed = phone.context.new_page()
    listed.goto(phone.site + reverse("innovation_den:day-mine", args=[slots[0].den.reference]))
    expect(listed.locator("[data-unsent]:visible")).to_have_text(["Kept in this browser, not sent: open it"])
    listed.close()
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", stay)
    page.get_by_role("button", name="Sign out").click()
    assert "not sent yet" in asked[0]
    assert len(kept_in(page)) == 1


def test_sheet_and_day_without_scripts(visit: Any, slots: list[Slot]) -> None:
    seat = panel_of(slots[0])[0]
    plain = sign_in(visit("day-no-js", javascript=False, width=375), seat.user)
    plain.go(reverse("innovation_den:day-mine", args=[slots[0].den.reference])).follow(slots[0].pitch.title)
    plain.page.get_by_label("Comment for the firm").fill("By hand.")
    plain.press("Save").sees("Saved.")
    plain.press("Submit").sees("There is a problem", "Choose a score for")
    score(plain.page)
    plain.press("Submit").sees("Your sheet is submitted", "By hand.")
    assert ScoreSheet.objects.get(panellist=seat, pitch=slots[0].pitch).state == "submitted"
    plain.go(reverse("innovation_den:day-timer", args=[slots[0].den.reference, slots[0].room_id])).sees(
        "Ends at 9:50am"
    )


@pytest.mark.parametrize("width", [1280, 375])
def test_day_as_it_is_seen(visit: Any, slots: list[Slot], width: int) -> None:
    make_sheet(slots[0].pitch, panel_of(slots[0])[1])
    den = slots[0].den
    host = sign_in(visit(f"day-{width}", width=width), den.owner)
    sheet = reverse("innovation_den:day-sheet", args=[den.reference])
    host.go(sheet).sees("Pitching now", "1 of 3 sheets in")
    host.page.locator("#heard-" + slots[0].pitch.reference).click()
    host.check().sees("Nobody is pitching")
    if width == 1280:  # the page asks for itself every 15 seconds
        Slot.objects.filter(pk=slots[1].pk).update(state="no_show")
        expect(host.page.locator("#slot-" + slots[1].pitch.reference)).to_contain_text("Did not come", timeout=20_000)
    begun(slots[2])
    host.go(reverse("innovation_den:day-timer", args=[den.reference, slots[0].room_id]))
    expect(host.page.locator("#timer-left")).to_contain_text(":")
    host.go(
        reverse(
            "innovation_den:day-step-back", args=[den.reference, slots[2].pitch.reference, panel_of(slots[2])[0].pk]
        )
    )
    mine = sign_in(visit(f"mine-{width}", width=width), panel_of(slots[0])[1].user)
    mine.go(reverse("innovation_den:day-mine", args=[den.reference])).sees("Sheet submitted")
    mine.go(sheet_path(slots[0])).sees("Your sheet")
    mine.go(sheet_path(slots[1]))
    mine.go(sheet_path(slots[2]))
