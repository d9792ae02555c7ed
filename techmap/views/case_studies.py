"""Case studies: for everybody to read once they are complete, for the supplier's writers to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from portal.govuk.pages import conflict_page, paginate, refusals_on, rows_of
from portal.organisations.models import Organisation
from portal.organisations.permissions import can_view_organisation
from portal.refusals import StaleWrite
from techmap.actions.case_studies import remove_case_study, save_case_study, start_case_study
from techmap.forms.case_studies import STEPS, StartForm, Step
from techmap.models import CaseStudy
from techmap.permissions import can_edit_profile
from techmap.queries.case_studies import case_studies_of, complete_studies_of, shown
from techmap.views.access import own_supplier, profile_of, supplier_or_404

if TYPE_CHECKING:
    from portal.http import SignedInRequest


@require_safe
def case_study_list(http: HttpRequest, pk: int) -> HttpResponse:
    """The supplier's own people see those that are not complete too."""
    supplier, is_own = _readable_supplier(http, pk)
    profile = profile_of(supplier)
    studies = CaseStudy.objects.none()
    if profile:
        studies = case_studies_of(profile) if is_own else complete_studies_of(profile)
    page = paginate(http, studies)
    context = {
        "supplier": supplier,
        "page": page,
        "studies": shown(page.object_list, timezone.now()),
        "can_edit": can_edit_profile(http.user, supplier),
    }
    return render(http, "techmap/case_studies/list.html", context)


@require_safe
def case_study_detail(http: HttpRequest, pk: int, study_pk: int) -> HttpResponse:
    supplier, is_own = _readable_supplier(http, pk)
    study = _study_or_404(supplier, study_pk)
    [line] = shown([study], timezone.now())
    if not (line.is_complete or is_own):
        raise Http404
    context = {
        "supplier": supplier,
        "line": line,
        "is_own": is_own,
        "can_edit": can_edit_profile(http.user, supplier),
        "tasks": [(step, step.is_done(study)) for step in STEPS.values()],
    }
    return render(http, "techmap/case_studies/detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def case_study_create(http: SignedInRequest, pk: int) -> HttpResponse:
    supplier = own_supplier(http, pk)
    form = StartForm(http.POST or None)
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            study = start_case_study(
                organisation=supplier, by=http.user, today=timezone.localdate(), **form.cleaned_data
            )
            return redirect("techmap:case-study-step", pk, study.pk, "summary")
    context = {"supplier": supplier, "form": form, "title": STEPS["about"].title}
    return render(http, "techmap/case_studies/step.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def case_study_step(http: SignedInRequest, pk: int, study_pk: int, slug: str) -> HttpResponse:
    """One step. Each saves what it holds; the next that is not done follows."""
    supplier = own_supplier(http, pk)
    study, step = _study_or_404(supplier, study_pk), STEPS.get(slug)
    if step is None:
        raise Http404
    form = step.bound(http.POST) if http.method == "POST" else step.showing(study)
    if form.is_valid():
        try:
            with refusals_on(form):
                study = _save(http, study, form)
                return _next(study)
        except StaleWrite as stale:
            return _conflict(http, step, stale.current, form)
    [line] = shown([study], timezone.now())
    context = {"supplier": supplier, "form": form, "title": step.title, "line": line}
    return render(http, "techmap/case_studies/step.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def case_study_remove(http: SignedInRequest, pk: int, study_pk: int) -> HttpResponse:
    """Remove a case study, after a page that asks."""
    supplier = own_supplier(http, pk)
    study = _study_or_404(supplier, study_pk)
    if http.method == "GET":
        [line] = shown([study], timezone.now())
        return render(http, "techmap/case_studies/remove.html", {"supplier": supplier, "line": line})
    remove_case_study(study=study, by=http.user)
    messages.success(http, "The case study has been removed.")
    return redirect("techmap:case-study-list", pk)


# --- What a person may reach, and what comes next ----------------------------------------------------


def _readable_supplier(http: HttpRequest, pk: int) -> tuple[Organisation, bool]:
    """What unverified people wrote is for them and staff alone. And whether the reader is one of those."""
    supplier = supplier_or_404(http, pk)
    is_own = can_view_organisation(http.user, supplier)
    if not (supplier.is_verified or is_own):
        raise Http404
    return supplier, is_own


def _study_or_404(supplier: Organisation, study_pk: int) -> CaseStudy:
    studies = CaseStudy.objects.filter(profile__organisation=supplier).select_related("profile")
    return get_object_or_404(studies.prefetch_related("capabilities__parent", "referee_requests"), pk=study_pk)


def _save(http: SignedInRequest, study: CaseStudy, form: forms.Form) -> CaseStudy:
    fields = dict(form.cleaned_data)
    version = fields.pop("version")
    study = save_case_study(study=study, version=version, fields=fields, by=http.user, today=timezone.localdate())
    messages.success(http, "Saved")
    return study


def _next(study: CaseStudy) -> HttpResponse:
    """The first step that is not done; the case study itself where all are."""
    supplier_pk = study.profile.organisation_id
    for step in STEPS.values():
        if not step.is_done(study):
            return redirect("techmap:case-study-step", supplier_pk, study.pk, step.slug)
    return redirect("techmap:case-study-detail", supplier_pk, study.pk)


def _conflict(http: HttpRequest, step: Step, current: CaseStudy, form: forms.Form) -> HttpResponse:
    return conflict_page(
        http,
        title="Somebody else has changed the case study",
        current_rows=rows_of(step.showing(current)),
        submitted_rows=rows_of(form),
        retry_url=http.path,
    )
