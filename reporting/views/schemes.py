"""Schemes: the list, and what government published of one each year."""

from __future__ import annotations

from uuid import uuid4

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from portal.govuk.pages import conflict_page, paginate, refusals_on, refused_page, rows_of
from portal.http import PortalRequest, SignedInRequest
from portal.organisations.permissions import why_not_active
from portal.refusals import Refused, StaleWrite
from reporting.actions.schemes import create_scheme, save_scheme
from reporting.choices import ContractState
from reporting.filters import SchemeFilter
from reporting.forms.schemes import SchemeForm
from reporting.models import Contract, Scheme, SchemeYear
from reporting.permissions import can_keep_scheme, can_register_contract
from reporting.views.access import acting_buyer


@require_safe
def scheme_list(http: PortalRequest) -> HttpResponse:
    """Every scheme with its latest year; three queries, however many there are."""
    latest = Prefetch("years", SchemeYear.objects.order_by("-year"), to_attr="latest_first")
    filters = SchemeFilter(http.GET, queryset=Scheme.objects.order_by("name", "pk").prefetch_related(latest))
    membership = http.membership
    context = {
        "filters": filters,
        "page": paginate(http, filters.qs),
        "may_make": bool(membership) and can_register_contract(http.user, membership.organisation),  # type: ignore[union-attr]
    }
    return render(http, "reporting/scheme_list.html", context)


@require_safe
def scheme_detail(http: PortalRequest, code: str) -> HttpResponse:
    scheme = get_object_or_404(Scheme.objects.select_related("organisation"), code=code)
    contracts = Contract.objects.visible_to(http.user).filter(scheme=scheme).exclude(state=ContractState.DRAFT)
    context = {
        "scheme": scheme,
        "years": scheme.years.all(),
        "may_keep": can_keep_scheme(http.user, scheme),
        "sees_history": scheme.history_visible_to(http.user),
        "page": paginate(http, contracts.select_related("buyer", "supplier")),
    }
    return render(http, "reporting/scheme_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def scheme_create(http: SignedInRequest) -> HttpResponse:
    buyer = acting_buyer(http)
    if why := why_not_active(buyer):
        back = reverse("reporting:scheme-list")
        return refused_page(http, Refused(why), title="You cannot make a scheme", back_url=back)
    form = SchemeForm(http.POST or None, initial={"submission_key": uuid4()})
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            key = form.cleaned_data["submission_key"] or uuid4()
            return redirect(create_scheme(organisation=buyer, submission_key=key, by=http.user, **form.details()))
    return render(http, "reporting/scheme_edit.html", {"form": form, "title": "Make a scheme"})


@login_required
@require_http_methods(["GET", "POST"])
def scheme_edit(http: SignedInRequest, code: str) -> HttpResponse:
    scheme = get_object_or_404(Scheme.objects.select_related("organisation"), code=code)
    if not can_keep_scheme(http.user, scheme):
        raise PermissionDenied("Only owners and editors of its public body change a scheme.")
    form = SchemeForm(http.POST) if http.method == "POST" else SchemeForm.showing(scheme)
    if http.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                version = form.cleaned_data["version"]
                return redirect(save_scheme(scheme=scheme, version=version, by=http.user, **form.details()))
        except StaleWrite as stale:
            return conflict_page(
                http,
                title="Somebody else has changed the scheme",
                current_rows=rows_of(SchemeForm.showing(stale.current)),
                submitted_rows=rows_of(form),
                retry_url=http.path,
            )
    return render(http, "reporting/scheme_edit.html", {"form": form, "title": "Change the scheme", "scheme": scheme})
