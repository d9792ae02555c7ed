"""Who may see and do what with contracts and returns.

A contract has two sides: the buyer's people keep it and decide on returns, the supplier's people file them.
Everyone else sees what is published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.organisations.permissions import can_view_organisation, can_write_for

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User
    from portal.organisations.models import Organisation
    from reporting.models import Contract, Return

    Person = User | AnonymousUser


def can_register_contract(user: Person, buyer: Organisation) -> bool:
    return buyer.is_public_body and can_write_for(user, buyer)


def is_party(user: Person, contract: Contract) -> bool:
    """Whether the person belongs to the buyer or the supplier, in whatever role; staff of the portal count."""
    return can_view_organisation(user, contract.buyer) or can_view_organisation(user, contract.supplier)


def can_view_contract(user: Person, contract: Contract) -> bool:
    return contract.is_published or is_party(user, contract)


def can_edit_contract(user: Person, contract: Contract) -> bool:
    return can_write_for(user, contract.buyer)


def can_view_return(user: Person, filed: Return) -> bool:
    """The supplier at all times; the buyer, and staff, once it was submitted."""
    return filed.history_visible_to(user)


def can_file_return(user: Person, contract: Contract) -> bool:
    return can_write_for(user, contract.supplier)


def can_decide_return(user: Person, contract: Contract) -> bool:
    return can_write_for(user, contract.buyer)
