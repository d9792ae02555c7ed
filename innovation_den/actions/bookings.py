"""What takes up firms, people and rooms on the programme. The database refuses the second for the same time.

What two bookings could clash over is locked first, in one order for everybody: two who book at the same moment wait
for each other, and the second hears why, where they could otherwise both be turned away by a deadlock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, OperationalError, connection, transaction

from innovation_den.actions.invitations import invite
from innovation_den.choices import HIDING, Booked, DenState, PanellistState, SlotState
from innovation_den.models import Booking, Conflict, Den, Panellist, Pitch, Placement, Room, Session, Slot
from innovation_den.permissions import can_organise, can_seat, seat_of
from innovation_den.queries.programme import firms_in, panel_of, programme_of
from innovation_den.queries.sheets import seated
from portal.audit.actions import record
from portal.govuk.formats import when
from portal.organisations.models import Organisation
from portal.refusals import Refused

if TYPE_CHECKING:
    from portal.accounts.models import User

CLASHES = {
    "booking_room_never_twice": "The room is taken at that time. Choose another room or time",
    "booking_firm_never_twice": "The firm is already booked at that time, here or in another den. Choose another time",
    "booking_person_never_twice": (
        "One of the panel is already booked at that time, here or in another den. "
        "Choose another time, or somebody else for the seat"
    ),
}
AT_ONCE = "Somebody else changed the programme at the same moment. Look at it again, then try once more"
DEADLOCK = "40P01"
CHANGING = frozenset({DenState.SCHEDULING, DenState.ON_THE_DAY})
STILL_TO_COME = frozenset({SlotState.PLANNED, SlotState.CHECKED_IN, SlotState.NO_SHOW})


@dataclass(frozen=True)
class Taking:
    """A slot with all that it takes up."""

    slot: Slot
    firms: Sequence[Organisation]
    panel: Sequence[Panellist]


# --- Taking ----------------------------------------------------------------------------------------


def book(*, slot: Slot, firms: Iterable[Organisation], panel: Iterable[Panellist]) -> None:
    """Take the slot's room, firms and panel for its time, in place of what it took before. Raises `Refused`."""
    book_all([Taking(slot, list(firms), list(panel))])


def book_all(takings: Sequence[Taking]) -> None:
    """All of them or none: what they took before is given back first, so that two may change places.

    To be called in a transaction. Raises `Refused` where somebody or something is taken already.
    """
    rows = [row for taking in takings for row in _rows(taking)]
    _wait_for(rows)
    with friendly_clashes():
        Booking.objects.filter(slot__in=[taking.slot.pk for taking in takings]).delete()
        Booking.objects.bulk_create(rows)


def _rows(taking: Taking) -> Iterator[Booking]:
    slot = taking.slot
    during = (slot.starts_at, slot.ends_at)
    yield Booking(slot=slot, kind=Booked.ROOM, room_id=slot.room_id, during=during)
    for firm in taking.firms:
        yield Booking(slot=slot, kind=Booked.FIRM, firm=firm, during=during)
    for one in taking.panel:
        yield Booking(slot=slot, kind=Booked.PANELLIST, panellist=one, person_id=one.user_id, during=during)


def _wait_for(rows: Sequence[Booking]) -> None:
    """Locks, to the end of the transaction, on every firm, person and room, in the order of their names."""
    names = {f"{row.kind} {row.room_id or row.firm_id or row.person_id}" for row in rows}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('den booking ' || name, 0)) FROM unnest(%s::text[]) AS name",
            [sorted(names)],
        )


