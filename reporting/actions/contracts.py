"""Contracts: registered by the buyer, frozen when they begin, changed by amendments alone after that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from portal.audit.actions import record
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.organisations.models import Organisation
from portal.organisations.permissions import WRITERS, why_not_active
from portal.organisations.queries import people_of
from portal.records import check_transition, sent_before
from portal.refusals import Reason, Refused
from reporting.actions.flags import reconsider
from reporting.actions.releases import tell_releases
from reporting.choices import CONTRACT_TRANSITIONS, ContractState, Rhythm
from reporting.models import Amendment, BaselineKpi, BaselineMilestone, Contract, Scheme
from reporting.periods import period_holding
from reporting.permissions import (
    can_edit_contract,
    can_register_contract,
    why_not_activate,
    why_not_amend,
    why_not_change,
    why_not_register,
)
from reporting.standards.values import LARGEST
from techmap.models import Capability

if TYPE_CHECKING:
    from portal.accounts.models import User

LONGEST_YEARS = 30


@dataclass(frozen=True)
class ContractDetails:
    """What a form or a file says of a contract. Money is in GBP without VAT."""

    number: str
    title: str
    supplier: Organisation
    baseline_start: date
    baseline_end: date
    baseline_value: Decimal | None = None
    description: str = ""
    scheme: Scheme | None = None
    ocid: str = ""
    cpv_codes: Sequence[str] = ()
    framework: str = ""
    lot: str = ""
    rhythm: str = Rhythm.MONTHLY
    capabilities: Sequence[Capability] = field(default=(), compare=False)


@transaction.atomic
def create_contract(
    *, buyer: Organisation, details: ContractDetails, submission_key: UUID, by: User, now: datetime
) -> Contract:
    """Register a contract as a draft that the buyer's people alone see. The same form sent twice makes one."""
    if not can_register_contract(by, buyer):
        raise PermissionDenied
    if again := sent_before(Contract.objects.filter(buyer=buyer), submission_key):
        return again
    buyer = Organisation.objects.locked(buyer.pk)
    if why := why_not_register(buyer):
        raise Refused(why)
    reasons = list(_why_not(details, buyer, None))
    if reasons:
        raise Refused(reasons)
    contract = Contract(buyer=buyer, created_by=by, submission_key=submission_key)
    _write(contract, details)
    record("reporting.contract.registered", target=contract, by=by, new={"title": contract.title})
    return contract


@transaction.atomic
def save_contract(*, contract: Contract, version: int, details: ContractDetails, by: User) -> Contract:
    """Change a draft. Raises `Refused` for an active contract, and `StaleWrite` where a colleague was faster."""
    contract = _draft(contract, by)
    contract.check_version(version)
    reasons = list(_why_not(details, contract.buyer, contract))
    if reasons:
        raise Refused(reasons)
    old = {name: str(getattr(contract, name)) for name in _written(details)}
    _write(contract.bump_version(), details)
    new = {name: str(getattr(contract, name)) for name in old}
    changed = [name for name in new if new[name] != old[name]]
    record(
        "reporting.contract.saved", target=contract, by=by,
        old={name: old[name] for name in changed}, new={name: new[name] for name in changed},
    )  # fmt: skip
    return contract


def locked_contract(contract: Contract, by: User) -> Contract:
    """The contract, locked, where `by` may keep it."""
    contract = Contract.objects.locked(contract.pk)
    if not can_edit_contract(by, contract):
        raise PermissionDenied
    return contract


def _written(details: ContractDetails) -> list[str]:
    return [name for name in asdict(details) if name != "capabilities"]


def _write(contract: Contract, details: ContractDetails) -> None:
    for name in _written(details):
        value = getattr(details, name)
        setattr(contract, name, list(value) if name == "cpv_codes" else value)
    contract.current_value, contract.current_end = details.baseline_value, details.baseline_end
    contract.save()
    contract.capabilities.set(details.capabilities)


