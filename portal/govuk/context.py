"""What every page's frame needs. Nothing is fetched until a template asks for it."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal.govuk.navigation import find, navigation


def service() -> dict[str, Any]:
    """The words that even a page without a request has."""
    return {"service_name": settings.SERVICE_NAME, "support_email": settings.SUPPORT_EMAIL}


def page(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)

    @cache
    def unread() -> int:
        if user is None or not user.is_authenticated:
            return 0
        return user.deliveries.filter(in_inbox=True, read_at=None).count()

    def links() -> list[Any]:
        signed_in = bool(user is not None and user.is_authenticated)
        return navigation(request, signed_in=signed_in, unread=unread)

    return service() | {
        "navigation": SimpleLazyObject(links),
        "unread_count": unread,
        "membership": getattr(request, "membership", None),
        "switch_url": find("organisations:organisation-switch"),
    }
