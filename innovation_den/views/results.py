"""What the scores say together: for the host and the chair, and for each panellist of their own alone."""

from __future__ import annotations

from statistics import fmean
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from innovation_den.actions.moderation import current_value, moderate_score
from innovation_den.choices import DenState
from innovation_den.forms.decisions import ModerationForm, PlacesForm
from innovation_den.models import Den, Pitch, Score
from innovation_den.permissions import can_chair, can_view_work, seat_of
from innovation_den.queries.results import (
    AFTER_THE_DAY,
    Results,
    all_is_submitted,
    drafts_left,
    missing_sheets,
    own_sheets,
    readable_pitches,
    results_of,
)
from innovation_den.result_tables import CHART_ACROSS, COLUMNS, chart_points, result_rows
from innovation_den.views.access import own_seat, visible_den
from portal.charts import chart_svg, intervals_chart
from portal.govuk.pages import refusals_on
from portal.http import SignedInRequest
from portal.sheets import csv_response, xlsx_response

FILES = {"csv": csv_response, "xlsx": xlsx_response}


def results_den(http: SignedInRequest, reference: str) -> Den:
    """A den whose host the person belongs to, whose panels they chair, or which they watch over as staff; 404 else."""
    den = visible_den(http, reference)
    if not can_view_work(http.user, den) and not can_chair(http.user, den):
        raise Http404
    return den


def is_ready(http: SignedInRequest, den: Den) -> bool:
    """After the day; for the chair also on the day, once every sheet is in."""
    if den.state in AFTER_THE_DAY:
        return True
    return den.state == DenState.ON_THE_DAY and can_chair(http.user, den) and all_is_submitted(den)


def ready_den(http: SignedInRequest, reference: str) -> Den:
    den = results_den(http, reference)
    if not is_ready(http, den):
        raise Http404
    return den


def asked_results(http: SignedInRequest, den: Den) -> tuple[PlacesForm, Results]:
    """`?places=3` puts the selection line below the third pitch; without it, below a third of them."""
    form = PlacesForm(http.GET if "places" in http.GET else None)
    results = results_of(den, user=http.user, places=form.chosen)
    if not form.is_bound:
        form.initial["places"] = results.standings.places
    return form, results


@login_required
@require_safe
def result_list(http: SignedInRequest, reference: str) -> HttpResponseBase:
    """The table of results with its chart; `?download=csv` or `xlsx` gives it as a file."""
    den = results_den(http, reference)
    if not is_ready(http, den):
        return render(http, "innovation_den/result_waiting.html", {"den": den, "missing": missing_sheets(den).count()})
    form, results = asked_results(http, den)
    download = http.GET.get("download", "")
    if download in FILES:
        return FILES[download](f"Results {den.title}", COLUMNS, result_rows(results))
    context = {
        "den": den,
        "form": form,
        "results": results,
        "missing": missing_sheets(den).count(),
        "drafts": drafts_left(den),
        "is_host": can_view_work(http.user, den),
        "downloads": [(kind.upper(), f"?places={results.standings.places}&download={kind}") for kind in FILES],
    }
    return render(http, "innovation_den/result_list.html", context)


@login_required
@require_safe
def result_chart(http: SignedInRequest, reference: str) -> HttpResponse:
    """The same as a picture. Its figures stand in the table beside it."""
    points = chart_points(results_of(ready_den(http, reference), user=http.user))
    if not points:
        raise Http404
    return HttpResponse(chart_svg(intervals_chart(points, across=CHART_ACROSS)), content_type="image/svg+xml")


@login_required
@require_safe
def result_discussion(http: SignedInRequest, reference: str) -> HttpResponse:
    """What most needs to be talked about comes first, with how that is counted."""
    den = ready_den(http, reference)
    form, results = asked_results(http, den)
    lines = [(results.pitches[line.pitch], line, results.changed(results.pitches[line.pitch]))
             for line in results.standings.for_discussion]  # fmt: skip
    context = {"den": den, "form": form, "results": results, "lines": lines, "is_host": can_view_work(http.user, den)}
    return render(http, "innovation_den/result_discussion.html", context)


