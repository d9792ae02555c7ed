"""How tests look at pages of dens: who is signed in, and what a form would send as it stands."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from portal.accounts.models import User


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(name: str, *args: Any) -> str:
    return reverse(f"innovation_den:{name}", args=args)


def initial(client: Client, path: str, **changed: Any) -> dict[str, Any]:
    """What the form of the page would send as it stands, with some fields changed."""
    form = client.get(path).context["form"]
    data: dict[str, Any] = {}
    for field in form:
        value = field.value()
        data[field.html_name] = "" if value is None else value
    return {name: value for name, value in {**data, **changed}.items() if value is not False}


def plain(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if not hasattr(value, "tzinfo")}
