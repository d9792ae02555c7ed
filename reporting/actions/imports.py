"""Contracts from published notices. What the portal's people keep is never changed by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from portal.audit.actions import record
from portal.organisations.models import Organisation
from reporting.actions.releases import tell_releases
from reporting.choices import ContractState, PartyRole
from reporting.models import Contract, ContractParty
from techmap.models import Capability


@dataclass(frozen=True)
class ImportedContract:
    """What a notice says of a contract. The first supplier is the main one; money is GBP without VAT."""

    number: str
    ocid: str
    title: str
    description: str
    buyer: Organisation
    suppliers: Sequence[Organisation]
    value: Decimal | None
    starts_on: date
    ends_on: date
    released_at: datetime
    cpv_codes: Sequence[str] = ()
    capabilities: Sequence[Capability] = field(default=(), compare=False)


@transaction.atomic
def import_contract(*, contract: ImportedContract) -> str:
    """Make or update a published, imported contract: "created", "updated", or "" where nothing changed.

    A later notice of the same award moves the value and the end; the baseline stays what the first one said. A
    notice that is no newer than the last one read changes nothing.
    """
    main, *others = contract.suppliers
    known = Contract.objects.filter(buyer=contract.buyer, number=contract.number, ocid=contract.ocid).first()
    if known is None:
        made = _make(contract, main)
        _set_parties(made, others)
        record("reporting.contract.imported", target=made, by=None, new={"ocid": contract.ocid})
        return "created"
    known = Contract.objects.locked(known.pk)
    if not known.is_imported or (known.released_at and known.released_at >= contract.released_at):
        return ""
    known.released_at = contract.released_at
    new = {"title": contract.title, "current_value": contract.value, "current_end": contract.ends_on}
    old = {name: getattr(known, name) for name in new}
    if old == new:
        known.save(update_fields=["released_at"])
        return ""
    for name, value in new.items():
        setattr(known, name, value)
    known.bump_version().save()
    changed = [name for name in new if new[name] != old[name]]
    record(
        "reporting.contract.import_updated", target=known, by=None,
        old={name: str(old[name]) for name in changed}, new={name: str(new[name]) for name in changed},
    )  # fmt: skip
    tell_releases(contract=known, now=timezone.now())
    return "updated"


def _make(contract: ImportedContract, main: Organisation) -> Contract:
    made = Contract.objects.create(
        number=contract.number,
        ocid=contract.ocid,
        title=contract.title,
        description=contract.description,
        buyer=contract.buyer,
        supplier=main,
        cpv_codes=list(contract.cpv_codes),
        baseline_value=contract.value,
        baseline_start=contract.starts_on,
        baseline_end=contract.ends_on,
        current_value=contract.value,
        current_end=contract.ends_on,
        state=ContractState.ACTIVE,
        is_published=True,
        is_imported=True,
        released_at=contract.released_at,
    )
    made.capabilities.set(contract.capabilities)
    return made


def _set_parties(contract: Contract, others: Sequence[Organisation]) -> None:
    ContractParty.objects.bulk_create(
        [ContractParty(contract=contract, organisation=one, role=PartyRole.JOINT_SUPPLIER) for one in others],
        ignore_conflicts=True,
    )
