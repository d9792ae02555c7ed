"""Which organisation the person acts for now."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from portal.organisations.models import Membership

SESSION_KEY = "organisation_id"


def current_membership(request: HttpRequest) -> Membership | None:
    """The membership chosen in this session, or the oldest; read afresh on each request."""
    if not request.user.is_authenticated:
        return None
    memberships = list(
        Membership.objects.filter(user=request.user, ended_at=None).select_related("organisation").order_by("pk")
    )
    chosen = request.session.get(SESSION_KEY)
    return next((m for m in memberships if m.organisation_id == chosen), memberships[0] if memberships else None)


class CurrentOrganisationMiddleware:
    """Sets `request.membership`: lazy, and false where the person belongs to no organisation."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.membership = SimpleLazyObject(lambda: current_membership(request))  # type: ignore[attr-defined]
        return self.get_response(request)
