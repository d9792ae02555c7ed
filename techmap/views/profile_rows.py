"""What a profile holds in rows: for each kind a list, a form to add or change one, and a button to remove it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.govuk.pages import conflict_page, refusals_on, rows_of
from portal.http import SignedInRequest
from portal.organisations.models import Organisation
from portal.refusals import StaleWrite
from techmap.actions import (
    remove_accreditation,
    remove_contact,
    remove_framework_place,
    save_accreditation,
    save_contact,
    save_framework_place,
)
from techmap.forms.rows import AccreditationForm, ChooseFrameworkForm, ContactForm, FrameworkPlaceForm, RowForm
from techmap.models import Accreditation, Contact, Framework, FrameworkPlace
from techmap.views.access import own_supplier, profile_of


@dataclass(frozen=True)
class RowKind:
    """One kind of row: its words, its form and its actions."""

    slug: str
    argument: str
    title: str
    noun: str
    model: type[Accreditation | Contact | FrameworkPlace]
    make_form: Callable[[SignedInRequest, Any, Any], RowForm]
    save: Callable[..., Any]
    remove: Callable[..., None]

    @property
    def folder(self) -> str:
        return f"techmap/profile/{self.slug.replace('-', '_')}"


class AskedFrameworkForm(forms.Form):
    """The framework that the address names."""

    framework = forms.SlugField(max_length=40)


def place_form(http: SignedInRequest, data: Any, row: FrameworkPlace | None) -> FrameworkPlaceForm:
    """For the framework of the place, or for the one that was chosen on the page before."""
    if row:
        return FrameworkPlaceForm(data, row=row, framework=row.framework)
    asked = AskedFrameworkForm(http.GET)
    if not asked.is_valid():
        raise Http404
    framework = get_object_or_404(Framework, code=asked.cleaned_data["framework"], is_retired=False)
    return FrameworkPlaceForm(data, framework=framework)


ACCREDITATIONS = RowKind(
    slug="accreditation",
    argument="accreditation",
    title="Accreditations",
    noun="accreditation",
    model=Accreditation,
    make_form=lambda http, data, row: AccreditationForm(data, row=row),
    save=save_accreditation,
    remove=remove_accreditation,
)
PLACES = RowKind(
    slug="framework-place",
    argument="place",
    title="Frameworks and lots",
    noun="framework",
    model=FrameworkPlace,
    make_form=place_form,
    save=save_framework_place,
    remove=remove_framework_place,
)
CONTACTS = RowKind(
    slug="contact",
    argument="contact",
    title="Contacts",
    noun="contact",
    model=Contact,
    make_form=lambda http, data, row: ContactForm(data, row=row),
    save=save_contact,
    remove=remove_contact,
)


@login_required
@require_safe
def row_list(http: SignedInRequest, pk: int, kind: RowKind) -> HttpResponse:
    supplier = own_supplier(http, pk)
    rows: Any = kind.model._default_manager.filter(profile__organisation=supplier)
    if kind is PLACES:
        rows = rows.select_related("framework")
    context = {"supplier": supplier, "kind": kind, "rows": rows, "today": timezone.localdate()}
    return render(http, f"{kind.folder}_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def row_edit(http: SignedInRequest, pk: int, kind: RowKind, row_pk: int | None = None) -> HttpResponse:
    """Add one, or change one."""
    supplier = own_supplier(http, pk)
    row = own_row(supplier, kind, row_pk)
    form = kind.make_form(http, http.POST if http.method == "POST" else None, row)
    if http.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                kind.save(organisation=supplier, by=http.user, **{kind.argument: row}, **form.facts())
                messages.success(http, f"The {kind.noun} is saved")
                return redirect(f"techmap:{kind.slug}-list", supplier.pk)
        except StaleWrite as stale:
            return row_conflict(http, kind, form, stale.current)
    context = {"supplier": supplier, "kind": kind, "form": form, "row": row}
    return render(http, [f"{kind.folder}_form.html", "techmap/profile/row_form.html"], context)  # type: ignore[arg-type]


@login_required
@require_http_methods(["GET", "POST"])
def place_create(http: SignedInRequest, pk: int, kind: RowKind) -> HttpResponse:
    """Choose the framework, then its lots."""
    if http.GET.get("framework") and http.method == "POST":
        return row_edit(http, pk, kind)
    supplier = own_supplier(http, pk)
    form = ChooseFrameworkForm(http.GET if "framework" in http.GET else None, profile=profile_of(supplier))
    if form.is_bound and form.is_valid():
        return row_edit(http, pk, kind)
    return render(http, "techmap/profile/framework_choose.html", {"supplier": supplier, "form": form})


@login_required
@require_POST
def row_remove(http: SignedInRequest, pk: int, kind: RowKind, row_pk: int) -> HttpResponse:
    """Take it off the profile; one that is gone already is gone."""
    supplier = own_supplier(http, pk)
    row = kind.model._default_manager.filter(pk=row_pk, profile__organisation=supplier).first()
    if row:
        kind.remove(organisation=supplier, by=http.user, **{kind.argument: row})
        messages.success(http, f"The {kind.noun} is removed")
    return redirect(f"techmap:{kind.slug}-list", supplier.pk)


def own_row(supplier: Organisation, kind: RowKind, row_pk: int | None) -> Any:
    """The supplier's row of the kind; None where a new one is meant."""
    if row_pk is None:
        return None
    row = kind.model._default_manager.filter(pk=row_pk, profile__organisation=supplier).first()
    if row is None:
        raise Http404
    return row


def row_conflict(http: SignedInRequest, kind: RowKind, form: RowForm, current: Any) -> HttpResponse:
    return conflict_page(
        http,
        title=f"Somebody else has changed this {kind.noun}",
        current_rows=rows_of(kind.make_form(http, None, current)),
        submitted_rows=rows_of(form),
        retry_url=http.path,
    )
