"""Writing a pilot's terms in steps, signing them, starting the pilot or giving it up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from innovation_den.actions import pilots as actions
from innovation_den.forms import pilots as forms
from innovation_den.models import Pilot
from innovation_den.models.pilots import TERMS, in_words, term_name
from innovation_den.pilot_rules import why_not_sign
from innovation_den.views.pilot_access import own_pilot, side_of, small_form, sponsored_pilot
from portal.govuk.pages import conflict_page, refusals_on, refused_page, rows_of
from portal.http import SignedInRequest
from portal.refusals import Reason, Refused, StaleWrite


@dataclass(frozen=True)
class Step:
    """One page of the terms: its form, and the fields that make it complete."""

    slug: str
    title: str
    form: type[forms.TermsForm]
    needs: tuple[str, ...] = ()

    def is_done(self, pilot: Pilot) -> bool:
        return all(getattr(pilot, name) not in (None, "") for name in self.needs)


STEPS = {
    step.slug: step
    for step in [
        Step("hypothesis", "What you want to find out", forms.HypothesisForm, ("hypothesis",)),
        Step("measure", "The measure and its threshold", forms.MeasureForm, ("measure", "baseline", "threshold")),
        Step("bounds", "Money and dates", forms.BoundsForm, ("budget_cap", "starts_on", "ends_on")),
        Step("people", "Data and people", forms.PeopleForm, ("data_notes", "ethics_notes")),
        Step("capabilities", "Capabilities concerned", forms.PilotCapabilitiesForm),
    ]
}


@login_required
@require_http_methods(["GET", "POST"])
def pilot_edit(http: SignedInRequest, reference: str) -> HttpResponse:
    """The task list of the terms."""
    pilot = own_pilot(http, reference)
    if pilot.state not in actions.SETTING_UP:
        return redirect(pilot)
    has_capabilities = pilot.capabilities.exists()
    context = {
        "pilot": pilot,
        "tasks": [(step, step.is_done(pilot) if step.needs else has_capabilities) for step in STEPS.values()],
        "rules_count": pilot.stop_rules.count(),
        "reviews_count": pilot.reviews.count(),
        "missing": why_not_sign(pilot, timezone.localdate()),
        "is_signed": pilot.agreed_by_sponsor_id or pilot.agreed_by_firm_id,
    }
    return render(http, "innovation_den/pilot_edit.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def pilot_step(http: SignedInRequest, reference: str, slug: str) -> HttpResponse:
    """One step. Saving is always allowed; what is missing is said when signing."""
    pilot = own_pilot(http, reference)
    if slug not in STEPS:
        raise Http404
    step = STEPS[slug]
    form = step.form(http.POST or None, instance=pilot)
    if http.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                _save(http, pilot, form)
                messages.success(http, "Saved")
                return redirect("innovation_den:pilot-edit", reference)
        except StaleWrite as stale:
            return conflict_page(
                http,
                title=step.title,
                current_rows=rows_of(step.form(instance=stale.current)),
                submitted_rows=rows_of(form),
                retry_url=http.path,
            )
    return render(http, "innovation_den/pilot_step.html", {"pilot": pilot, "step": step, "form": form})


def _save(http: SignedInRequest, pilot: Pilot, form: forms.TermsForm) -> None:
    fields = form.fields_to_save
    chosen = fields.pop("capabilities", None)
    actions.save_terms(
        pilot=pilot,
        version=form.cleaned_data["version"],
        by=http.user,
        fields=fields,
        today=timezone.localdate(),
        capabilities=chosen,
    )


@login_required
@require_http_methods(["GET", "POST"])
def stop_rules(http: SignedInRequest, reference: str) -> HttpResponse:
    """The stop rules, and a form that adds one."""
    pilot = own_pilot(http, reference)
    form = forms.StopRuleForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            actions.add_stop_rule(pilot=pilot, by=http.user, **form.cleaned_data)
            return redirect("innovation_den:stop-rules", reference)
    rows = [(rule, rule.in_words(pilot)) for rule in pilot.stop_rules.all()]
    return render(http, "innovation_den/pilot_stop_rules.html", {"pilot": pilot, "form": form, "rows": rows})


@login_required
@require_POST
def stop_rule_remove(http: SignedInRequest, reference: str, pk: int) -> HttpResponse:
    pilot = own_pilot(http, reference)
    rule = get_object_or_404(pilot.stop_rules, pk=pk)
    return removed(http, pilot, lambda: actions.remove_stop_rule(pilot=pilot, rule=rule, by=http.user), to="stop-rules")


@login_required
@require_http_methods(["GET", "POST"])
def review_points(http: SignedInRequest, reference: str) -> HttpResponse:
    """The review points, and a form that adds one."""
    pilot = own_pilot(http, reference)
    form = forms.ReviewPointForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            actions.add_review(pilot=pilot, by=http.user, **form.cleaned_data)
            return redirect("innovation_den:review-points", reference)
    context = {"pilot": pilot, "form": form, "reviews": pilot.reviews.all()}
    return render(http, "innovation_den/pilot_review_points.html", context)


@login_required
@require_POST
def review_point_remove(http: SignedInRequest, reference: str, pk: int) -> HttpResponse:
    pilot = own_pilot(http, reference)
    review = get_object_or_404(pilot.reviews, pk=pk)
    return removed(
        http, pilot, lambda: actions.remove_review(pilot=pilot, review=review, by=http.user), to="review-points"
    )


def removed(http: SignedInRequest, pilot: Pilot, act: Callable[[], None], *, to: str) -> HttpResponse:
    """Take away what is signed beside the terms, or say why it stays; then the list that it stood in."""
    try:
        act()
    except Refused as refused:
        return refused_page(http, refused, title="It was not removed", back_url=pilot.get_absolute_url())
    return redirect(f"innovation_den:{to}", pilot.reference)


@login_required
@require_http_methods(["GET", "POST"])
def pilot_sign(http: SignedInRequest, reference: str) -> HttpResponse:
    """Read all of the terms, then sign them for one's side."""
    pilot = own_pilot(http, reference)
    side = side_of(http, pilot)
    form = forms.SignForm(http.POST or None, initial={"version": pilot.version})
    reasons, status = [], 200
    if http.method == "POST" and form.is_valid():
        try:
            version = form.cleaned_data["version"]
            actions.sign_pilot(pilot=pilot, side=side, version=version, by=http.user, now=timezone.now())
            messages.success(http, f"You have signed for {pilot.side_name(side)}")
            return redirect(pilot)
        except Refused as refused:
            reasons, status = refused.reasons, 422
        except StaleWrite:
            reasons = [Reason("The terms changed after you opened this page. Read them again, then sign")]
            status, form = 409, forms.SignForm(initial={"version": pilot.version})
    context = {
        "pilot": pilot,
        "form": form,
        "side": pilot.side_name(side),
        "signer": pilot.signer(side),
        "terms": [(term_name(name), in_words(name, getattr(pilot, name))) for name in TERMS],
        "stop_rules": [rule.in_words(pilot) for rule in pilot.stop_rules.all()],
        "reviews": pilot.reviews.all(),
        "reasons": reasons,
        "missing": [] if reasons else why_not_sign(pilot, timezone.localdate()),
    }
    return render(http, "innovation_den/pilot_sign.html", context, status=status)


@login_required
@require_POST
def pilot_start(http: SignedInRequest, reference: str) -> HttpResponse:
    pilot = sponsored_pilot(http, reference)
    try:
        actions.start_pilot(pilot=pilot, by=http.user, now=timezone.now())
        messages.success(http, "The pilot has begun")
    except Refused as refused:
        return refused_page(http, refused, title="The pilot has not begun", back_url=pilot.get_absolute_url())
    return redirect(pilot)


@login_required
@require_http_methods(["GET", "POST"])
def pilot_abandon(http: SignedInRequest, reference: str) -> HttpResponse:
    """Give the pilot up before it starts."""
    pilot = own_pilot(http, reference)
    form = forms.ReasonForm(http.POST or None)
    return small_form(
        http,
        pilot,
        form,
        lambda: actions.abandon_pilot(pilot=pilot, by=http.user, **form.cleaned_data),
        title="Give this pilot up",
        press="Give it up",
        variant="warning",
    )
