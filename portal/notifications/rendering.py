"""Turn a delivery into the words of an e-mail: plain text, and HTML that says the same."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from portal.notifications.choices import Frequency, Kind
from portal.notifications.links import STOPPABLE, absolute, unsubscribe_url
from portal.notifications.models import Delivery, Preference

# Stands in the words for the link that stops these e-mails: the only part that differs between the
# readers of one notice. Random, so that nobody can write it into a notice.
PLACE = f"unsubscribe-{secrets.token_hex(16)}"


@dataclass(frozen=True)
class Email:
    """What a back end sends. `reference` stays the same however often it is tried.

    `text` and `html` are the same for every reader, with `PLACE` where the reader's own link belongs.
    """

    to: str
    subject: str
    text: str
    html: str
    reference: UUID
    unsubscribe_url: str = ""

    def fill(self, words: str) -> str:
        """The words with the reader's own link."""
        return words.replace(PLACE, self.unsubscribe_url)


class Renderer:
    """Writes the e-mails of one batch; the words of a notice once for all its readers."""

    def __init__(self) -> None:
        self.words: dict[tuple[int, str, bool], tuple[str, str]] = {}

    def render(self, delivery: Delivery) -> Email | None:
        """The e-mail of one delivery; None for a daily e-mail of which nothing is wanted any more."""
        message, reader = delivery.message, delivery.recipient_id
        link = unsubscribe_url(reader, message.kind) if reader and message.kind in STOPPABLE else ""
        if message.erase_when_sent:
            words = (message.body, message.html)
        elif message.kind == Kind.DIGEST:
            groups = _digest_groups(delivery)
            if not groups:
                return None
            words = _render("digest", delivery, stoppable=bool(link), groups=groups)
        else:
            words = self._notice(delivery, stoppable=bool(link))
        return Email(delivery.email, message.subject, *words, delivery.reference, link)

    def _notice(self, delivery: Delivery, *, stoppable: bool) -> tuple[str, str]:
        key = (delivery.message_id, delivery.reason, stoppable)
        if key not in self.words:
            self.words[key] = _render("notice", delivery, stoppable=stoppable)
        return self.words[key]


def _render(name: str, delivery: Delivery, *, stoppable: bool, **context: Any) -> tuple[str, str]:
    """The text and the HTML of the e-mail that the templates `name` describe."""
    message = delivery.message
    context |= {
        "message": message,
        "url": absolute(message.path) if message.path else "",
        "subject": message.subject,
        "reason": delivery.reason,
        "kind_label": Kind(message.kind).label,
        "service_name": settings.SERVICE_NAME,
        "site_url": settings.SITE_URL,
        "support_email": settings.SUPPORT_EMAIL,
        "preferences_url": absolute(reverse("notifications:preference-edit")) if stoppable else "",
        "unsubscribe_url": PLACE if stoppable else "",
    }
    text, html = (render_to_string(f"notifications/email/{name}.{kind}", context) for kind in ("txt", "html"))
    return text, html


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