@login_required
@require_safe
def result_panel(http: SignedInRequest, reference: str) -> HttpResponse:
    """How severe each panellist is, for the host and the chair alone."""
    den = ready_den(http, reference)
    results = results_of(den, user=http.user)
    severity = results.standings.calibration.severity if results.standings.calibration else {}
    given = {pk: results.given_by(pk) for pk in results.panellists}
    rows = [
        (panellist, fmean(given[pk]) if given[pk] else None, len(given[pk]), severity.get(pk))
        for pk, panellist in results.panellists.items()
    ]
    context = {"den": den, "results": results, "rows": rows, "is_host": can_view_work(http.user, den)}
    return render(http, "innovation_den/result_panel.html", context)


@login_required
@require_safe
def result_detail(http: SignedInRequest, reference: str, pitch_reference: str) -> HttpResponse:
    """Each panellist's scores of one pitch with their reasons, and what was changed after the discussion."""
    den = ready_den(http, reference)
    pitch: Pitch = get_object_or_404(readable_pitches(den, http.user), reference=pitch_reference)
    results = results_of(den, user=http.user)
    line = next((line for line in results.standings.lines if line.pitch == pitch.pk), None)
    sheets = results.sheets.get(pitch.pk, [])
    criteria = [(one, [sheet.given.get(one.criterion.pk) for sheet in sheets]) for one in results.by_criterion(pitch)]
    context = {"den": den, "pitch": pitch, "line": line, "sheets": sheets, "criteria": criteria, "results": results}
    return render(http, "innovation_den/result_detail.html", context)


# --- A panellist's own ------------------------------------------------------------------------------


@login_required
@require_safe
def severity_own(http: SignedInRequest, reference: str) -> HttpResponse:
    """A panellist's own scores after the day, and how severe they are: nobody else's."""
    den = visible_den(http, reference)
    seat = own_seat(http, den)
    if den.state not in AFTER_THE_DAY:
        raise Http404
    context: dict[str, Any] = {"den": den, "seat": seat, "sheets": own_sheets(den, seat)}
    if not missing_sheets(den).filter(panellist=seat).exists():
        standings = results_of(den).standings
        severity = standings.calibration.severity if standings.calibration else {}
        context |= {"severity": severity.get(seat.pk), "why_not": standings.why_not, "is_told": True}
    return render(http, "innovation_den/severity_own.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def score_change(http: SignedInRequest, reference: str, pk: int) -> HttpResponse:
    """A panellist changes a score of their own after the discussion."""
    den = visible_den(http, reference)
    score = _own_score(http, den, pk)
    if den.state != DenState.DECIDING:
        raise PermissionDenied("Scores are changed after the day, and until the decisions are released.")
    current = current_value(score)
    initial = {"submission_key": uuid4(), "value": "" if current is None else str(current)}
    form = ModerationForm(http.POST or None, criterion=score.criterion, initial=initial)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            moderate_score(score=score, by=http.user, now=timezone.now(), **form.cleaned_data)
            messages.success(http, "The new score counts. The first one stays on the record.")
            return redirect("innovation_den:severity-own", den.reference)
    context = {"den": den, "score": score, "pitch": score.sheet.pitch, "form": form, "current": current}
    return render(http, "innovation_den/score_change.html", context)


def _own_score(http: SignedInRequest, den: Den, pk: int) -> Score:
    """A sent score of the person's own seat, of a pitch that no conflict hides."""
    seat = seat_of(http.user, den)
    if seat is None:
        raise Http404
    pitches = Pitch.objects.without_conflicts_of(http.user).filter(den=den)
    scores = Score.objects.filter(sheet__panellist=seat, sheet__submitted_at__isnull=False, sheet__pitch__in=pitches)
    return get_object_or_404(scores.select_related("sheet__pitch__den", "sheet__panellist", "criterion"), pk=pk)
