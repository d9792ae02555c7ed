"""Move the draft by hand. Rules may be broken in it: the board says which, and no release lets them through."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from innovation_den.actions.plans import PLANNING
from innovation_den.choices import PitchState
from innovation_den.models import Den, Panellist, Pitch, Placement, Room, Session
from innovation_den.permissions import can_schedule
from portal.audit.actions import record
from portal.refusals import Refused

if TYPE_CHECKING:
    from portal.accounts.models import User


def _locked_den(den: Den, by: User) -> Den:
    den = Den.objects.locked(den.pk)
    if not can_schedule(by, den):
        raise PermissionDenied
    if den.state not in PLANNING:
        raise Refused("The draft of this den can no longer be changed")
    return den


@transaction.atomic
def place_pitch(
    *,
    pitch: Pitch,
    session: Session,
    number: int,
    room: Room,
    by: User,
    now: datetime,
    version: int = 0,
    panel: Collection[Panellist] | None = None,
) -> Placement:
    """Put a pitch at a place of the draft, with this panel or with the one it has.

    Whatever stands there changes places with it, or loses its place where the pitch had none. `version` is the
    placement's, 0 where there is none. Raises `StaleWrite`, or `Refused` for a place that is not, or that is locked.
    """
    den = _locked_den(pitch.den, by)
    pitch = Pitch.objects.locked(pitch.pk)
    if pitch.state != PitchState.ACCEPTED:
        raise Refused("This pitch is not invited, so it has no place in the draft")
    _check_place(den, session, number, room)
    placement = Placement.objects.select_for_update(of=("self",)).select_related("room").filter(pitch=pitch).first()
    _check_version(placement, version)
    old = _words(placement)
    _make_room(placement, session, number, room)
    if placement is None:
        placement = Placement(pitch=pitch)
    placement.session, placement.slot, placement.room = session, number, room
    if placement.pk:
        placement.bump_version()
    placement.save()
    if panel is not None:
        placement.panel.set([one for one in panel if one.den_id == den.pk])
    new = _words(placement)
    if old != new:
        record("innovation_den.placement.moved", target=den, by=by, old=old, new=new, note=str(pitch))
    return placement


def _check_version(placement: Placement | None, version: int) -> None:
    if placement is None and version:
        raise Refused("Somebody else has taken this pitch out of the draft. Look at the board again")
    if placement is not None:
        placement.check_version(version)
        if placement.is_locked:
            raise Refused("This pitch is locked. Unlock it to move it")


def _check_place(den: Den, session: Session, number: int, room: Room) -> None:
    if session.den_id != den.pk or room.den_id != den.pk or not session.rooms.filter(pk=room.pk).exists():
        raise Refused("That session does not use that room. Choose another room")
    if not 0 <= number < session.slot_count:
        raise Refused("That session has no such slot. Choose another time")


def _make_room(mine: Placement | None, session: Session, number: int, room: Room) -> None:
    """Whoever stands at the place goes to where the pitch comes from."""
    there = Placement.objects.select_for_update(of=("self",)).filter(session=session, slot=number, room=room)
    for other in there.exclude(pk=mine.pk if mine else 0):
        if other.is_locked:
            raise Refused("The pitch at that place is locked. Unlock it, or choose another place")
        if mine is None:
            other.delete()
            continue
        other.session_id, other.slot, other.room_id = mine.session_id, mine.slot, mine.room_id
        other.bump_version().save()


def _words(placement: Placement | None) -> dict[str, str]:
    if placement is None:
        return {}
    return {"session": str(placement.session), "slot": str(placement.slot + 1), "room": str(placement.room)}


@transaction.atomic
def remove_pitch(*, pitch: Pitch, by: User, now: datetime, version: int) -> None:
    """Take a pitch out of the draft; it is then listed as without a place."""
    den = _locked_den(pitch.den, by)
    placement = Placement.objects.select_for_update(of=("self",)).select_related("room").filter(pitch=pitch).first()
    if placement is None:
        return
    _check_version(placement, version)
    old = _words(placement)
    placement.delete()
    record("innovation_den.placement.removed", target=den, by=by, old=old, note=str(pitch))


@transaction.atomic
def set_lock(*, pitch: Pitch, is_locked: bool, by: User, now: datetime) -> None:
    """What is locked no plan moves, and no hand."""
    den = _locked_den(pitch.den, by)
    changed = Placement.objects.filter(pitch=pitch).exclude(is_locked=is_locked).update(is_locked=is_locked)
    if changed:
        name = "innovation_den.placement.locked" if is_locked else "innovation_den.placement.unlocked"
        record(name, target=den, by=by, note=str(pitch))
