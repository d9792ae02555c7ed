"""How far a pitch is: every step of the life cycle, who takes it, and what keeps the day from ending."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from innovation_den.actions.day import move_on
from innovation_den.choices import SLOT_TRANSITIONS, DenState, SlotState
from innovation_den.models import Den, Slot
from innovation_den.permissions import can_read_sheet
from innovation_den.queries.sheets import sheets_of
from innovation_den.rules import why_not_deciding
from portal.accounts.models import User
from portal.audit.models import Event
from portal.organisations.choices import Role
from portal.refusals import Refused
from tests.factories import make_member, make_user
from tests.innovation_den.day_makers import begun, hide, make_day, panel_of
from tests.innovation_den.makers import MORNING, make_panellist, make_sheet

pytestmark = pytest.mark.django_db

LATER = MORNING + timedelta(minutes=3)


@pytest.fixture
def slots() -> list[Slot]:
    _, slots = make_day(2)
    return slots


def move(slot: Slot, to: str, *, by: User | None = None, now: datetime = LATER) -> Slot:
    version = Slot.objects.get(pk=slot.pk).version
    return move_on(slot=slot, to=to, version=version, by=by or slot.den.owner, now=now)


@pytest.mark.parametrize("to", SlotState.values)
@pytest.mark.parametrize("state", SlotState.values)
def test_each_step_is_one_of_the_life_cycle(slots: list[Slot], state: str, to: str) -> None:
    Slot.objects.filter(pk=slots[0].pk).update(state=state)
    if to in SLOT_TRANSITIONS[state] or to == state:
        assert move(slots[0], to).state == to
    else:
        with pytest.raises(Refused):
            move(slots[0], to)
        assert Slot.objects.get(pk=slots[0].pk).state == state


def test_times_of_what_happened_and_of_what_is_undone(slots: list[Slot]) -> None:
    slot = move(slots[0], SlotState.PITCHING)
    assert (slot.checked_in_at, slot.began_at, slot.heard_at) == (LATER, LATER, None)
    end = LATER + timedelta(minutes=20)
    assert move(slot, SlotState.HEARD, now=end).heard_at == end
    again = move(slot, SlotState.PITCHING, now=end)
    assert (again.began_at, again.heard_at) == (LATER, None)
    assert move(slot, SlotState.CHECKED_IN, now=end).began_at is None


def test_same_button_twice_is_one_step(slots: list[Slot]) -> None:
    slot = move_on(slot=slots[0], to=SlotState.CHECKED_IN, version=1, by=slots[0].den.owner, now=LATER)
    again = move_on(slot=slots[0], to=SlotState.CHECKED_IN, version=1, by=slots[0].den.owner, now=MORNING)
    assert (again.version, again.checked_in_at) == (slot.version, LATER)
    assert Event.objects.filter(name="innovation_den.slot.checked_in").count() == 1


def test_one_pitch_at_a_time_in_a_room(slots: list[Slot]) -> None:
    move(slots[0], SlotState.PITCHING)
    with pytest.raises(Refused, match="Another pitch is on in Committee room 1"):
        move(slots[1], SlotState.PITCHING)
    move(slots[0], SlotState.HEARD)
    assert move(slots[1], SlotState.PITCHING).state == SlotState.PITCHING


def test_nobody_is_missed_before_their_time(slots: list[Slot]) -> None:
    with pytest.raises(Refused, match="Its time has not come"):
        move(slots[0], SlotState.NO_SHOW, now=MORNING - timedelta(seconds=1))
    assert move(slots[0], SlotState.NO_SHOW, now=MORNING).state == SlotState.NO_SHOW


def test_pitch_that_was_scored_has_begun(slots: list[Slot]) -> None:
    begun(slots[0])
    make_sheet(slots[0].pitch, panel_of(slots[0])[0])
    with pytest.raises(Refused, match="so it has begun"):
        move(slots[0], SlotState.CHECKED_IN)


def test_cancelled_slot_stays_as_it_is(slots: list[Slot]) -> None:
    Slot.objects.filter(pk=slots[0].pk).update(cancelled_at=MORNING)
    with pytest.raises(Refused, match="was cancelled"):
        move(slots[0], SlotState.CHECKED_IN)


@pytest.mark.parametrize("state", sorted(set(DenState) - {DenState.ON_THE_DAY}))
def test_nothing_moves_on_any_other_day(slots: list[Slot], state: str) -> None:
    Den.objects.update(state=state)
    with pytest.raises(Refused, match="The day does not run"):
        move(slots[0], SlotState.CHECKED_IN)


def test_host_writers_and_chair_run_the_day(slots: list[Slot]) -> None:
    den = slots[0].den
    chair = make_panellist(den, is_chair=True, user=make_user(name="Cora Bell")).user
    for user in (make_member(den.host, role=Role.EDITOR), chair):
        move(slots[0], SlotState.CHECKED_IN, by=user)
    viewer = make_member(den.host, role=Role.VIEWER)
    for user in (viewer, make_user(name="Sam Reeve", is_staff=True), panel_of(slots[0])[0].user):
        with pytest.raises(PermissionDenied):
            move(slots[0], SlotState.PITCHING, by=user)


def test_record_of_the_day_names_no_title(slots: list[Slot]) -> None:
    move(slots[0], SlotState.PITCHING)
    event = Event.objects.get(name="innovation_den.slot.began")
    assert (event.new, slots[0].pitch.title in event.target_label) == (
        {"pitch": slots[0].pitch.reference, "state": "pitching"},
        False,
    )


# --- Going on to the decision ------------------------------------------------------------------------


def test_day_ends_when_all_are_heard_and_every_sheet_is_in(slots: list[Slot]) -> None:
    first, second = slots
    panel = panel_of(first)
    assert why_not_deciding(first.den, LATER) == [
        "2 pitches are still to be heard. End each on the run sheet, or say that the firm did not come"
    ]
    begun(first, SlotState.HEARD)
    begun(second, SlotState.NO_SHOW)
    make_sheet(first.pitch, panel[0])
    make_sheet(first.pitch, panel[1], state="draft")
    missing = "has 1 score sheet to submit. They submit, or step back from it"
    assert why_not_deciding(first.den, LATER) == [f"{one} {missing}" for one in panel[1:]]
    first.pitch.sheets.filter(panellist=panel[1]).update(state="submitted", submitted_at=LATER)
    hide(first.pitch, panel[2])
    assert why_not_deciding(first.den, LATER) == []


def test_cancelled_slot_keeps_nobody_waiting(slots: list[Slot]) -> None:
    Slot.objects.update(cancelled_at=MORNING)
    assert why_not_deciding(slots[0].den, LATER) == []


# --- Who reads a sheet -------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [DenState.ON_THE_DAY, DenState.DECIDING])
def test_who_reads_a_submitted_sheet(slots: list[Slot], state: str) -> None:
    den, pitch = slots[0].den, slots[0].pitch
    begun(slots[0], SlotState.HEARD)
    writer, peer, waiting = panel_of(slots[0])
    chair = make_panellist(den, is_chair=True, user=make_user(name="Cora Bell"))
    elsewhere = make_panellist(den, user=make_user(name="Sally Reed"))
    conflicted = make_panellist(den, is_chair=True, user=make_user(name="Tom Frost"))
    hide(pitch, conflicted)
    sheet = make_sheet(pitch, writer)
    make_sheet(pitch, peer)
    make_sheet(pitch, waiting, state="draft")
    make_sheet(slots[1].pitch, elsewhere)
    make_sheet(pitch, conflicted)
    Den.objects.filter(pk=den.pk).update(state=state)
    after = state == DenState.DECIDING
    people = {
        "writer": (writer.user, True),
        "peer who submitted": (peer.user, True),
        "peer who has not": (waiting.user, False),
        "panellist of another pitch": (elsewhere.user, False),
        "chair": (chair.user, after),
        "chair with a conflict": (conflicted.user, False),
        "host": (den.owner, after),
        "staff": (make_user(name="Sam Reeve", is_staff=True), after),
        "firm": (make_member(pitch.firm), False),
        "outsider": (make_user(name="Nora Quill"), False),
    }
    assert {name: can_read_sheet(user, sheet) for name, (user, _) in people.items() if user} == {
        name: expected for name, (_, expected) in people.items()
    }


def test_sheets_that_count_come_in_as_many_queries_for_one_as_for_six(
    slots: list[Slot],
) -> None:
    counts = []
    for slot in slots:
        for panellist in panel_of(slot):
            make_sheet(slot.pitch, panellist)
            with CaptureQueriesContext(connection) as captured:
                for sheet in sheets_of(slot.den):
                    assert [score.criterion.title for score in sheet.scores.all()]
                    assert sheet.panellist.name
                    assert sheet.pitch.firm.name
            counts.append(len(captured))
    assert counts == [3] * 6
