"""Decisions: staged by the host in private, released together, read by the firms and kept in a public record."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from innovation_den.actions.decisions import edit_letter, release_decisions, stage_decision
from innovation_den.choices import Award, DenState
from innovation_den.forms.decisions import DecisionForm, LetterForm
from innovation_den.letters import Feedback
from innovation_den.models import DecisionRecord, Den
from innovation_den.permissions import can_organise
from innovation_den.queries.decision_records import COLUMNS, record_points, record_rows, shown_to
from innovation_den.queries.decisions import Staged, released_to, staged_of, why_not_release
from innovation_den.queries.pilot_places import pitches_to_pilot
from innovation_den.queries.results import AFTER_THE_DAY, missing_sheets
from innovation_den.result_tables import CHART_ACROSS
from innovation_den.views.access import organised_den, visible_den, worked_den
from portal.charts import chart_svg, intervals_chart
from portal.govuk.pages import conflict_page, refusals_on, refused_page, rows_of
from portal.http import PortalRequest, SignedInRequest
from portal.refusals import Refused, StaleWrite
from portal.sheets import csv_response


def staged_or_404(http: SignedInRequest, den: Den, pitch_reference: str) -> Staged:
    """The pitch with its decision, where it was heard and no conflict hides it from the person."""
    for staged in staged_of(den, user=http.user):
        if staged.pitch.reference == pitch_reference:
            return staged
    raise Http404


def deciding_den(http: SignedInRequest, reference: str) -> Den:
    """A den that the person runs while it is being decided; 403 at any other step."""
    den = organised_den(http, reference)
    if den.state != DenState.DECIDING:
        raise PermissionDenied("Decisions are written after the day, and until they are released.")
    return den


@login_required
@require_safe
def decision_list(http: SignedInRequest, reference: str) -> HttpResponse:
    """Every pitch that was heard, in the order of the scores, with what is decided of it so far."""
    den = worked_den(http, reference)
    if den.state not in AFTER_THE_DAY:
        raise Http404
    staged = staged_of(den, user=http.user)
    counts = [(award.label, sum(one.decision is not None and one.decision.award == award for one in staged))
              for award in Award]  # fmt: skip
    context = {
        "den": den,
        "staged": staged,
        "counts": counts,
        "undecided": sum(one.decision is None for one in staged),
        "why_not": why_not_release(den, timezone.now()),
        "missing": missing_sheets(den).count(),
        "can_decide": den.state == DenState.DECIDING and can_organise(http.user, den),
        "to_pilot": set(pitches_to_pilot(den, http.user)) if can_organise(http.user, den) else set(),
        "record": DecisionRecord.objects.filter(den=den).first(),
    }
    return render(http, "innovation_den/decision_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def decision_edit(http: SignedInRequest, reference: str, pitch_reference: str) -> HttpResponse:
    """Choose what is decided of one pitch, and why. Nobody but the host sees it before the release."""
    den = deciding_den(http, reference)
    staged = staged_or_404(http, den, pitch_reference)
    form = DecisionForm(http.POST or None, initial=_initial(staged))
    if http.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                stage_decision(pitch=staged.pitch, by=http.user, now=timezone.now(), **form.cleaned_data)
                messages.success(http, "Saved. Nobody outside the host sees it before the release.")
                return redirect("innovation_den:decision-list", den.reference)
        except StaleWrite as stale:
            current = {"award": stale.current.award, "reason": stale.current.reason}
            return conflict_page(
                http,
                title="Decision",
                current_rows=rows_of(DecisionForm(initial=current)),
                submitted_rows=rows_of(form),
                retry_url=http.path,
            )
    return render(http, "innovation_den/decision_edit.html", {"den": den, "staged": staged, "form": form})


def _initial(staged: Staged) -> dict[str, Any]:
    found = staged.decision
    return {"version": 0} if found is None else {name: getattr(found, name) for name in ("version", "award", "reason")}


@login_required
@require_http_methods(["GET", "POST"])
def letter_edit(http: SignedInRequest, reference: str, pitch_reference: str) -> HttpResponse:
    """Write the letter of one decision in one's own words."""
    den = deciding_den(http, reference)
    staged = staged_or_404(http, den, pitch_reference)
    decision = staged.decision
    if decision is None:
        return redirect("innovation_den:decision-edit", den.reference, pitch_reference)
    form = LetterForm(http.POST or None, initial={"version": decision.version, "letter": staged.letter})
    if http.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                edit_letter(decision=decision, by=http.user, now=timezone.now(), **form.cleaned_data)
                messages.success(http, "The letter goes out as you wrote it.")
                return redirect(f"{reverse('innovation_den:letter-list', args=[den.reference])}#{pitch_reference}")
        except StaleWrite as stale:
            return conflict_page(
                http,
                title="Letter",
                current_rows=[("The letter", stale.current.letter or staged.letter)],
                submitted_rows=rows_of(form),
                retry_url=http.path,
            )
    return render(http, "innovation_den/letter_edit.html", {"den": den, "staged": staged, "form": form})


