"""Find what stands between panellists and pitches, and decide on it. Nothing that is found is ever ignored."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse

from innovation_den.choices import CONFLICT_TRANSITIONS, ConflictGround, ConflictState, PanellistState, PitchState
from innovation_den.models import Conflict, Den, Panellist, Pitch
from innovation_den.permissions import can_chair, can_organise
from innovation_den.queries.conflicts import found_between
from innovation_den.queries.relations import relations_of
from portal.audit.actions import record
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.organisations.queries import writers_of
from portal.records import check_transition
from portal.refusals import Reason, Refused

if TYPE_CHECKING:
    from portal.accounts.models import User

# What a person said of themselves is not dismissed for them on the day.
FINAL = (ConflictGround.RECUSED,)


@transaction.atomic
def find_conflicts(den: Den, now: datetime) -> int:
    """Look at every panellist and every invited pitch; returns how many grounds are new. What was decided stays.

    The den is locked, so a pitch that is accepted and a panellist who accepts at the same moment do see each other.
    """
    den = Den.objects.locked(den.pk)
    accepted = Panellist.objects.filter(den=den, state=PanellistState.ACCEPTED)
    seats = list(accepted.select_related("employer"))
    invited = Pitch.objects.filter(den=den, state=PitchState.ACCEPTED).select_related("firm", "den")
    pitches = list(invited.prefetch_related("partners__firm", "capabilities", "den__capabilities"))
    relations = relations_of(seats, pitches, now)
    known = set(Conflict.objects.filter(panellist__den=den).values_list("panellist", "pitch", "ground"))
    new = [
        Conflict(panellist=seat, pitch=pitch, ground=found.ground, says=found.says[:500], found_at=now)
        for seat in seats
        for pitch in pitches
        for found in found_between(seat, pitch, relations)
        if (seat.pk, pitch.pk, found.ground) not in known
    ]
    Conflict.objects.bulk_create(new, ignore_conflicts=True)
    if new:
        _tell_organisers(den, len(new))
    return len(new)


def _tell_organisers(den: Den, count: int) -> None:
    subject = "A possible conflict was found" if count == 1 else f"{count} possible conflicts were found"
    tell(
        kind=Kind.DEN,
        subject=f"{subject}: {den}",
        body="Each stays hidden from its panellist. Confirm or dismiss each before you plan the day.",
        recipients=writers_of(den.host),
        path=reverse("innovation_den:conflict-list", args=[den.reference]),
        link_text="See the conflicts",
        reason=f"You write for {den.host}.",
    )


@transaction.atomic
def declare_conflict(*, pitch: Pitch, panellist: Panellist, says: str, by: User, now: datetime) -> Conflict:
    """A panellist says what stands between them and a pitch. From now on they see nothing of it."""
    den = Den.objects.locked(pitch.den_id)
    seat = Panellist.objects.locked(panellist.pk)
    if seat.user_id != by.pk or seat.state != PanellistState.ACCEPTED or seat.den_id != den.pk:
        raise PermissionDenied
    if not says.strip():
        raise Refused([Reason("Say what the conflict is", "says")])
    conflict = _write(pitch, seat, ConflictGround.DECLARED, ConflictState.OPEN, says, by, now)
    record("innovation_den.conflict.declared", target=conflict, by=by, new={"says": conflict.says})
    _tell_organisers(den, 1)
    return conflict


@transaction.atomic
def recuse(*, pitch: Pitch, panellist: Panellist, reason: str, by: User, now: datetime) -> Conflict:
    """Step back from a pitch, or be stood back by an organiser or the chair: confirmed at once, and final."""
    den = Den.objects.locked(pitch.den_id)
    seat = Panellist.objects.locked(panellist.pk)
    if seat.den_id != den.pk or not (seat.user_id == by.pk or can_organise(by, den) or can_chair(by, den)):
        raise PermissionDenied
    if not reason.strip():
        raise Refused([Reason("Say why, for the record", "reason")])
    conflict = _write(pitch, seat, ConflictGround.RECUSED, ConflictState.CONFIRMED, reason, by, now)
    record("innovation_den.conflict.recused", target=conflict, by=by, new={"says": conflict.says})
    return conflict


def _write(
    pitch: Pitch, seat: Panellist, ground: ConflictGround, state: ConflictState, says: str, by: User, now: datetime
) -> Conflict:
    """The conflict on that ground, hiding again where it had been dismissed. One that hides already stays as it is."""
    is_decided = state == ConflictState.CONFIRMED
    fields = {
        "state": state,
        "says": says.strip()[:500],
        "found_at": now,
        "decided_by": by if is_decided else None,
        "decided_at": now if is_decided else None,
    }
    conflict, is_new = Conflict.objects.get_or_create(pitch=pitch, panellist=seat, ground=ground, defaults=fields)
    if not is_new and conflict.state == ConflictState.DISMISSED:
        # What is said anew is looked at anew: the dismissal spoke of something else.
        for name, value in (fields | {"reason": ""}).items():
            setattr(conflict, name, value)
        conflict.save()
    return conflict


@transaction.atomic
def decide_conflict(
    *, conflict: Conflict, is_confirmed: bool, reason: str, by: User, now: datetime, was: str = ""
) -> Conflict:
    """Confirm it, or dismiss it with a reason. A writer of the host decides, but never one whom it concerns.

    Nor one of the firm: they would choose who hears their own pitch. `was` is the state that `by` read on the page.
    """
    den = Den.objects.locked(conflict.panellist.den_id)
    conflict = Conflict.objects.select_for_update().select_related("panellist", "pitch").get(pk=conflict.pk)
    seen = Pitch.objects.without_part_of(by).filter(pk=conflict.pitch_id)
    if not can_organise(by, den) or conflict.panellist.user_id == by.pk or not seen.exists():
        raise PermissionDenied
    wanted = ConflictState.CONFIRMED if is_confirmed else ConflictState.DISMISSED
    if conflict.ground in FINAL and wanted == ConflictState.DISMISSED:
        raise Refused("This panellist stepped back from the pitch. That cannot be dismissed")
    if wanted == ConflictState.DISMISSED and not reason.strip():
        raise Refused([Reason("Say why this is no conflict, for the record", "reason")])
    check_transition(CONFLICT_TRANSITIONS, conflict.state, wanted, f"This conflict is {wanted} already")
    if was and was != conflict.state:
        raise Refused(f"{conflict.decided_by} decided on this conflict meanwhile. Open it again and read why")
    old = {"state": conflict.state, "reason": conflict.reason}
    conflict.state, conflict.reason, conflict.decided_by, conflict.decided_at = wanted, reason.strip(), by, now
    conflict.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    record(
        f"innovation_den.conflict.{wanted}",
        target=conflict,
        by=by,
        old=old,
        new={"state": wanted, "reason": conflict.reason},
    )
    return conflict
