"""Screening: the list, a person's view, the decision where two differ, and appeals."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from innovation_den.actions.screening import (
    decide_appeal,
    give_view,
    make_appeal,
    settle_screening,
    why_not_appeal,
)
from innovation_den.choices import DenState, Verdict
from innovation_den.forms.screening import (
    UPHELD,
    AppealAnswerForm,
    AppealForm,
    LetterForm,
    ScreeningFilter,
    SettleForm,
    ViewForm,
)
from innovation_den.models import Appeal, Pitch, Screening
from innovation_den.permissions import can_organise, can_view_work
from innovation_den.queries.screening import (
    VIEWS,
    Stage,
    appeal_deciders,
    appeal_until,
    letter_writers_of,
    pitches_to_screen,
    readable_views,
    screened_by,
    settlers_of,
    stage_of,
    view_of,
)
from innovation_den.views.access import own_pitch, worked_den
from portal.govuk.pages import paginate, refusals_on
from portal.http import SignedInRequest


def worked_pitch(http: SignedInRequest, reference: str) -> Pitch:
    """A pitch in a den of the person's own body, for the host's members and staff whose own pitch it is not."""
    pitch = get_object_or_404(screened_by(http.user).select_related("den__host", "firm"), reference=reference)
    if not can_view_work(http.user, pitch.den):
        raise Http404
    return pitch


def organised_pitch(http: SignedInRequest, reference: str) -> Pitch:
    pitch = worked_pitch(http, reference)
    if not can_organise(http.user, pitch.den):
        raise PermissionDenied
    return pitch


@login_required
@require_safe
def screening_list(http: SignedInRequest, reference: str) -> HttpResponse:
    """Every pitch that was sent, with how far it is. No view is told before both are given."""
    den = worked_den(http, reference)
    found = ScreeningFilter(http.GET, queryset=pitches_to_screen(den, http.user))
    page = paginate(http, found.qs)
    on_page = [pitch.pk for pitch in page]
    mine = set(Screening.objects.filter(pitch__in=on_page, screener=http.user).values_list("pitch", flat=True))
    context = {"den": den, "filters": found, "page": page, "mine": mine}
    return render(http, "innovation_den/screening_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def screening_give(http: SignedInRequest, reference: str) -> HttpResponse:
    """Read a pitch and give a view of it. Those who may not give one read what there is to read."""
    pitch = worked_pitch(http, reference)
    form = ViewForm(http.POST or None)
    if http.method == "POST":
        if not can_organise(http.user, pitch.den):
            raise PermissionDenied
        if form.is_valid():
            with refusals_on(form):
                view = give_view(pitch=pitch, by=http.user, now=timezone.now(), **form.cleaned_data)
                return _after_view(http, view.number, pitch)
    context = {
        "pitch": pitch,
        "form": form,
        "stage": stage_of(pitch),
        "views": readable_views(pitch, http.user),
        "own_view": view_of(pitch, http.user),
        "may_give": _may_give(http, pitch) or form.is_bound,
    }
    return render(http, "innovation_den/screening_give.html", context)


def _may_give(http: SignedInRequest, pitch: Pitch) -> bool:
    return (
        can_organise(http.user, pitch.den)
        and pitch.den.state == DenState.SCREENING
        and stage_of(pitch) in (Stage.NONE, Stage.ONE)
        and view_of(pitch, http.user) is None
    )


def _after_view(http: SignedInRequest, number: int, pitch: Pitch) -> HttpResponse:
    if number < VIEWS:
        messages.success(http, "Your view is kept. Nobody reads it before a second person has given theirs")
        return redirect("innovation_den:screening-list", pitch.den.reference)
    messages.success(http, "Your view is kept. Both views are given, so you can read them now")
    return redirect("innovation_den:screening-give", pitch.reference)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def screening_settle(http: SignedInRequest, reference: str) -> HttpResponse:
    """Decide where two differ, or write to the firm where both say no."""
    pitch = organised_pitch(http, reference)
    stage, views = stage_of(pitch), readable_views(pitch, http.user)
    form = _settle_form(http, stage, [view.reason for view in views])
    if http.method == "POST" and form.is_valid():
        verdict = form.cleaned_data.get("verdict", Verdict.REJECT)
        reason = form.cleaned_data["reason"]
        with refusals_on(form):
            settle_screening(pitch=pitch, verdict=verdict, reason=reason, by=http.user, now=timezone.now())
            messages.success(http, "Decided. We have told the firm")
            return redirect("innovation_den:screening-list", pitch.den.reference)
    people = settlers_of(pitch) if stage == Stage.SPLIT else letter_writers_of(pitch)
    context = {
        "pitch": pitch,
        "form": form,
        "stage": stage,
        "views": views,
        "is_open": stage in (Stage.SPLIT, Stage.AGREED) or form.is_bound,
        "is_theirs": people.filter(pk=http.user.pk).exists(),
        "people": people,
    }
    return render(http, "innovation_den/screening_settle.html", context)


def _settle_form(http: SignedInRequest, stage: Stage, reasons: list[str]) -> Form:
    if stage == Stage.SPLIT:
        return SettleForm(http.POST or None)
    return LetterForm(http.POST or None, initial={"reason": "\n\n".join(reasons)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def appeal_create(http: SignedInRequest, reference: str) -> HttpResponse:
    """A firm reads why, and may appeal once."""
    pitch = own_pitch(http, reference)
    form = AppealForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            make_appeal(pitch=pitch, by=http.user, now=timezone.now(), **form.cleaned_data)
            messages.success(http, "Your appeal is sent. We tell you when it is decided")
            return redirect("innovation_den:appeal-create", reference)
    context = {
        "pitch": pitch,
        "form": form,
        "appeal": Appeal.objects.filter(pitch=pitch).first(),
        "why_not": [] if form.is_bound else why_not_appeal(pitch, timezone.now()),
        "until": appeal_until(pitch),
    }
    return render(http, "innovation_den/appeal_create.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def appeal_decide(http: SignedInRequest, reference: str) -> HttpResponse:
    """Somebody who took no part in the decision looks at the appeal."""
    pitch = organised_pitch(http, reference)
    appeal = get_object_or_404(Appeal.objects.select_related("decided_by"), pitch=pitch)
    form = AppealAnswerForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        is_upheld, answer = form.cleaned_data["decision"] == UPHELD, form.cleaned_data["answer"]
        with refusals_on(form):
            decide_appeal(appeal=appeal, is_upheld=is_upheld, answer=answer, by=http.user, now=timezone.now())
            messages.success(http, "Decided. We have told the firm")
            return redirect(reverse("innovation_den:screening-give", args=[reference]))
    deciders, why_the_owner = appeal_deciders(pitch)
    context = {
        "pitch": pitch,
        "appeal": appeal,
        "form": form,
        "views": readable_views(pitch, http.user),
        "is_theirs": deciders.filter(pk=http.user.pk).exists(),
        "people": deciders,
        "why_the_owner": why_the_owner,
    }
    return render(http, "innovation_den/appeal_decide.html", context)
