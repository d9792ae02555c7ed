"""What accepted returns say of a supplier in the techmap. A private contract is never told by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from reporting.choices import ReturnState
from reporting.models import Contract, Return
from techmap.actions import record_evidence, withdraw_evidence
from techmap.choices import EvidenceKind

if TYPE_CHECKING:
    from portal.accounts.models import User

PRIVATE_TITLE = "A contract reported to its buyer"


def bear_out(filed: Return, by: User) -> None:
    """Record an accepted return; its contract is named only where that is published. A nil return says nothing.

    The evidence is as old as the latest accepted period.
    """
    contract = filed.contract
    if filed.is_nil:
        return
    record_evidence(
        supplier=contract.supplier,
        kind=EvidenceKind.RETURN,
        source=_public_source(contract) if contract.is_published else _private_source(contract),
        title=contract.title if contract.is_published else PRIVATE_TITLE,
        dated=filed.period_end,
        renews=True,
        capabilities=contract.capabilities.all(),
        buyer=contract.buyer if contract.is_published else None,
        by=by,
    )


def take_back(contract: Contract, by: User) -> None:
    """Withdraw the contract's evidence once none of its accepted returns bears it out."""
    if contract.returns.filter(state=ReturnState.ACCEPTED, is_nil=False).exists():
        return
    for source in (_public_source(contract), _private_source(contract)):
        withdraw_evidence(
            kind=EvidenceKind.RETURN, source=source, reason="The return that was accepted is being corrected", by=by
        )


def retell_in_public(contract: Contract, by: User) -> None:
    """The contract is published: what bore the supplier out without a name now names it."""
    _retell(contract, _private_source, "The contract was published, and is evidence under its name", by)


def retell_in_private(contract: Contract, by: User) -> None:
    """The contract is no longer published: its evidence stays, without leading to it. `is_published` is
    False by now.
    """
    _retell(contract, _public_source, "The contract is no longer published", by)


def _retell(contract: Contract, told_by: Callable[[Contract], str], reason: str, by: User) -> None:
    """By the latest return alone: the evidence is as old as that, and says nothing of the others."""
    accepted = contract.returns.filter(state=ReturnState.ACCEPTED, is_nil=False)
    latest = accepted.order_by("period_start").last()
    if latest is None:
        return
    withdraw_evidence(kind=EvidenceKind.RETURN, source=told_by(contract), reason=reason, by=by)
    latest.contract = contract
    bear_out(latest, by)


def _public_source(contract: Contract) -> str:
    return f"return:{contract.reference}"


def _private_source(contract: Contract) -> str:
    """The id of the contract's first return: it stays the same, and leads nobody else to the contract."""
    return f"return:{contract.returns.order_by('pk').values_list('public_id', flat=True)[0]}"
