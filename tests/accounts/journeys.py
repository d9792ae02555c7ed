"""What a person does in a browser, step by step, through Django's client."""

from __future__ import annotations

import re
import time
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.audit.models import Event
from portal.notifications.models import Delivery
from tests.factories import PASSWORD


def totp_code(secret: str) -> str:
    """The code that an app would show now, with time left to enter it."""
    if time.time() % 30 > 26:
        time.sleep(4.5)
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def sign_up(client: Client, email: str, *, name: str = "Priya Nair", password: str = PASSWORD, **extra: Any) -> Any:
    form = {"name": name, "email": email, "password1": password}
    return client.post(reverse("account_signup"), form, **extra)


def sign_in(client: Client, email: str, *, password: str = PASSWORD, next_url: str = "", **extra: Any) -> Any:
    form = {"login": email, "password": password, "next": next_url}
    return client.post(reverse("account_login"), form, **extra)


def sign_in_with_code(client: Client, user: User, secret: str, **extra: Any) -> Any:
    sign_in(client, user.email, **extra)
    return client.post(reverse("mfa_authenticate"), {"code": totp_code(secret)})


def confirm_password(client: Client, next_url: str) -> Any:
    return client.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": next_url})


def mails_to(email: str) -> list[Delivery]:
    """What stands in the outbox for the address, oldest first."""
    return list(Delivery.objects.filter(email=email).select_related("message").order_by("pk"))


def link_in(delivery: Delivery, part: str) -> str:
    """The path of the link in the mail whose address contains `part`."""
    found = re.search(rf"https?://[^/\s]+(/\S*{part}\S*)", delivery.message.body)
    assert found, delivery.message.body
    return found.group(1)


def events(name: str) -> list[dict[str, Any]]:
    """What the audit holds under the name, oldest first."""
    found = Event.objects.filter(name=name).order_by("pk")
    return [{key: getattr(event, key) for key in ("actor_id", "target_id", "old", "new")} for event in found]
