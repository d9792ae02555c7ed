"""Seats on the day: who gives them out, and an empty one that is filled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from innovation_den.actions.bookings import fill_seat
from innovation_den.actions.day import step_back
from innovation_den.choices import DenState, PanellistState, SlotState
from innovation_den.models import Booking, Conflict, Panellist, Placement, Slot
from portal.audit.models import Event
from portal.notifications.models import Delivery
from portal.organisations.choices import Role
from portal.refusals import Refused
from tests.factories import make_member, make_user
from tests.innovation_den.day_makers import begun, hide, make_day, panel_of
from tests.innovation_den.makers import MORNING, make_panellist

pytestmark = pytest.mark.django_db
BUTTON = "Fill the empty seat"


@pytest.fixture(autouse=True)
def _just_before_the_day() -> Iterator[None]:
    with time_machine.travel(MORNING - timedelta(minutes=20), tick=False):
        yield


@pytest.fixture
def slot() -> Slot:
    """Its panel lacks the first of its panellists."""
    _, slots = make_day(1)
    out = panel_of(slots[0])[0]
    Booking.objects.filter(slot=slots[0], panellist=out).delete()
    hide(slots[0].pitch, out)
    return slots[0]


def spare(slot: Slot, name: str = "Sally Reed", **fields: Any) -> Panellist:
    return make_panellist(slot.den, user=make_user(name=name), **fields)


def chair_of(slot: Slot) -> Panellist:
    return spare(slot, "Cora Bell", is_chair=True, free=())


def fill(slot: Slot, into: Panellist, by: Any = None) -> Slot:
    return fill_seat(slot=slot, into=into, by=by or slot.den.owner, now=MORNING)


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url_of(slot: Slot, name: str = "day-fill-seat", *more: Any) -> str:
    return reverse(f"innovation_den:{name}", args=[slot.den.reference, slot.pitch.reference, *more])


def sheet_of(slot: Slot, user: Any) -> str:
    return client_of(user).get(reverse("innovation_den:day-sheet", args=[slot.den.reference])).content.decode()


# --- Filling -----------------------------------------------------------------------------------------


def test_empty_seat_is_filled_and_the_new_panellist_is_told(slot: Slot) -> None:
    into = spare(slot)
    session, room = slot.session, slot.room
    placement = Placement.objects.create(pitch=slot.pitch, session=session, slot=0, room=room)
    Delivery.objects.all().delete()
    before = slot.version
    filled = fill(slot, into)
    assert (into in panel_of(slot), len(panel_of(slot)), filled.version) == (True, 3, before + 1)
    assert set(placement.panel.all()) == set(panel_of(slot))
    assert into.user_id in set(Delivery.objects.values_list("recipient", flat=True))
    event = Event.objects.get(name="innovation_den.slot.seat_filled")
    assert event.new == {"pitch": slot.pitch.reference, "panellist": "Sally Reed"}


def test_button_pressed_twice_fills_one_seat(slot: Slot) -> None:
    into = spare(slot)
    fill(slot, into)
    fill(slot, into)
    assert (len(panel_of(slot)), Event.objects.filter(name="innovation_den.slot.seat_filled").count()) == (3, 1)


def test_full_panel_takes_nobody_more(slot: Slot) -> None:
    fill(slot, spare(slot))
    with pytest.raises(Refused, match="The panel of this pitch is full"):
        fill(slot, spare(slot, "Tom Frost"))


@pytest.mark.parametrize("state", [SlotState.PITCHING, SlotState.HEARD])
def test_nobody_takes_a_seat_once_the_pitch_has_begun(slot: Slot, state: str) -> None:
    into = spare(slot)
    begun(slot, state)
    with pytest.raises(Refused, match="is being heard or has been heard"):
        fill(slot, into)


def test_who_cannot_sit_there_is_refused_in_words(slot: Slot) -> None:
    into = spare(slot)
    hide(slot.pitch, into)
    with pytest.raises(Refused, match="has a conflict"):
        fill(slot, into)
    stood_down = spare(slot, "Tom Frost", state=PanellistState.STOOD_DOWN)
    with pytest.raises(Refused, match="does not sit on this den"):
        fill(slot, stood_down)
    Booking.objects.create(
        slot=make_day(1, title="Potholes")[1][0],
        kind="panellist",
        panellist=(busy := spare(slot, "Bea Busy")),
        person=busy.user,
        during=(slot.starts_at, slot.ends_at),
    )
    with pytest.raises(Refused, match="already booked at that time"):
        fill(slot, busy)


def test_seat_of_somebody_stood_down_or_with_a_conflict_found_since_counts_as_empty(slot: Slot) -> None:
    first, second = panel_of(slot)
    Panellist.objects.filter(pk=first.pk).update(state=PanellistState.STOOD_DOWN)
    hide(slot.pitch, second)
    newcomers = {spare(slot, name) for name in ("Sally Reed", "Tom Frost", "Ann Lowe")}
    for one in newcomers:
        fill(slot, one)
    assert set(panel_of(slot)) == newcomers


# --- Who gives seats out -----------------------------------------------------------------------------


@pytest.mark.parametrize("state", [DenState.SCHEDULING, DenState.ON_THE_DAY])
def test_organisers_give_seats_out_and_the_chair_does_on_the_day(slot: Slot, state: str) -> None:
    type(slot.den).objects.update(state=state)
    into, chair = spare(slot), chair_of(slot)
    others = [make_member(slot.den.host, role=Role.VIEWER), panel_of(slot)[0].user, into.user]
    if state == DenState.SCHEDULING:
        others.append(chair.user)
    for user in others:
        with pytest.raises(PermissionDenied):
            fill(slot, into, by=user)
    fill(slot, into, by=slot.den.owner if state == DenState.SCHEDULING else chair.user)


def test_nobody_gives_out_seats_of_a_pitch_that_a_conflict_hides_from_them(slot: Slot) -> None:
    into, chair, organiser = spare(slot), chair_of(slot), make_member(slot.den.host, role=Role.EDITOR)
    hide(slot.pitch, chair)
    hide(slot.pitch, make_panellist(slot.den, user=organiser))
    for user in (chair.user, organiser):
        with pytest.raises(PermissionDenied):
            fill(slot, into, by=user)
        with pytest.raises(PermissionDenied):
            step_back(slot=slot, panellist=panel_of(slot)[0], reason="Kin", replacements=[into], by=user, now=MORNING)
        client = client_of(user)
        leaving = url_of(slot, "day-step-back", panel_of(slot)[0].pk)
        assert [client.get(url).status_code for url in (url_of(slot), leaving)] == [404, 404]
        assert slot.pitch.title not in sheet_of(slot, user)


def test_chair_replaces_a_panellist_and_chooses_who_sits_in(slot: Slot) -> None:
    chair, out = chair_of(slot), panel_of(slot)[0]
    spare(slot)
    into = spare(slot, "Tom Frost")
    url = url_of(slot, "day-step-back", out.pk)
    assert url in sheet_of(slot, chair.user)
    client = client_of(chair.user)
    assert "Who takes the seat?" in client.get(url).content.decode()
    assert client.post(url, {"reason": "They told me", "into": into.pk}).status_code == 302
    assert (out in panel_of(slot), into in panel_of(slot)) == (False, True)
    assert Conflict.objects.get(panellist=out).decided_by == chair.user


def test_chair_who_steps_back_does_not_choose_who_follows(slot: Slot) -> None:
    chair = spare(slot, "Cora Bell", is_chair=True)
    spare(slot)
    fill(slot, chair)
    page = client_of(chair.user).get(url_of(slot, "day-step-back", chair.pk)).content.decode()
    assert ("Who takes the seat?" in page, "The next panellist who is free" in page) == (False, True)


def test_chair_gives_no_seats_out_before_or_after_the_day(slot: Slot) -> None:
    chair, out = chair_of(slot), panel_of(slot)[0]
    for state in (DenState.SCHEDULING, DenState.DECIDING):
        type(slot.den).objects.update(state=state)
        client = client_of(chair.user)
        leaving = url_of(slot, "day-step-back", out.pk)
        assert [client.get(url).status_code for url in (url_of(slot), leaving)] == [403, 403]
        assert BUTTON not in sheet_of(slot, chair.user)


# --- Pages -------------------------------------------------------------------------------------------


def test_run_sheet_shows_the_empty_seat_while_it_can_be_filled(slot: Slot) -> None:
    viewer = make_member(slot.den.host, role=Role.VIEWER)
    assert (BUTTON in sheet_of(slot, slot.den.owner), BUTTON in sheet_of(slot, viewer)) == (True, False)
    begun(slot)
    assert BUTTON not in sheet_of(slot, slot.den.owner)
    begun(slot, SlotState.PLANNED)
    fill(slot, spare(slot))
    assert BUTTON not in sheet_of(slot, slot.den.owner)


def test_page_lists_those_who_are_free_and_seats_the_chosen(slot: Slot) -> None:
    into = spare(slot)
    spare(slot, "Away Today", free=())
    client = client_of(chair_of(slot).user)
    page = client.get(url_of(slot)).content.decode()
    assert ("Sally Reed" in page, "Away Today" in page) == (True, False)
    response = client.post(url_of(slot), {"into": ""})
    assert "Choose who takes the seat" in response.content.decode()
    assert client.post(url_of(slot), {"into": into.pk}).status_code == 302
    assert into in panel_of(slot)
    assert "The panel is full" in client.get(url_of(slot)).content.decode()


def test_page_says_why_nobody_can_come(slot: Slot) -> None:
    client = client_of(slot.den.owner)
    assert "Nobody else is free at that time" in client.get(url_of(slot)).content.decode()
    away = spare(slot, "Away Today", free=())
    response = client.post(url_of(slot), {"into": away.pk})
    assert "They are no longer free" in response.content.decode()
    begun(slot)
    assert "Nobody can take a seat now" in client.get(url_of(slot)).content.decode()
