"""Quality and flags: how each is counted, a person's flags, one flag with its answers, and a contract's scores."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from portal.charts import chart_svg, line_chart
from portal.govuk.pages import paginate, refusals_on
from portal.http import PortalRequest, SignedInRequest
from portal.organisations.models import Organisation
from reporting.actions.flags import answer_flag
from reporting.filters import FlagFilter
from reporting.forms.flags import FlagAnswerForm
from reporting.models import Flag
from reporting.permissions import can_answer_flag, is_party, why_not_answer
from reporting.quality.declared import rules, scheme
from reporting.quality.words import figures_in_words
from reporting.queries.quality import quality_over_time
from reporting.views.access import visible_contract


@require_safe
def quality_how(http: HttpRequest) -> HttpResponse:
    """How the quality of a return is counted: every part, item and formula."""
    return render(http, "reporting/quality_how.html", {"scheme": scheme()})


@require_safe
def quality_chart(http: PortalRequest, reference: str) -> HttpResponse:
    """A contract's scores over time as a picture. Its figures stand in the table on the contract's page."""
    contract = visible_contract(http, reference)
    if not is_party(http.user, contract):
        raise Http404
    points = [(point.period, float(point.score)) for point in quality_over_time(contract)]
    if not points:
        raise Http404
    spec = line_chart(points, across="End of the period", up="Score", least_top=100)
    return HttpResponse(chart_svg(spec), content_type="image/svg+xml")


@require_safe
def flag_rules(http: HttpRequest) -> HttpResponse:
    """Every flag with its formula, its threshold and the reason for it."""
    return render(http, "reporting/flag_rules.html", {"rules": rules()})


@login_required
@require_safe
def flag_list(http: SignedInRequest) -> HttpResponse:
    """The flags of a person's own contracts, the newest first; staff see all."""
    flags = Flag.objects.visible_to(http.user).select_related("contract__buyer", "contract__supplier")
    filters = FlagFilter(http.GET, queryset=flags)
    context = {"filters": filters, "page": paginate(http, filters.qs), "names": dict(rules().choices)}
    return render(http, "reporting/flag_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def flag_detail(http: SignedInRequest, pk: int) -> HttpResponse:
    """One question with its figures and answers; who writes for a party may add one."""
    flag = _visible_flag(http, pk)
    answering = _answers_for(http, flag)
    if http.method != "POST":
        return _page(http, flag, answering, FlagAnswerForm(initial={"submission_key": uuid4()}))
    if answering is None:
        raise PermissionDenied("Only owners and editors of the buyer or the supplier answer.")
    form = FlagAnswerForm(http.POST)
    if form.is_valid():
        with refusals_on(form):
            answer_flag(flag=flag, organisation=answering, by=http.user, now=timezone.now(), **form.cleaned_data)
            messages.success(http, "Your answer is shown to both parties.")
            return redirect(flag)
    return _page(http, flag, answering, form)


def _visible_flag(http: SignedInRequest, pk: int) -> Flag:
    flags = Flag.objects.visible_to(http.user)
    return get_object_or_404(flags.select_related("contract__buyer", "contract__supplier", "filed__contract"), pk=pk)


def _answers_for(http: SignedInRequest, flag: Flag) -> Organisation | None:
    """The party in whose name the person answers: the one they act for now, else the one they write for."""
    contract = flag.contract
    parties = [contract.buyer, contract.supplier]
    if http.membership and http.membership.organisation in parties:
        parties.insert(0, http.membership.organisation)
    return next((party for party in parties if can_answer_flag(http.user, contract, party)), None)


def _page(http: SignedInRequest, flag: Flag, answering: Organisation | None, form: FlagAnswerForm) -> HttpResponse:
    rule = rules().rule(flag.rule) if flag.rule in rules() else None
    context: dict[str, Any] = {
        "flag": flag,
        "contract": flag.contract,
        "rule": rule,
        "figures": figures_in_words(rule, flag.found)
        if rule
        else [("", name, text) for name, text in flag.found.items()],
        "answers": flag.answers.select_related("organisation"),
        "answering": answering,
        "why_not": why_not_answer(flag),
        "form": form,
    }
    return render(http, "reporting/flag_detail.html", context)