def _why_not(details: ContractDetails, buyer: Organisation, contract: Contract | None) -> Iterator[Reason]:
    if not details.supplier.is_supplier:
        yield Reason("Choose a supplier", "supplier")
    if not details.number.strip():
        yield Reason("Enter the contract's number", "number")
    if not details.title.strip():
        yield Reason("Enter what the contract is for", "title")
    if details.scheme and details.scheme.organisation_id != buyer.pk and not _keeps_scheme(details, contract):
        yield Reason("Choose one of your own schemes", "scheme")
    yield from wrong_baseline(details)
    others = Contract.objects.filter(buyer=buyer, supplier=details.supplier, number=details.number)
    if any(other != contract for other in others):
        yield Reason(f"You have registered contract {details.number} with {details.supplier} already", "number")


def _keeps_scheme(details: ContractDetails, contract: Contract | None) -> bool:
    return contract is not None and contract.scheme == details.scheme


def wrong_baseline(details: ContractDetails) -> Iterator[Reason]:
    if details.baseline_end < details.baseline_start:
        yield Reason("The contract must end after it starts", "baseline_end")
    elif details.baseline_end.year - details.baseline_start.year > LONGEST_YEARS:
        yield Reason(f"The contract must last {LONGEST_YEARS} years or less. Check the dates", "baseline_end")
    if details.baseline_value is not None and details.baseline_value < 0:
        yield Reason("The value must be 0 or more", "baseline_value")


# --- The baseline ----------------------------------------------------------------------------------


@transaction.atomic
def add_milestone(*, contract: Contract, number: str, title: str, type: str, due: date, by: User) -> BaselineMilestone:
    """Set a milestone of the baseline. The same number again replaces it."""
    contract = _draft(contract, by)
    facts = {"title": title, "type": type, "due": due}
    milestone, _ = BaselineMilestone.objects.update_or_create(contract=contract, number=number, defaults=facts)
    record("reporting.contract.milestone_set", target=contract, by=by, new={"number": number, "due": str(due)})
    return milestone


@transaction.atomic
def add_kpi(
    *, contract: Contract, number: str, title: str, measured_in: str, target: Decimal, direction: str, by: User
) -> BaselineKpi:
    """Set a key performance indicator of the baseline. The same number again replaces it."""
    contract = _draft(contract, by)
    facts = {"title": title, "measured_in": measured_in, "target": target, "direction": direction}
    kpi, _ = BaselineKpi.objects.update_or_create(contract=contract, number=number, defaults=facts)
    record("reporting.contract.kpi_set", target=contract, by=by, new={"number": number, "target": str(target)})
    return kpi


@transaction.atomic
def remove_from_baseline(
    *, contract: Contract, milestones: Iterable[str] = (), kpis: Iterable[str] = (), by: User
) -> None:
    """Take milestones or indicators, by their numbers, out of a draft's baseline."""
    contract = _draft(contract, by)
    gone = {"milestones": sorted(milestones), "kpis": sorted(kpis)}
    contract.baseline_milestones.filter(number__in=gone["milestones"]).delete()
    contract.baseline_kpis.filter(number__in=gone["kpis"]).delete()
    record("reporting.contract.baseline_reduced", target=contract, by=by, old=gone)


def _draft(contract: Contract, by: User) -> Contract:
    contract = locked_contract(contract, by)
    if why := why_not_change(contract):
        raise Refused(why)
    return contract


# --- In force --------------------------------------------------------------------------------------


@transaction.atomic
def activate_contract(*, contract: Contract, reports_from: date | None, by: User, now: datetime) -> Contract:
    """Freeze the baseline, show the contract to its supplier, and begin its returns.

    `reports_from` is any day of the first period to be reported; None asks for no returns.
    """
    contract = locked_contract(contract, by)
    if why := why_not_activate(contract):
        raise Refused(why)
    reasons = []
    if contract.baseline_value is None:
        reasons.append(Reason("Enter the value of the contract: returns are compared with it", "baseline_value"))
    if reports_from and not contract.baseline_start <= reports_from <= contract.current_end:
        reasons.append(Reason("Enter a day between the start and the end of the contract", "reports_from"))
    if reasons:
        raise Refused(reasons)
    contract.state = ContractState.ACTIVE
    contract.reports_from = period_holding(reports_from, contract.rhythm).start if reports_from else None
    contract.bump_version().save()
    record("reporting.contract.activated", target=contract, by=by, new={"reports_from": str(contract.reports_from)})
    tell(
        kind=Kind.REPORT,
        subject=f"A contract with {contract.buyer} is registered: {contract}",
        body=f"{contract.buyer} has registered contract {contract.number} with {contract.supplier}. "
        "Its returns appear among your tasks when each period has ended.",
        recipients=people_of(contract.supplier, *WRITERS),
        path=contract.get_absolute_url(),
        link_text="See the contract",
        reason=f"You write for {contract.supplier}.",
        dedupe_key=f"contract-active-{contract.pk}-{contract.version}",
    )
    return contract


