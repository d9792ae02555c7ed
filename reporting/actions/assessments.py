"""Assessments of contracts: drafted, shared with the supplier, made final, corrected by a further one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from portal.audit.actions import record
from portal.govuk.formats import day
from portal.organisations.permissions import why_not_active
from portal.records import check_transition, sent_before
from portal.refusals import Reason, Refused
from portal.working_days import shift_working_days
from reporting.actions.told import take_back_told, tell_all, tell_prices, tell_ratings, withdraw_told_prices
from reporting.choices import ASSESSMENT_TRANSITIONS, AssessmentState, Breach
from reporting.models import Assessment, AssessmentKpi, Contract
from reporting.notices import tell_final, tell_reply, tell_shared, tell_taken_back
from reporting.permissions import can_decide_return, can_file_return, why_not_assess
from reporting.queries.assessments import prefilled_kpis, rating_words

if TYPE_CHECKING:
    from portal.accounts.models import User

__all__ = [
    "correct_assessment",
    "finish_assessment",
    "remove_assessment",
    "reply_to_assessment",
    "save_assessment",
    "share_assessment",
    "start_assessment",
    "take_back_assessment",
    "take_back_told",
    "tell_all",
    "tell_prices",
    "withdraw_told_prices",
]
LONGEST_DAYS = 366  # of the period that one assessment covers


@dataclass(frozen=True)
class AssessmentWords:
    """What the authority says of the whole contract."""

    rating: str = ""
    summary: str = ""
    breach_kind: str = ""
    breach: str = ""
    breach_on: date | None = None


# --- Drafting --------------------------------------------------------------------------------------


@transaction.atomic
def start_assessment(
    *, contract: Contract, period_start: date, period_end: date, submission_key: UUID, by: User, now: datetime
) -> Assessment:
    """A draft, filled in from the returns and ratings of the period. One is under way at a time."""
    contract = _locked_contract(contract, by)
    if again := sent_before(contract.assessments.all(), submission_key):
        return again
    if reasons := list(_wrong_period(contract, period_start, period_end)):
        raise Refused(reasons)
    assessment = Assessment.objects.create(
        contract=contract, period_start=period_start, period_end=period_end,
        submission_key=submission_key, written_by=by, written_at=now,
    )  # fmt: skip
    _keep_kpis(assessment, prefilled_kpis(contract, period_start, period_end))
    record("reporting.assessment.started", target=assessment, by=by, new={"from": period_start, "to": period_end})
    return assessment


def _locked_contract(contract: Contract, by: User) -> Contract:
    """Whatever is decided on a contract's assessments waits for its row, so that two do not cross."""
    contract = Contract.objects.locked_after_supplier(contract.pk)
    if not can_decide_return(by, contract):
        raise PermissionDenied
    if why := why_not_assess(by, contract):
        raise Refused(why)
    return contract


def _wrong_period(contract: Contract, start: date, end: date) -> Iterator[Reason]:
    if contract.assessments.under_way().exists():  # type: ignore[attr-defined]
        yield Reason("An assessment of this contract is under way. Finish it first")
    if end < start:
        yield Reason("The last day must be after the first", "period_end")
    elif (end - start).days >= LONGEST_DAYS:
        yield Reason("An assessment covers 12 months or less", "period_end")
    if start < contract.baseline_start:
        yield Reason(f"The contract began on {day(contract.baseline_start)}", "period_start")
    overlap = Assessment.objects.final().filter(contract=contract, period_start__lte=end, period_end__gte=start)
    if clash := overlap.first():
        days = f"{day(clash.period_start)} to {day(clash.period_end)}"
        yield Reason(f"{days} is assessed already. Correct that assessment instead", "period_start")


def _keep_kpis(assessment: Assessment, kpis: Sequence[AssessmentKpi]) -> None:
    for kpi in kpis:
        kpi.assessment = assessment
    AssessmentKpi.objects.bulk_create(kpis)


def _locked(assessment: Assessment, by: User, version: int) -> Assessment:
    """The assessment, locked after its contract, where `by` may decide for the buyer."""
    contract = _locked_contract(assessment.contract, by)
    assessment = Assessment.objects.locked(assessment.pk)
    assessment.contract = contract
    assessment.check_version(version)
    return assessment


