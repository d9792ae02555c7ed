"""Changing terms after the start: proposed on one side, signed on both."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from innovation_den.actions import amendments as actions
from innovation_den.choices import PilotState
from innovation_den.forms.pilots import AmendmentForm
from innovation_den.permissions import sides_of
from innovation_den.views.pilot_access import own_pilot, side_of, worked_pilot
from portal.govuk.pages import conflict_page, refusals_on, refused_page, rows_of
from portal.http import SignedInRequest
from portal.refusals import Refused, StaleWrite


@login_required
@require_http_methods(["GET", "POST"])
def amendment_create(http: SignedInRequest, reference: str) -> HttpResponse:
    """Propose new terms. The form shows them all as they stand."""
    pilot = own_pilot(http, reference)
    if http.method == "GET" and pilot.state != PilotState.RUNNING:
        refused = Refused("Terms are amended while the pilot runs")
        return refused_page(http, refused, title="Nothing to amend", back_url=pilot.get_absolute_url())
    form = AmendmentForm(http.POST or None, instance=pilot)
    if http.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            with refusals_on(form):
                made = actions.propose_amendment(
                    pilot=pilot,
                    side=side_of(http, pilot),
                    version=data["version"],
                    fields=form.terms,
                    reason=data["reason"],
                    by=http.user,
                    now=timezone.now(),
                    submission_key=data["submission_key"],
                )
                return redirect(made)
        except StaleWrite as stale:
            current, sent = rows_of(AmendmentForm(instance=stale.current)), rows_of(form)
            return conflict_page(
                http, title="Change the terms", current_rows=current, submitted_rows=sent, retry_url=http.path
            )
    return render(http, "innovation_den/amendment_create.html", {"pilot": pilot, "form": form})


@login_required
@require_http_methods(["GET", "POST"])
def amendment_sign(http: SignedInRequest, reference: str, number: int) -> HttpResponse:
    """Old and new side by side; a writer of the side that has not signed signs here."""
    pilot = own_pilot(http, reference) if http.method == "POST" else worked_pilot(http, reference)
    rows = pilot.amendments.select_related("pilot", "signed_by_sponsor", "signed_by_firm")
    amendment = get_object_or_404(rows, number=number)
    if http.method == "POST":
        try:
            side = side_of(http, pilot)
            actions.sign_amendment(amendment=amendment, side=side, by=http.user, now=timezone.now())
            messages.success(http, "You have signed. The new terms are in force")
            return redirect(pilot)
        except Refused as refused:
            back = amendment.get_absolute_url()
            return refused_page(http, refused, title="It was not signed", back_url=back)
    sides = sides_of(http.user, pilot)
    context = {
        "pilot": pilot,
        "amendment": amendment,
        "may_sign": amendment.is_open and any(amendment.signer(side) is None for side in sides),
        "may_drop": amendment.is_open and sides,
    }
    return render(http, "innovation_den/amendment_sign.html", context)


@login_required
@require_POST
def amendment_drop(http: SignedInRequest, reference: str, number: int) -> HttpResponse:
    """Take it back, or refuse it."""
    pilot = own_pilot(http, reference)
    amendment = get_object_or_404(pilot.amendments, number=number)
    try:
        actions.drop_amendment(amendment=amendment, by=http.user, now=timezone.now())
    except Refused as refused:
        back = amendment.get_absolute_url()
        return refused_page(http, refused, title="It was not taken back", back_url=back)
    return redirect(pilot)