@login_required
@require_safe
def letter_list(http: SignedInRequest, reference: str) -> HttpResponse:
    """Every letter as it would go out now, on one page."""
    den = worked_den(http, reference)
    if den.state not in AFTER_THE_DAY:
        raise Http404
    staged = [one for one in staged_of(den, user=http.user) if one.decision is not None]
    can_decide = den.state == DenState.DECIDING and can_organise(http.user, den)
    return render(http, "innovation_den/letter_list.html", {"den": den, "staged": staged, "can_decide": can_decide})


@login_required
@require_http_methods(["GET", "POST"])
def decision_release(http: SignedInRequest, reference: str) -> HttpResponse:
    """Say once more what the release does, then send every letter and publish the record."""
    den = organised_den(http, reference)
    if http.method == "POST":
        try:
            release_decisions(den=den, by=http.user, now=timezone.now())
        except Refused as refused:
            back = reverse("innovation_den:decision-list", args=[den.reference])
            return refused_page(http, refused, title="The decisions cannot be released yet", back_url=back)
        messages.success(http, "The decisions are released. Every firm has its letter.")
        return redirect("innovation_den:record-detail", den.reference)
    if den.state != DenState.DECIDING:
        return redirect("innovation_den:decision-list", den.reference)
    why_not = why_not_release(den, timezone.now())
    return render(http, "innovation_den/decision_release.html", {"den": den, "why_not": why_not})


@login_required
@require_safe
def decision_detail(http: SignedInRequest, reference: str) -> HttpResponse:
    """A firm reads its letter and what the panel made of its pitch, criterion by criterion."""
    decision = get_object_or_404(released_to(http.user), pitch__reference=reference)
    context = {
        "decision": decision,
        "pitch": decision.pitch,
        "den": decision.pitch.den,
        "feedback": Feedback.from_json(decision.feedback),
    }
    return render(http, "innovation_den/decision_detail.html", context)


# --- The public record ------------------------------------------------------------------------------


def record_or_404(http: PortalRequest, reference: str) -> DecisionRecord:
    return get_object_or_404(DecisionRecord.objects.select_related("den__host"), den=visible_den(http, reference))


@require_safe
def record_detail(http: PortalRequest, reference: str) -> HttpResponse:
    """What was decided, by what, and why: for everybody."""
    found = record_or_404(http, reference)
    content = shown_to(found, http.user)
    titles = {one["reference"]: one["title"] for one in content["pitches"]}
    context = {
        "record": found,
        "den": found.den,
        "content": content,
        "awards": dict(Award.choices),
        "recusals": [(one, titles[one["pitch"]]) for one in content["recusals"]],
        "own": _own_decisions(http, found.den),
    }
    return render(http, "innovation_den/record_detail.html", context)


def _own_decisions(http: PortalRequest, den: Den) -> list[Any]:
    return list(released_to(http.user).filter(pitch__den=den)) if http.user.is_authenticated else []


@require_safe
def record_chart(http: PortalRequest, reference: str) -> HttpResponse:
    """The scores of the record as a picture. Its figures stand in the table beside it."""
    points = record_points(shown_to(record_or_404(http, reference), http.user))
    if not points:
        raise Http404
    return HttpResponse(chart_svg(intervals_chart(points, across=CHART_ACROSS)), content_type="image/svg+xml")


@require_safe
def record_json(http: PortalRequest, reference: str) -> JsonResponse:
    return JsonResponse(shown_to(record_or_404(http, reference), http.user), json_dumps_params={"indent": 2})


@require_safe
def record_csv(http: PortalRequest, reference: str) -> HttpResponseBase:
    found = record_or_404(http, reference)
    return csv_response(f"Decision {found.den.title}", COLUMNS, record_rows(shown_to(found, http.user)))
