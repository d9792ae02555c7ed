"""Contracts, milestones and indicators from a CSV file: the page that says how, the template, and what came of it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from portal.govuk.pages import refused_page
from portal.http import PortalRequest, SignedInRequest
from portal.refusals import Refused
from reporting.actions.contract_files import take_contract_file
from reporting.contract_files.columns import CONTRACTS, KINDS, MOST_ROWS, Kind
from reporting.forms.contract_files import GOOD, ContractFileForm
from reporting.permissions import why_not_register
from reporting.views.access import acting_buyer

SHOWN = 2_000  # faults on the page


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise Http404
    return KINDS[name]


@login_required
@require_http_methods(["GET", "POST"])
def contract_file(http: SignedInRequest, kind: str = CONTRACTS.name) -> HttpResponse:
    """The file is read while the person waits, and not kept."""
    chosen, buyer = _kind(kind), acting_buyer(http)
    if why := why_not_register(buyer):
        back = reverse("reporting:contract-list")
        return refused_page(http, Refused(why), title="You cannot register contracts", back_url=back)
    form = ContractFileForm(http.POST or None, http.FILES or None)
    context = {"kind": chosen, "kinds": KINDS.values(), "form": form, "most": MOST_ROWS, "buyer": buyer}
    if http.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        context["taken"] = taken = take_contract_file(
            buyer=buyer,
            kind=chosen,
            file=upload,
            name=upload.name or "",
            keep_good=form.cleaned_data["keep"] == GOOD,
            by=http.user,
            now=timezone.now(),
        )
        context |= {"faults": taken.faults[:SHOWN], "more": len(taken.faults) - SHOWN}
    return render(http, "reporting/contract_file.html", context)


@require_safe
def file_template(http: PortalRequest, kind: str) -> HttpResponse:
    """A CSV file with the heading alone."""
    name = f"{_kind(kind).name}.csv"
    response = HttpResponse(_kind(kind).heading(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
