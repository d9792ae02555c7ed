"""An organiser plans a day: a search in a worker, pitches moved with the mouse and without, and the release."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Locator, expect

from innovation_den.models import Den, Pitch, Placement, Release
from tests.browser.visitor import Visitor
from tests.innovation_den.makers import make_den, make_panel, make_panellist, make_pitch
from tests.innovation_den.schedule_makers import make_drafted

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def organiser(visit: Any, den: Den, name: str, **options: Any) -> Visitor:
    client = Client()
    client.force_login(den.owner)
    visitor: Visitor = visit(name, **options)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.session.session_key, "url": visitor.site}
    visitor.context.add_cookies([cookie])  # type: ignore[list-item]
    return visitor


def path(den: Den, name: str, *args: Any) -> str:
    return reverse(f"innovation_den:{name}", args=[den.reference, *args])


def make_two_rooms() -> Den:
    """Eight pitches in two rooms, and two panellists of each sector."""
    den = make_den(state="scheduling")
    other = den.rooms.create(name="Council chamber", place="Town Hall, Mill Lane, Ashford Vale")
    for session in den.sessions.all():
        session.rooms.add(other)
    make_panel(den)
    for sector in ("central", "local", "supplier"):
        make_panellist(den, sector=sector)
    for _ in range(8):
        make_pitch(den, state="accepted")
    return den


def test_plan_is_searched_for_taken_over_and_released(visit: Any, worker: None) -> None:
    den = make_two_rooms()
    alice = organiser(visit, den, "plan-1280").go(path(den, "board"))
    alice.sees("Without a place: 8").follow("Search for a plan")
    alice.page.get_by_label("How long may it search?").select_option("10")
    alice.press("Start the search")
    expect(alice.page.get_by_text("What it would change in the draft")).to_be_visible(timeout=60_000)
    alice.check().sees("This plan keeps every rule")
    alice.follow("Take it over into the draft").press("Take it over")
    alice.sees("Every rule is kept").follow("Release the programme").press("Release the programme")
    alice.sees("Release 1 is out", "Council chamber")
    assert Release.objects.get().den == den
    phone = organiser(visit, den, "programme-375", width=375).go(path(den, "programme"))
    phone.sees("Monday 14 December 2026")
    phone.go(path(den, "board")).sees("Every rule is kept")
    phone.go(path(den, "plan-detail", den.plan_runs.get().pk)).sees("This plan keeps every rule")
    phone.go(path(den, "release-list")).sees("The first programme")


def drag(visitor: Visitor, pitch: Pitch, to: Locator) -> None:
    """With the mouse, from the pitch's title to the place, by way of what lies between."""
    there, here = to.bounding_box(), visitor.page.locator(f"[data-pitch='{pitch.reference}']").bounding_box()
    assert here
    assert there
    mouse = visitor.page.mouse
    mouse.move(here["x"] + 30, here["y"] + 15)
    mouse.down()
    mouse.move(here["x"] + 45, here["y"] + 25, steps=5)
    mouse.move(there["x"] + 30, there["y"] + 15, steps=10)
    with visitor.page.expect_navigation():
        mouse.up()
    visitor.check()


def test_pitch_is_dragged_and_says_what_it_breaks(visit: Any) -> None:
    den = make_drafted(3)
    alice = organiser(visit, den, "board-1280")
    alice.page.set_viewport_size({"width": 1280, "height": 2400})
    alice.go(path(den, "board"))
    first, second, _ = den.pitches.order_by("placement__slot")
    drag(alice, first, alice.page.locator("[data-place]").nth(4))
    alice.sees("Every rule is kept")
    assert Placement.objects.get(pitch=first).slot == 4
    drag(alice, first, alice.page.locator(f"[data-pitch='{second.reference}']"))
    assert set(Placement.objects.values_list("pitch", "slot")) >= {(first.pk, 1), (second.pk, 4)}
    first.half_days.create(date=den.sessions.first().starts_at.date(), half="am")
    alice.go(path(den, "board")).sees("Rules broken: 1")


@pytest.mark.parametrize("javascript", [True, False])
def test_pitch_is_moved_by_keyboard_with_and_without_scripts(visit: Any, javascript: bool) -> None:
    den = make_drafted(1)
    new = make_pitch(den, state="accepted")
    alice = organiser(visit, den, f"board-375-{javascript}", width=375, javascript=javascript).go(path(den, "board"))
    link = alice.page.get_by_role("link", name=f"Place {new}")
    link.focus()
    link.press("Enter")
    alice.page.wait_for_load_state("load")
    alice.page.get_by_label("Time and room").select_option(index=3)
    for panellist in den.panellists.all():
        box = alice.page.get_by_label(panellist.name)
        box.focus()
        box.press("Space")
    alice.press("Save and see the draft")
    alice.sees(f"Moved: {new}", "Every rule is kept")
    button = alice.page.get_by_role("button", name=f"Lock {new}")
    button.focus()
    button.press("Enter")
    alice.page.wait_for_load_state("load")
    alice.check().sees("Locked")
    assert Placement.objects.get(pitch=new).is_locked
