"""Writing a den in steps: its task list, its texts, and its criteria, questions, rooms and sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from innovation_den.actions.den_parts import PARTS, move_part, remove_part, save_part, why_not_change
from innovation_den.actions.dens import save_den
from innovation_den.choices import DenState
from innovation_den.forms import dens as forms
from innovation_den.forms.den_parts import PART_FORMS, PartForm
from innovation_den.models import Den
from innovation_den.queries.dens import parts_of
from innovation_den.rules import why_not_open
from innovation_den.views.access import organised_den, worked_den
from innovation_den.views.dens import den_context
from portal.govuk.pages import conflict_page, refusals_on, refused_page, rows_of
from portal.http import SignedInRequest
from portal.refusals import Refused, StaleWrite


@dataclass(frozen=True)
class Step:
    """One page of the draft: its form, and the fields that make it complete."""

    slug: str
    title: str
    form: type[forms.DenStepForm]
    needs: tuple[str, ...] = ()


STEPS = {
    step.slug: step
    for step in [
        Step("challenge", "The challenge", forms.ChallengeForm, ("title", "challenge")),
        Step("theme", "Theme", forms.CapabilitiesForm),
        Step("eligibility", "Who may pitch", forms.EligibilityForm),
        Step("prize", "What the winners get", forms.PrizeForm, ("prize", "budget_cap")),
        Step("dates", "When the call opens and closes", forms.DatesForm, ("closes_at",)),
        Step("panels", "Panels", forms.PanelForm),
        Step("rules", "Rules", forms.RulesForm, ("rules",)),
    ]
}
LISTS = {
    "questions": ("Your own questions of eligibility", "Firms answer these before they can submit."),
    "criteria": (
        "Criteria",
        "Panellists score each pitch by these. Nobody can change them once the call is published.",
    ),
    "rooms": ("Rooms and links", "Where pitches are heard. Firms and panellists alone see a video link."),
    "sessions": ("Sessions", "Runs of slots on a half-day. Each slot hears one pitch in each room."),
}


def draft_or_404(http: SignedInRequest, reference: str) -> Den:
    den = organised_den(http, reference)
    if den.state != DenState.DRAFT:
        raise Http404
    return den


@login_required
@require_safe
def den_edit(http: SignedInRequest, reference: str) -> HttpResponse:
    """The task list of a draft."""
    den = draft_or_404(http, reference)
    has_theme = den.capabilities.exists()
    done = {
        slug: has_theme if slug == "theme" else all(getattr(den, name) is not None and getattr(den, name) != ""
                                                    for name in step.needs)
        for slug, step in STEPS.items()
    }  # fmt: skip
    numbers = parts_of(den)
    context = {
        "den": den,
        "tasks": [(step, done[slug]) for slug, step in STEPS.items()],
        "lists": [(kind, title, numbers[kind]) for kind, (title, _) in LISTS.items()],
        "missing": why_not_open(den, timezone.now()),
    }
    return render(http, "innovation_den/den_edit.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def den_step(http: SignedInRequest, reference: str, slug: str) -> HttpResponse:
    """One step. Saving is always allowed; what is missing is said when publishing."""
    den = draft_or_404(http, reference)
    if slug not in STEPS:
        raise Http404
    step = STEPS[slug]
    form = step.form(http.POST or None, instance=den)
    if http.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                version = form.cleaned_data["version"]
                save_den(den=den, version=version, by=http.user, fields=form.fields_to_save)
                messages.success(http, "Saved")
                return redirect("innovation_den:den-edit", reference)
        except StaleWrite as stale:
            return two_versions(http, step.title, step.form(instance=stale.current), form)
    return render(http, "innovation_den/den_step.html", {"den": den, "step": step, "form": form})


def two_versions(http: SignedInRequest, title: str, current: Any, form: Any) -> HttpResponse:
    """What is saved beside what was sent."""
    return conflict_page(
        http, title=title, current_rows=rows_of(current), submitted_rows=rows_of(form), retry_url=http.path
    )


@login_required
@require_safe
def den_preview(http: SignedInRequest, reference: str) -> HttpResponse:
    """The draft as firms will see it."""
    den = worked_den(http, reference)
    return render(http, "innovation_den/den_preview.html", den_context(den, http))


# --- Criteria, questions, rooms, sessions -------------------------------------------------------------


def kind_or_404(kind: str) -> str:
    if kind not in PARTS:
        raise Http404
    return kind


@login_required
@require_safe
def part_list(http: SignedInRequest, reference: str, kind: str) -> HttpResponse:
    """All of one kind, in their order. Rooms and sessions are arranged here after publication, too."""
    den = organised_den(http, reference)
    part = PARTS[kind_or_404(kind)]
    rows = part.model.objects.filter(den=den)
    title, hint = LISTS[kind]
    context = {
        "den": den,
        "kind": kind,
        "part": part,
        "title": title,
        "hint": hint,
        "rows": rows.prefetch_related("rooms") if kind == "sessions" else rows,
        "settled": why_not_change(den, kind),
    }
    return render(http, "innovation_den/den_part_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def part_edit(http: SignedInRequest, reference: str, kind: str, pk: int | None = None) -> HttpResponse:
    """Add one, or change one."""
    den = organised_den(http, reference)
    part = PARTS[kind_or_404(kind)]
    row = get_object_or_404(part.model.objects.filter(den=den), pk=pk) if pk else part.model(den=den)
    form = PART_FORMS[kind](http.POST or None, instance=row)
    if http.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                keep_part(http, den, kind, pk, form)
                return redirect("innovation_den:den-part-list", reference, kind)
        except StaleWrite as stale:
            return two_versions(http, part.noun.capitalize(), PART_FORMS[kind](instance=stale.current), form)
    if why := why_not_change(den, kind):
        back = reverse("innovation_den:den-part-list", args=[reference, kind])
        return refused_page(http, Refused(why), title="This cannot be changed", back_url=back)
    context = {"den": den, "kind": kind, "part": part, "form": form, "row": row if pk else None}
    return render(http, "innovation_den/den_part_edit.html", context)


def keep_part(http: SignedInRequest, den: Den, kind: str, pk: int | None, form: PartForm) -> None:
    save_part(
        den=den,
        kind=kind,
        by=http.user,
        fields=form.fields_to_save,
        pk=pk,
        version=form.cleaned_data["version"],
        submission_key=form.cleaned_data["submission_key"],
    )


@login_required
@require_POST
def part_remove(http: SignedInRequest, reference: str, kind: str, pk: int) -> HttpResponse:
    den = organised_den(http, reference)
    back = reverse("innovation_den:den-part-list", args=[reference, kind_or_404(kind)])
    try:
        remove_part(den=den, kind=kind, pk=pk, by=http.user)
    except Refused as refused:
        return refused_page(http, refused, title="This was not removed", back_url=back)
    return redirect(back)


@login_required
@require_POST
def part_move(http: SignedInRequest, reference: str, kind: str, pk: int) -> HttpResponse:
    """Up, or down where the button says so."""
    den = organised_den(http, reference)
    back = reverse("innovation_den:den-part-list", args=[reference, kind_or_404(kind)])
    try:
        move_part(den=den, kind=kind, pk=pk, up=http.POST.get("way") != "down", by=http.user)
    except Refused as refused:
        return refused_page(http, refused, title="The order was not changed", back_url=back)
    return redirect(back)
