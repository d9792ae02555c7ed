"""The portal's own few pages, and what it says when something goes wrong."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token
from django.views.decorators.http import require_safe

from portal.govuk.context import service


@require_safe
def cookies(request: HttpRequest) -> HttpResponse:
    hours = settings.SESSION_COOKIE_AGE // 3600
    names = {"session": settings.SESSION_COOKIE_NAME, "csrf": settings.CSRF_COOKIE_NAME, "hours": hours}
    return render(request, "pages/cookies.html", names)


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/accessibility.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/privacy.html")


@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/contact.html")


def server_error(request: HttpRequest) -> HttpResponse:
    """500. Drawn without the request, so that it needs neither the database nor the session."""
    return HttpResponse(render_to_string("500.html", service()), status=500)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400. The host name or the session may be forged: the page uses neither."""
    return HttpResponse(render_to_string("400.html", service()), status=400)


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "", **kwargs: Any) -> HttpResponse:
    """403 where a form came without the token that the page had given it."""
    return render(request, "403_csrf.html", status=403)
