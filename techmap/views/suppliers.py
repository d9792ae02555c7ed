"""The list of suppliers, one supplier's page, and the form by which it keeps that page."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.govuk.pages import conflict_page, paginate, refusals_on, refused_page, rows_of
from portal.organisations.models import Organisation
from portal.organisations.permissions import can_view_organisation
from portal.records import Region
from portal.refusals import Refused, StaleWrite
from techmap.actions import confirm_claim, remove_claim, save_profile
from techmap.filters import SupplierFilter
from techmap.forms import ProfileForm
from techmap.models import Capability, Evidence, SupplierProfile
from techmap.permissions import can_edit_profile
from techmap.queries import grouped_claims, public_suppliers, suppliers_visible_to, with_claims

MOST_EVIDENCE = 20


@require_GET
def supplier_list(http: HttpRequest) -> HttpResponse:
    """Verified suppliers in the order of their names, which favours nobody for its size or history."""
    filters = SupplierFilter(http.GET, queryset=public_suppliers().order_by(Lower("name"), "pk"))
    page = paginate(http, with_claims(filters.qs))
    return render(http, "techmap/supplier_list.html", {"filters": filters, "page": page})


@require_GET
def supplier_detail(http: HttpRequest, pk: int) -> HttpResponse:
    supplier = _supplier_or_404(http, pk)
    profile = _profile_of(supplier)
    evidence: QuerySet[Evidence] = supplier.evidence.select_related("capability")
    context = {
        "supplier": supplier,
        "profile": profile,
        "regions": [Region(code).label for code in profile.regions_served] if profile else [],
        "groups": grouped_claims(profile),
        "evidence": evidence[:MOST_EVIDENCE],
        "evidence_count": evidence.count(),
        "can_edit": can_edit_profile(http.user, supplier),
        "is_own": can_view_organisation(http.user, supplier),
    }
    return render(http, "techmap/supplier_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def profile_edit(http: HttpRequest, pk: int) -> HttpResponse:
    supplier = _own_supplier(http, pk)
    if http.method != "POST":
        return _form_page(http, supplier, ProfileForm.showing(_profile_of(supplier)))
    form = ProfileForm(http.POST)
    if form.is_valid():
        try:
            with refusals_on(form):
                save_profile(organisation=supplier, by=http.user, **form.cleaned_data)  # type: ignore[arg-type]
        except StaleWrite:
            return _conflict(http, supplier, form)
    if form.errors:
        return _form_page(http, supplier, form)
    messages.success(http, "Your profile has been saved.")
    return redirect("techmap:supplier-detail", supplier.pk)


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
    remove_claim(profile=profile, capability=capability, by=http.user)  # type: ignore[arg-type]
    messages.success(http, f"{capability} has been taken off your profile.")
    return redirect("techmap:supplier-detail", supplier.pk)


# --- What a person may reach -----------------------------------------------------------------------


def _supplier_or_404(http: HttpRequest, pk: int) -> Organisation:
    return get_object_or_404(suppliers_visible_to(http.user), pk=pk)


def _own_supplier(http: HttpRequest, pk: int) -> Organisation:
    """A supplier that the person writes for; its other members and staff get 403, all others 404."""
    supplier = _supplier_or_404(http, pk)
    if can_edit_profile(http.user, supplier):
        return supplier
    if can_view_organisation(http.user, supplier):
        raise PermissionDenied("Only owners and editors of the supplier keep its profile.")
    raise Http404


def _own_claim(http: HttpRequest, pk: int, code: str) -> tuple[Organisation, SupplierProfile, Capability]:
    supplier = _own_supplier(http, pk)
    profile = get_object_or_404(SupplierProfile, organisation=supplier)
    return supplier, profile, get_object_or_404(Capability, code=code)


def _profile_of(supplier: Organisation) -> SupplierProfile | None:
    return SupplierProfile.objects.filter(organisation=supplier).select_related("organisation").first()


def _form_page(http: HttpRequest, supplier: Organisation, form: ProfileForm) -> HttpResponse:
    return render(http, "techmap/profile_edit.html", {"form": form, "supplier": supplier})


def _conflict(http: HttpRequest, supplier: Organisation, form: ProfileForm) -> HttpResponse:
    return conflict_page(
        http,
        title="Somebody else has changed the profile",
        current_rows=rows_of(ProfileForm.showing(_profile_of(supplier))),
        submitted_rows=rows_of(form),
        retry_url=http.path,
    )
