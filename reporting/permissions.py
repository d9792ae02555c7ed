"""Who may see and do what with contracts and returns.

A contract has two sides: the buyer's people keep it and decide on returns, the supplier's people file them.
Everyone else sees what is published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.organisations.choices import Status
from portal.organisations.permissions import (
    can_view_organisation,
    can_write_for,
    has_role,
    is_portal_staff,
    why_not_active,
)
from reporting.choices import CONTRACT_TRANSITIONS, ContractState

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User
    from portal.organisations.models import Organisation
    from reporting.models import Contract, Flag, Scheme

    Person = User | AnonymousUser


def can_register_contract(user: Person, buyer: Organisation) -> bool:
    return buyer.is_public_body and can_write_for(user, buyer)


def can_keep_scheme(user: Person, scheme: Scheme) -> bool:
    """Owners and editors of the body whose scheme it is. What was made from published data belongs to nobody here."""
    return scheme.organisation is not None and can_register_contract(user, scheme.organisation)


def is_party(user: Person, contract: Contract) -> bool:
    """Whether the person belongs to the buyer or the supplier, in whatever role; staff of the portal count."""
    return can_view_organisation(user, contract.buyer) or can_view_organisation(user, contract.supplier)


def can_edit_contract(user: Person, contract: Contract) -> bool:
    return can_write_for(user, contract.buyer)


def can_file_return(user: Person, contract: Contract) -> bool:
    return can_write_for(user, contract.supplier)


def can_upload(user: Person, supplier: Organisation) -> bool:
    """Send in files with returns of its contracts, and decide what is kept of them."""
    return supplier.is_supplier and can_write_for(user, supplier)


def can_decide_return(user: Person, contract: Contract) -> bool:
    return can_write_for(user, contract.buyer)


def can_keep_framework_fields(user: Person) -> bool:
    """Staff of the portal, as they keep the frameworks themselves."""
    return is_portal_staff(user)


def can_answer_flag(user: Person, contract: Contract, organisation: Organisation) -> bool:
    """Who writes for one of the two parties answers in its name."""
    return organisation.pk in (contract.buyer_id, contract.supplier_id) and can_write_for(user, organisation)


# --- Why not now: plain words, or None where nothing stands against it -----------------------------


def why_not_register(buyer: Organisation) -> str | None:
    """A public body that waits to be verified may write drafts, which it alone sees; nothing more."""
    return None if buyer.status == Status.PENDING else why_not_active(buyer)


def why_not_prepare(supplier: Organisation) -> str | None:
    """A supplier that waits to be verified may upload and write its returns; they are filed when it is verified."""
    return None if supplier.status == Status.PENDING else why_not_active(supplier)


def why_not_change(contract: Contract) -> str | None:
    if contract.is_draft:
        return None
    return "The baseline is frozen because the contract is active. Record an amendment instead"


def why_not_activate(contract: Contract) -> str | None:
    if ContractState.ACTIVE not in CONTRACT_TRANSITIONS[contract.state]:
        return f"This contract is {contract.get_state_display().lower()}, so it cannot be made active"
    return why_not_active(contract.buyer)


def why_not_amend(contract: Contract) -> str | None:
    if contract.state != ContractState.ACTIVE:
        return "Only an active contract is amended. Change the draft itself, or make it active again"
    return why_not_active(contract.buyer)


def why_not_publish(contract: Contract) -> str | None:
    if contract.is_draft:
        return "This contract is a draft. Make it active first"
    return why_not_active(contract.buyer)


def why_not_take_back(contract: Contract) -> str | None:
    """A body that was suspended may still take back what it published."""
    return None if contract.is_published else "This contract is not published"


def why_not_accept(user: Person, contract: Contract) -> str | None:
    """An accepted return is evidence: both sides are verified, and nobody accepts their own supplier's word."""
    if has_role(user, contract.supplier):
        return f"You belong to {contract.supplier} too. Ask a colleague at {contract.buyer} who does not to accept it."
    return why_not_active(contract.buyer) or why_not_active(contract.supplier)


def why_not_answer(flag: Flag) -> str | None:
    return "The figures no longer raise this question, so there is nothing to answer" if flag.is_cleared else None


def why_not_assess(user: Person, contract: Contract) -> str | None:
    """Ratings and questions are the buyer's word on the supplier's, so nobody gives it who belongs to both."""
    if has_role(user, contract.supplier):
        return f"You belong to {contract.supplier} too. Ask a colleague at {contract.buyer} who does not"
    if contract.is_draft:
        return "The contract is a draft, so there is nothing to assess yet"
    return why_not_active(contract.buyer)
