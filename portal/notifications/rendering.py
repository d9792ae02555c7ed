"""Turn a delivery into the words of an e-mail: plain text, and HTML that says the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from portal.notifications.choices import CHOOSABLE, Frequency, Kind
from portal.notifications.links import STOPPABLE, absolute, unsubscribe_url
from portal.notifications.models import Delivery, Preference


@dataclass(frozen=True)
class Email:
    """What a back end sends. `reference` stays the same however often it is tried."""

    to: str
    subject: str
    text: str
    html: str
    reference: UUID
    unsubscribe_url: str = ""


def render_email(delivery: Delivery) -> Email | None:
    """The e-mail of one delivery; None for a daily e-mail of which nothing is wanted any more."""
    message = delivery.message
    if message.erase_when_sent:
        return Email(delivery.email, message.subject, message.body, message.html, delivery.reference)
    context = _frame(delivery)
    if message.kind == Kind.DIGEST:
        context["groups"] = groups = _digest_groups(delivery)
        if not groups:
            return None
        name = "digest"
    else:
        context |= {"message": message, "url": absolute(message.path) if message.path else ""}
        name = "notice"
    return Email(
        to=delivery.email,
        subject=message.subject,
        text=render_to_string(f"notifications/email/{name}.txt", context),
        html=render_to_string(f"notifications/email/{name}.html", context),
        reference=delivery.reference,
        unsubscribe_url=context["unsubscribe_url"],
    )


def _frame(delivery: Delivery) -> dict[str, Any]:
    kind = delivery.message.kind
    stoppable = kind in STOPPABLE and delivery.recipient_id is not None
    return {
        "delivery": delivery,
        "subject": delivery.message.subject,
        "kind_label": Kind(kind).label,
        "service_name": settings.SERVICE_NAME,
        "site_url": settings.SITE_URL,
        "support_email": settings.SUPPORT_EMAIL,
        "preferences_url": absolute(reverse("notifications:preference-edit")) if kind in CHOOSABLE or stoppable else "",
        "unsubscribe_url": unsubscribe_url(delivery.recipient_id, kind) if stoppable else "",
    }


def _digest_groups(digest: Delivery) -> list[dict[str, Any]]:
    """The notices of one daily e-mail by kind, without the kinds that were turned off since."""
    refused = Preference.objects.filter(user=digest.recipient_id, frequency=Frequency.OFF).values("kind")
    rows: Iterable[Delivery] = (
        digest.digested.exclude(message__kind__in=refused).select_related("message").order_by("message__kind", "id")
    )
    return [
        {
            "label": Kind(kind).label,
            "notices": [
                {"message": row.message, "url": absolute(row.message.path) if row.message.path else ""} for row in group
            ],
        }
        for kind, group in groupby(rows, key=lambda row: row.message.kind)
    ]
