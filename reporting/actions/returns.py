"""Returns: raised by the clock, written in drafts, checked, submitted once, decided by the buyer.

What was submitted is never changed. A correction is a further revision that names what it replaces.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import structlog
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from portal.audit.actions import record
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.organisations.permissions import WRITERS, why_not_active
from portal.organisations.queries import people_of
from portal.records import check_transition
from portal.refusals import Reason, Refused
from reporting import standards
from reporting.actions.evidence import take_back
from reporting.actions.flags import reconsider
from reporting.actions.told import withdraw_told_prices
from reporting.choices import RETURN_TRANSITIONS, UNFILED, ContractState, ReturnState
from reporting.figures import Figures
from reporting.models import Answer, Contract, Return, ReturnLine
from reporting.periods import Period, periods_of
from reporting.permissions import can_file_return, why_not_prepare
from reporting.quality import scored
from reporting.queries.answers import Place, figures_in, place_of, unanswered
from reporting.queries.returns import known_of, stored_filing
from reporting.queries.standards import standard_of
from reporting.standards import RETURN, Standard
from reporting.standards.filing import Checker, Filing, Finding, Known, check, findings_of, read
from reporting.standards.values import as_json

if TYPE_CHECKING:
    from portal.accounts.models import User

logger = structlog.get_logger(__name__)
MOST_REASONS = 50  # that are told at once
ALREADY_FILED = "This return was submitted. Start a correction to change it"


# --- Due -------------------------------------------------------------------------------------------


def raise_due_returns(*, now: datetime) -> int:
    """Make a return for every period of an active contract that is over and has none. Returns how many."""
    contracts = Contract.objects.filter(state=ContractState.ACTIVE, reports_from__isnull=False)
    made = 0
    for contract in contracts.order_by("pk").iterator():
        try:
            made += raise_returns(contract=contract, now=now)
        except Exception:  # one contract whose returns fail must not keep the others from theirs
            logger.exception("reporting.returns_not_raised", contract=contract.pk)
    return made


@transaction.atomic
def raise_returns(*, contract: Contract, now: datetime) -> int:
    """The same for one contract. Its supplier is told once of each."""
    contract = Contract.objects.locked(contract.pk)
    if contract.state != ContractState.ACTIVE:
        return 0
    held = set(contract.returns.values_list("period_start", flat=True))
    wanted = [period for period in periods_of(contract, timezone.localdate(now)) if period.start not in held]
    made = Return.objects.bulk_create(_due(contract, period) for period in wanted)
    for one in made:
        _tell_due(one)
    if made:
        record("reporting.contract.returns_due", target=contract, by=None, new={"periods": [str(one) for one in made]})
    return len(made)


def _due(contract: Contract, period: Period) -> Return:
    return Return(
        contract=contract,
        supplier_id=contract.supplier_id,
        period_start=period.start,
        period_end=period.end,
        due_at=period.due_at,
        standard=standards.latest().version,
    )


def _tell_due(one: Return) -> None:
    tell(
        kind=Kind.REPORT,
        subject=f"Return due: {one}",
        body=f"The return of {one.contract} for {one.period_words} is due. Where nothing was delivered or charged, "
        "a nil return takes two clicks.",
        recipients=people_of(one.supplier, *WRITERS),
        path=one.get_absolute_url(),
        link_text="File the return",
        reason=f"You write for {one.supplier}.",
        dedupe_key=f"return-due-{one.public_id}",
    )


# --- Writing ---------------------------------------------------------------------------------------


@transaction.atomic
def save_return(
    *, filed: Return, version: int, given: Mapping[str, Iterable[Mapping[str, Any]]], by: User, now: datetime
) -> list[Finding]:
    """Keep a draft's tables, as cells by table, and check them; a table that is not given stays.

    Everything that can be read is kept, whatever the checks say; a cell that cannot be read is refused, so that
    nothing is lost unseen. Returns what the checks found. Raises `StaleWrite` where a colleague saved meanwhile.
    """
    filed = _locked_unfiled(filed, by)
    filed.check_version(version)
    standard = standard_of(filed)
    new, unreadable = read(standard, given)
    if unreadable:
        raise Refused([Reason(f"{found.says}", found.field) for found in unreadable])
    filing = stored_filing(filed, without=given.keys())
    filing.rows |= {table: new.rows[table] for table in given}
    _keep(filed, filing, standard, given)
    findings = check(filing, standard, known_of(filed))
    _move(filed, ReturnState.HAS_ERRORS if _errors(findings) else ReturnState.READY)
    filed.started_at = filed.started_at or now
    filed.bump_version().save()
    record("reporting.return.saved", target=filed, by=by, new={"tables": sorted(given), "state": filed.state})
    return findings


def _locked_unfiled(filed: Return, by: User) -> Return:
    """The return, locked after its contract as everywhere, where `by` may still write it."""
    contract = Contract.objects.locked(filed.contract_id)
    if not can_file_return(by, contract):
        raise PermissionDenied
    if why := why_not_prepare(contract.supplier):
        raise Refused(why)
    filed = Return.objects.locked(filed.pk)
    filed.contract = contract
    if filed.state not in UNFILED:
        raise Refused(ALREADY_FILED)
    return filed


def _move(filed: Return, to: ReturnState) -> None:
    if filed.state != to:
        check_transition(RETURN_TRANSITIONS, filed.state, to, ALREADY_FILED)
        filed.state = to


def _keep(filed: Return, filing: Filing, standard: Standard, tables: Container[str]) -> None:
    """Write these tables of the filing over those of the draft; the return's own row is written in any case."""
    written = [table.name for table in standard.tables if table.name in tables and table.name != RETURN]
    keys = {item.name for item in standard.keys}
    filed.data = {name: as_json(value) for name, value in filing.head.items() if name not in keys and value is not None}
    filed.is_nil = filing.is_nil
    filed.lines.filter(table__in=written).delete()
    ReturnLine.objects.bulk_create(
        [
            ReturnLine(
                supplier_id=filed.supplier_id,
                filed=filed,
                table=table,
                number=number,
                data={name: as_json(value) for name, value in row.items() if value is not None},
            )
            for table in written
            for number, row in enumerate(filing.rows.get(table, []), start=1)
        ],
        batch_size=2000,
    )


