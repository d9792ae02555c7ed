"""Pitches: a firm's own, one pitch, what the host reads after closing, and what is done to a pitch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from innovation_den.actions.pitch_details import may_change_days
from innovation_den.actions.pitches import (
    drop_out,
    submit_pitch,
    take_back_pitch,
    why_not_drop_out,
    withdraw_pitch,
)
from innovation_den.choices import DenState, PitchState
from innovation_den.eligibility import checks_of, why_not_submit
from innovation_den.forms.filters import PitchFilter
from innovation_den.forms.pitches import DropOutForm
from innovation_den.models import Pitch
from innovation_den.permissions import can_take_part, can_view_work
from innovation_den.queries.dens import number_submitted
from innovation_den.queries.pitches import COLUMNS, own_pitches, rows_for_export, submitted_pitches
from innovation_den.views.access import own_pitch, visible_pitch, worked_den
from portal.govuk.pages import paginate, refusals_on, refused_page
from portal.http import SignedInRequest
from portal.organisations.permissions import has_role
from portal.refusals import Refused
from portal.sheets import csv_response, xlsx_response
from techmap.exports import limited

FILES: dict[str, Callable[..., HttpResponseBase]] = {"csv": csv_response, "xlsx": xlsx_response}


@login_required
@require_safe
def own_pitch_list(http: SignedInRequest) -> HttpResponse:
    context = {"page": paginate(http, own_pitches(http.user)), "now": timezone.now()}
    return render(http, "innovation_den/own_pitch_list.html", context)


@login_required
@require_safe
def pitch_list(http: SignedInRequest, reference: str) -> HttpResponse:
    """What firms handed in, for the host and staff; only their number until the call has closed."""
    den = worked_den(http, reference)
    now = timezone.now()
    filters = PitchFilter(http.GET, queryset=submitted_pitches(den, http.user))
    context = {
        "den": den,
        "is_open": den.state_at(now) == DenState.OPEN,
        "number_submitted": number_submitted(den, http.user),
        "filters": filters,
        "page": paginate(http, filters.qs),
        "query": http.GET.urlencode(),
    }
    return render(http, "innovation_den/pitch_list.html", context)


@limited
@login_required
@require_safe
def pitch_export(http: SignedInRequest, reference: str, form: str) -> HttpResponseBase:
    """The same list as a table to download."""
    den = worked_den(http, reference)
    if form not in FILES:
        raise Http404
    pitches = PitchFilter(http.GET, queryset=submitted_pitches(den, http.user)).qs
    return FILES[form](f"Pitches {den.title}", COLUMNS, rows_for_export(pitches))


@login_required
@require_safe
def pitch_detail(http: SignedInRequest, reference: str) -> HttpResponse:
    pitch = visible_pitch(http, reference)
    now = timezone.now()
    joins = list(pitch.partners.select_related("firm"))
    is_firm = Pitch.objects.of_firms_of(http.user).filter(pk=pitch.pk).exists()
    is_host, may_write = can_view_work(http.user, pitch.den) and not is_firm, can_take_part(http.user, pitch.firm)
    context: dict[str, Any] = {
        "pitch": pitch,
        "den": pitch.den,
        "partners": joins,
        "files": pitch.files.all(),
        "capabilities": pitch.capabilities.all(),
        "is_open": pitch.den.takes_pitches(now),
        "is_own": has_role(http.user, pitch.firm),
        "is_firm": is_firm,
        "is_host": is_host,
        "may_write": may_write,
        "may_drop_out": may_write and not why_not_drop_out(pitch),
        "may_change_days": may_write and may_change_days(pitch, now),
        "asked": next((partner for partner in joins if can_take_part(http.user, partner.firm)), None),
        "checks": checks_of(pitch) if is_host or has_role(http.user, pitch.firm) else [],
    }
    return render(http, "innovation_den/pitch_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def pitch_submit(http: SignedInRequest, reference: str) -> HttpResponse:
    """Check the draft against each rule, and hand it in where none is broken."""
    pitch = own_pitch(http, reference)
    if pitch.state == PitchState.SUBMITTED:
        return redirect(pitch)  # submitted already, perhaps by the same button pressed twice
    reasons = []
    if http.method == "POST":
        try:
            submit_pitch(pitch=pitch, by=http.user, now=timezone.now())
            messages.success(http, "Your pitch is submitted. You can take it back until the call closes")
            return redirect(pitch)
        except Refused as refused:
            reasons = refused.reasons
    context = {"pitch": pitch, "den": pitch.den, "reasons": reasons or why_not_submit(pitch), "refused": bool(reasons)}
    return render(http, "innovation_den/pitch_submit.html", context, status=422 if reasons else 200)


@login_required
@require_http_methods(["GET", "POST"])
def pitch_take_back(http: SignedInRequest, reference: str) -> HttpResponse:
    """Make a draft of it again, after a page that asks."""
    title, said = "Your pitch stays as it is", "Your pitch is a draft again. Submit it before the call closes"
    return after_asking(http, reference, take_back_pitch, asks="take_back", stays=title, said=said, to="edit")


@login_required
@require_http_methods(["GET", "POST"])
def pitch_withdraw(http: SignedInRequest, reference: str) -> HttpResponse:
    """Take it out of the call, after a page that asks."""
    title, said = "Your pitch was not withdrawn", "Your pitch is withdrawn"
    return after_asking(http, reference, withdraw_pitch, asks="withdraw", stays=title, said=said, to="detail")


def after_asking(
    http: SignedInRequest, reference: str, act: Callable[..., Pitch], *, asks: str, stays: str, said: str, to: str
) -> HttpResponse:
    """A page that asks, and its button, which takes the step."""
    pitch = own_pitch(http, reference)
    if http.method == "GET":
        return render(http, f"innovation_den/pitch_{asks}.html", {"pitch": pitch, "den": pitch.den})
    try:
        act(pitch=pitch, by=http.user, now=timezone.now())
    except Refused as refused:
        return refused_page(http, refused, title=stays, back_url=pitch.get_absolute_url())
    messages.success(http, said)
    return redirect(f"innovation_den:pitch-{to}", reference)


@login_required
@require_http_methods(["GET", "POST"])
def pitch_drop_out(http: SignedInRequest, reference: str) -> HttpResponse:
    """Say that the firm will not come, with the reason."""
    pitch = own_pitch(http, reference)
    if why := why_not_drop_out(pitch):
        return refused_page(http, Refused(why), title="You cannot drop out", back_url=pitch.get_absolute_url())
    form = DropOutForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            drop_out(pitch=pitch, by=http.user, now=timezone.now(), **form.cleaned_data)
            messages.success(http, "The host knows that you will not pitch")
            return redirect(pitch)
    return render(http, "innovation_den/pitch_drop_out.html", {"pitch": pitch, "den": pitch.den, "form": form})
