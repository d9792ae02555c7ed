"""Fetch what a person may see, or answer 404; who may not act on what they see gets 403."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from engagement.models import EngagementRequest, Response
from engagement.permissions import can_edit_request, can_read_response, can_take_part, can_view_work
from portal.http import PortalRequest
from portal.organisations.models import Organisation


def visible_request(http: PortalRequest, reference: str) -> EngagementRequest:
    """A public request, or a draft of the person's own authority."""
    requests = EngagementRequest.objects.visible_to(http.user).select_related("authority", "outcome")
    return get_object_or_404(requests, reference=reference)


def own_request(http: PortalRequest, reference: str) -> EngagementRequest:
    """A request of the person's own authority, for reading what only it may read."""
    request = visible_request(http, reference)
    if not can_view_work(http.user, request):
        raise Http404
    return request


def editable_request(http: PortalRequest, reference: str) -> EngagementRequest:
    """A request that the person may write; members who may only read get 403."""
    request = own_request(http, reference)
    if not can_edit_request(http.user, request):
        raise PermissionDenied
    return request


def acting_supplier(http: PortalRequest) -> Organisation:
    """The supplier that the person acts for now; 403 with none, or without the right to write."""
    membership = http.membership
    if not membership or not can_take_part(http.user, membership.organisation):
        raise PermissionDenied("Choose a supplier that you write for, then try again.")
    return membership.organisation


def readable_response(http: PortalRequest, reference: str, public_id: UUID) -> Response:
    """A response that the person's supplier sent, or that their authority may read by now."""
    responses = Response.objects.select_related("request__authority", "supplier")
    response = get_object_or_404(responses, request__reference=reference, public_id=public_id)
    if not can_read_response(http.user, response, timezone.now()):
        raise Http404
    return response


def own_response(http: PortalRequest, reference: str, public_id: UUID) -> Response:
    """A response of a supplier that the person writes for; its readers get 403, all others 404."""
    response = readable_response(http, reference, public_id)
    if not can_take_part(http.user, response.supplier):
        raise PermissionDenied
    return response
