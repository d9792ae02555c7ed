"""Contracts and their returns go with a supplier that is merged into another, and come back when that is undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from portal.organisations.models import Organisation
from reporting.models import Contract, ContractParty, Return, ReturnLine
from techmap.merging import Mover

Moved = dict[str, list[int]]
_CONTRACTS, _PARTIES = "contracts", "contract_parties"


def take_contracts(kept: Organisation, folded: Organisation) -> Moved:
    """Move what `kept` has not itself: a contract of the same buyer and number stays behind."""
    moved = {_CONTRACTS: _hand_over(folded, kept, None), _PARTIES: _hand_parties(folded, kept, None)}
    return {name: pks for name, pks in moved.items() if pks}


def give_contracts_back(kept: Organisation, folded: Organisation, moved: Mapping[str, list[int]]) -> None:
    _hand_over(kept, folded, moved.get(_CONTRACTS, []))
    _hand_parties(kept, folded, moved.get(_PARTIES, []))


def why_not_give_back(kept: Organisation, moved: Mapping[str, list[int]]) -> Iterator[str]:
    """What the people of `kept` wrote is theirs."""
    written = Return.objects.filter(contract__in=moved.get(_CONTRACTS, []), supplier=kept, started_at__isnull=False)
    filed = Return.objects.filter(contract__in=moved.get(_CONTRACTS, []), supplier=kept, submitted_at__isnull=False)
    for contract in Contract.objects.filter(returns__in=written | filed).distinct():
        yield f"{kept} has begun or filed returns of contract {contract.number}, {contract}, which came by the merge."


def _hand_over(old: Organisation, new: Organisation, only: Iterable[int] | None) -> list[int]:
    """Contracts, locked, with their returns and the lines of those."""
    there = {*Contract.objects.filter(supplier=new).values_list("buyer", "number")}
    rows = Contract.objects.filter(supplier=old).select_for_update(no_key=True).order_by("pk")
    if only is not None:
        rows = rows.filter(pk__in=list(only))
    held = rows.values_list("pk", "buyer", "number")
    pks = [pk for pk, buyer, number in held if (buyer, number) not in there and buyer != new.pk]
    Contract.objects.filter(pk__in=pks).update(supplier=new)
    Return.objects.filter(contract__in=pks).update(supplier=new)
    ReturnLine.objects.filter(filed__contract__in=pks).update(supplier=new)
    return pks


def _hand_parties(old: Organisation, new: Organisation, only: Iterable[int] | None) -> list[int]:
    """Further parties; not of a contract in which the other is a party too."""
    rows = ContractParty.objects.filter(organisation=old)
    if only is not None:
        rows = rows.filter(pk__in=list(only))
    rows = rows.exclude(contract__parties__organisation=new).exclude(contract__supplier=new)
    pks = list(rows.order_by("pk").values_list("pk", flat=True))
    ContractParty.objects.filter(pk__in=pks).update(organisation=new)
    return pks


MOVER = Mover(take_contracts, give_contracts_back, why_not_give_back)
