"""Fetch what a person may see, or answer 404; who may not act on what they see gets 403."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from portal.http import PortalRequest
from portal.organisations.models import Organisation
from reporting.models import Contract, Return, Upload
from reporting.permissions import (
    can_decide_return,
    can_edit_contract,
    can_file_return,
    can_register_contract,
    can_upload,
    is_party,
)
from reporting.queries.uploads import visible_uploads


def visible_contract(http: PortalRequest, reference: str) -> Contract:
    """A published contract, or one of the person's own."""
    contracts = Contract.objects.visible_to(http.user).select_related("buyer", "supplier", "scheme")
    return get_object_or_404(contracts, reference=reference)


def party_contract(http: PortalRequest, reference: str) -> Contract | None:
    """A contract that the person is a party to; None for everybody else, whether or not it is published."""
    contracts = Contract.objects.visible_to(http.user).select_related("buyer", "supplier", "scheme")
    contract = contracts.filter(reference=reference).first()
    return contract if contract and is_party(http.user, contract) else None


def editable_contract(http: PortalRequest, reference: str) -> Contract:
    """A contract that the person keeps; other parties get 403, and where it is only published, 404."""
    contract = visible_contract(http, reference)
    if can_edit_contract(http.user, contract):
        return contract
    if is_party(http.user, contract):
        raise PermissionDenied("Only owners and editors of the buyer keep the contract.")
    raise Http404


def acting_buyer(http: PortalRequest) -> Organisation:
    """The public body that the person acts for now; 403 with none, or without the right to write."""
    membership = http.membership
    if not membership or not can_register_contract(http.user, membership.organisation):
        raise PermissionDenied("Choose a public body that you write for, then try again.")
    return membership.organisation


def visible_return(http: PortalRequest, public_id: UUID) -> Return:
    returns = Return.objects.visible_to(http.user)
    known = returns.select_related("contract__buyer", "contract__supplier", "supplier", "replaces")
    return get_object_or_404(known, public_id=public_id)


def own_return(http: PortalRequest, public_id: UUID) -> Return:
    """A return of a supplier that the person writes for; others who see it get 403."""
    filed = visible_return(http, public_id)
    if not can_file_return(http.user, filed.contract):
        raise PermissionDenied("Only owners and editors of the supplier file its returns.")
    return filed


def decidable_return(http: PortalRequest, public_id: UUID) -> Return:
    """A return that the person's public body decides on; others who see it get 403."""
    filed = visible_return(http, public_id)
    if not can_decide_return(http.user, filed.contract):
        raise PermissionDenied("Only owners and editors of the buyer decide on returns.")
    return filed


# --- Files with returns ------------------------------------------------------------------------------


def acting_supplier(http: PortalRequest) -> Organisation:
    """The supplier that the person acts for now; 403 with none, or without the right to write."""
    membership = http.membership
    if not membership or not can_upload(http.user, membership.organisation):
        raise PermissionDenied("Choose a supplier that you write for, then try again.")
    return membership.organisation


def visible_upload(http: PortalRequest, public_id: UUID) -> Upload:
    """A file of a supplier that the person belongs to, in whatever role."""
    return get_object_or_404(visible_uploads(http.user), public_id=public_id)


def own_upload(http: PortalRequest, public_id: UUID) -> Upload:
    """A file of a supplier that the person writes for; its viewers get 403."""
    upload = visible_upload(http, public_id)
    if not can_upload(http.user, upload.supplier):
        raise PermissionDenied("Only owners and editors of the supplier decide on its files.")
    return upload
