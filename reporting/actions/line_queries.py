"""Questions of the buyer about one line of a submitted return, and the supplier's answers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse

from portal.audit.actions import record
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.organisations.permissions import WRITERS, why_not_active
from portal.organisations.queries import people_of
from portal.records import sent_before
from portal.refusals import Reason, Refused
from reporting.choices import STANDING, ReturnState
from reporting.models import Contract, LineQuery, Return
from reporting.permissions import can_decide_return, can_file_return, why_not_assess
from reporting.queries.line_queries import place_of, why_no_place

if TYPE_CHECKING:
    from portal.accounts.models import User


@transaction.atomic
def ask_about_line(
    *, filed: Return, table: str, row: int, field: str, text: str, submission_key: UUID, by: User, now: datetime
) -> LineQuery:
    """The buyer asks about a line, or one field of it. Only of a return that it has still to decide on."""
    filed = _locked(filed)
    if not can_decide_return(by, filed.contract):
        raise PermissionDenied
    if again := sent_before(filed.queries.all(), submission_key):
        return again
    if why := why_not_assess(by, filed.contract):
        raise Refused(why)
    if filed.state != ReturnState.SUBMITTED:
        raise Refused(f"This return is now: {filed.get_state_display().lower()}. Questions are asked before that")
    reasons = [Reason("Enter your question", "text")] if not text.strip() else []
    if why := why_no_place(filed, table, row, field):
        reasons.append(Reason(why, "field"))
    if reasons:
        raise Refused(reasons)
    query = LineQuery.objects.create(
        filed=filed, table=table, row=row, field=field, text=text.strip(),
        submission_key=submission_key, asked_by=by, asked_at=now,
    )  # fmt: skip
    record("reporting.return.line_asked_about", target=filed, by=by, new=_facts(query) | {"question": query.text})
    tell(
        kind=Kind.REPORT,
        subject=f"A question about your return: {filed}",
        body=f"{filed.contract.buyer} asks about {place_of(query)}:\n\n{query.text}",
        recipients=people_of(filed.supplier, *WRITERS),
        path=_page(filed),
        link_text="Answer the question",
        reason=f"You write for {filed.supplier}.",
        dedupe_key=f"line-query-{query.pk}",
    )
    return query


@transaction.atomic
def answer_line_query(*, query: LineQuery, text: str, by: User, now: datetime) -> LineQuery:
    """The supplier answers, once or again until the buyer has settled it."""
    filed = _locked(query.filed)
    if not can_file_return(by, filed.contract):
        raise PermissionDenied
    query = _locked_open(query, filed)
    if why := why_not_active(filed.contract.supplier):
        raise Refused(why)
    if not text.strip():
        raise Refused([Reason("Enter your answer", "text")])
    old = {"answer": query.answer} if query.answer else {}
    query.answer, query.answered_by, query.answered_at = text.strip(), by, now
    query.save(update_fields=["answer", "answered_by", "answered_at"])
    new = _facts(query) | {"answer": query.answer}
    record("reporting.return.line_query_answered", target=filed, by=by, old=old, new=new)
    tell(
        kind=Kind.REPORT,
        subject=f"Your question is answered: {filed}",
        body=f"{filed.supplier} answers your question about {place_of(query)}:\n\n{query.answer}",
        recipients=people_of(filed.contract.buyer, *WRITERS),
        path=_page(filed),
        link_text="See the answer",
        reason=f"You write for {filed.contract.buyer}.",
        dedupe_key=f"line-query-answered-{query.pk}-{now.isoformat()}",
    )
    return query


@transaction.atomic
def settle_line_query(*, query: LineQuery, by: User, now: datetime) -> LineQuery:
    """The buyer takes the answer, or no longer needs one."""
    filed = _locked(query.filed)
    if not can_decide_return(by, filed.contract):
        raise PermissionDenied
    query = _locked_open(query, filed)
    if why := why_not_assess(by, filed.contract):
        raise Refused(why)
    query.settled_at, query.settled_by = now, by
    query.save(update_fields=["settled_at", "settled_by"])
    record("reporting.return.line_query_settled", target=filed, by=by, new=_facts(query))
    tell(
        kind=Kind.REPORT,
        subject=f"A question is settled: {filed}",
        body=f"{filed.contract.buyer} has settled its question about {place_of(query)}:\n\n{query.text}",
        recipients=people_of(filed.supplier, *WRITERS),
        path=_page(filed),
        link_text="See the questions",
        reason=f"You write for {filed.supplier}.",
        dedupe_key=f"line-query-settled-{query.pk}",
    )
    return query


def _locked(filed: Return) -> Return:
    """The return, locked after its contract as everywhere."""
    contract = Contract.objects.locked(filed.contract_id)
    filed = Return.objects.locked(filed.pk)
    filed.contract = contract
    return filed


def _locked_open(query: LineQuery, filed: Return) -> LineQuery:
    query = LineQuery.objects.select_for_update(no_key=True).get(pk=query.pk)
    query.filed = filed
    if not query.is_open:
        raise Refused("This question is settled")
    if filed.state not in STANDING:
        raise Refused(f"This return is now: {filed.get_state_display().lower()}. Its questions are closed")
    return query


def _facts(query: LineQuery) -> dict[str, str]:
    return {"about": place_of(query)}


def _page(filed: Return) -> str:
    return reverse("reporting:line-query-list", args=[filed.public_id])
