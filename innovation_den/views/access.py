"""Fetch what a person may see, or answer 404; who may not act on what they see gets 403."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from innovation_den.models import Den, Panellist, Pitch
from innovation_den.permissions import can_host, can_organise, can_take_part, can_view_work, seat_of
from portal.http import PortalRequest
from portal.organisations.models import Organisation


def visible_den(http: PortalRequest, reference: str) -> Den:
    """A public den, or a draft of the person's own body."""
    dens = Den.objects.visible_to(http.user).select_related("host", "owner", "engagement")
    return get_object_or_404(dens, reference=reference)


def worked_den(http: PortalRequest, reference: str) -> Den:
    """A den of the person's own body, for reading what only the host and staff may read."""
    den = visible_den(http, reference)
    if not can_view_work(http.user, den):
        raise Http404
    return den


def organised_den(http: PortalRequest, reference: str) -> Den:
    """A den that the person runs; members of the host who may only read, and staff, get 403."""
    den = worked_den(http, reference)
    if not can_organise(http.user, den):
        raise PermissionDenied
    return den


def acting_host(http: PortalRequest) -> Organisation:
    """The public body that the person acts for now; 403 with none, or without the right to write."""
    membership = http.membership
    if not membership or not can_host(http.user, membership.organisation):
        raise PermissionDenied("Choose a public body that you write for, then try again.")
    return membership.organisation


def acting_firm(http: PortalRequest) -> Organisation:
    """The supplier that the person acts for now; 403 with none, or without the right to write."""
    membership = http.membership
    if not membership or not can_take_part(http.user, membership.organisation):
        raise PermissionDenied("Choose a supplier that you write for, then try again.")
    return membership.organisation


def visible_pitch(http: PortalRequest, reference: str) -> Pitch:
    """A pitch whose contents the person may read. One that a conflict hides is not there at all."""
    pitches = Pitch.objects.visible_to(http.user).select_related("den__host", "firm")
    return get_object_or_404(pitches, reference=reference)


def own_pitch(http: PortalRequest, reference: str) -> Pitch:
    """A pitch of a firm that the person writes for; its readers get 403, all others 404."""
    pitch = visible_pitch(http, reference)
    if not can_take_part(http.user, pitch.firm):
        raise PermissionDenied
    return pitch


def own_seat(http: PortalRequest, den: Den) -> Panellist:
    """The person's own seat in the den; 404 without one."""
    seat = seat_of(http.user, den)
    if seat is None:
        raise Http404
    return seat
