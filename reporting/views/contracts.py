"""Contracts: the list, one contract, and what its buyer does with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.govuk.pages import conflict_page, paginate, refusals_on, refused_page, rows_of
from portal.http import PortalRequest, SignedInRequest
from portal.organisations.permissions import has_role
from portal.refusals import Refused, StaleWrite
from reporting.actions import (
    activate_contract,
    add_kpi,
    add_milestone,
    amend_contract,
    create_contract,
    end_contract,
    remove_from_baseline,
    reopen_contract,
    save_contract,
)
from reporting.filters import ContractFilter
from reporting.forms import ActivateForm, AmendForm, ContractForm, KpiForm, MilestoneForm
from reporting.models import Contract
from reporting.permissions import (
    can_edit_contract,
    can_register_contract,
    why_not_activate,
    why_not_amend,
    why_not_change,
    why_not_register,
)
from reporting.queries.assessments import contract_assessments
from reporting.queries.late import late_of
from reporting.queries.public import newest_decision
from reporting.queries.publication import show_values
from reporting.queries.quality import questions_and_quality
from reporting.views.access import acting_buyer, editable_contract, party_contract
from reporting.views.publication import public_page


@require_safe
def contract_list(http: PortalRequest) -> HttpResponse:
    """Published contracts, and a person's own beside them; the newest first."""
    contracts = Contract.objects.visible_to(http.user)
    filters = ContractFilter(http.GET, queryset=contracts.select_related("buyer", "supplier", "scheme"))
    membership = http.membership
    page = paginate(http, filters.qs)
    page.object_list = list(page.object_list)
    show_values(page.object_list, http.user)
    context = {
        "filters": filters,
        "page": page,
        "may_register": bool(membership) and can_register_contract(http.user, membership.organisation),  # type: ignore[union-attr]
    }
    return render(http, "reporting/contract_list.html", context)


