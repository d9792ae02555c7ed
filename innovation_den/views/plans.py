"""Searches for a plan: asked for, watched, stopped, and taken over into the draft."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from innovation_den.actions.plans import SILENCE, apply_plan, ask_for_plan, stop_search
from innovation_den.choices import PlanKind, PlanState
from innovation_den.forms.schedule import AskForm
from innovation_den.models import Den, PlanRun
from innovation_den.permissions import can_organise, sees_all_pitches
from innovation_den.planning.problem import Plan
from innovation_den.queries.board import costs_of
from innovation_den.queries.plans import problem_of, runs_of
from innovation_den.queries.releases import differences, draft_entries, plan_entries
from innovation_den.views.access import organised_den, worked_den
from portal.charts import chart_svg, lines_chart
from portal.govuk.pages import paginate, refusals_on, refused_page
from portal.http import PortalRequest, SignedInRequest
from portal.refusals import Refused

MOST_POINTS = 20  # of a chart and its table
CONFLICTED = "A conflict hides a pitch of this den from you, so a colleague without one plans its day."


def planned_den(http: PortalRequest, reference: str) -> Den:
    """A den whose draft the person may read: the host's members and staff from whom no conflict hides a pitch."""
    den = worked_den(http, reference)
    if not sees_all_pitches(http.user, den):
        raise PermissionDenied(CONFLICTED)
    return den


def scheduled_den(http: PortalRequest, reference: str) -> Den:
    """A den whose draft the person may change."""
    den = organised_den(http, reference)
    if not sees_all_pitches(http.user, den):
        raise PermissionDenied(CONFLICTED)
    return den


def run_of(http: PortalRequest, den: Den, pk: int) -> PlanRun:
    return get_object_or_404(PlanRun.objects.select_related("asked_by", "den__host"), den=den, pk=pk)


@login_required
@require_http_methods(["GET", "POST"])
def plan_list(http: SignedInRequest, reference: str) -> HttpResponse:
    """Ask for a plan; the searches so far."""
    den = scheduled_den(http, reference) if http.method == "POST" else planned_den(http, reference)
    kind = PlanKind.REPAIR if http.GET.get("kind") == PlanKind.REPAIR else PlanKind.FULL
    form = AskForm(http.POST or None, initial={"kind": kind})
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            run = ask_for_plan(den=den, by=http.user, now=timezone.now(), **form.cleaned_data)
            return redirect("innovation_den:plan-detail", den.reference, run.pk)
    context = {
        "den": den,
        "form": form,
        "page": paginate(http, runs_of(den)),
        "may_ask": can_organise(http.user, den),
    }
    return render(http, "innovation_den/plan_list.html", context)


@login_required
@require_safe
@never_cache
def plan_detail(http: SignedInRequest, reference: str, pk: int) -> HttpResponse:
    """How far the search is; then what it came to, and what its plan would change."""
    den = planned_den(http, reference)
    run = run_of(http, den, pk)
    context = {"den": den, "run": run, "may_act": can_organise(http.user, den), **_progress(run)}
    if run.result is not None:
        plan = Plan.from_json(run.result)
        context["changes"] = differences(draft_entries(den), plan_entries(den, plan))
        context["costs"] = costs_of(problem_of(den, kind=run.kind), plan)
    return render(http, "innovation_den/plan_detail.html", context)


def _progress(run: PlanRun) -> dict[str, Any]:
    spent = (run.finished_at or timezone.now()) - run.started_at if run.started_at else None
    seconds = min(int(spent.total_seconds()), run.seconds) if spent else 0
    return {
        "spent": seconds,
        "silent": _silence(run),
        "gap": None if run.gap is None or run.best is None else round(run.gap * 100, 1),
        "steps": points_of(run),
        "chart": reverse("innovation_den:plan-chart", args=[run.den.reference, run.pk]) + f"?steps={len(run.steps)}",
    }


def _silence(run: PlanRun) -> int:
    """Seconds for which the worker has not been heard of, where they are too many; 0 otherwise."""
    if run.state != PlanState.RUNNING or run.seen_at is None:
        return 0
    silent = timezone.now() - run.seen_at
    return int(silent.total_seconds()) if silent > SILENCE / 2 else 0


def points_of(run: PlanRun) -> list[dict[str, float | None]]:
    """The steps of a search, at most `MOST_POINTS`, the last among them."""
    steps = run.steps
    every = -(-len(steps) // MOST_POINTS) or 1
    shown = steps[::-1][::every][::-1]
    return [dict(zip(("seconds", "best", "bound"), step, strict=True)) for step in shown]


@require_safe
@never_cache
def plan_progress(http: PortalRequest, reference: str, pk: int) -> HttpResponse:
    """The bar alone, asked for by the page itself. When the search is over the whole page is fetched anew."""
    if not http.user.is_authenticated and http.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return _progress_of(http, reference, pk)  # type: ignore[arg-type]


@login_required
def _progress_of(http: SignedInRequest, reference: str, pk: int) -> HttpResponse:
    den = planned_den(http, reference)
    run = run_of(http, den, pk)
    if not run.is_at_work:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    said = http.GET.get("said", "")
    says_more = run.best is not None and said != str(run.best)
    context = {"den": den, "run": run, "says_more": says_more, **_progress(run)}
    return render(http, "innovation_den/_plan_progress.html", context)


@login_required
@require_safe
@cache_control(private=True, max_age=600)
def plan_chart(http: SignedInRequest, reference: str, pk: int) -> HttpResponse:
    """How the best plan and the bound came nearer to each other."""
    run = run_of(http, planned_den(http, reference), pk)
    points = points_of(run)
    if not any(point["best"] is not None for point in points):
        raise Http404
    series = [
        (name, [(f"{point['seconds']:g}", point[field]) for point in points])
        for name, field in (("Best plan so far", "best"), ("No plan can have less", "bound"))
    ]
    return HttpResponse(chart_svg(lines_chart(series, across="Seconds", up="Penalty")), content_type="image/svg+xml")


@login_required
@require_POST
def plan_stop(http: SignedInRequest, reference: str, pk: int) -> HttpResponse:
    den = scheduled_den(http, reference)
    run = run_of(http, den, pk)
    try:
        stop_search(run=run, by=http.user, now=timezone.now())
    except Refused as refused:
        return refused_page(http, refused, title="It was not stopped", back_url=_page(den, run))
    return redirect(_page(den, run))


@login_required
@require_http_methods(["GET", "POST"])
def plan_apply(http: SignedInRequest, reference: str, pk: int) -> HttpResponse:
    """What the plan would change in the draft, and the button. Nothing is sent to anybody before a release."""
    den = scheduled_den(http, reference)
    run = run_of(http, den, pk)
    if run.result is None:
        raise Http404
    if http.method == "POST":
        try:
            apply_plan(run=run, by=http.user, now=timezone.now())
        except Refused as refused:
            return refused_page(http, refused, title="The plan was not taken over", back_url=_page(den, run))
        messages.success(http, "The plan is the draft now. Nobody is told before you release it")
        return redirect("innovation_den:board", den.reference)
    changes = differences(draft_entries(den), plan_entries(den, Plan.from_json(run.result)))
    return render(http, "innovation_den/plan_apply.html", {"den": den, "run": run, "changes": changes})


def _page(den: Den, run: PlanRun) -> str:
    return reverse("innovation_den:plan-detail", args=[den.reference, run.pk])
