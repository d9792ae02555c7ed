"""What is written as a pilot runs, and at its end."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from innovation_den.actions import pilot_ends, pilot_log
from innovation_den.choices import PilotOutcome, PilotState, Side
from innovation_den.forms import pilot_log as forms
from innovation_den.forms.pilots import EndForm, SignForm, TermsForm
from innovation_den.models import Pilot
from innovation_den.pilot_rules import is_over, suggested_outcome
from innovation_den.queries.pilots import measured
from innovation_den.views.pilot_access import own_pilot, side_of, small_form, sponsored_pilot
from portal.govuk.pages import conflict_page, refusals_on, rows_of
from portal.http import SignedInRequest
from portal.refusals import Reason, Refused, StaleWrite


@login_required
@require_http_methods(["GET", "POST"])
def log_add(http: SignedInRequest, reference: str) -> HttpResponse:
    pilot = own_pilot(http, reference)
    form = forms.LogForm(http.POST or None, pilot=pilot)
    return small_form(
        http,
        pilot,
        form,
        lambda: pilot_log.add_log_entry(pilot=pilot, by=http.user, now=timezone.now(), **form.cleaned_data),
        title="Write in the log",
        lead="Both sides read it. What you write stays between you; the measure is published with the outcome.",
        press="Keep this entry",
    )


@login_required
@require_http_methods(["GET", "POST"])
def spend_add(http: SignedInRequest, reference: str) -> HttpResponse:
    pilot = own_pilot(http, reference)
    form = forms.SpendForm(http.POST or None)
    return small_form(
        http,
        pilot,
        form,
        lambda: pilot_log.add_spending(pilot=pilot, by=http.user, now=timezone.now(), **form.entry),
        title="Enter spending",
        shows_left=True,
        press="Keep this entry",
    )


@login_required
@require_http_methods(["GET", "POST"])
def stop_rule_answer(http: SignedInRequest, reference: str, pk: int) -> HttpResponse:
    """Say why the pilot goes on although a stop rule is met."""
    pilot = sponsored_pilot(http, reference)
    rule = get_object_or_404(pilot.stop_rules, pk=pk)
    form = forms.AnswerForm(http.POST or None)
    return small_form(
        http,
        pilot,
        form,
        lambda: pilot_log.answer_rule(rule=rule, by=http.user, now=timezone.now(), **form.cleaned_data),
        title="A stop rule is met",
        lead=f"You agreed to stop, or to decide to go on, in this case: {rule.in_words(pilot)}.",
        press="The pilot goes on",
        ends=True,
    )


@login_required
@require_http_methods(["GET", "POST"])
def review_decide(http: SignedInRequest, reference: str, pk: int) -> HttpResponse:
    pilot = sponsored_pilot(http, reference)
    review = get_object_or_404(pilot.reviews, pk=pk)
    form = forms.ReviewForm(http.POST or None)
    return small_form(
        http,
        pilot,
        form,
        lambda: pilot_log.decide_review(review=review, by=http.user, now=timezone.now(), **form.cleaned_data),
        title="Review point",
        due=review.due_on,
        press="Keep the decision",
    )


@login_required
@require_http_methods(["GET", "POST"])
def pilot_end(http: SignedInRequest, reference: str) -> HttpResponse:
    """End the pilot; before its last day with a reason."""
    pilot = own_pilot(http, reference)
    form = EndForm(http.POST or None)
    early = "" if is_over(pilot, timezone.now()) else " It is before its last day, so say why."
    return small_form(
        http,
        pilot,
        form,
        lambda: pilot_ends.end_pilot(pilot=pilot, by=http.user, now=timezone.now(), **form.cleaned_data),
        title="End this pilot",
        lead=f"Then the outcome is written. It cannot be started again; another test can follow.{early}",
        press="End the pilot",
        variant="warning",
    )


@login_required
@require_http_methods(["GET", "POST"])
def outcome_edit(http: SignedInRequest, reference: str) -> HttpResponse:
    """The sponsor writes what the test showed; the firm adds its own words."""
    pilot = own_pilot(http, reference)
    side = side_of(http, pilot)
    kind: type[TermsForm] = forms.OutcomeForm if side == Side.SPONSOR else forms.FirmWordsForm
    form = kind(http.POST or None, instance=pilot)
    if http.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                version, fields = form.cleaned_data["version"], form.fields_to_save
                pilot_ends.save_outcome(pilot=pilot, side=side, version=version, by=http.user, fields=fields)
                messages.success(http, "Saved")
                return redirect(pilot)
        except StaleWrite as stale:
            current, sent = rows_of(kind(instance=stale.current)), rows_of(form)
            return conflict_page(
                http, title="The outcome", current_rows=current, submitted_rows=sent, retry_url=http.path
            )
    return render(http, "innovation_den/outcome_edit.html", {"form": form, **_figures(pilot)})


def _figures(pilot: Pilot) -> dict[str, object]:
    """The last value against the threshold, and what that suggests."""
    points = measured(pilot)
    last = points[-1] if points else None
    suggested = PilotOutcome(suggested_outcome(pilot, last.value if last else None))
    return {"pilot": pilot, "last": last, "suggested": suggested.label, "points": points}


@login_required
@require_http_methods(["GET", "POST"])
def pilot_publish(http: SignedInRequest, reference: str) -> HttpResponse:
    """Read what will be public, then publish it."""
    pilot = sponsored_pilot(http, reference)
    form = SignForm(http.POST or None, initial={"version": pilot.version})
    reasons, status = [], 200
    if http.method == "POST" and form.is_valid():
        try:
            version = form.cleaned_data["version"]
            pilot_ends.publish_pilot(pilot=pilot, version=version, by=http.user, now=timezone.now())
            messages.success(http, "What was learnt is published")
            return redirect(pilot)
        except Refused as refused:
            reasons, status = refused.reasons, 422
        except StaleWrite:
            reasons = [Reason("Somebody changed the words after you opened this page. Read them again, then publish")]
            status, form = 409, SignForm(initial={"version": pilot.version})
    missing = [] if reasons or pilot.state != PilotState.REVIEW else pilot_ends.why_not_publish(pilot)
    context = {"form": form, "reasons": reasons, "missing": missing, **_figures(pilot)}
    return render(http, "innovation_den/pilot_publish.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def pilot_scale(http: SignedInRequest, reference: str) -> HttpResponse:
    """Lead on to early engagement, and name the request by which the sponsor asks the market."""
    pilot = sponsored_pilot(http, reference)
    form = forms.EngagementForm(http.POST or None, pilot=pilot)
    codes = pilot.capabilities.values_list("code", flat=True)[:20]
    address = reverse("engagement:request-create")
    query = urlencode([("capability", code) for code in codes])
    return small_form(
        http,
        pilot,
        form,
        lambda: pilot_ends.link_engagement(pilot=pilot, request_id=int(form.cleaned_data["request"]), by=http.user),
        title="Ask the market",
        create_url=f"{address}?{query}" if query else address,
        press="Name this request",
    )
