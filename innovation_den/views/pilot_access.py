"""Fetch a pilot that the person may see, and the side that they act for; pages that hold one small form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from innovation_den.choices import Side
from innovation_den.models import Pilot
from innovation_den.permissions import sides_of
from portal.govuk.pages import refusals_on
from portal.http import PortalRequest, SignedInRequest


def visible_pilot(http: PortalRequest, reference: str) -> Pilot:
    """A published pilot, or one that the person works on."""
    pilots = Pilot.objects.visible_to(http.user).select_related("sponsor", "firm", "pitch__den", "follows")
    return get_object_or_404(pilots, reference=reference)


def worked_pilot(http: PortalRequest, reference: str) -> Pilot:
    """A pilot of the person's own body or firm, with all that is private to both sides; for staff, too."""
    pilots = Pilot.objects.work_of(http.user).select_related("sponsor", "firm", "pitch__den", "follows")
    return get_object_or_404(pilots, reference=reference)


def own_pilot(http: PortalRequest, reference: str) -> Pilot:
    """A pilot of a side that the person writes for; its readers get 403."""
    pilot = worked_pilot(http, reference)
    if not sides_of(http.user, pilot):
        raise PermissionDenied
    return pilot


def sponsored_pilot(http: PortalRequest, reference: str) -> Pilot:
    """A pilot whose sponsor the person writes for; all others who read it get 403."""
    pilot = worked_pilot(http, reference)
    if Side.SPONSOR not in sides_of(http.user, pilot):
        raise PermissionDenied
    return pilot


def side_of(http: PortalRequest, pilot: Pilot) -> str:
    """The side that the person acts for: of two, the one of the organisation that they act for now."""
    sides = sides_of(http.user, pilot)
    if not sides:
        raise PermissionDenied
    membership = http.membership
    acting = Side.FIRM if membership and membership.organisation == pilot.firm else Side.SPONSOR
    return acting if acting in sides else sides[0]


def small_form(
    http: SignedInRequest, pilot: Pilot, form: BaseForm, act: Callable[[], Any], **context: Any
) -> HttpResponse:
    """A page with one form and one action: it says why not on the form, or leads back to the pilot."""
    if http.method == "POST" and form.is_valid():
        with refusals_on(form):
            act()
            return redirect(pilot)
    return render(http, "innovation_den/pilot_form.html", {"pilot": pilot, "form": form, **context})
