"""Writing a pitch in steps, with the firms that join it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from innovation_den.actions.partners import answer_partner, invite_partner, remove_partner
from innovation_den.actions.pitch_details import may_change_days, remove_pitch_file, save_answers, save_days, save_files
from innovation_den.actions.pitches import save_pitch, start_pitch
from innovation_den.choices import PitchState
from innovation_den.eligibility import checks_of, firm_checks, why_not_submit
from innovation_den.forms import pitches as forms
from innovation_den.models import Pitch
from innovation_den.permissions import can_take_part
from innovation_den.views.access import acting_firm, own_pitch, visible_den, visible_pitch
from innovation_den.views.drafts import two_versions
from portal.govuk.pages import refusals_on, refused_page
from portal.http import SignedInRequest
from portal.refusals import Refused, StaleWrite

Save = Callable[..., Pitch]


def keep_text(pitch: Pitch, form: Any, **rest: Any) -> Pitch:
    return save_pitch(pitch=pitch, fields=form.fields_to_save, **rest)


def keep_answers(pitch: Pitch, form: Any, **rest: Any) -> Pitch:
    return save_answers(pitch=pitch, given=form.given, **rest)


def keep_days(pitch: Pitch, form: Any, **rest: Any) -> Pitch:
    return save_days(pitch=pitch, half_days=form.chosen, fields=form.fields_to_save, **rest)


def keep_files(pitch: Pitch, form: Any, **rest: Any) -> Pitch:
    uploads, video = form.cleaned_data["uploads"] or (), form.cleaned_data["video_url"]
    return save_files(pitch=pitch, uploads=uploads, video_url=video, **rest)


@dataclass(frozen=True)
class Step:
    """One page of the draft: its form, how it is kept, and the fields that make it complete."""

    slug: str
    title: str
    form: Any
    keep: Save = keep_text
    needs: tuple[str, ...] = ()
    is_optional: bool = False

    def is_done(self, pitch: Pitch) -> bool:
        return bool(self.needs) and all(getattr(pitch, name) not in (None, "") for name in self.needs)


STEPS = {
    step.slug: step
    for step in [
        Step("eligibility", "Whether you may pitch", forms.AnswersForm, keep_answers),
        Step("idea", "The problem and your idea", forms.IdeaForm, needs=("title", "summary", "problem", "idea")),
        Step("theme", "Capabilities", forms.ThemeForm, is_optional=True),
        Step("test", "Evidence, novelty and test", forms.TestForm, needs=("evidence", "novelty", "test")),
        Step("ask", "What you ask for, and the team", forms.AskForm, needs=("ask", "ask_amount", "team")),
        Step("days", "When you can come, and what you need", forms.DaysForm, keep_days, is_optional=True),
        Step("files", "Files and video", forms.FilesForm, keep_files, is_optional=True),
    ]
}


def draft_or_404(http: SignedInRequest, reference: str) -> Pitch:
    pitch = own_pitch(http, reference)
    if pitch.state != PitchState.DRAFT:
        raise Http404
    return pitch


@login_required
@require_http_methods(["GET", "POST"])
def pitch_start(http: SignedInRequest, reference: str) -> HttpResponse:
    """Begin a pitch for the supplier that the person acts for."""
    den = visible_den(http, reference)
    firm = acting_firm(http)
    form = forms.StartForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            pitch = start_pitch(den=den, firm=firm, by=http.user, now=timezone.now(), **form.cleaned_data)
            return redirect("innovation_den:pitch-edit", pitch.reference)
    context = {"den": den, "firm": firm, "form": form, "checks": firm_checks(den, firm)}
    return render(http, "innovation_den/pitch_start.html", context)


@login_required
@require_safe
def pitch_edit(http: SignedInRequest, reference: str) -> HttpResponse:
    """The task list of a draft, with what is checked of the firm as it goes."""
    pitch = draft_or_404(http, reference)
    checks = checks_of(pitch)
    done = {slug: step.is_done(pitch) for slug, step in STEPS.items()}
    done["eligibility"] = all(check.ok for check in checks)
    context = {
        "pitch": pitch,
        "den": pitch.den,
        "tasks": [(step, done[slug]) for slug, step in STEPS.items()],
        "partners": pitch.partners.count(),
        "failed": [check for check in checks if check.ok is False],
        "missing": why_not_submit(pitch),
        "is_open": pitch.den.takes_pitches(timezone.now()),
    }
    return render(http, "innovation_den/pitch_edit.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def pitch_step(http: SignedInRequest, reference: str, slug: str) -> HttpResponse:
    """One step. Saving is always allowed; what is missing is said when submitting."""
    pitch = own_pitch(http, reference)
    if slug not in STEPS or not may_open(pitch, slug):
        raise Http404
    step = STEPS[slug]
    form = step.form(http.POST or None, http.FILES or None, instance=pitch)
    if http.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                version = form.cleaned_data["version"]
                step.keep(pitch, form, version=version, by=http.user, now=timezone.now())
                messages.success(http, "Saved")
                return redirect("innovation_den:pitch-edit", reference) if is_draft(pitch) else redirect(pitch)
        except StaleWrite as stale:
            return two_versions(http, step.title, step.form(instance=stale.current), form)
    context = {
        "pitch": pitch,
        "den": pitch.den,
        "step": step,
        "form": form,
        "checks": firm_checks(pitch.den, pitch.firm),
    }
    return render(http, "innovation_den/pitch_step.html", context)


def is_draft(pitch: Pitch) -> bool:
    return pitch.state == PitchState.DRAFT


def may_open(pitch: Pitch, slug: str) -> bool:
    """The steps of a draft; of what is submitted, only when the firm can come."""
    return is_draft(pitch) or (slug == "days" and may_change_days(pitch, timezone.now()))


@login_required
@require_POST
def pitch_file_remove(http: SignedInRequest, reference: str) -> HttpResponse:
    """Take out the file that the form names by its public id."""
    pitch = draft_or_404(http, reference)
    try:
        public_id = UUID(http.POST.get("file", ""))
    except ValueError:
        raise Http404 from None
    stored_file = get_object_or_404(pitch.files, public_id=public_id)
    try:
        remove_pitch_file(pitch=pitch, stored_file=stored_file, by=http.user, now=timezone.now())
    except Refused as refused:
        return refused_page(http, refused, title="The file was not removed", back_url=pitch.get_absolute_url())
    return redirect("innovation_den:pitch-step", reference, "files")


# --- Firms together -----------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def partner_list(http: SignedInRequest, reference: str) -> HttpResponse:
    """The firms that are asked to join, and a form that asks another."""
    pitch = draft_or_404(http, reference)
    form = forms.PartnerForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            invite_partner(pitch=pitch, by=http.user, now=timezone.now(), **form.cleaned_data)
            messages.success(http, "The firm is asked. You can submit once it has said yes")
            return redirect("innovation_den:partner-list", reference)
    context = {"pitch": pitch, "den": pitch.den, "form": form, "partners": pitch.partners.select_related("firm")}
    return render(http, "innovation_den/partner_list.html", context)


@login_required
@require_POST
def partner_remove(http: SignedInRequest, reference: str, pk: int) -> HttpResponse:
    pitch = draft_or_404(http, reference)
    partner = get_object_or_404(pitch.partners, pk=pk)
    try:
        remove_partner(pitch=pitch, partner=partner, by=http.user, now=timezone.now())
    except Refused as refused:
        return refused_page(http, refused, title="The firm was not taken out", back_url=pitch.get_absolute_url())
    return redirect("innovation_den:partner-list", reference)


@login_required
@require_http_methods(["GET", "POST"])
def partner_answer(http: SignedInRequest, reference: str, pk: int) -> HttpResponse:
    """A writer of the firm that is asked says yes or no; everybody else finds nothing here."""
    pitch = visible_pitch(http, reference)
    partner = get_object_or_404(pitch.partners.select_related("firm", "pitch"), pk=pk)
    if not can_take_part(http.user, partner.firm):
        raise Http404
    form = forms.PartnerAnswerForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            agrees = form.cleaned_data["answer"] == "yes"
            answer_partner(partner=partner, agrees=agrees, by=http.user, now=timezone.now())
            messages.success(http, "Your answer is kept. The firm that leads is told")
            return redirect(pitch) if agrees else redirect("innovation_den:own-pitch-list")
    context = {"pitch": pitch, "den": pitch.den, "partner": partner, "form": form}
    return render(http, "innovation_den/partner_answer.html", context)
