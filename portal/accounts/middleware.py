"""Demands a second factor of those who can do the most harm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from portal.accounts.permissions import lacks_demanded_mfa

# What a person needs on the way to a second factor, or out.
ALLOWED = frozenset(
    {
        "account_second_step",
        "mfa_index",
        "mfa_activate_totp",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "account_reauthenticate",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "account_logout",
        "account_confirm_email",
        "account_email_verification_sent",
        "health",
        "health-live",
        "pages:accessibility",
        "pages:contact",
        "pages:cookies",
        "pages:privacy",
    }
)


class RequireMfaMiddleware:
    """Sends staff and owners without a second factor to set one up before any other page.

    A session that was itself opened with a second factor is not asked again. Anyone else who signed
    in costs one query a request; nobody is let through on an answer remembered from another session.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        match = request.resolver_match
        if (match and match.view_name in ALLOWED) or not request.user.is_authenticated:
            return None
        if signed_in_with_mfa(request) or not lacks_demanded_mfa(request.user):
            return None
        back = request.get_full_path() if request.method in {"GET", "HEAD"} else reverse("home")
        return redirect(f"{reverse('account_second_step')}?{urlencode({'next': back})}")


def signed_in_with_mfa(request: HttpRequest) -> bool:
    """Whether this very session proved a second factor: allauth writes it into the session alone."""
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))
