"""A supplier keeps its profile: the task list, each section, and the yearly review."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from portal.govuk.pages import conflict_page, refusals_on, rows_of
from portal.http import SignedInRequest
from portal.organisations.forms import SME_TEST
from portal.organisations.models import Organisation
from portal.organisations.permissions import can_edit_organisation
from portal.refusals import Reason, Refused, StaleWrite
from techmap.actions import review_profile, save_about, save_capabilities, save_delivery, save_kind, save_levels
from techmap.completeness import counts_of, progress, tasks_of
from techmap.forms.profiles import AboutForm, CapabilitiesForm, DeliveryForm, KindForm, LevelsForm, SectionForm
from techmap.models import SupplierProfile
from techmap.queries import supplier_page
from techmap.views.access import own_supplier, profile_of


class ReviewForm(forms.Form):
    """The version that was read."""

    version = forms.IntegerField(min_value=0)


@dataclass(frozen=True)
class Section:
    """One page of the profile: its form, and the action that saves it."""

    slug: str
    title: str
    form: type[SectionForm]
    save: Callable[..., SupplierProfile]

    @property
    def template(self) -> str:
        return f"techmap/profile/section_{self.slug}.html"


SECTIONS = {
    section.slug: section
    for section in [
        Section("about", "About", AboutForm, save_about),
        Section("capabilities", "Capabilities", CapabilitiesForm, save_capabilities),
        Section("levels", "Level and year of each capability", LevelsForm, save_levels),
        Section("delivery", "Where and for whom", DeliveryForm, save_delivery),
        Section("kind", "Size and kind", KindForm, save_kind),
    ]
}


@login_required
@require_safe
def profile_edit(http: SignedInRequest, pk: int) -> HttpResponse:
    """The sections as a task list."""
    supplier = own_supplier(http, pk)
    profile = profile_of(supplier)
    tasks = tasks_of(supplier, profile, timezone.now())
    done, needed = progress(tasks)
    context = {"supplier": supplier, "profile": profile, "tasks": tasks, "done": done, "needed": needed}
    return render(http, "techmap/profile/task_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def profile_section(http: SignedInRequest, pk: int, slug: str) -> HttpResponse:
    """One section, saved by itself."""
    supplier = own_supplier(http, pk)
    if slug not in SECTIONS:
        raise Http404
    section, profile = SECTIONS[slug], profile_of(supplier)
    form = section.form(http.POST if http.method == "POST" else None, profile=profile)
    if http.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                save_section(http, supplier, section, form)
                return after(supplier, section)
        except StaleWrite:
            return section_conflict(http, supplier, section, form)
    context: dict[str, Any] = {"supplier": supplier, "section": section, "form": form, "sme_test": SME_TEST}
    context["can_edit_organisation"] = can_edit_organisation(http.user, supplier)
    return render(http, [section.template, "techmap/profile/section.html"], context)  # type: ignore[arg-type]


def save_section(http: SignedInRequest, supplier: Organisation, section: Section, form: SectionForm) -> None:
    facts = form.facts()
    if section.slug == "levels":
        facts["now"] = timezone.now()
    section.save(organisation=supplier, by=http.user, **facts)
    messages.success(http, f"{section.title}: saved")


def after(supplier: Organisation, section: Section) -> HttpResponse:
    """Those who chose capabilities go on to say how deep each goes; all others go back to the list."""
    if section.slug == "capabilities" and counts_of(profile_of(supplier), timezone.now()).own:
        return redirect("techmap:profile-section", supplier.pk, "levels")
    return redirect("techmap:profile-edit", supplier.pk)


def section_conflict(
    http: SignedInRequest, supplier: Organisation, section: Section, form: SectionForm
) -> HttpResponse:
    current = section.form(profile=profile_of(supplier))
    return conflict_page(
        http,
        title="Somebody else has changed the profile",
        current_rows=current.rows() or rows_of(current),
        submitted_rows=form.rows() or rows_of(form),
        retry_url=http.path,
    )


@login_required
@require_http_methods(["GET", "POST"])
def profile_review(http: SignedInRequest, pk: int) -> HttpResponse:
    """Everything that the profile says, on one page, and the button that says that it is true."""
    supplier, reasons, status = own_supplier(http, pk), [], 200
    if http.method == "POST":
        try:
            form = ReviewForm(http.POST)
            version = form.cleaned_data["version"] if form.is_valid() else -1
            review_profile(organisation=supplier, version=version, by=http.user, now=timezone.now())
            messages.success(http, "Thank you. Your profile now shows that you reviewed it today.")
            return redirect("techmap:supplier-detail", supplier.pk)
        except Refused as refused:
            reasons, status = refused.reasons, 422
        except StaleWrite:
            reasons, status = [Reason(CHANGED)], 409
    page = supplier_page(supplier, profile_of(supplier), now=timezone.now(), in_full=True, with_contacts=True)
    context = {"supplier": supplier, "page": page, "reasons": reasons}
    return render(http, "techmap/profile/review.html", context, status=status)


CHANGED = "A colleague changed the profile after you opened this page. Read what it says now, then confirm it"