def _errors(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.is_error]


class NoSuchQuestion(Refused):
    """The checks do not ask at these places, as the return stands now."""

    def __init__(self, places: set[Place]) -> None:
        self.places = places
        super().__init__("This question is not asked of the return as it is now. Look at the return again")


def answer_question(*, filed: Return, check_id: str, table: str, row: int, text: str, by: User) -> None:
    """Say why something odd is so. The answer is filed with the return."""
    answer_questions(filed=filed, answers={(check_id, table, row): text}, by=by)


@transaction.atomic
def answer_questions(*, filed: Return, answers: Mapping[Place, str], by: User) -> None:
    """Several at once, by place. An answer holds while the figures stay as they are; a later one takes its place.

    Raises `NoSuchQuestion` with every place where nothing is asked.
    """
    filed = _locked_unfiled(filed, by)
    if not all(text.strip() for text in answers.values()):
        raise Refused([Reason("Enter why it is so", "text")])
    asked = _asked_at(filed, set(answers))
    if missing := answers.keys() - asked.keys():
        raise NoSuchQuestion(missing)
    for place, text in answers.items():
        check_id, table, row = place
        said = {"text": text.strip()[:1000], "figures": figures_in(asked[place]), "by": by}
        Answer.objects.update_or_create(filed=filed, check_id=check_id, table=table, row=row, defaults=said)
        new = {"check": check_id, "answer": said["text"]}
        record("reporting.return.question_answered", target=filed, by=by, new=new)


def _asked_at(filed: Return, places: set[Place]) -> dict[Place, Finding]:
    """The questions that the checks ask there."""
    asked: dict[Place, Finding] = {}
    for one in findings_of(stored_filing(filed), standard_of(filed), known_of(filed)) if places else ():
        if not one.is_error and place_of(one) in places:
            asked[place_of(one)] = one
            if len(asked) == len(places):
                break
    return asked


# --- Submitting ------------------------------------------------------------------------------------


@transaction.atomic
def submit_return(*, filed: Return, version: int, by: User, now: datetime) -> Return:
    """File it. Refused with every error, and with every question that nobody answered.

    A correction supersedes what it replaces in the same moment. A supplier that waits to be verified may write
    its returns, but not file them.
    """
    if filed.replaces_id:  # what the return before bore out is taken from the supplier's record
        Contract.objects.locked_after_supplier(filed.contract_id)
    filed = _locked_unfiled(filed, by)
    if why := why_not_active(filed.contract.supplier):
        raise Refused(why)
    filed.check_version(version)
    examined = examine(filed, stored_filing(filed))
    open_ones = [*examined.errors, *unanswered(filed, examined.questions)]
    if open_ones:
        reasons = [Reason(f"{one.says}. {one.mend}", one.field) for one in open_ones[:MOST_REASONS]]
        if more := len(open_ones) - MOST_REASONS + examined.more_errors:
            reasons += [Reason(f"{more:,} more")] if more > 0 else []
        raise Refused(reasons)
    _file(filed, examined, by, now)
    return filed


