"""Publishing a contract, and what everybody sees of it."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from portal.govuk.pages import conflict_page, paginate, refusals_on, refused_page
from portal.http import PortalRequest, SignedInRequest
from portal.refusals import Refused, StaleWrite
from reporting.actions.publication import publish_contract, take_back_contract
from reporting.choices import Ground
from reporting.forms.publication import PublishForm, TakeBackForm
from reporting.models import Contract, Publication, Return
from reporting.permissions import why_not_publish, why_not_take_back
from reporting.publication.places import HeldBack, why_not_hold
from reporting.queries.assessments import contract_assessments
from reporting.queries.public import (
    newest_decision,
    public_table,
    public_tables,
    return_of_period,
    standard_of_contract,
    taken_back,
)
from reporting.queries.public_pages import PublicContract, public_contract, spend_chart
from reporting.queries.publication import Redacted, redacted
from reporting.queries.standards import standard_of
from reporting.views.access import editable_contract

PERIODS_A_PAGE = 24
ROWS_A_PAGE = 100


# --- For everybody -------------------------------------------------------------------------------------


def published_contract(reference: str) -> Contract:
    """A contract that is published, whoever asks; 404 else."""
    contracts = Contract.objects.filter(is_published=True).select_related("buyer", "supplier", "scheme")
    return get_object_or_404(contracts, reference=reference)


@require_safe
def contract_public(http: PortalRequest, reference: str) -> HttpResponse:
    """The contract as everybody sees it, for its parties too."""
    return public_page(http, reference)


def public_page(http: HttpRequest, reference: str) -> HttpResponse:
    """The published contract; where it was taken back, the reason (410)."""
    if decision := taken_back(reference):
        return taken_back_page(http, decision)
    contract = published_contract(reference)
    return render(http, "reporting/contract_public.html", _shown(http, contract, redacted(contract)))


def _shown(http: HttpRequest, contract: Contract, hidden: Redacted) -> dict[str, Any]:
    shown: PublicContract = public_contract(contract, hidden)
    return {
        "contract": contract,
        "shown": shown,
        "page": paginate(http, shown.periods, per_page=PERIODS_A_PAGE),
        "has_releases": contract.releases.exists(),
        "assessed": contract_assessments(contract, AnonymousUser(), timezone.localdate()),
    }


@require_safe
def spend_svg(http: PortalRequest, reference: str) -> HttpResponse:
    contract = published_contract(reference)
    if not (picture := spend_chart(contract, redacted(contract))):
        raise Http404
    return HttpResponse(picture, content_type="image/svg+xml")


def taken_back_page(http: HttpRequest, decision: Publication) -> HttpResponse:
    return render(http, "reporting/contract_taken_back.html", {"decision": decision}, status=410)


def _public_return(reference: str, period: str) -> Return:
    filed = return_of_period(published_contract(reference), period)
    if filed is None:
        raise Http404("No accepted return is published for this period.")
    return filed


@require_safe
def public_return(http: PortalRequest, reference: str, period: str) -> HttpResponse:
    """The accepted return of a period, named by the month that it begins in."""
    if decision := taken_back(reference):
        return taken_back_page(http, decision)
    filed = _public_return(reference, period)
    tables = public_tables(filed, redacted(filed.contract))
    return render(
        http,
        "reporting/return_public.html",
        {"filed": filed, "contract": filed.contract, "tables": tables, "period": period},
    )


@require_safe
def public_lines(http: PortalRequest, reference: str, period: str, table: str) -> HttpResponse:
    """All lines of one table of a published return, in pages."""
    if decision := taken_back(reference):
        return taken_back_page(http, decision)
    filed = _public_return(reference, period)
    standard, hidden = standard_of(filed), redacted(filed.contract)
    found = next((one for one in standard.tables if one.name == table and not one.is_single), None)
    if found is None or hidden.hides(table):
        raise Http404
    lines = filed.lines.filter(table=table).order_by("number").values_list("data", flat=True)
    page = paginate(http, lines, per_page=ROWS_A_PAGE)
    shown = public_table(found, standard, page.object_list, hidden, page.paginator.count)
    context = {"filed": filed, "contract": filed.contract, "shown": shown, "page": page, "period": period}
    return render(http, "reporting/return_public_lines.html", context)


# --- For the buyer -------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def contract_publish(http: SignedInRequest, reference: str) -> HttpResponse:
    """Choose what is held back, see it as the public will, decide."""
    contract = editable_contract(http, reference)
    if why := why_not_publish(contract):
        return refused_page(http, Refused(why), title="It cannot be published", back_url=contract.get_absolute_url())
    standard = standard_of_contract(contract)
    if http.method != "POST":
        decision = newest_decision(contract)
        initial = {"version": contract.version, "submission_key": uuid4()}
        initial |= PublishForm.showing(decision.redactions.all()) if decision else {}
        return _publish_page(http, contract, PublishForm(initial=initial, standard=standard))
    form = PublishForm(http.POST, standard=standard)
    if not form.is_valid() or "change" in http.POST:
        return _publish_page(http, contract, form)
    with refusals_on(form):
        if "decide" in http.POST:
            return _decide(http, contract, form)
        if reasons := list(why_not_hold(form.held_back(), standard)):
            raise Refused(reasons)
        return _preview(http, contract, form)
    return _publish_page(http, contract, form)


def _publish_page(http: SignedInRequest, contract: Contract, form: PublishForm) -> HttpResponse:
    return render(http, "reporting/contract_publish.html", {"contract": contract, "form": form})


def _preview(http: SignedInRequest, contract: Contract, form: PublishForm) -> HttpResponse:
    chosen = form.held_back()
    hidden = Redacted({one.place: words_of(one) for one in chosen})
    kept = [(name, http.POST[name]) for name in form.fields if http.POST.get(name)]
    picture = b64encode(spend_chart(contract, hidden).encode()).decode()
    chart = f"data:image/svg+xml;base64,{picture}"
    context = _shown(http, contract, hidden) | {"kept": kept, "is_preview": True, "chart_data": chart}
    return render(http, "reporting/contract_preview.html", context)


def words_of(one: HeldBack) -> str:
    """The reason as the public will read it."""
    return f"{Ground(one.ground).label}. {one.reason.strip()}"


def _decide(http: SignedInRequest, contract: Contract, form: PublishForm) -> HttpResponse:
    try:
        publish_contract(
            contract=contract,
            held_back=form.held_back(),
            version=form.cleaned_data["version"],
            submission_key=form.cleaned_data["submission_key"],
            by=http.user,
            now=timezone.now(),
        )
    except StaleWrite as stale:
        return _conflict(http, stale)
    messages.success(http, "The contract is published. Everybody sees it now.")
    return redirect(contract)


def _conflict(http: SignedInRequest, stale: StaleWrite) -> HttpResponse:
    contract: Contract = stale.current  # type: ignore[assignment]
    return conflict_page(
        http,
        title="Somebody else has changed the contract",
        current_rows=[("Published", "Yes" if contract.is_published else "No")],
        submitted_rows=[],
        retry_url=http.path,
    )


@login_required
@require_http_methods(["GET", "POST"])
def contract_take_back(http: SignedInRequest, reference: str) -> HttpResponse:
    contract = editable_contract(http, reference)
    if why := why_not_take_back(contract):
        return refused_page(http, Refused(why), title="It cannot be taken back", back_url=contract.get_absolute_url())
    form = TakeBackForm(http.POST or None, initial={"version": contract.version})
    if http.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                take_back_contract(contract=contract, by=http.user, now=timezone.now(), **form.cleaned_data)
                messages.success(http, "The contract is taken back. Its page shows your reason.")
                return redirect(contract)
        except StaleWrite as stale:
            return _conflict(http, stale)
    return render(http, "reporting/contract_take_back.html", {"contract": contract, "form": form})
