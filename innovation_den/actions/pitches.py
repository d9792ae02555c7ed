"""The life of a pitch: drafted, submitted, taken back, withdrawn until the closing second; dropped out of after it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from innovation_den.actions.changes import save_changes
from innovation_den.actions.told import tell_firms, tell_host_of_drop_out, tell_of_draft
from innovation_den.choices import PITCH_TRANSITIONS, DenState, PitchState
from innovation_den.eligibility import why_not_submit
from innovation_den.models import Den, Pitch
from innovation_den.permissions import can_take_part
from portal.audit.actions import record
from portal.organisations.models import Organisation
from portal.organisations.permissions import has_role
from portal.records import check_transition, sent_before
from portal.refusals import Reason, Refused

if TYPE_CHECKING:
    from portal.accounts.models import User

TEXT_FIELDS = frozenset(
    {
        *("title", "summary", "problem", "idea", "capabilities", "evidence", "novelty", "test"),
        *("ask", "ask_amount", "team", "video_url"),
    }
)
STILL_TO_BE_HEARD = frozenset({DenState.SCREENING, DenState.SCHEDULING, DenState.ON_THE_DAY})
NOT_A_DRAFT = "This pitch is not a draft, so it cannot be changed. Take it back to a draft first"


def check_not_both_sides(by: User, den: Den) -> None:
    """Refuse who belongs to the host: nobody pitches to a den whose pitches they will read."""
    if has_role(by, den.host):
        raise Refused("You are a member of the host, so a colleague must pitch for your supplier")


def check_takes_pitches(den: Den, now: datetime) -> None:
    """Refuse a write before the opening second and from the closing second on."""
    if den.takes_pitches(now):
        return
    if den.state == DenState.OPEN and den.opens_at is not None and now < den.opens_at:
        raise Refused("This den is not open for pitches yet")
    raise Refused("The call has closed, so pitches can no longer be changed")


def locked_pitch(pitch: Pitch, by: User) -> Pitch:
    """The pitch, locked after its den, where `by` may write it."""
    den = Den.objects.locked(pitch.den_id)
    pitch = Pitch.objects.locked(pitch.pk)
    pitch.den = den
    if not can_take_part(by, pitch.firm):
        raise PermissionDenied
    check_not_both_sides(by, den)
    return pitch


def locked_open_pitch(pitch: Pitch, by: User, now: datetime) -> Pitch:
    """The pitch, locked, while its den's call is open by the clock."""
    pitch = locked_pitch(pitch, by)
    check_takes_pitches(pitch.den, now)
    return pitch


def locked_pitch_draft(pitch: Pitch, by: User, now: datetime) -> Pitch:
    pitch = locked_open_pitch(pitch, by, now)
    if pitch.state != PitchState.DRAFT:
        raise Refused(NOT_A_DRAFT)
    return pitch


def check_room_for_another(den: Den, firm: Organisation) -> None:
    """One firm leads only so many pitches; those that it withdrew don't count. The den is locked."""
    held = den.pitches.filter(firm=firm).exclude(state=PitchState.WITHDRAWN).count()
    most = den.most_pitches_each
    if held >= most:
        raise Refused(
            f"{firm} has {held} {'pitch' if held == 1 else 'pitches'} in this den, and each firm may have {most}"
        )


@transaction.atomic
def start_pitch(*, den: Den, firm: Organisation, title: str, by: User, submission_key: UUID, now: datetime) -> Pitch:
    """Make a draft about the den's own theme. The same form sent twice gives the same draft."""
    if not can_take_part(by, firm):
        raise PermissionDenied
    den = Den.objects.locked(den.pk)
    if made := sent_before(Pitch.objects.filter(den=den, firm=firm), submission_key):
        return made
    check_not_both_sides(by, den)
    check_takes_pitches(den, now)
    check_room_for_another(den, firm)
    pitch = Pitch.objects.create(den=den, firm=firm, title=title, started_by=by, submission_key=submission_key)
    pitch.capabilities.set(den.capabilities.all())
    record("innovation_den.pitch.started", target=pitch, by=by, new={"title": title})
    return pitch


@transaction.atomic
def save_pitch(*, pitch: Pitch, version: int, by: User, fields: Mapping[str, Any], now: datetime) -> Pitch:
    """Save some of the draft's texts. Raises `StaleWrite` where a colleague saved it first."""
    pitch = locked_pitch_draft(pitch, by, now)
    if changes := save_changes(pitch, version, fields, TEXT_FIELDS):
        record("innovation_den.pitch.saved", target=pitch, by=by, old=changes.old, new=changes.new)
    return pitch


