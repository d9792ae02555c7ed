"""Signing in by way of a department's OpenID Connect provider."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base.provider import ProviderException
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from portal.accounts.models import User
from portal.audit.actions import record


class DepartmentAdapter(DefaultSocialAccountAdapter):
    """Lets in whom the provider may speak for: a verified address in one of the provider's own domains."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """Departments come from the settings alone: a row in the database is never one."""
        return [app for app in super().list_apps(request, provider=provider, client_id=client_id) if app.pk is None]

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Refuse an address that is unverified or not the provider's to vouch for, at every sign-in."""
        department = sociallogin.provider.app
        address = next(iter(sociallogin.email_addresses), None)
        if address is None or address.verified is not True:
            raise _refused(request, f"{department.name} has not verified your email address.")
        if _domain(address.email) not in department.settings["domains"]:
            raise _refused(request, f"{department.name} cannot sign in people whose email address is {address.email}.")

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:
        """A provider links to an account that exists already only within its own domains."""
        return _domain(email) in login.provider.app.settings["domains"] and _is_verified(login.email_addresses, email)

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        user = cast(User, super().populate_user(request, sociallogin, data))
        parts = [data.get("first_name") or "", data.get("last_name") or ""]
        user.name = " ".join((data.get("name") or " ".join(parts)).split())[:150]
        return user

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        user = cast(User, super().save_user(request, sociallogin, form))
        record("accounts.user.signed_up", target=user, by=user, new={"how": sociallogin.account.provider})
        return user


class CheckedTokens(OpenIDConnectOAuth2Adapter):
    """Holds the id token to its signature, and the user's data to the id token.

    allauth trusts TLS for a token that it fetched itself (OpenID Connect Core 3.1.3.7); the signature
    and `sub` (Core 5.3.2) are checked here as well, so that a proxy in between cannot change a name.
    """

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        self.did_fetch_access_token = False  # what makes allauth check the signature
        claims: dict[str, Any] = super()._decode_id_token(app, id_token)
        return claims

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:
        if not kwargs["response"].get("id_token"):
            raise ProviderException("The provider sent no id token")
        try:
            login = super().complete_login(request, app, token, **kwargs)
        except (KeyError, TypeError, ValueError) as error:
            raise ProviderException("The provider's answer lacks a part") from error
        data = login.account.extra_data
        if data["userinfo"]["sub"] != data["id_token"].get("sub"):
            raise ProviderException("The user's data belong to somebody else than the id token")
        return login


def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Where the provider sends the person back to. In front of allauth's own view, for `CheckedTokens`."""
    try:
        return OAuth2CallbackView.adapter_view(CheckedTokens(request, provider_id))(request)
    except SocialApp.DoesNotExist:
        raise Http404 from None


def _domain(email: str) -> str:
    return email.rpartition("@")[2].lower()


def _is_verified(addresses: list[EmailAddress], email: str) -> bool:
    return any(address.email == email and address.verified is True for address in addresses)


def _refused(request: HttpRequest, reason: str) -> ImmediateHttpResponse:
    return ImmediateHttpResponse(render(request, "accounts/department_refused.html", {"reason": reason}, status=403))