@contextmanager
def friendly_clashes() -> Iterator[None]:
    """Run writes of bookings; where one is refused, undo them and say what is taken."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        says = CLASHES.get(getattr(diagnosis, "constraint_name", None) or "")
        if says is None:
            raise
        raise Refused(says) from error
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != DEADLOCK:
            raise
        raise Refused(AT_ONCE) from error


# --- Changing the programme that is out --------------------------------------------------------------


def locked_slot(slot: Slot, now: datetime) -> Slot:
    """The slot as it is now, after its den is locked; with its pitch, firms and panel. Raises `Refused`."""
    den = Den.objects.locked(slot.den_id)
    if den.state not in CHANGING:
        raise Refused("The programme of this den can no longer be changed")
    Pitch.objects.locked(slot.pitch_id)
    list(Slot.objects.select_for_update(no_key=True).filter(pk=slot.pk))
    found = programme_of(den).filter(pk=slot.pk).first()
    if found is None:
        raise Refused("This pitch is no longer on the programme")
    if found.state not in STILL_TO_COME:
        raise Refused("This pitch is being heard or has been heard, so its slot stays as it is")
    return found


@transaction.atomic
def move_slot(*, slot: Slot, session: Session, number: int, room: Room, by: User, now: datetime, version: int) -> Slot:
    """Put a pitch of the programme at another time or in another room, with its panel. Everyone concerned is told.

    Raises `StaleWrite`, or `Refused` where the firm, one of the panel or the room is taken then.
    """
    slot = locked_slot(slot, now)
    if not can_organise(by, slot.den):
        raise PermissionDenied
    slot.check_version(version)
    old = _place(slot)
    _check_place(slot.den, session, number, room)
    slot.session, slot.room = session, room
    slot.starts_at, slot.ends_at = session.slots[number]
    if _place(slot) == old:
        return slot
    slot.sequence += 1
    slot.bump_version().save()
    book(slot=slot, firms=firms_in(slot.pitch), panel=panel_of(slot))
    Placement.objects.filter(pitch=slot.pitch_id).update(session=session, slot=number, room=room)
    record("innovation_den.slot.moved", target=slot.den, by=by, old=old, new=_place(slot), note=str(slot.pitch))
    invite(den=slot.den, slots=[slot], now=now)
    return slot


def _check_place(den: Den, session: Session, number: int, room: Room) -> None:
    if session.den_id != den.pk or room.den_id != den.pk or not session.rooms.filter(pk=room.pk).exists():
        raise Refused("That session does not use that room. Choose another room")
    if not 0 <= number < session.slot_count:
        raise Refused("That session has no such slot. Choose another time")


def _place(slot: Slot) -> dict[str, str]:
    return {"time": when(slot.starts_at), "room": str(slot.room)}


@transaction.atomic
def reseat(*, slot: Slot, out: Panellist, into: Panellist | None, by: User, now: datetime) -> Slot:
    """Put somebody else in one panellist's seat at a slot, or leave it empty. Both are told.

    An organiser does it, on the day the chair, or whoever leaves the seat. Raises `Refused` where the other cannot
    sit there.
    """
    slot = locked_slot(slot, now)
    if not can_seat(by, slot.pitch) and seat_of(by, slot.den) != out:
        raise PermissionDenied
    panel = panel_of(slot)
    if out not in panel:
        raise Refused(f"{out} is not on the panel of this pitch")
    if into is not None:
        _check_can_sit(into, slot, panel)
    slot = _seat(slot, [one for one in panel if one != out] + ([into] if into else []), now)
    new = {"panellist": str(into) if into else "nobody"}
    record("innovation_den.slot.reseated", target=slot.den, by=by, old={"panellist": str(out)}, new=new)
    return slot


@transaction.atomic
def fill_seat(*, slot: Slot, into: Panellist, by: User, now: datetime) -> Slot:
    """Put somebody into an empty seat at a slot. They are told. The same button pressed twice seats them once.

    Whoever is kept away by a conflict found since, or was stood down, holds no seat any more. An organiser does it,
    on the day the chair. Raises `Refused` where the panel is full, or they cannot sit there.
    """
    slot = locked_slot(slot, now)
    if not can_seat(by, slot.pitch):
        raise PermissionDenied
    panel = [booking.panellist for booking in seated([slot]) if booking.panellist]
    if into in panel:
        return slot
    if len(panel) >= slot.den.panel_size:
        raise Refused("The panel of this pitch is full. Somebody else has filled the seat")
    _check_can_sit(into, slot, panel)
    slot = _seat(slot, [*panel, into], now)
    new = {"pitch": slot.pitch.reference, "panellist": str(into)}
    record("innovation_den.slot.seat_filled", target=slot.den, by=by, new=new)
    return slot


def _seat(slot: Slot, panel: Sequence[Panellist], now: datetime) -> Slot:
    """Write who hears the pitch, on the programme and in the draft, and tell those for whom it is new."""
    slot.bump_version().save(update_fields=["version"])
    book(slot=slot, firms=firms_in(slot.pitch), panel=panel)
    for placement in Placement.objects.filter(pitch=slot.pitch_id):
        placement.panel.set(panel)
    slot = programme_of(slot.den).get(pk=slot.pk)
    invite(den=slot.den, slots=[slot], now=now)
    return slot


def _check_can_sit(into: Panellist, slot: Slot, panel: Sequence[Panellist]) -> None:
    into = Panellist.objects.locked(into.pk)
    if into.den_id != slot.den_id or into.state != PanellistState.ACCEPTED:
        raise Refused(f"{into} does not sit on this den's panels")
    if into in panel:
        raise Refused(f"{into} is already on the panel of this pitch")
    if Conflict.objects.filter(panellist=into, pitch=slot.pitch_id, state__in=HIDING).exists():
        raise Refused(f"{into} has a conflict over this pitch. Choose somebody else")
