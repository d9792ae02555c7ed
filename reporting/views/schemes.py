"""Schemes: the list, and what government published of one each year."""

from __future__ import annotations

from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from portal.govuk.pages import paginate
from portal.http import PortalRequest
from reporting.choices import ContractState
from reporting.filters import SchemeFilter
from reporting.models import Contract, Scheme, SchemeYear


@require_safe
def scheme_list(http: PortalRequest) -> HttpResponse:
    """Every scheme with its latest year; three queries, however many there are."""
    latest = Prefetch("years", SchemeYear.objects.order_by("-year"), to_attr="latest_first")
    filters = SchemeFilter(http.GET, queryset=Scheme.objects.order_by("name", "pk").prefetch_related(latest))
    return render(http, "reporting/scheme_list.html", {"filters": filters, "page": paginate(http, filters.qs)})


@require_safe
def scheme_detail(http: PortalRequest, code: str) -> HttpResponse:
    scheme = get_object_or_404(Scheme, code=code)
    contracts = Contract.objects.visible_to(http.user).filter(scheme=scheme).exclude(state=ContractState.DRAFT)
    context = {
        "scheme": scheme,
        "years": scheme.years.all(),
        "page": paginate(http, contracts.select_related("buyer", "supplier")),
    }
    return render(http, "reporting/scheme_detail.html", context)
