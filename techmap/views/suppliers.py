"""One supplier's page, and the buttons beside what is guessed of it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from portal.govuk.pages import refused_page
from portal.organisations.models import Organisation
from portal.organisations.permissions import can_view_organisation
from portal.refusals import Refused
from techmap.actions import confirm_claim, remove_claim
from techmap.links import links_of
from techmap.models import Capability, SupplierProfile
from techmap.permissions import can_edit_profile, can_see_contacts
from techmap.queries import supplier_page
from techmap.queries.evidence import evidence_of, pieces
from techmap.queries.similar import similar_to
from techmap.views.access import own_supplier, profile_of, standing_supplier

MOST_EVIDENCE = 10


@require_safe
def supplier_detail(http: HttpRequest, pk: int) -> HttpResponse:
    """Everything that this reader may see of the supplier. One that was merged away leads to the one that stands."""
    supplier = standing_supplier(http, pk)
    if supplier.pk != pk:
        return redirect("techmap:supplier-detail", supplier.pk)
    is_own = can_view_organisation(http.user, supplier)
    now, evidence = timezone.now(), evidence_of(supplier)
    context = {
        "supplier": supplier,
        "page": supplier_page(
            supplier,
            profile_of(supplier),
            now=now,
            in_full=supplier.is_verified or is_own,
            with_contacts=can_see_contacts(http.user, supplier),
        ),
        "is_unkept": supplier.is_imported and not supplier.memberships.filter(ended_at=None).exists(),
        "evidence": pieces(evidence[:MOST_EVIDENCE], timezone.localdate(now)),
        "evidence_count": evidence.count(),
        "can_edit": can_edit_profile(http.user, supplier),
        "is_own": is_own,
        "links": links_of(supplier),
        "similar": similar_to(supplier, timezone.localdate(now)),
    }
    return render(http, "techmap/supplier_detail.html", context)


@require_POST
@login_required
def claim_confirm(http: HttpRequest, pk: int, code: str) -> HttpResponse:
    supplier, profile, capability = _own_claim(http, pk, code)
    try:
        confirm_claim(profile=profile, capability=capability, by=http.user)  # type: ignore[arg-type]
    except Refused as refused:
        return refused_page(http, refused, title="It could not be confirmed", back_url=profile.get_absolute_url())
    messages.success(http, f"{capability} now stands on your profile as your own claim.")
    return redirect("techmap:supplier-detail", supplier.pk)


@require_POST
@login_required
def claim_remove(http: HttpRequest, pk: int, code: str) -> HttpResponse:
    supplier, profile, capability = _own_claim(http, pk, code)
    try:
        remove_claim(profile=profile, capability=capability, by=http.user)  # type: ignore[arg-type]
    except Refused as refused:
        return refused_page(http, refused, title="It could not be removed", back_url=profile.get_absolute_url())
    messages.success(http, f"{capability} has been taken off your profile.")
    return redirect("techmap:supplier-detail", supplier.pk)


def _own_claim(http: HttpRequest, pk: int, code: str) -> tuple[Organisation, SupplierProfile, Capability]:
    supplier = own_supplier(http, pk)
    profile = get_object_or_404(SupplierProfile.objects.select_related("organisation"), organisation=supplier)
    return supplier, profile, get_object_or_404(Capability, code=code)
