"""One's organisations: the list, registering, the page of one, editing it, and choosing whom to act for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.govuk.pages import conflict_page, paginate, refusals_on, rows_of
from portal.organisations import queries
from portal.organisations.actions import ask_again, edit_organisation, register_organisation
from portal.organisations.choices import Kind, Scheme
from portal.organisations.forms import EditForm, OrganisationForm, RegisterForm, SwitchForm
from portal.organisations.identifiers import field_of
from portal.organisations.lookups import BUTTON, Answer, fill_in, lookup_for, refill
from portal.organisations.middleware import SESSION_KEY
from portal.organisations.models import Organisation
from portal.organisations.permissions import (
    can_edit_organisation,
    can_manage_members,
    can_manage_organisation,
    can_verify_organisation,
    role_of,
    why_not_act,
    why_not_rename,
)
from portal.organisations.views.access import act, visible_organisation
from portal.refusals import StaleWrite

if TYPE_CHECKING:
    from portal.organisations.views.access import SignedInRequest


@login_required
@require_safe
def organisation_list(request: SignedInRequest) -> HttpResponse:
    """One's organisations, invitations, and those that one may ask to join; a start page where there are none."""
    context = {
        "page": paginate(request, queries.memberships_of(request.user)),
        "invitations": queries.invitations_for(request.user, timezone.now()),
        "joinable": queries.organisations_to_join(request.user),
        "asked": set(queries.waiting_requests_of(request.user).values_list("organisation_id", flat=True)),
    }
    return render(request, "organisations/organisation_list.html", context)


@login_required
@require_safe
def organisation_create(request: SignedInRequest) -> HttpResponse:
    """Choose the kind, and read what verification is."""
    return render(request, "organisations/organisation_create.html")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def public_body_create(request: SignedInRequest) -> HttpResponse:
    return _register(request, Kind.PUBLIC_BODY)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def supplier_create(request: SignedInRequest) -> HttpResponse:
    return _register(request, Kind.SUPPLIER)


def _register(request: SignedInRequest, kind: Kind) -> HttpResponse:
    if BUTTON in request.POST:
        form = RegisterForm(kind=kind)
        return _form_page(request, form, {"kind": kind, "answer": _find(request, form)})
    form = RegisterForm(request.POST or None, kind=kind)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            organisation = register_organisation(
                kind=kind,
                details=form.details(),
                identifiers=form.identifiers(),
                submission_key=form.cleaned_data["submission_key"],
                by=request.user,
                now=timezone.now(),
            )
            request.session[SESSION_KEY] = organisation.pk
            messages.success(request, f"{organisation} is registered and waits to be verified.")
            return redirect(organisation)
    return _form_page(request, form, {"kind": kind})


def _form_page(request: SignedInRequest, form: OrganisationForm, context: dict[str, Any]) -> HttpResponse:
    """The form, with the button that looks a company number up where there is a register to look in."""
    context |= {"form": form, "lookup": lookup_for(Scheme.COH), "find": BUTTON}
    return render(request, "organisations/organisation_form.html", context)


def _find(request: SignedInRequest, form: OrganisationForm, held: str = "") -> Answer | None:
    """Show the form again with what was typed, and with what the register knows where that was blank."""
    refill(form, request.POST.dict())
    lookup = lookup_for(Scheme.COH)
    return fill_in(form, lookup, held or request.POST.get(field_of(Scheme.COH), "")) if lookup else None


@login_required
@require_safe
def organisation_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    organisation = visible_organisation(request, pk)
    manages = can_manage_members(request.user, organisation)
    context = {
        "organisation": organisation,
        "identifiers": organisation.identifiers.all(),
        "domains": organisation.email_domains.all(),
        "member_count": queries.members_of(organisation).count(),
        "role": role_of(request.user, organisation),
        "why_not_act": why_not_act(request.user, organisation),
        "can_edit": can_edit_organisation(request.user, organisation),
        "is_owner": can_manage_organisation(request.user, organisation),
        "can_manage": manages,
        "can_verify": can_verify_organisation(request.user),
        "waiting_count": queries.join_requests_waiting(organisation).count() if manages else 0,
    }
    return render(request, "organisations/organisation_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def organisation_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    organisation = visible_organisation(request, pk)
    if not can_edit_organisation(request.user, organisation):
        raise PermissionDenied
    why_fixed = why_not_rename(request.user, organisation)
    held = organisation.identifiers.filter(scheme=Scheme.COH).values_list("value", flat=True).first() or ""
    context = {"kind": organisation.kind, "organisation": organisation, "why_fixed": why_fixed, "held": held}
    if BUTTON in request.POST:
        form = EditForm(organisation=organisation, is_fixed=bool(why_fixed))
        answer = _find(request, form, held if why_fixed else "")
        return _form_page(request, form, {**context, "answer": answer})
    form = EditForm(request.POST or None, organisation=organisation, is_fixed=bool(why_fixed))
    if request.method == "POST" and form.is_valid():
        try:
            with refusals_on(form):
                _save(request, organisation, form)
                return redirect(organisation)
        except StaleWrite:
            return _conflict(request, pk, form)
    return _form_page(request, form, context)


def _save(request: SignedInRequest, organisation: Organisation, form: EditForm) -> None:
    edit_organisation(
        organisation=organisation,
        details=form.details(),
        identifiers=form.identifiers(),
        version=form.cleaned_data["version"],
        by=request.user,
    )
    messages.success(request, "The details are saved.")


def _conflict(request: SignedInRequest, pk: int, form: EditForm) -> HttpResponse:
    current = Organisation.objects.get(pk=pk)
    return conflict_page(
        request,
        title=f"{current} was changed by somebody else",
        current_rows=rows_of(EditForm(organisation=current, is_fixed=bool(form.fixed_name))),
        submitted_rows=rows_of(form),
        retry_url=reverse("organisations:organisation-edit", args=[pk]),
    )


@login_required
@require_POST
def organisation_ask_again(request: SignedInRequest, pk: int) -> HttpResponse:
    organisation = visible_organisation(request, pk)
    return act(
        request,
        lambda: ask_again(organisation=organisation, by=request.user, now=timezone.now()),
        said="We will look at your organisation again.",
        title="You cannot ask again",
        back_url=organisation.get_absolute_url(),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def organisation_switch(request: SignedInRequest) -> HttpResponse:
    """Choose for whom one acts from now on, in this session."""
    memberships = queries.memberships_of(request.user)
    current = request.membership.organisation_id if request.membership else None
    form = SwitchForm(request.POST or None, memberships=memberships, initial={"organisation": current})
    if request.method == "POST" and form.is_valid():
        chosen = next(m for m in memberships if m.organisation_id == form.cleaned_data["organisation"])
        request.session[SESSION_KEY] = chosen.organisation_id
        messages.success(request, f"You now act for {chosen.organisation}.")
        return redirect(chosen.organisation)
    return render(request, "organisations/organisation_switch.html", {"form": form, "memberships": memberships})
