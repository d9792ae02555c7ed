"""Pilots: the board of both sides, the page of each, and its pictures."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from innovation_den.actions.pilots import SETTING_UP, create_pilot, follow_pilot, why_no_pilot
from innovation_den.choices import PilotOutcome, PilotState, Side
from innovation_den.filters import BoardFilter
from innovation_den.forms.pilots import PilotStartForm
from innovation_den.models import Pilot
from innovation_den.permissions import can_organise, sides_of
from innovation_den.pilot_charts import CHARTS
from innovation_den.pilot_rules import suggested_outcome
from innovation_den.queries import pilots as queries
from innovation_den.views.access import visible_pitch
from innovation_den.views.pilot_access import sponsored_pilot, visible_pilot
from portal.charts import chart_svg
from portal.govuk.pages import paginate, refusals_on, refused_page
from portal.http import PortalRequest, SignedInRequest
from portal.refusals import Refused


@login_required
@require_safe
def pilot_list(http: SignedInRequest) -> HttpResponse:
    """The board: every pilot of the person's own bodies and firms, what runs first."""
    now = timezone.now()
    filters = BoardFilter(http.GET, queryset=queries.board(http.user, now))
    page = paginate(http, filters.qs)
    rows = [
        {
            "pilot": pilot,
            "days": queries.days_left(pilot, now),
            "says": queries.says(pilot, now),
            "reached": pilot.latest is not None and pilot.reaches(pilot.latest),
        }
        for pilot in page
    ]
    return render(http, "innovation_den/pilot_list.html", {"filters": filters, "page": page, "rows": rows})


@login_required
@require_http_methods(["GET", "POST"])
def pilot_create(http: SignedInRequest, reference: str) -> HttpResponse:
    """Set up a pilot from a pitch that was selected."""
    pitch = visible_pitch(http, reference)
    if not can_organise(http.user, pitch.den):
        raise PermissionDenied
    form = PilotStartForm(http.POST or None, initial={"title": pitch.title})
    if http.method == "GET" and (reasons := why_no_pilot(pitch)):
        refused = Refused(reasons)
        return refused_page(http, refused, title="No pilot can be set up", back_url=pitch.get_absolute_url())
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            return redirect(create_pilot(pitch=pitch, by=http.user, **form.cleaned_data))
    return render(http, "innovation_den/pilot_create.html", {"form": form, "pitch": pitch})


@login_required
@require_http_methods(["GET", "POST"])
def pilot_follow(http: SignedInRequest, reference: str) -> HttpResponse:
    """Set up another test after one that is published."""
    before = sponsored_pilot(http, reference)
    form = PilotStartForm(http.POST or None, initial={"title": f"{before.title[:140]}, again"})
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            return redirect(follow_pilot(pilot=before, by=http.user, **form.cleaned_data))
    return render(http, "innovation_den/pilot_create.html", {"form": form, "before": before})


@require_safe
def pilot_detail(http: PortalRequest, reference: str) -> HttpResponse:
    """Both sides see all of it; everybody else what is published of it."""
    pilot = visible_pilot(http, reference)
    points = queries.measured(pilot)
    context: dict[str, Any] = {
        "pilot": pilot,
        "capabilities": pilot.capabilities.all(),
        "stop_rules": [(rule, rule.in_words(pilot)) for rule in pilot.stop_rules.select_related("answered_by")],
        "reviews": pilot.reviews.select_related("by"),
        "amendments": pilot.amendments.exclude(applied_at=None),
        "points": [(point, pilot.reaches(point.value)) for point in points],
        "engagement": queries.request_after(pilot, http.user),
        "is_disproved": pilot.outcome == PilotOutcome.DISPROVED,
    }
    if not Pilot.objects.work_of(http.user).filter(pk=pilot.pk).exists():
        return render(http, "innovation_den/library_detail.html", context)
    return render(http, "innovation_den/pilot_detail.html", context | _work(http, pilot, points))


def _work(http: PortalRequest, pilot: Pilot, points: list[queries.Point]) -> dict[str, Any]:
    """What only both sides and staff see."""
    now = timezone.now()
    sides = sides_of(http.user, pilot)
    latest = points[-1].value if points else None
    return {
        "sides": sides,
        "may_sponsor": Side.SPONSOR in sides,
        "is_setting_up": pilot.state in SETTING_UP,
        "logs": pilot.state in {PilotState.RUNNING, PilotState.REVIEW} and sides,
        "log": pilot.log.select_related("by").order_by("-dated", "-id")[: queries.MOST_ENTRIES],
        "spending": pilot.spending.select_related("by")[: queries.MOST_ENTRIES],
        "spent_points": queries.spent_over_time(pilot),
        "all_amendments": pilot.amendments.select_related("signed_by_sponsor", "signed_by_firm"),
        "alerts": [(rule, rule.in_words(pilot)) for rule in pilot.stop_rules.filter(met_at__isnull=False, answer="")],
        "reviews_due": pilot.reviews.filter(at=None, due_on__lte=timezone.localdate(now)),
        "days_left": queries.days_left(pilot, now),
        "latest": latest,
        "reached": latest is not None and pilot.reaches(latest),
        "suggested": PilotOutcome(suggested_outcome(pilot, latest)).label,
        "today": timezone.localdate(now),
        "is_followed": pilot.followed_by.exists(),
    }


@require_safe
def pilot_chart(http: PortalRequest, reference: str, chart: str) -> HttpResponse:
    """The measure for everybody who sees the pilot; the money for both sides alone."""
    pilot = visible_pilot(http, reference)
    is_private = chart != "measure"
    if chart not in CHARTS or (is_private and not Pilot.objects.work_of(http.user).filter(pk=pilot.pk).exists()):
        raise Http404
    spec = CHARTS[chart](pilot)
    if spec is None:
        raise Http404
    response = HttpResponse(chart_svg(spec), content_type="image/svg+xml")
    response["Cache-Control"] = "private, no-cache"
    return response
