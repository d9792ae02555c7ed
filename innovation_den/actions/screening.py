"""Screen pitches: two views, a decision, and at most one appeal."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from innovation_den.actions.conflicts import find_conflicts
from innovation_den.choices import PITCH_TRANSITIONS, AppealState, DenState, PitchState, Verdict
from innovation_den.models import Appeal, Den, Pitch, Screening
from innovation_den.models.pitches import firms_of
from innovation_den.permissions import can_organise, can_take_part
from innovation_den.queries.screening import (
    APPEAL_DAYS,
    VIEWS,
    Stage,
    appeal_deciders,
    appeal_until,
    belongs_to_a_firm_of,
    letter_writers_of,
    settlers_of,
    stage_of,
)
from portal.audit.actions import record
from portal.govuk.formats import when
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.organisations.permissions import WRITERS
from portal.organisations.queries import people_in
from portal.records import check_transition, sent_before
from portal.refusals import Reason, Refused

if TYPE_CHECKING:
    from portal.accounts.models import User

STATE_OF = {Verdict.ACCEPT: PitchState.ACCEPTED, Verdict.REJECT: PitchState.REJECTED}
APPEALS_IN = (DenState.SCREENING, DenState.SCHEDULING)


def _locked(pitch: Pitch) -> Pitch:
    """The pitch as it is now, its den locked before it: two views, or a view and a withdrawal, never pass."""
    den = Den.objects.locked(pitch.den_id)
    pitch = Pitch.objects.locked(pitch.pk)
    pitch.den = den
    return pitch


def _check_organiser(pitch: Pitch, by: User) -> None:
    """Writers of the host, but for those from whom a conflict hides the pitch."""
    seen = Pitch.objects.without_conflicts_of(by).filter(pk=pitch.pk)
    if not can_organise(by, pitch.den) or not seen.exists():
        raise PermissionDenied


@transaction.atomic
def give_view(*, pitch: Pitch, verdict: str, reason: str, submission_key: UUID, by: User, now: datetime) -> Screening:
    """One person's view. The second one decides, where both say yes; else people write or settle what comes of it.

    Refused for anybody with a role in a firm of the pitch, for a third person, and a second time.
    """
    pitch = _locked(pitch)
    _check_organiser(pitch, by)
    if again := sent_before(Screening.objects.filter(pitch=pitch, screener=by), submission_key):
        return again
    given = pitch.screenings.count()
    if reasons := _wrong_with_view(pitch, reason, given, by):
        raise Refused(reasons)
    view = Screening.objects.create(
        pitch=pitch,
        number=given + 1,
        screener=by,
        verdict=Verdict(verdict),
        reason=reason.strip(),
        given_at=now,
        submission_key=submission_key,
    )
    record("innovation_den.screening.given", target=view, by=by)  # never what it says
    if view.number == VIEWS:
        _both_given(pitch, by, now)
    return view


def _wrong_with_view(pitch: Pitch, reason: str, given: int, by: User) -> list[Reason]:
    reasons = []
    if pitch.den.state != DenState.SCREENING:
        reasons.append(Reason("Pitches can be screened once the call has closed, until the day is planned"))
    if pitch.state != PitchState.SUBMITTED:
        reasons.append(Reason(f"This pitch cannot be screened any more. It is: {pitch.get_state_display().lower()}"))
    if belongs_to_a_firm_of(pitch, by):
        reasons.append(Reason("You belong to a firm of this pitch, so somebody else must screen it"))
    if pitch.screenings.filter(screener=by).exists():
        reasons.append(Reason("You have given your view already. A view cannot be changed"))
    elif given >= VIEWS:
        reasons.append(Reason("Two people have given their views already"))
    if not reason.strip():
        reasons.append(Reason("Say why, so that the decision can be explained", "reason"))
    return reasons


def _both_given(pitch: Pitch, by: User, now: datetime) -> None:
    stage = stage_of(pitch)
    if stage == Stage.AGREED:
        _ask(letter_writers_of(pitch), pitch, "Both who screened it say no. Tell the firm why")
    elif set(pitch.screenings.values_list("verdict", flat=True)) == {Verdict.ACCEPT}:
        _decide(pitch, Verdict.ACCEPT, "", by, now)
    else:
        _ask(settlers_of(pitch), pitch, "The two who screened it differ. Decide, and say why")


def _ask(people: object, pitch: Pitch, words: str) -> None:
    tell(
        kind=Kind.DEN,
        subject=f"Screening: {pitch.title}",
        body=f"{words}. The pitch is “{pitch.title}” by {pitch.firm}, for {pitch.den}.",
        recipients=people,  # type: ignore[arg-type]
        path=reverse("innovation_den:screening-settle", args=[pitch.reference]),
        link_text="See both views",
        reason=f"You write for {pitch.den.host}.",
    )


@transaction.atomic
def settle_screening(*, pitch: Pitch, verdict: str, reason: str, by: User, now: datetime) -> Pitch:
    """Decide where the two differ, or send the reason where both say no. The firm reads the reason."""
    pitch = _locked(pitch)
    _check_organiser(pitch, by)
    stage = stage_of(pitch)
    if pitch.den.state != DenState.SCREENING or stage not in (Stage.SPLIT, Stage.AGREED):
        raise Refused("There is nothing to decide here now. Look at the pitch again")
    if not (settlers_of(pitch) if stage == Stage.SPLIT else letter_writers_of(pitch)).filter(pk=by.pk).exists():
        raise PermissionDenied
    if stage == Stage.AGREED and verdict != Verdict.REJECT:
        raise Refused([Reason("Both who screened it say no, so the pitch cannot be invited here", "verdict")])
    if not reason.strip():
        raise Refused([Reason("Say why, as the firm will read it", "reason")])
    return _decide(pitch, verdict, reason.strip(), by, now)


def _decide(pitch: Pitch, verdict: str, reason: str, by: User, now: datetime) -> Pitch:
    state = STATE_OF[Verdict(verdict)]
    check_transition(PITCH_TRANSITIONS, pitch.state, state, "This pitch was decided on already")
    pitch.state, pitch.reason, pitch.decided_at, pitch.decided_by = state, reason, now, by
    pitch.bump_version().save(update_fields=["state", "reason", "decided_at", "decided_by", "version"])
    record(f"innovation_den.pitch.{state}", target=pitch, by=by, new={"state": state, "reason": reason})
    if state == PitchState.ACCEPTED:
        _tell_firms(pitch, "You are invited to pitch", f"{pitch.den.host} invites you to pitch “{pitch.title}”.")
        find_conflicts(pitch.den, now)
    else:
        until = when(appeal_until(pitch))
        _tell_firms(
            pitch,
            "You are not invited to pitch",
            f"{pitch.den.host} does not invite you to pitch “{pitch.title}”.\n\nWhy: {reason}\n\n"
            f"{pitch.firm} may appeal once, until {until}. Somebody who did not screen your pitch then looks at it.",
        )
    return pitch


def _tell_firms(pitch: Pitch, subject: str, body: str) -> None:
    tell(
        kind=Kind.DEN,
        subject=f"{subject}: {pitch.den}",
        body=body,
        recipients=people_in(Q(organisation__in=firms_of(pitch), role__in=WRITERS)),
        path=pitch.get_absolute_url(),
        link_text="See your pitch",
        reason="Your organisation pitches in this den.",
    )


@transaction.atomic
def make_appeal(*, pitch: Pitch, text: str, submission_key: UUID, by: User, now: datetime) -> Appeal:
    """Appeal against a rejection: once, by a writer of the firm, within 10 working days."""
    pitch = _locked(pitch)
    if not can_take_part(by, pitch.firm):
        raise PermissionDenied
    if again := sent_before(Appeal.objects.filter(pitch=pitch), submission_key):
        return again
    if reasons := why_not_appeal(pitch, now):
        raise Refused([Reason(reason) for reason in reasons])
    if not text.strip():
        raise Refused([Reason("Say why the decision should be different", "text")])
    appeal = Appeal.objects.create(
        pitch=pitch, text=text.strip(), made_by=by, made_at=now, submission_key=submission_key
    )
    record("innovation_den.appeal.made", target=pitch, by=by)
    deciders, _ = appeal_deciders(pitch)
    tell(
        kind=Kind.DEN,
        subject=f"An appeal to decide: {pitch.title}",
        body=f"{pitch.firm} appeals against the decision on “{pitch.title}” for {pitch.den}.",
        recipients=deciders,
        path=reverse("innovation_den:appeal-decide", args=[pitch.reference]),
        link_text="Read the appeal",
        reason=f"You write for {pitch.den.host}.",
    )
    return appeal


def why_not_appeal(pitch: Pitch, now: datetime) -> list[str]:
    """Why the firm may not appeal now: every reason."""
    if Appeal.objects.filter(pitch=pitch).exists():
        return ["You have appealed already. A firm may appeal once"]
    if pitch.state != PitchState.REJECTED:
        return ["Only a pitch that was not invited can be appealed for"]
    if pitch.den.state not in APPEALS_IN:
        return ["The den has gone on, so the decision cannot be changed any more"]
    until = appeal_until(pitch)
    if until is None or now > until:
        return [f"An appeal must come within {APPEAL_DAYS} working days of the decision"]
    return []


@transaction.atomic
def decide_appeal(*, appeal: Appeal, is_upheld: bool, answer: str, by: User, now: datetime) -> Appeal:
    """Uphold it, and the firm is invited; or refuse it, and the decision stands. Final either way.

    Only for a writer of the host who neither screened the pitch nor decided on it; for the owner where there is none.
    """
    pitch = _locked(appeal.pitch)
    _check_organiser(pitch, by)
    appeal = Appeal.objects.select_for_update().get(pk=appeal.pk)
    deciders, why_the_owner = appeal_deciders(pitch)
    if appeal.state != AppealState.OPEN:
        raise Refused("This appeal was decided already")
    if not deciders.filter(pk=by.pk).exists():
        raise PermissionDenied("You took part in the decision, so somebody else must look at the appeal.")
    if pitch.den.state not in APPEALS_IN:
        raise Refused("The den has gone on, so the decision cannot be changed any more")
    if not answer.strip():
        raise Refused([Reason("Say why, as the firm will read it", "answer")])
    appeal.state = AppealState.UPHELD if is_upheld else AppealState.REFUSED
    appeal.answer, appeal.decided_by, appeal.decided_at = answer.strip(), by, now
    appeal.save(update_fields=["state", "answer", "decided_by", "decided_at"])
    record(f"innovation_den.appeal.{appeal.state}", target=appeal, by=by, new={"answer": answer}, note=why_the_owner)
    if is_upheld:
        _invite_after_all(pitch, by, now)
    words = "Your appeal is upheld" if is_upheld else "Your appeal is refused"
    _tell_firms(pitch, words, f"{words}: “{pitch.title}”, for {pitch.den}.\n\nWhy: {appeal.answer}")
    return appeal


def _invite_after_all(pitch: Pitch, by: User, now: datetime) -> None:
    """The reason of the rejection goes; the appeal and the views keep what was said."""
    check_transition(PITCH_TRANSITIONS, pitch.state, PitchState.ACCEPTED, "This pitch cannot be invited any more")
    old = {"state": pitch.state, "reason": pitch.reason}
    pitch.state, pitch.reason, pitch.decided_at, pitch.decided_by = PitchState.ACCEPTED, "", now, by
    pitch.bump_version().save(update_fields=["state", "reason", "decided_at", "decided_by", "version"])
    record("innovation_den.pitch.accepted", target=pitch, by=by, old=old, new={"state": pitch.state})
    find_conflicts(pitch.den, now)
