"""Flags: raised and cleared by their rules, answered by either party."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from portal.audit.actions import record
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.organisations.models import Organisation
from portal.organisations.permissions import WRITERS, why_not_active
from portal.organisations.queries import people_of
from portal.records import sent_before
from portal.refusals import Reason, Refused
from reporting.choices import ContractState, FlagState
from reporting.models import Contract, Flag, FlagAnswer
from reporting.permissions import can_answer_flag, why_not_answer
from reporting.quality.declared import rules
from reporting.quality.rules import Found, find
from reporting.quality.words import question_of
from reporting.queries.flags import facts_of

if TYPE_CHECKING:
    from portal.accounts.models import User

logger = structlog.get_logger(__name__)


@transaction.atomic
def reconsider(contract: Contract, *, now: datetime) -> None:
    """Raise the flags whose rules hold for the contract now, and clear those that hold no longer.

    One that stands keeps its answers and takes the newest figures. Both parties are told of new ones, once a day.
    """
    contract = Contract.objects.locked(contract.pk)
    found = {} if contract.is_draft else find(facts_of(contract, now=now))
    standing = {flag.rule: flag for flag in contract.flags.standing()}
    for rule, flag in standing.items():
        if rule not in found:
            _clear(flag, now)
        else:
            _renew(flag, found[rule])
    raised = [_raise(contract, one, now) for rule, one in found.items() if rule not in standing]
    if raised:
        _tell_raised(contract, raised, now)


def reconsider_all(*, now: datetime) -> int:
    """Every contract that has flags or asks for returns, each in its own transaction. Returns how many were seen."""
    contracts = Contract.objects.exclude(state=ContractState.DRAFT).filter(returns__isnull=False).distinct()
    seen = 0
    for contract in contracts.order_by("pk").iterator():
        try:
            reconsider(contract, now=now)
            seen += 1
        except Exception:  # one contract whose figures fail must not keep the others from their flags
            logger.exception("reporting.flags_not_reconsidered", contract=contract.pk)
    return seen


def _raise(contract: Contract, found: Found, now: datetime) -> Flag:
    flag = Flag.objects.create(
        contract=contract,
        filed_id=found.filed,
        rule=found.rule.id,
        rule_version=rules().version,
        says=question_of(found.rule, found.figures),
        found=found.figures,
        raised_at=now,
    )
    record("reporting.flag.raised", target=flag, by=None, new={"says": flag.says})
    return flag


def _renew(flag: Flag, found: Found) -> None:
    """The newest figures; written only where they are others."""
    if (flag.found, flag.filed_id, flag.rule_version) == (found.figures, found.filed, rules().version):
        return
    was, flag.says = flag.says, question_of(found.rule, found.figures)
    flag.found, flag.filed_id, flag.rule_version = found.figures, found.filed, rules().version
    flag.save(update_fields=["found", "filed", "rule_version", "says"])
    if flag.says != was:
        record("reporting.flag.figures_changed", target=flag, by=None, old={"says": was}, new={"says": flag.says})


def _clear(flag: Flag, now: datetime) -> None:
    flag.state, flag.cleared_at = FlagState.CLEARED, now
    flag.save(update_fields=["state", "cleared_at"])
    record("reporting.flag.cleared", target=flag, by=None)


def _tell_raised(contract: Contract, raised: Sequence[Flag], now: datetime) -> None:
    today = timezone.localdate(now)
    questions = "\n\n".join(flag.says for flag in raised)
    for party, other in [(contract.buyer, contract.supplier), (contract.supplier, contract.buyer)]:
        tell(
            kind=Kind.REPORT,
            subject=f"The figures of a contract raise a question: {contract}",
            body=f"{questions}\n\nThere may be a good reason. Either party can give it, for both to see: "
            f"you, or {other}.",
            recipients=people_of(party, *WRITERS),
            path=contract.get_absolute_url(),
            link_text="See the contract",
            reason=f"You write for {party}.",
            dedupe_key=f"flags-{contract.pk}-{party.pk}-{today}",
        )


@transaction.atomic
def answer_flag(
    *, flag: Flag, organisation: Organisation, text: str, submission_key: UUID, by: User, now: datetime
) -> FlagAnswer:
    """One party says why it is so. Answers are never edited; a further one may follow.

    Raises `Refused` where the question no longer stands. The other party's writers are told.
    """
    contract = Contract.objects.locked(flag.contract_id)
    if not can_answer_flag(by, contract, organisation):
        raise PermissionDenied
    flag = Flag.objects.locked(flag.pk)
    flag.contract = contract
    if again := sent_before(flag.answers.all(), submission_key):
        return again
    if why := why_not_answer(flag) or why_not_active(organisation):
        raise Refused(why)
    if not text.strip():
        raise Refused([Reason("Enter your answer", "text")])
    answer = FlagAnswer.objects.create(
        flag=flag, organisation=organisation, text=text.strip()[:2000], by=by, at=now, submission_key=submission_key
    )
    flag.state = FlagState.ANSWERED
    flag.save(update_fields=["state"])
    record("reporting.flag.answered", target=flag, by=by, new={"answer": answer.text})
    _tell_answered(flag, answer)
    return answer


def _tell_answered(flag: Flag, answer: FlagAnswer) -> None:
    contract = flag.contract
    other = contract.buyer if answer.organisation == contract.supplier else contract.supplier
    tell(
        kind=Kind.REPORT,
        subject=f"{answer.organisation} answers a question about {contract}",
        body=f"{flag.says}\n\n{answer.organisation}: {answer.text}",
        recipients=people_of(other, *WRITERS),
        path=flag.get_absolute_url(),
        link_text="See the question",
        reason=f"You write for {other}.",
        dedupe_key=f"flag-answer-{answer.pk}",
    )
