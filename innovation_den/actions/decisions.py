"""What is decided of each pitch: staged in private, written to the firms, and released all together."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q

from innovation_den.actions.dens import move_den
from innovation_den.choices import Award, DenState
from innovation_den.models import DecisionRecord, Den, Pitch, PitchDecision
from innovation_den.models.pitches import firms_of
from innovation_den.permissions import can_organise
from innovation_den.queries.decision_records import record_content
from innovation_den.queries.decisions import staged_of, why_not_release
from innovation_den.queries.results import readable_pitches, results_of
from portal.audit.actions import record
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.organisations.permissions import WRITERS
from portal.organisations.queries import people_in
from portal.refusals import Reason, Refused

if TYPE_CHECKING:
    from portal.accounts.models import User

NOT_NOW = "Decisions are written after the day, and until they are released. This den is at another step"


@transaction.atomic
def stage_decision(*, pitch: Pitch, award: str, reason: str, version: int, by: User, now: datetime) -> PitchDecision:
    """Write down what is to be decided; nobody but the host sees it. `version` is 0 where there was none.

    A letter that people wrote stays as it is; where another award is chosen, it must be read again before a release.
    """
    _locked_den(pitch, by)
    check_award(award, reason)
    decision = PitchDecision.objects.select_for_update(no_key=True).filter(pitch=pitch).first()
    if decision is None:
        decision = PitchDecision.objects.create(
            pitch=pitch, award=award, reason=reason.strip(), staged_by=by, staged_at=now
        )
        record("innovation_den.decision.staged", target=decision, by=by, new={"award": award})
        return decision
    if (decision.award, decision.reason) == (award, reason.strip()):
        return decision  # also where the same form was sent twice
    decision.check_version(version)
    old = {"award": decision.award}
    decision.award, decision.reason, decision.staged_by, decision.staged_at = award, reason.strip(), by, now
    decision.bump_version().save(update_fields=["award", "reason", "staged_by", "staged_at", "version"])
    record("innovation_den.decision.staged", target=decision, by=by, old=old, new={"award": award})
    return decision


def check_award(award: str, reason: str) -> None:
    reasons = []
    if award not in Award.values:
        reasons.append(Reason("Choose what is decided", "award"))
    if not reason.strip():
        reasons.append(Reason("Enter the reason. The firm and the public read it", "reason"))
    if reasons:
        raise Refused(reasons)


@transaction.atomic
def edit_letter(*, decision: PitchDecision, letter: str, version: int, by: User, now: datetime) -> PitchDecision:
    """From now on the letter is what people wrote: it is not made anew from scores and reasons."""
    _locked_den(decision.pitch, by)
    if not letter.strip():
        raise Refused([Reason("Enter the letter", "letter")])
    decision = PitchDecision.objects.select_for_update(no_key=True, of=("self",)).get(pk=decision.pk)
    letter = letter.replace("\r\n", "\n").strip()
    if decision.is_letter_edited and (decision.letter, decision.letter_award) == (letter, decision.award):
        return decision
    decision.check_version(version)
    decision.letter, decision.is_letter_edited, decision.letter_award = letter, True, decision.award
    decision.bump_version().save(update_fields=["letter", "is_letter_edited", "letter_award", "version"])
    record("innovation_den.decision.letter_edited", target=decision, by=by)
    return decision


def _locked_den(pitch: Pitch, by: User) -> Den:
    """The den, locked, while it is being decided, where `by` runs it and may see the pitch."""
    den = Den.objects.locked(pitch.den_id)
    if not can_organise(by, den) or not readable_pitches(den, by).filter(pk=pitch.pk).exists():
        raise PermissionDenied
    if den.state != DenState.DECIDING:
        raise Refused(NOT_NOW)
    return den


# --- The release ------------------------------------------------------------------------------------


@transaction.atomic
def release_decisions(*, den: Den, by: User, now: datetime) -> DecisionRecord:
    """Send every letter, freeze every decision and publish the record, in one transaction and once.

    Where they were released already, that record is given again and nobody is told twice.
    """
    den = Den.objects.locked(den.pk)
    if not can_organise(by, den):
        raise PermissionDenied
    if released := DecisionRecord.objects.filter(den=den).first():
        return released
    if den.state != DenState.DECIDING:
        raise Refused(NOT_NOW)
    if reasons := why_not_release(den, now):
        raise Refused([Reason(words) for words in reasons])
    decisions = _freeze(den, now)
    selected = sum(one.award == Award.SELECTED for one in decisions)
    content = record_content(den, results_of(den, places=selected), {one.pitch_id: one for one in decisions}, now)
    made = DecisionRecord.objects.create(den=den, content=content, released_by=by, released_at=now)
    move_den(den=den, to=DenState.DECIDED, by=by, now=now)
    record(
        "innovation_den.decisions.released", target=den, by=by, new={"decided": len(decisions), "selected": selected}
    )
    for decision in decisions:
        _send(den, decision)
    return made


def _freeze(den: Den, now: datetime) -> list[PitchDecision]:
    """Write each letter and each firm's feedback as they go out."""
    decisions = []
    for staged in staged_of(den):
        decision = staged.decision
        if decision is None:  # `why_not_release` has looked
            raise Refused("A pitch was heard meanwhile. Decide on it first")
        decision.letter, decision.feedback, decision.released_at = staged.letter, staged.feedback.to_json(), now
        decision.pitch = staged.pitch
        decision.bump_version()
        decisions.append(decision)
    PitchDecision.objects.bulk_update(decisions, ["letter", "feedback", "released_at", "version"])
    return decisions


def _send(den: Den, decision: PitchDecision) -> None:
    tell(
        kind=Kind.DEN,
        subject=f"Decision on your pitch: {decision.pitch.title}",
        body=decision.letter,
        path=decision.get_absolute_url(),
        link_text="Read the letter and your feedback",
        reason=f"Your firm pitched in {den.title}",
        recipients=people_in(Q(organisation__in=firms_of(decision.pitch), role__in=WRITERS)),
        dedupe_key=f"innovation_den.decision.released:{decision.pk}",
    )
