"""What the buyer decides on a return, and the corrections that follow, asked for or not."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from portal.audit.actions import record
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.organisations.permissions import WRITERS, why_not_active
from portal.organisations.queries import people_of
from portal.records import check_transition
from portal.refusals import Reason, Refused
from portal.working_days import shift_working_days
from reporting.actions.evidence import bear_out
from reporting.actions.flags import reconsider
from reporting.actions.lines import copy_lines
from reporting.actions.releases import tell_releases
from reporting.actions.told import tell_prices
from reporting.choices import RETURN_TRANSITIONS, STANDING, ReturnState
from reporting.models import Contract, Return
from reporting.permissions import can_decide_return, can_file_return, why_not_accept, why_not_prepare

if TYPE_CHECKING:
    from portal.accounts.models import User

CORRECTION_DAYS = 5  # working days to answer a return that was sent back


@transaction.atomic
def accept_return(*, filed: Return, version: int, by: User, now: datetime) -> Return:
    """The buyer accepts what was reported; it becomes evidence of the supplier in the techmap.

    Refused unless both sides are verified, and where the person belongs to the supplier too.
    """
    filed = _locked_submitted(filed, version, by)
    if why := why_not_accept(by, filed.contract):
        raise Refused(why)
    _decide(filed, ReturnState.ACCEPTED, "", by, now)
    bear_out(filed, by)
    tell_prices(filed, by)
    reconsider(filed.contract, now=now)
    tell_releases(contract=filed.contract, now=now)
    return filed


@transaction.atomic
def send_back_return(*, filed: Return, version: int, reason: str, by: User, now: datetime) -> Return:
    """The buyer asks for a correction: a draft with the same words is made at once, due in 5 working days.

    Where the supplier has begun one already, that one stays.
    """
    filed = _locked_submitted(filed, version, by)
    if why := why_not_active(filed.contract.buyer):
        raise Refused(why)
    if not reason.strip():
        raise Refused([Reason("Enter what the supplier should correct", "reason")])
    _decide(filed, ReturnState.SENT_BACK, reason.strip(), by, now)
    correction = _under_way(filed) or _correct(filed, reason.strip(), now)
    reconsider(filed.contract, now=now)
    tell(
        kind=Kind.REPORT,
        subject=f"Please correct your return: {filed}",
        body=f"{filed.contract.buyer} has sent your return for {filed.period_words} back:\n\n{filed.decision_reason}",
        recipients=people_of(filed.supplier, *WRITERS),
        path=correction.get_absolute_url(),
        link_text="Correct the return",
        reason=f"You write for {filed.supplier}.",
        dedupe_key=f"return-sent-back-{filed.public_id}",
    )
    return filed


def _locked_submitted(filed: Return, version: int, by: User) -> Return:
    contract = Contract.objects.locked_after_supplier(filed.contract_id)
    if not can_decide_return(by, contract):
        raise PermissionDenied
    filed = Return.objects.locked(filed.pk)
    filed.contract = contract
    filed.check_version(version)
    return filed


def _decide(filed: Return, to: ReturnState, reason: str, by: User, now: datetime) -> None:
    state = filed.get_state_display().lower()
    check_transition(RETURN_TRANSITIONS, filed.state, to, f"This return is now: {state}. Nothing is to be decided")
    filed.state = to
    filed.decided_at, filed.decided_by, filed.decision_reason = now, by, reason
    filed.bump_version().save()
    new = {"reason": reason} if reason else {}
    record(f"reporting.return.{to.value}", target=filed, by=by, new=new)


@transaction.atomic
def start_correction(*, filed: Return, reason: str, by: User, now: datetime) -> Return:
    """A draft that will replace what was submitted, filled in with the same words. One at a time."""
    contract = Contract.objects.locked(filed.contract_id)
    if not can_file_return(by, contract):
        raise PermissionDenied
    if why := why_not_prepare(contract.supplier):
        raise Refused(why)
    filed = Return.objects.locked(filed.pk)
    filed.contract = contract
    if filed.state not in STANDING:
        raise Refused("Only a return that stands is corrected")
    if not reason.strip():
        raise Refused([Reason("Enter why it must be corrected", "reason")])
    if under_way := _under_way(filed):
        return under_way
    correction = _correct(filed, reason.strip(), now)
    record("reporting.return.correction_started", target=correction, by=by, new={"reason": correction.reason})
    return correction


def _under_way(filed: Return) -> Return | None:
    """The correction that is being written: there is one at most. The contract is locked by the caller."""
    return Return.objects.unfiled().filter(contract=filed.contract_id, period_start=filed.period_start).first()


def _correct(filed: Return, reason: str, now: datetime) -> Return:
    correction = Return.objects.create(
        contract=filed.contract,
        supplier_id=filed.supplier_id,
        period_start=filed.period_start,
        period_end=filed.period_end,
        due_at=shift_working_days(now, CORRECTION_DAYS),
        standard=filed.standard,
        revision=filed.revision + 1,
        replaces=filed,
        reason=reason[:1000],
        state=ReturnState.DRAFT,
        is_nil=filed.is_nil,
        data=filed.data,
        started_at=now,
    )
    copy_lines(filed, correction)
    return correction