@transaction.atomic
def save_assessment(
    *, assessment: Assessment, version: int, words: AssessmentWords, kpis: Mapping[str, tuple[str, str]], by: User
) -> Assessment:
    """Keep the draft: `kpis` gives rating and comment by the indicator's number. It need not be whole yet."""
    assessment = _locked(assessment, by, version)
    _must_be(assessment, AssessmentState.DRAFT, "Only a draft is changed")
    if reasons := list(_unknown(words, kpis)):
        raise Refused(reasons)
    for item in fields(words):
        value = getattr(words, item.name)
        setattr(assessment, item.name, value.strip() if isinstance(value, str) else value)
    if not assessment.breach_kind:
        assessment.breach, assessment.breach_on = "", None
    assessment.bump_version().save()
    for kpi in assessment.kpis.all():
        if kpi.kpi_id in kpis:
            kpi.rating, kpi.comment = kpis[kpi.kpi_id]
            kpi.save(update_fields=["rating", "comment"])
    record("reporting.assessment.saved", target=assessment, by=by)
    return assessment


def _unknown(words: AssessmentWords, kpis: Mapping[str, tuple[str, str]]) -> Iterator[Reason]:
    codes = {"", *rating_words()}
    if words.rating not in codes:
        yield Reason("Choose a rating from the list", "rating")
    if words.breach_kind not in {"", *Breach.values}:
        yield Reason("Choose what happened from the list", "breach_kind")
    for rating, _comment in kpis.values():
        if rating not in codes:
            yield Reason("Choose a rating from the list for each indicator")


def _must_be(assessment: Assessment, state: str, why: str) -> None:
    if assessment.state != state:
        raise Refused(f"This assessment is now: {assessment.get_state_display().lower()}. {why}")


@transaction.atomic
def remove_assessment(*, assessment: Assessment, version: int, by: User) -> None:
    """Give up a draft that nobody else has seen. The contract's history keeps that there was one."""
    assessment = _locked(assessment, by, version)
    _must_be(assessment, AssessmentState.DRAFT, "Only a draft is removed")
    old = {"from": assessment.period_start, "to": assessment.period_end}
    contract = assessment.contract
    assessment.delete()
    record("reporting.contract.assessment_draft_removed", target=contract, by=by, old=old)


# --- Sharing and reply -----------------------------------------------------------------------------


@transaction.atomic
def share_assessment(*, assessment: Assessment, version: int, by: User, now: datetime) -> Assessment:
    """Show it to the supplier, who has 10 working days to reply. Refused with all that is missing."""
    assessment = _locked(assessment, by, version)
    _must_be(assessment, AssessmentState.DRAFT, "It was shared before")
    if reasons := list(missing_of(assessment, timezone.localdate(now))):
        raise Refused(reasons)
    _move(assessment, AssessmentState.SHARED)
    assessment.shared_at = now
    assessment.reply_due_at = shift_working_days(now, settings.ASSESSMENT_REPLY_WORKING_DAYS)
    assessment.bump_version().save()
    record("reporting.assessment.shared", target=assessment, by=by, new={"reply_due_at": assessment.reply_due_at})
    tell_shared(assessment)
    return assessment


def missing_of(assessment: Assessment, today: date) -> Iterator[Reason]:
    """What a draft still lacks before it can be shared."""
    if assessment.period_end > today:
        yield Reason(f"The period ends on {day(assessment.period_end)}. Share the assessment after that")
    if not assessment.rating:
        yield Reason("Choose the overall rating", "rating")
    if not assessment.summary:
        yield Reason("Say in a few sentences how the contract was performed", "summary")
    for kpi in assessment.kpis.filter(rating=""):
        yield Reason(f"Choose a rating for {kpi.title}")
    if assessment.breach_kind and not assessment.breach:
        yield Reason("Describe the breach or failure", "breach")
    if assessment.breach_kind and not assessment.breach_on:
        yield Reason("Enter the date of the termination, award, agreement or decision", "breach_on")


def _move(assessment: Assessment, to: AssessmentState) -> None:
    state = assessment.get_state_display().lower()
    check_transition(ASSESSMENT_TRANSITIONS, assessment.state, to, f"This assessment is now: {state}")
    assessment.state = to


