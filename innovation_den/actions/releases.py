"""Release the draft as the programme: kept for good, booked, and told to everybody whose slot has changed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from innovation_den.actions.bookings import STILL_TO_COME, Taking, book_all
from innovation_den.actions.invitations import invite
from innovation_den.models import Booking, Den, Pitch, Placement, Release, Slot
from innovation_den.permissions import can_schedule
from innovation_den.queries.plans import accepted_pitches, placements_of
from innovation_den.queries.programme import firms_in, last_release, with_rows
from innovation_den.queries.releases import differences, draft_entries, live_entries, why_not_release
from portal.audit.actions import record
from portal.records import sent_before
from portal.refusals import Reason, Refused

if TYPE_CHECKING:
    from portal.accounts.models import User


@transaction.atomic
def release_programme(*, den: Den, note: str, by: User, now: datetime, submission_key: UUID) -> Release:
    """Make the draft the programme. Raises `Refused` with every reason why not. The same form sent twice releases once.

    Slots that have begun stay as they are; moving one is refused.
    """
    den = Den.objects.locked(den.pk)
    if not can_schedule(by, den):
        raise PermissionDenied
    if released := sent_before(den.releases.all(), submission_key):
        return released
    if reasons := why_not_release(den):
        raise Refused([Reason(reason) for reason in reasons])
    before, after = live_entries(den), draft_entries(den)
    changes = differences(before, after)
    last = last_release(den)
    if last and not changes:
        raise Refused("The draft is the same as the programme that is out, so there is nothing to release")
    slots = _put_out(den, now)
    release = Release.objects.create(
        den=den,
        number=last.number + 1 if last else 1,
        note=note,
        content=after,
        differences=changes if last else [],
        released_by=by,
        released_at=now,
        submission_key=submission_key,
    )
    record(
        "innovation_den.programme.released", target=den, by=by, new={"release": release.number, "pitches": len(after)}
    )
    invite(den=den, slots=list(with_rows(Slot.objects.filter(pk__in=slots))), now=now)
    return release


def _put_out(den: Den, now: datetime) -> list[int]:
    """Bring slots and bookings up to the draft; returns the slots of the den, those that are called off too."""
    placements = {one.pitch_id: one for one in placements_of(den)}
    pitches = {pitch.pk: pitch for pitch in accepted_pitches(den)}
    slots = {slot.pitch_id: slot for slot in Slot.objects.filter(den=den).select_for_update(no_key=True)}
    _call_off([slot for pk, slot in slots.items() if pk not in pitches and not slot.cancelled_at], now)
    takings = []
    for pk, pitch in pitches.items():
        slot = _slot(den, pitch, placements[pk], slots.get(pk))
        if slot.state in STILL_TO_COME:
            takings.append(Taking(slot, firms_in(pitch), list(placements[pk].panel.all())))
    book_all(takings)
    return list(Slot.objects.filter(den=den).values_list("pk", flat=True))


def _slot(den: Den, pitch: Pitch, at: Placement, slot: Slot | None) -> Slot:
    """The pitch's slot at its place in the draft."""
    starts_at, ends_at = at.during
    wanted = {"session": at.session, "room": at.room, "starts_at": starts_at, "ends_at": ends_at, "cancelled_at": None}
    if slot is None:
        return Slot.objects.create(den=den, pitch=pitch, **wanted)
    changed = [name for name, value in wanted.items() if getattr(slot, name) != value]
    if not changed:
        return slot
    if slot.state not in STILL_TO_COME:
        raise Refused(f"{pitch} is being heard or has been heard, so it cannot move. Put it back where it was")
    for name in changed:
        setattr(slot, name, wanted[name])
    slot.sequence += 1
    slot.bump_version().save()
    return slot


def _call_off(slots: list[Slot], now: datetime) -> None:
    Booking.objects.filter(slot__in=slots).delete()
    for slot in slots:
        slot.cancelled_at = now
        slot.sequence += 1
        slot.bump_version()
    Slot.objects.bulk_update(slots, ["cancelled_at", "sequence", "version"])
