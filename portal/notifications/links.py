"""Addresses that an e-mail carries: to a page of the portal, and to stop mail of this kind."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.urls import reverse

from portal.notifications.choices import CHOOSABLE, Kind

SALT = "notifications.unsubscribe"
# The daily e-mail can be stopped as a whole.
STOPPABLE = frozenset({*CHOOSABLE, Kind.DIGEST})


def absolute(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


def unsubscribe_url(user_id: int, kind: str) -> str:
    """A link that lets whoever holds it stop this kind of mail for this person, and nothing else.

    It does not expire: an e-mail may be opened years later.
    """
    token = signing.Signer(salt=SALT).sign_object([user_id, str(kind)])
    return absolute(reverse("notifications:unsubscribe", args=[token]))


def read_unsubscribe_token(token: str) -> tuple[int, Kind] | None:
    """The person and the kind that the link speaks of; None where its signature is wrong."""
    try:
        user_id, kind = signing.Signer(salt=SALT).unsign_object(token)
        return (int(user_id), Kind(kind)) if kind in STOPPABLE else None
    except (signing.BadSignature, ValueError, TypeError):
        return None
