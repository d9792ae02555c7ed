"""Which supplier a person may reach: 404 for those outside, 403 for those inside without the right."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from portal.organisations.models import Organisation
from portal.organisations.permissions import can_view_organisation, is_portal_staff
from techmap.models import SupplierProfile
from techmap.permissions import can_edit_profile
from techmap.queries import suppliers_visible_to
from techmap.queries.identities import kept_of


def supplier_or_404(http: HttpRequest, pk: int) -> Organisation:
    return get_object_or_404(suppliers_visible_to(http.user), pk=pk)


def standing_supplier(http: HttpRequest, pk: int) -> Organisation:
    """The supplier, or the one that stands for it where it was merged away; 404 where the reader may see neither."""
    visible = suppliers_visible_to(http.user).filter(pk=pk).first()
    if visible and not is_portal_staff(http.user):
        return visible  # one that was merged away has no people, so only staff may see its record
    supplier = visible or get_object_or_404(Organisation.objects.suppliers(), pk=pk)
    kept = kept_of(supplier)
    return kept if visible is not None and kept == visible else supplier_or_404(http, kept.pk)


def own_supplier(http: HttpRequest, pk: int) -> Organisation:
    """A supplier that the person writes for; its other members and staff get 403, all others 404."""
    supplier = supplier_or_404(http, pk)
    if can_edit_profile(http.user, supplier):
        return supplier
    if can_view_organisation(http.user, supplier):
        raise PermissionDenied("Only owners and editors of the supplier keep its profile.")
    raise Http404


def profile_of(supplier: Organisation) -> SupplierProfile | None:
    return SupplierProfile.objects.filter(organisation=supplier).select_related("organisation").first()
