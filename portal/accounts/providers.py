"""Departments' OpenID Connect providers, read from the settings and checked. Imported by settings, so no models."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

REQUIRED = ("provider_id", "name", "client_id", "secret", "server_url", "domains")


def openid_connect_apps(providers: list[dict[str, Any]], *, allow_http: bool) -> list[dict[str, Any]]:
    """allauth's `APPS` for the departments in `OIDC_PROVIDERS`.

    Raises `ImproperlyConfigured` where an entry lacks a key, repeats an id, names no e-mail domain
    that it speaks for, or is not reached by https.
    """
    apps = [_app(provider, allow_http=allow_http) for provider in providers]
    ids = [app["provider_id"] for app in apps]
    if len(ids) != len(set(ids)):
        raise ImproperlyConfigured("OIDC_PROVIDERS names a provider_id twice.")
    return apps


def _app(provider: dict[str, Any], *, allow_http: bool) -> dict[str, Any]:
    missing = [key for key in REQUIRED if not provider.get(key)]
    if missing:
        raise ImproperlyConfigured(f"An entry of OIDC_PROVIDERS lacks {', '.join(missing)}.")
    scheme = urlsplit(provider["server_url"]).scheme
    if scheme != "https" and not (allow_http and scheme == "http"):
        raise ImproperlyConfigured(f"The server_url of {provider['provider_id']} in OIDC_PROVIDERS must use https.")
    domains = provider["domains"]
    if not isinstance(domains, list) or not all(isinstance(domain, str) and domain for domain in domains):
        raise ImproperlyConfigured(f"The domains of {provider['provider_id']} in OIDC_PROVIDERS must be a list.")
    return {
        "provider_id": provider["provider_id"],
        "name": provider["name"],
        "client_id": provider["client_id"],
        "secret": provider["secret"],
        "settings": {
            "server_url": provider["server_url"],
            "domains": [domain.lower().lstrip("@") for domain in domains],
            "oauth_pkce_enabled": True,
        },
    }


def origins(providers: list[dict[str, Any]]) -> list[str]:
    """Where the sign-in form may lead: a browser holds `form-action` against each redirect of a form.

    `authorize_origin` is for a provider whose sign-in page is on another host than its `server_url`.
    """
    urls = [provider.get("authorize_origin") or provider["server_url"] for provider in providers]
    return sorted({f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in urls})
