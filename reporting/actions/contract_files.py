"""Contracts, milestones and indicators from a file: all that is sound, or nothing, as the person chose.

The same file twice makes nothing twice. However many rows there are, the number of queries stays nearly the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from portal.audit.actions import record
from portal.organisations.models import Organisation
from portal.refusals import Refused
from reporting.actions.contracts import ContractDetails
from reporting.contract_files.columns import CONTRACTS, MILESTONES, Kind
from reporting.contract_files.matching import contracts_in, drafts_in
from reporting.contract_files.reading import Fault, read
from reporting.models import BaselineKpi, BaselineMilestone, Contract
from reporting.permissions import can_register_contract, why_not_register
from reporting.standards.values import Value

if TYPE_CHECKING:
    from portal.accounts.models import User


@dataclass(frozen=True)
class Taken:
    """What became of a file: rows read, made, there already, and everything that is wrong."""

    rows: int
    made: int
    held: int
    faults: Sequence[Fault]

    @property
    def bad_rows(self) -> int:
        return len({fault.row for fault in self.faults})


@transaction.atomic
def take_contract_file(
    *, buyer: Organisation, kind: Kind, file: IO[bytes], name: str, keep_good: bool, by: User, now: datetime
) -> Taken:
    """Take in what is sound. With faults and without `keep_good`, nothing is. Contracts become drafts."""
    if not can_register_contract(by, buyer):
        raise PermissionDenied
    buyer = Organisation.objects.locked(buyer.pk)
    if why := why_not_register(buyer):
        raise Refused(why)
    found = read(file, name, kind)
    if kind is CONTRACTS:
        details = contracts_in(found, buyer)
        made, held = (0, 0) if found.faults and not keep_good else _register(buyer, list(details.values()), by)
    else:
        rows = [(contract, values) for _, contract, values in drafts_in(found, buyer, kind.columns[2].name)]
        made, held = (0, 0) if found.faults and not keep_good else _add(rows, kind, by)
    return Taken(found.count, made, held, sorted(found.faults, key=lambda fault: fault.row))


def _register(buyer: Organisation, details: Sequence[ContractDetails], by: User) -> tuple[int, int]:
    numbers = {one.number for one in details}
    held = {*Contract.objects.filter(buyer=buyer, number__in=numbers).values_list("supplier", "number")}
    new = [one for one in details if (one.supplier.pk, one.number) not in held]
    made = Contract.objects.bulk_create([_contract(buyer, one, by) for one in new], batch_size=500)
    through = Contract.capabilities.through
    through.objects.bulk_create(
        [
            through(contract_id=contract.pk, capability_id=capability.pk)
            for contract, one in zip(made, new, strict=True)
            for capability in one.capabilities
        ],
        batch_size=2000,
    )
    for contract in made:
        record("reporting.contract.registered", target=contract, by=by, new={"title": contract.title})
    return len(made), len(details) - len(made)


def _contract(buyer: Organisation, one: ContractDetails, by: User) -> Contract:
    return Contract(
        buyer=buyer,
        supplier=one.supplier,
        number=one.number,
        title=one.title,
        description=one.description,
        scheme=one.scheme,
        ocid=one.ocid,
        cpv_codes=list(one.cpv_codes),
        framework=one.framework,
        lot=one.lot,
        rhythm=one.rhythm,
        baseline_value=one.baseline_value,
        baseline_start=one.baseline_start,
        baseline_end=one.baseline_end,
        current_value=one.baseline_value,
        current_end=one.baseline_end,
        created_by=by,
    )


def _add(rows: Sequence[tuple[Contract, Mapping[str, Value]]], kind: Kind, by: User) -> tuple[int, int]:
    """The same number again replaces what the draft has, as on its page."""
    contracts = {contract.pk: contract for contract, _ in rows}
    # Nobody makes one of them active meanwhile.
    drafts = {one.pk for one in Contract.objects.locked_all(contracts) if one.is_draft}
    model: type[Any] = BaselineMilestone if kind is MILESTONES else BaselineKpi
    wanted = [_of_baseline(model, contract, values) for contract, values in rows if contract.pk in drafts]
    names = [field.name for field in model._meta.fields if field.name not in ("id", "contract", "number")]
    compared = ["contract_id", "number", *names]
    held = {*model._default_manager.filter(contract__in=drafts).values_list(*compared)}
    new = [one for one in wanted if tuple(getattr(one, name) for name in compared) not in held]
    model._default_manager.bulk_create(
        new, update_conflicts=True, unique_fields=["contract", "number"], update_fields=names, batch_size=500
    )
    by_contract: dict[int, list[str]] = {}
    for one in new:
        by_contract.setdefault(one.contract_id, []).append(one.number)
    for pk, numbers in by_contract.items():
        contract = contracts[pk]
        record("reporting.contract.baseline_added", target=contract, by=by, new={kind.things: numbers})
    return len(new), len(wanted) - len(new)


def _of_baseline(model: type[Any], contract: Contract, values: Mapping[str, Value]) -> Any:
    _number, _supplier, own, *rest = values
    return model(contract_id=contract.pk, number=values[own], **{name: values[name] for name in rest})