@require_safe
def contract_detail(http: PortalRequest, reference: str) -> HttpResponse:
    """Everything for its two parties and staff; what is published for everybody else."""
    contract = party_contract(http, reference)
    if contract is None:
        return public_page(http, reference)
    returns = contract.returns.order_by("-period_start", "-revision")
    if not has_role(http.user, contract.supplier):
        returns = returns.exclude(submitted_at=None)
    context = {
        "contract": contract,
        "milestones": contract.baseline_milestones.all(),
        "kpis": contract.baseline_kpis.all(),
        "amendments": contract.amendments.all(),
        "capabilities": contract.capabilities.all(),
        "parties": contract.parties.select_related("organisation"),
        "page": paginate(http, returns, per_page=12),
        "may_edit": can_edit_contract(http.user, contract),
        "why_not_activate": why_not_activate(contract) if contract.is_draft else None,
        "is_party": True,
        "decision": newest_decision(contract),
        **questions_and_quality(contract, http.user),
        "assessed": contract_assessments(contract, http.user, timezone.localdate()),
        "late": late_of(contract, timezone.now()),
        "now": timezone.now(),
    }
    return render(http, "reporting/contract_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def contract_create(http: SignedInRequest) -> HttpResponse:
    buyer = acting_buyer(http)
    if why := why_not_register(buyer):
        return refused_page(
            http, Refused(why), title="You cannot register contracts", back_url=reverse("reporting:contract-list")
        )
    form = ContractForm(http.POST or None, initial={"submission_key": uuid4(), "rhythm": "monthly"}, buyer=buyer)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            key = form.cleaned_data["submission_key"] or uuid4()
            contract = create_contract(
                buyer=buyer, details=form.details(), submission_key=key, by=http.user, now=timezone.now()
            )
            messages.success(http, "The contract is saved as a draft. Add its milestones and indicators.")
            return redirect(contract)
    return render(http, "reporting/contract_edit.html", {"form": form, "title": "Register a contract"})


@login_required
@require_http_methods(["GET", "POST"])
def contract_edit(http: SignedInRequest, reference: str) -> HttpResponse:
    contract = editable_contract(http, reference)
    if why := why_not_change(contract):
        return _refused(http, contract, why)
    form = ContractForm.showing(contract)
    if http.method == "POST":
        form = ContractForm(http.POST, buyer=contract.buyer, contract=contract)
    if http.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                save_contract(
                    contract=contract, version=form.cleaned_data["version"], details=form.details(), by=http.user
                )
                return redirect(contract)
        except StaleWrite as stale:
            return conflict_page(
                http,
                title="Somebody else has changed the contract",
                current_rows=rows_of(ContractForm.showing(stale.current)),  # type: ignore[arg-type]
                submitted_rows=rows_of(form),
                retry_url=http.path,
            )
    context = {"form": form, "title": "Change the contract", "contract": contract}
    return render(http, "reporting/contract_edit.html", context)


def _refused(http: SignedInRequest, contract: Contract, why: str) -> HttpResponse:
    """Said before the form is shown: nothing that is typed into it could be kept."""
    return refused_page(http, Refused(why), title="It cannot be changed", back_url=contract.get_absolute_url())


# --- The baseline ----------------------------------------------------------------------------------


Act = Callable[..., object]


def _step(
    http: SignedInRequest, contract: Contract, why: str | None, form: Form, act: Act, done: str = "", **page: str
) -> HttpResponse:
    """One form about one contract: why it cannot be now, the form, what it says is wrong, or the contract again.

    `act` gets the form's fields; `page` holds the title, the words on the button, and another template's name.
    """
    if why:
        return _refused(http, contract, why)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            act(contract=contract, by=http.user, **form.cleaned_data)
            if done:
                messages.success(http, done)
            return redirect(contract)
    template = page.get("template", "reporting/contract_step.html")
    return render(http, template, {"form": form, "contract": contract, **page})


@login_required
@require_http_methods(["GET", "POST"])
def milestone_add(http: SignedInRequest, reference: str) -> HttpResponse:
    contract = editable_contract(http, reference)
    words = {"title": "Add a milestone", "press": "Add the milestone"}
    return _step(http, contract, why_not_change(contract), MilestoneForm(http.POST or None), add_milestone, **words)


@login_required
@require_http_methods(["GET", "POST"])
def kpi_add(http: SignedInRequest, reference: str) -> HttpResponse:
    contract = editable_contract(http, reference)
    words = {"title": "Add an indicator", "press": "Add the indicator"}
    return _step(http, contract, why_not_change(contract), KpiForm(http.POST or None), add_kpi, **words)


def _numbers(http: SignedInRequest, name: str) -> list[str]:
    """PostgreSQL holds no NUL, so no number has one."""
    return [number for number in http.POST.getlist(name) if "\0" not in number]


@require_POST
@login_required
def baseline_remove(http: SignedInRequest, reference: str) -> HttpResponse:
    contract = editable_contract(http, reference)
    try:
        remove_from_baseline(
            contract=contract,
            milestones=_numbers(http, "milestone"),
            kpis=_numbers(http, "kpi"),
            by=http.user,
        )
    except Refused as refused:
        return refused_page(http, refused, title="It could not be taken out", back_url=contract.get_absolute_url())
    return redirect(contract)


# --- In force --------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def contract_activate(http: SignedInRequest, reference: str) -> HttpResponse:
    contract = editable_contract(http, reference)
    form = ActivateForm(http.POST or None, initial={"reports_from": contract.baseline_start})
    act = partial(activate_contract, now=timezone.now())
    done = f"The contract is active, and {contract.supplier} has been told."
    words = {"title": "Make the contract active", "press": "Make it active"}
    template = "reporting/contract_activate.html"
    return _step(http, contract, why_not_activate(contract), form, act, done, template=template, **words)


@login_required
@require_http_methods(["GET", "POST"])
def contract_amend(http: SignedInRequest, reference: str) -> HttpResponse:
    contract = editable_contract(http, reference)
    form = AmendForm(http.POST) if http.method == "POST" else AmendForm.showing(contract)
    words = {"title": "Record an amendment", "press": "Record the amendment"}
    try:
        return _step(http, contract, why_not_amend(contract), form, amend_contract, **words)
    except StaleWrite as stale:
        return conflict_page(
            http,
            title="Somebody else has changed the contract",
            current_rows=rows_of(AmendForm.showing(stale.current)),
            submitted_rows=rows_of(form),
            retry_url=http.path,
        )


@require_POST
@login_required
def contract_end(http: SignedInRequest, reference: str) -> HttpResponse:
    contract = editable_contract(http, reference)
    try:
        end_contract(contract=contract, by=http.user)
    except Refused as refused:
        return refused_page(http, refused, title="It could not be ended", back_url=contract.get_absolute_url())
    messages.success(http, "The contract has ended. Returns that are due stay due.")
    return redirect(contract)


@require_POST
@login_required
def contract_reopen(http: SignedInRequest, reference: str) -> HttpResponse:
    contract = editable_contract(http, reference)
    try:
        reopen_contract(contract=contract, by=http.user)
    except Refused as refused:
        return refused_page(http, refused, title="It could not be made active", back_url=contract.get_absolute_url())
    messages.success(http, "The contract is active again. Returns are asked for until it ends.")
    return redirect(contract)
