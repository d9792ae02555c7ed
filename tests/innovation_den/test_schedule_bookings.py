"""Nobody and no room is in two places at once: by the actions, and going round them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from innovation_den.actions.bookings import move_slot, reseat
from innovation_den.choices import Booked, ConflictState, DenState, PanelSector, SlotState
from innovation_den.models import Booking, Conflict, Den, Panellist, Placement, Slot
from innovation_den.queries.programme import free_panellists, panel_of, programme_of
from portal.audit.models import Event
from portal.notifications.models import Delivery
from portal.refusals import Refused, StaleWrite
from tests.factories import make_user
from tests.innovation_den.makers import DAY, NOW, make_panellist, make_pitch
from tests.innovation_den.schedule_makers import make_drafted, make_released, place, release

pytestmark = pytest.mark.django_db


@pytest.fixture
def den() -> Den:
    return make_released(3)


def slots(den: Den) -> list[Slot]:
    return list(programme_of(den))


def move(slot: Slot, number: int, session: Any = None, **given: Any) -> Slot:
    given = {"by": slot.den.owner, "version": slot.version, "room": slot.room, "now": NOW, **given}
    return move_slot(slot=slot, session=session or slot.session, number=number, **given)


def booking(like: Booking, slot: Slot, **fields: Any) -> Booking:
    during = (like.slot.starts_at + timedelta(minutes=1), like.slot.ends_at)
    return Booking(slot=slot, kind=like.kind, during=during, **fields)


# --- Going round the actions -------------------------------------------------------------------------


def test_database_refuses_a_firm_in_two_places(den: Den) -> None:
    first, second, _ = slots(den)
    taken = first.bookings.get(kind=Booked.FIRM)
    with pytest.raises(IntegrityError, match="booking_firm_never_twice"), transaction.atomic():
        booking(taken, second, firm=taken.firm).save()


def test_database_refuses_a_person_in_two_dens(den: Den) -> None:
    taken = slots(den)[0].bookings.filter(kind=Booked.PANELLIST).first()
    assert taken
    elsewhere = make_released(1, title="Potholes", host=None)
    Booking.objects.filter(slot__den=elsewhere).exclude(kind=Booked.FIRM).delete()
    seat = make_panellist(elsewhere, user=taken.person)
    with pytest.raises(IntegrityError, match="booking_person_never_twice"), transaction.atomic():
        booking(taken, slots(elsewhere)[0], panellist=seat, person=taken.person).save()


def test_database_refuses_a_room_twice_and_takes_the_next_minute(den: Den) -> None:
    first, second, _ = slots(den)
    taken = first.bookings.get(kind=Booked.ROOM)
    with pytest.raises(IntegrityError, match="booking_room_never_twice"), transaction.atomic():
        booking(taken, second, room=taken.room).save()
    Booking.objects.filter(slot=second, kind=Booked.ROOM).delete()
    after = (first.ends_at, first.ends_at + timedelta(minutes=5))
    Booking.objects.create(slot=second, kind=Booked.ROOM, room=taken.room, during=after)


def test_booking_is_of_one_thing(den: Den) -> None:
    slot = slots(den)[0]
    with pytest.raises(IntegrityError, match="booking_takes_one_thing"), transaction.atomic():
        Booking.objects.create(slot=slot, kind=Booked.ROOM, firm=slot.pitch.firm, during=(slot.ends_at, None))


# --- Moving ------------------------------------------------------------------------------------------


def test_moved_slot_takes_its_bookings_and_the_draft_along(den: Den) -> None:
    slot = slots(den)[0]
    moved = move(slot, 5)
    assert moved.starts_at == slot.session.slots[5][0]
    assert {one.during.lower for one in moved.bookings.all()} == {moved.starts_at}
    assert Placement.objects.get(pitch=slot.pitch).slot == 5
    assert (moved.sequence, moved.version) == (1, slot.version + 1)
    assert Event.objects.filter(name="innovation_den.slot.moved").count() == 1


def test_move_onto_a_taken_room_is_refused_in_words(den: Den) -> None:
    slot = slots(den)[0]
    with pytest.raises(Refused, match=r"(booked|taken) at that time"):
        move(slot, 1)
    assert Booking.objects.filter(slot=slot, during__startswith=slot.starts_at).count() == 5


def test_move_with_an_old_version_is_a_conflict(den: Den) -> None:
    slot = slots(den)[0]
    move(slot, 5)
    with pytest.raises(StaleWrite):
        move(slot, 4)


@pytest.mark.parametrize(("number", "says"), [(6, "no such slot"), (-1, "no such slot")])
def test_move_to_no_slot_is_refused(den: Den, number: int, says: str) -> None:
    with pytest.raises(Refused, match=says):
        move(slots(den)[0], number)


def test_move_to_a_room_that_the_session_does_not_use_is_refused(den: Den) -> None:
    other = den.rooms.create(name="Attic")
    with pytest.raises(Refused, match="does not use that room"):
        move(slots(den)[0], 5, room=other)


def test_only_an_organiser_moves(den: Den) -> None:
    with pytest.raises(PermissionDenied):
        move(slots(den)[0], 5, by=make_user())


@pytest.mark.parametrize("state", [SlotState.PITCHING, SlotState.HEARD])
def test_what_has_begun_stays(den: Den, state: str) -> None:
    slot = slots(den)[0]
    Slot.objects.filter(pk=slot.pk).update(state=state)
    with pytest.raises(Refused, match="has been heard"):
        move(slot, 5)


def test_nothing_moves_once_the_day_is_over(den: Den) -> None:
    Den.objects.filter(pk=den.pk).update(state=DenState.DECIDING)
    with pytest.raises(Refused, match="no longer be changed"):
        move(slots(den)[0], 5)


# --- Seats -------------------------------------------------------------------------------------------


def spare(den: Den, **fields: Any) -> Panellist:
    return make_panellist(den, **{"sector": PanelSector.CENTRAL, "name": "Sam Spare", **fields})


def test_another_takes_the_seat_and_both_are_told(den: Den) -> None:
    slot, into = slots(den)[0], spare(den)
    out = next(one for one in panel_of(slot) if one.sector == PanelSector.CENTRAL)
    Delivery.objects.all().delete()
    changed = reseat(slot=slot, out=out, into=into, by=den.owner, now=NOW)
    assert into in panel_of(changed)
    assert out not in panel_of(changed)
    assert set(Placement.objects.get(pitch=slot.pitch).panel.all()) == set(panel_of(changed))
    told = {one.recipient_id: one.message.body for one in Delivery.objects.select_related("message")}
    assert set(told) == {out.user_id, into.user_id}
    assert ("New: a pitch" in told[into.user_id], "Called off for you" in told[out.user_id]) == (True, True)
    assert [str(slot.pitch) in body for body in told.values()] == [False, False]  # a conflict may be why, or come later


def test_panellist_leaves_a_seat_of_their_own_and_no_other(den: Den) -> None:
    slot = slots(den)[0]
    first, second, _ = panel_of(slot)
    assert first.user
    with pytest.raises(PermissionDenied):
        reseat(slot=slot, out=second, into=None, by=first.user, now=NOW)
    assert len(panel_of(reseat(slot=slot, out=first, into=None, by=first.user, now=NOW))) == 2


def test_conflicted_stood_down_or_seated_panellist_cannot_take_a_seat(den: Den) -> None:
    slot, into = slots(den)[0], spare(den)
    out, other, _ = panel_of(slot)
    with pytest.raises(Refused, match="already on the panel"):
        reseat(slot=slot, out=out, into=other, by=den.owner, now=NOW)
    Conflict.objects.create(panellist=into, pitch=slot.pitch, ground="declared", says="Kin.", found_at=NOW)
    with pytest.raises(Refused, match="has a conflict"):
        reseat(slot=slot, out=out, into=into, by=den.owner, now=NOW)
    Panellist.objects.filter(pk=into.pk).update(state="stood_down")
    with pytest.raises(Refused, match="does not sit"):
        reseat(slot=slot, out=out, into=into, by=den.owner, now=NOW)


def test_person_who_sits_elsewhere_at_that_minute_is_refused_in_words(den: Den) -> None:
    slot = slots(den)[0]
    busy = make_user(name="Bea Busy")
    elsewhere = make_drafted(0, title="Potholes")
    place(
        make_pitch(elsewhere, state="accepted"),
        0,
        [*elsewhere.panellists.all()[:2], make_panellist(elsewhere, user=busy, sector="supplier")],
    )
    release(elsewhere)
    into = spare(den, user=busy)
    assert into not in free_panellists(slot, NOW)
    with pytest.raises(Refused, match="already booked at that time, here or in another den"):
        reseat(slot=slot, out=panel_of(slot)[0], into=into, by=den.owner, now=NOW)


def test_free_panellists_puts_the_same_sector_first_and_leaves_out_who_cannot(den: Den) -> None:
    slot = slots(den)[0]
    out = next(one for one in panel_of(slot) if one.sector == PanelSector.LOCAL)
    central, local = spare(den, name="A central"), spare(den, name="B local", sector=PanelSector.LOCAL)
    spare(den, name="Away", free=((DAY, "pm"),))
    spare(den, name="Invited", state="invited")
    kin = spare(den, name="Kin")
    Conflict.objects.create(
        panellist=kin, pitch=slot.pitch, ground="declared", says="Kin.", found_at=NOW, state=ConflictState.CONFIRMED
    )
    assert free_panellists(slot, NOW, out) == [local, central]
    Booking.objects.filter(slot=slot, panellist=out).delete()
    assert free_panellists(slot, NOW)[:2] == [local, out] or free_panellists(slot, NOW)[:2] == [out, local]


def test_free_panellists_heeds_the_load(den: Den) -> None:
    slot, into = slots(den)[0], spare(den)
    assert free_panellists(slot, NOW) == [into]
    Den.objects.filter(pk=den.pk).update(most_pitches_a_day=1)
    reseat(slot=slots(den)[1], out=panel_of(slot)[0], into=into, by=den.owner, now=NOW)
    assert into not in free_panellists(slots(den)[0], NOW)