@transaction.atomic
def take_back_assessment(*, assessment: Assessment, version: int, by: User, now: datetime) -> Assessment:
    """Make it a draft again, for example because the reply is right. A reply stays in the history alone."""
    assessment = _locked(assessment, by, version)
    _must_be(assessment, AssessmentState.SHARED, "Only one that waits for the reply is taken back")
    old = {"reply": assessment.reply} if assessment.reply else {}
    _move(assessment, AssessmentState.DRAFT)
    assessment.reply, assessment.replied_by, assessment.replied_at = "", None, None
    assessment.shared_at, assessment.reply_due_at = None, None
    assessment.bump_version().save()
    record("reporting.assessment.taken_back", target=assessment, by=by, old=old)
    tell_taken_back(assessment, now)
    return assessment


@transaction.atomic
def reply_to_assessment(*, assessment: Assessment, version: int, reply: str, by: User, now: datetime) -> Assessment:
    """The supplier's right of reply, shown beside the assessment. It may be changed until that is final."""
    contract = Contract.objects.locked(assessment.contract_id)
    if not can_file_return(by, contract):
        raise PermissionDenied
    assessment = Assessment.objects.locked(assessment.pk)
    assessment.contract = contract
    assessment.check_version(version)
    _must_be(assessment, AssessmentState.SHARED, "A reply is given before it is final")
    if why := why_not_active(contract.supplier):
        raise Refused(why)
    if not reply.strip():
        raise Refused([Reason("Enter your reply", "reply")])
    old = {"reply": assessment.reply} if assessment.reply else {}
    assessment.reply, assessment.replied_by, assessment.replied_at = reply.strip(), by, now
    assessment.bump_version().save()
    record("reporting.assessment.replied", target=assessment, by=by, old=old, new={"reply": assessment.reply})
    tell_reply(assessment)
    return assessment


# --- Final -----------------------------------------------------------------------------------------


@transaction.atomic
def finish_assessment(*, assessment: Assessment, version: int, by: User, now: datetime) -> Assessment:
    """Make it final: after the reply, or once the time for one is over. It never changes after that.

    What it corrects is replaced in the same moment. Of a published contract, it is public from now on.
    """
    assessment = _locked(assessment, by, version)
    _must_be(assessment, AssessmentState.SHARED, "It is shared with the supplier first")
    if why := why_not_finish(assessment, now):
        raise Refused(why)
    if assessment.corrects_id:
        _replace(Assessment.objects.locked(assessment.corrects_id))
    _move(assessment, AssessmentState.FINAL)
    assessment.final_at = now
    assessment.bump_version().save()
    record("reporting.assessment.made_final", target=assessment, by=by)
    tell_final(assessment)
    tell_ratings(assessment, by)
    return assessment


def why_not_finish(assessment: Assessment, now: datetime) -> str | None:
    if assessment.reply or (assessment.reply_due_at and assessment.reply_due_at <= now):
        return None
    until = timezone.localdate(assessment.reply_due_at)
    return f"{assessment.contract.supplier} may reply until {day(until)}. Make it final after the reply, or after that"


def _replace(old: Assessment) -> None:
    _move(old, AssessmentState.CORRECTED)
    old.bump_version().save(update_fields=["state", "version"])


@transaction.atomic
def correct_assessment(
    *, assessment: Assessment, reason: str, submission_key: UUID, by: User, now: datetime
) -> Assessment:
    """A draft that will replace a final assessment, with the same words to begin with."""
    contract = _locked_contract(assessment.contract, by)
    if again := sent_before(contract.assessments.all(), submission_key):
        return again
    assessment = Assessment.objects.locked(assessment.pk)
    _must_be(assessment, AssessmentState.FINAL, "Only one that stands is corrected")
    if not reason.strip():
        raise Refused([Reason("Enter why it must be corrected", "reason")])
    if under_way := contract.assessments.under_way().first():  # type: ignore[attr-defined]
        raise Refused(f"The assessment to {day(under_way.period_end)} is under way. Finish or remove it first")
    successor = Assessment.objects.create(
        contract=contract, period_start=assessment.period_start, period_end=assessment.period_end,
        corrects=assessment, reason=reason.strip()[:1000],
        submission_key=submission_key, written_by=by, written_at=now,
        **{item.name: getattr(assessment, item.name) for item in fields(AssessmentWords)},
    )  # fmt: skip
    kpis = list(assessment.kpis.all())
    for kpi in kpis:
        kpi.pk = None
    _keep_kpis(successor, kpis)
    record("reporting.assessment.correction_started", target=successor, by=by, new={"reason": successor.reason})
    return successor
