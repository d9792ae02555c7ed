"""Which supplier a person may reach: 404 for those outside, 403 for those inside without the right."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from portal.organisations.models import Organisation
from portal.organisations.permissions import can_view_organisation
from techmap.models import Merge, SupplierProfile
from techmap.permissions import can_edit_profile
from techmap.queries import suppliers_visible_to
from techmap.queries.identities import kept_of


def supplier_or_404(http: HttpRequest, pk: int) -> Organisation:
    return get_object_or_404(suppliers_visible_to(http.user), pk=pk)


def standing_or_none(http: HttpRequest, pk: int) -> Organisation | None:
    """The supplier that stands for one that was merged away, where the reader may see it; None for all others."""
    merge = Merge.objects.filter(folded=pk, undone_at=None).select_related("kept").first()
    return supplier_or_404(http, kept_of(merge.kept).pk) if merge else None


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
