"""The day: who is here, whose turn it is, and a panellist who steps back from a pitch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from innovation_den.actions.bookings import STILL_TO_COME, reseat
from innovation_den.actions.conflicts import recuse
from innovation_den.choices import SLOT_TRANSITIONS, DenState, SlotState
from innovation_den.models import Den, Panellist, Slot
from innovation_den.permissions import can_run_day, can_seat
from portal.addresses import address
from portal.audit.actions import record
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.organisations.queries import writers_of
from portal.records import check_transition
from portal.refusals import Reason, Refused

if TYPE_CHECKING:
    from portal.accounts.models import User

RECORDED = {
    SlotState.PLANNED: "innovation_den.slot.put_back",
    SlotState.CHECKED_IN: "innovation_den.slot.checked_in",
    SlotState.PITCHING: "innovation_den.slot.began",
    SlotState.HEARD: "innovation_den.slot.heard",
    SlotState.NO_SHOW: "innovation_den.slot.missed",
}


STEPS_BACK = frozenset({DenState.SCHEDULING, DenState.ON_THE_DAY, DenState.DECIDING})


@transaction.atomic
def move_on(*, slot: Slot, to: str, version: int, by: User, now: datetime) -> Slot:
    """Write how far a pitch is. The same button pressed twice changes nothing the second time.

    Raises `Refused` where the day does not run, the step is none of the life cycle, another pitch is on in the room,
    or somebody else moved it on since the page was drawn.
    """
    den = Den.objects.locked(slot.den_id)
    if not can_run_day(by, den):
        raise PermissionDenied
    slot = locked_slot(slot)
    if slot.state == to:
        return slot
    if slot.version != version:
        raise Refused(f"“{slot.pitch.title}” has moved on since you opened the page. It is now: {words_of(slot)}")
    check_can_move(den, slot, to, now)
    old = slot.state
    slot.state = to
    stamp(slot, old, now)
    slot.bump_version().save(update_fields=["state", "version", "checked_in_at", "began_at", "heard_at"])
    new = {"pitch": slot.pitch.reference, "state": to}  # no title: not everybody who reads of the den may know it
    record(RECORDED[SlotState(to)], target=den, by=by, old={"state": old}, new=new)
    return slot


def locked_slot(slot: Slot) -> Slot:
    slots = Slot.objects.select_for_update(no_key=True, of=("self",)).select_related("pitch", "room", "session")
    return slots.get(pk=slot.pk)


def words_of(slot: Slot) -> str:
    return "Cancelled" if slot.cancelled_at else slot.get_state_display()


def check_can_move(den: Den, slot: Slot, to: str, now: datetime) -> None:
    """Raise `Refused` where the step may not be taken now."""
    if den.state != DenState.ON_THE_DAY:
        raise Refused("The day does not run. Only on the day are pitches begun and ended")
    if slot.cancelled_at:
        raise Refused(f"“{slot.pitch.title}” was cancelled")
    check_transition(SLOT_TRANSITIONS, slot.state, to, f"“{slot.pitch.title}” is {words_of(slot)}: choose another step")
    if to == SlotState.PITCHING:
        check_room_is_free(slot)
    if to == SlotState.NO_SHOW and now < slot.starts_at:
        raise Refused("Its time has not come. Say that a firm did not come once its pitch should have begun")
    if slot.state == SlotState.PITCHING and to == SlotState.CHECKED_IN and slot.pitch.sheets.submitted().exists():
        raise Refused("A panellist has scored this pitch, so it has begun. End it instead")


def check_room_is_free(slot: Slot) -> None:
    here = Slot.objects.filter(room=slot.room, den=slot.den, state=SlotState.PITCHING, cancelled_at=None)
    other = here.exclude(pk=slot.pk).select_related("pitch").first()
    if other:
        raise Refused(f"Another pitch is on in {slot.room}. End it first, then begin this one")


def stamp(slot: Slot, old: str, now: datetime) -> None:
    """Times of what happened; what is undone loses its time, and a pitch that goes on keeps its beginning."""
    if slot.state == SlotState.PLANNED:
        slot.checked_in_at = None
    elif slot.state == SlotState.CHECKED_IN:
        slot.checked_in_at, slot.began_at = slot.checked_in_at or now, None
    elif slot.state == SlotState.PITCHING:
        slot.checked_in_at = slot.checked_in_at or now
        slot.began_at = slot.began_at if old == SlotState.HEARD else now
        slot.heard_at = None
    elif slot.state == SlotState.HEARD:
        slot.heard_at = now


@transaction.atomic
def step_back(
    *, slot: Slot, panellist: Panellist, reason: str, replacements: Sequence[Panellist], by: User, now: datetime
) -> tuple[Panellist | None, list[Reason]]:
    """A panellist leaves a pitch, at once, and the first of the replacements who can takes the seat.

    The recusal holds even where nobody can sit in. Gives back who sits there now, if anybody, and why the others
    could not. Whoever leaves does it, the host, or on the day the chair. Raises `Refused` without a reason.
    """
    den = Den.objects.locked(slot.den_id)
    if panellist.user_id != by.pk and not can_seat(by, slot.pitch):
        raise PermissionDenied
    if den.state not in STEPS_BACK:
        raise Refused("This den is decided, so who heard a pitch can no longer change")
    recuse(pitch=slot.pitch, panellist=panellist, reason=reason, by=by, now=now)
    into, refusals = first_who_can(slot, panellist, replacements, by, now)
    tell(
        kind=Kind.DEN,
        subject=f"A panellist stepped back: {den}",
        body=f"{panellist} stepped back from a pitch.\n\n{who_sits_in(into)}",
        path=address("innovation_den:day-sheet", den.reference),
        link_text="See the run sheet",
        reason=f"You write for {den.host}",
        recipients=writers_of(den.host).exclude(pk=by.pk),
    )
    return into, refusals


def who_sits_in(into: Panellist | None) -> str:
    return f"{into} sits in." if into else "Nobody sits in, so the panel is one short."


def first_who_can(
    slot: Slot, out: Panellist, replacements: Sequence[Panellist], by: User, now: datetime
) -> tuple[Panellist | None, list[Reason]]:
    """Seat the first who can be seated; with nobody to choose from, the seat stays empty.

    Who comes in the middle of a pitch has not heard it, so then nobody sits in.
    """
    refusals: list[Reason] = []
    if locked_slot(slot).state not in STILL_TO_COME:
        return None, []
    seats: list[Panellist | None] = [*replacements]
    for into in seats or [None]:
        try:
            with transaction.atomic():
                reseat(slot=slot, out=out, into=into, by=by, now=now)
        except Refused as refused:
            refusals += refused.reasons
        else:
            return into, []
    return None, refusals