@dataclass
class Examined:
    """What came of one pass over a return's rows."""

    filing: Filing
    known: Known
    errors: list[Finding] = field(default_factory=list)  # the first of them
    more_errors: int = 0
    questions: list[Finding] = field(default_factory=list)
    figures: Figures = field(default_factory=Figures)


def examine(filed: Return, filing: Filing) -> Examined:
    """Check the rows and add up their figures while they pass by, once."""
    standard, known = standard_of(filed), known_of(filed)
    examined, checker = Examined(filing, known), Checker(standard, known)
    for table in standard.tables:
        for number, row in enumerate(filing.rows.get(table.name, ()), start=1):
            examined.figures.row(table.name, row)
            _sort(examined, checker.row(table.name, number, row))
    _sort(examined, checker.end())
    _sort(examined, examined.figures.too_large(standard))
    return examined


def _sort(examined: Examined, findings: Iterable[Finding]) -> None:
    for found in findings:
        if not found.is_error:
            examined.questions.append(found)
        elif len(examined.errors) < MOST_REASONS:
            examined.errors.append(found)
        else:
            examined.more_errors += 1


def _file(filed: Return, examined: Examined, by: User, now: datetime) -> None:
    if filed.state != ReturnState.READY:
        _move(filed, ReturnState.READY)
    if filed.replaces_id:
        _supersede(Return.objects.locked(filed.replaces_id), by, now)
    _move(filed, ReturnState.SUBMITTED)
    for name, value in examined.figures.columns().items():
        setattr(filed, name, value)
    filed.submitted_at, filed.submitted_by = now, by
    filed.quality_score, filed.quality = scored(filed, examined.filing, examined.questions, examined.known)
    filed.bump_version().save()
    new = {"nil": filed.is_nil, "revision": filed.revision, "standard": filed.standard}
    record("reporting.return.submitted", target=filed, by=by, new=new)
    what = "A correction was" if filed.replaces_id else "A return was"
    tell(
        kind=Kind.REPORT,
        subject=f"{what} submitted: {filed}",
        body=f"{filed.supplier} has submitted {'a nil return' if filed.is_nil else 'its return'} for "
        f"{filed.period_words}.",
        recipients=people_of(filed.contract.buyer, *WRITERS),
        path=filed.get_absolute_url(),
        link_text="See the return",
        reason=f"You write for {filed.contract.buyer}.",
        dedupe_key=f"return-submitted-{filed.public_id}",
    )
    reconsider(filed.contract, now=now)


def _supersede(old: Return, by: User, now: datetime) -> None:
    """Set by the caller that holds the contract's lock. What an accepted return bore out goes with it."""
    was_accepted = old.state == ReturnState.ACCEPTED
    _move(old, ReturnState.SUPERSEDED)
    old.superseded_at = now
    old.bump_version().save(update_fields=["state", "superseded_at", "version"])
    if was_accepted:
        take_back(old.contract, by)
        withdraw_told_prices(old, by)


@transaction.atomic
def file_nil_returns(*, returns: Iterable[Return], by: User, now: datetime) -> list[Return]:
    """Nothing was delivered or charged: each return is filed as nil, all of them or none.

    Only one that nobody has begun: what a colleague wrote is not thrown away.
    """
    returns = sorted(returns, key=lambda item: item.pk)
    # Every contract at once and in one order, so that two people who file at the same time do not lock each other out.
    list(Contract.objects.locked_all({one.contract_id for one in returns}))
    filed_now = []
    for one in returns:
        filed = _locked_unfiled(one, by)
        if why := why_not_nil(filed) or why_not_active(filed.contract.supplier):
            raise Refused(why)
        before = known_of(filed).previous
        head = {"nil_return": True}
        if before and (total := before.head.get("spend_to_date")) is not None:
            head["spend_to_date"] = total  # type: ignore[assignment]
        standard = standard_of(filed)
        filing, _ = read(standard, {RETURN: [head | _keys_of(filed)]})
        _keep(filed, filing, standard, filing.rows)
        _file(filed, examine(filed, filing), by, now)
        filed_now.append(filed)
    return filed_now


def why_not_nil(filed: Return) -> str | None:
    if filed.may_be_nil:
        return None
    return f"{filed}: this return is {filed.get_state_display().lower()}, not waiting to be begun. Open it instead"


def _keys_of(filed: Return) -> dict[str, Any]:
    return {
        "contract_id": filed.contract.number,
        "period_start": filed.period_start,
        "period_end": filed.period_end,
    }