@transaction.atomic
def submit_pitch(*, pitch: Pitch, by: User, now: datetime) -> Pitch:
    """Hand the draft in. Refused with everything that is missing and every rule that the firm does not meet."""
    pitch = locked_open_pitch(pitch, by, now)
    check_transition(PITCH_TRANSITIONS, pitch.state, PitchState.SUBMITTED, _why_not_submitted(pitch))
    if reasons := why_not_submit(pitch):
        raise Refused(reasons)
    pitch.state, pitch.submitted_at, pitch.submitted_by = PitchState.SUBMITTED, now, by
    pitch.bump_version().save(update_fields=["state", "submitted_at", "submitted_by", "version"])
    record("innovation_den.pitch.submitted", target=pitch, by=by)
    words = f"{by} submitted the pitch of {pitch.firm}. You can take it back and change it until the call closes."
    tell_firms(
        pitch, "Pitch submitted", f"{words} Nobody at {pitch.den.host} can read it before then.", key="submitted"
    )
    return pitch


def _why_not_submitted(pitch: Pitch) -> str:
    if pitch.state == PitchState.SUBMITTED:
        return "This pitch is submitted already"
    return "This pitch was withdrawn. Take it up again first"


@transaction.atomic
def take_back_pitch(*, pitch: Pitch, by: User, now: datetime) -> Pitch:
    """Make a draft of a submitted or withdrawn pitch again, until closing."""
    pitch = locked_open_pitch(pitch, by, now)
    check_transition(PITCH_TRANSITIONS, pitch.state, PitchState.DRAFT, "This pitch is a draft already")
    if pitch.state == PitchState.WITHDRAWN:
        check_room_for_another(pitch.den, pitch.firm)
    return _unsent(pitch, PitchState.DRAFT, by, "taken_back")


@transaction.atomic
def withdraw_pitch(*, pitch: Pitch, by: User, now: datetime) -> Pitch:
    """Take the pitch out of the call, until closing. It can be taken up again while the call is open."""
    pitch = locked_open_pitch(pitch, by, now)
    if pitch.state not in {PitchState.DRAFT, PitchState.SUBMITTED}:
        raise Refused("This pitch is withdrawn already")
    return _unsent(pitch, PitchState.WITHDRAWN, by, "withdrawn")


def _unsent(pitch: Pitch, state: PitchState, by: User, verb: str) -> Pitch:
    was_sent = pitch.state == PitchState.SUBMITTED
    pitch.state, pitch.submitted_at, pitch.submitted_by = state, None, None
    pitch.bump_version().save(update_fields=["state", "submitted_at", "submitted_by", "version"])
    record(f"innovation_den.pitch.{verb}", target=pitch, by=by)
    if was_sent:
        again = " Submit it again before the call closes." if state == PitchState.DRAFT else ""
        tell_firms(pitch, "Pitch taken back", f"{by} took back the pitch of {pitch.firm}.{again}", key=verb)
    return pitch


@transaction.atomic
def drop_out(*, pitch: Pitch, reason: str, by: User, now: datetime) -> Pitch:
    """The firm will not come though it was invited. The host is told; what becomes of the slot is the host's work."""
    pitch = locked_pitch(pitch, by)
    words = "Only a firm that is invited to pitch can drop out"
    if pitch.state != PitchState.ACCEPTED:
        raise Refused(words)
    if pitch.den.state not in STILL_TO_BE_HEARD:
        raise Refused("The pitches of this den have been heard")
    if not reason.strip():
        raise Refused([Reason("Say why, so that the host knows", "reason")])
    check_transition(PITCH_TRANSITIONS, pitch.state, PitchState.WITHDRAWN, words)
    pitch.state, pitch.drop_out_reason = PitchState.WITHDRAWN, reason.strip()
    pitch.bump_version().save(update_fields=["state", "drop_out_reason", "version"])
    record("innovation_den.pitch.dropped_out", target=pitch, by=by, note=reason)
    tell_host_of_drop_out(pitch)
    tell_firms(pitch, "Dropped out", f"{by} told the host that {pitch.firm} will not pitch.", key="dropped_out_firm")
    return pitch


def why_not_drop_out(pitch: Pitch) -> str:
    """Empty where the firm may."""
    if pitch.state != PitchState.ACCEPTED or pitch.den.state not in STILL_TO_BE_HEARD:
        return "Only a firm that is invited to pitch, and has not been heard, can drop out"
    return ""


@transaction.atomic
def remind_of_draft(*, pitch: Pitch, now: datetime) -> bool:
    """Tell the firm's writers once that their pitch is not submitted, unless it was meanwhile, or was withdrawn."""
    pitch = Pitch.objects.locked(pitch.pk)
    if pitch.state != PitchState.DRAFT or not pitch.den.takes_pitches(now):
        return False
    tell_of_draft(pitch)
    return True
