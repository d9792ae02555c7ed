"""What the buyer decides on a return, and the corrections that follow, asked for or not."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from portal.audit.actions import record
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.organisations.permissions import WRITERS
from portal.organisations.queries import people_of
from portal.records import check_transition
from portal.refusals import Reason, Refused
from portal.working_days import shift_working_days
from reporting.choices import RETURN_TRANSITIONS, STANDING, ReturnState
from reporting.models import Contract, Return, ReturnLine
from reporting.permissions import can_decide_return, can_file_return
from techmap.actions import record_evidence
from techmap.choices import EvidenceKind

if TYPE_CHECKING:
    from portal.accounts.models import User

CORRECTION_DAYS = 5  # working days to answer a return that was sent back


@transaction.atomic
def accept_return(*, filed: Return, version: int, by: User, now: datetime) -> Return:
    """The buyer accepts what was reported; it becomes evidence of the supplier in the techmap."""
    filed = _locked_submitted(filed, version, by)
    _decide(filed, ReturnState.ACCEPTED, "", by, now)
    contract = filed.contract
    if not filed.is_nil:
        record_evidence(
            supplier=contract.supplier,
            kind=EvidenceKind.RETURN,
            source=f"return:{contract.reference}",
            title=contract.title,
            dated=filed.period_end,
            capabilities=contract.capabilities.all(),
            by=by,
        )
    return filed


@transaction.atomic
def send_back_return(*, filed: Return, version: int, reason: str, by: User, now: datetime) -> Return:
    """The buyer asks for a correction: it is made at once as a draft with the same words, due in 5 working days."""
    filed = _locked_submitted(filed, version, by)
    if not reason.strip():
        raise Refused([Reason("Enter what the supplier should correct", "reason")])
    _decide(filed, ReturnState.SENT_BACK, reason.strip(), by, now)
    correction = _correct(filed, reason.strip(), now)
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
    contract = Contract.objects.locked(filed.contract_id)
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
    filed = Return.objects.locked(filed.pk)
    filed.contract = contract
    if filed.state not in STANDING:
        raise Refused("Only a return that stands is corrected")
    if not reason.strip():
        raise Refused([Reason("Enter why it must be corrected", "reason")])
    if under_way := contract.returns.unfiled().filter(period_start=filed.period_start).first():
        return under_way
    correction = _correct(filed, reason.strip(), now)
    record("reporting.return.correction_started", target=correction, by=by, new={"reason": correction.reason})
    return correction


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
    ReturnLine.objects.bulk_create(
        [
            ReturnLine(
                supplier_id=line.supplier_id, filed=correction, table=line.table, number=line.number, data=line.data
            )
            for line in filed.lines.all()
        ],
        batch_size=2000,
    )
    return correction
