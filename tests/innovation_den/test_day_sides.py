"""The day, and people with a part in a pitch: nobody on two sides chooses who judges it."""

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
from innovation_den.models import Booking, Slot
from portal.notifications.models import Delivery
from portal.organisations.choices import Role
from portal.organisations.models import Membership
from tests.factories import make_member
from tests.innovation_den.day_makers import make_day, panel_of
from tests.innovation_den.makers import MORNING, make_panellist

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _just_before_the_day() -> Iterator[None]:
    with time_machine.travel(MORNING - timedelta(minutes=20), tick=False):
        yield


@pytest.fixture
def slot() -> Slot:
    return make_day(1)[1][0]


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def leave_address(slot: Slot, pk: int) -> str:
    return reverse("innovation_den:day-step-back", args=[slot.den.reference, slot.pitch.reference, pk])


def test_host_who_also_belongs_to_the_firm_gives_no_seat_out_on_its_panel(slot) -> None:
    both, out = make_member(slot.den.host), panel_of(slot)[0]
    Membership.objects.create(organisation=slot.pitch.firm, user=both, role=Role.VIEWER)
    spare = make_panellist(slot.den, sector=out.sector)
    assert client_of(both).get(leave_address(slot, out.pk)).status_code == 403
    with pytest.raises(PermissionDenied):
        step_back(slot=slot, panellist=out, reason="Too strict", replacements=[spare], by=both, now=MORNING)
    Booking.objects.filter(slot=slot, panellist=out).delete()
    with pytest.raises(PermissionDenied):
        fill_seat(slot=slot, into=spare, by=both, now=MORNING)


def test_host_who_steps_back_from_an_own_seat_does_not_choose_who_follows(slot) -> None:
    out = panel_of(slot)[0]
    out.user = slot.den.owner
    out.save(update_fields=["user"])
    spare = make_panellist(slot.den, sector=out.sector)
    address, client = leave_address(slot, out.pk), client_of(slot.den.owner)
    assert "Who takes the seat?" not in client.get(address).content.decode()
    client.post(address, {"reason": "I hold shares in it", "into": "nobody"})
    assert spare in panel_of(slot)


@pytest.mark.parametrize("version", ["", "-1", "1.5", "²", "9" * 5000])
def test_number_that_is_none_is_refused(slot, version: str) -> None:
    client = client_of(slot.den.owner)
    address = reverse("innovation_den:slot-move", args=[slot.den.reference, slot.pitch.reference])
    assert client.post(address, {"to": "checked_in", "version": version}).status_code == 422
    slot.refresh_from_db()
    assert slot.state == "planned"
    board = reverse("innovation_den:placement-remove", args=[slot.den.reference, slot.pitch.reference])
    assert client.post(board, {"version": version}).status_code in {302, 422}


def test_long_name_of_a_host_keeps_nobody_in_their_seat(slot) -> None:
    slot.den.host.name = "Council " * 24
    slot.den.host.save(update_fields=["name"])
    other, out = make_member(slot.den.host), panel_of(slot)[0]
    step_back(slot=slot, panellist=out, reason="Shares", replacements=[], by=out.user, now=MORNING)
    told = Delivery.objects.get(recipient=other, message__subject__startswith="A panellist stepped back")
    assert told.reason.startswith("You write for Council")
    assert len(told.reason) == 200