@transaction.atomic
def amend_contract(
    *,
    contract: Contract,
    version: int,
    dated: date,
    reason: str,
    value_change: Decimal,
    end_after: date,
    submission_key: UUID,
    by: User,
) -> Amendment:
    """Record an agreed change. The baseline stays; value and end of the contract move.

    Raises `StaleWrite` where the contract changed meanwhile: value and end would be those that somebody saw before.
    """
    contract = locked_contract(contract, by)
    if again := sent_before(contract.amendments.all(), submission_key):
        return again
    contract.check_version(version)
    if why := why_not_amend(contract):
        raise Refused(why)
    value_after = None if contract.current_value is None else contract.current_value + value_change
    reasons = list(_wrong_amendment(contract, reason, value_change, value_after, end_after))
    if reasons:
        raise Refused(reasons)
    amendment = Amendment.objects.create(
        contract=contract,
        number=contract.amendments.count() + 1,
        dated=dated,
        reason=reason.strip(),
        value_change=value_change,
        value_after=value_after,
        end_before=contract.current_end,
        end_after=end_after,
        recorded_by=by,
        submission_key=submission_key,
    )
    old = {"value": str(contract.current_value), "end": str(contract.current_end)}
    contract.current_value, contract.current_end = value_after, end_after
    contract.bump_version().save()
    new = {"value": str(value_after), "end": str(end_after), "reason": amendment.reason}
    record("reporting.contract.amended", target=contract, by=by, old=old, new=new)
    tell_releases(contract=contract, now=timezone.now())
    reconsider(contract, now=timezone.now())
    return amendment


def _wrong_amendment(
    contract: Contract, reason: str, value_change: Decimal, value_after: Decimal | None, end_after: date
) -> Iterator[Reason]:
    if not reason.strip():
        yield Reason("Enter the reason for the change", "reason")
    if not value_change and end_after == contract.current_end:
        yield Reason("Enter what changes: the value, the end, or both", "value_change")
    if value_after is not None and value_after >= LARGEST:
        yield Reason("The change would bring the value to £100 trillion or more", "value_change")
    if value_after is not None and value_after < 0:
        yield Reason("The change would bring the value below 0", "value_change")
    if end_after < contract.baseline_start:
        yield Reason("The contract must end after it starts", "end_after")


@transaction.atomic
def end_contract(*, contract: Contract, by: User) -> Contract:
    """No further periods are asked for. Returns that are due stay due."""
    contract = locked_contract(contract, by)
    if why := why_not_active(contract.buyer):
        raise Refused(why)
    message = f"This contract is {contract.get_state_display().lower()}, so it cannot end"
    check_transition(CONTRACT_TRANSITIONS, contract.state, ContractState.ENDED, message)
    contract.state = ContractState.ENDED
    contract.bump_version().save()
    record("reporting.contract.ended", target=contract, by=by)
    tell_releases(contract=contract, now=timezone.now())
    return contract


@transaction.atomic
def reopen_contract(*, contract: Contract, by: User) -> Contract:
    """A contract that was ended goes on: returns of the periods since are asked for as they become due."""
    contract = locked_contract(contract, by)
    if contract.state != ContractState.ENDED:
        raise Refused(f"This contract is {contract.get_state_display().lower()}. Only one that has ended is reopened")
    if why := why_not_active(contract.buyer):
        raise Refused(why)
    contract.state = ContractState.ACTIVE
    contract.bump_version().save()
    record("reporting.contract.reopened", target=contract, by=by)
    tell_releases(contract=contract, now=timezone.now())
    return contract
