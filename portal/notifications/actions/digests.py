"""The daily e-mail: one a person and day, with everything that waited for it."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from portal.notifications.actions.outbox import move
from portal.notifications.choices import DeliveryState, Frequency, Kind
from portal.notifications.models import Delivery, Message, Preference
from portal.notifications.waking import wake_worker


def queue_digests(*, now: datetime) -> int:
    """Queue the day's e-mail of everyone for whom notices wait; returns how many were queued.

    Each person is a transaction of their own: killed half-way and run again, it goes on where it
    stopped. What comes after a person's e-mail of the day waits for tomorrow's.
    """
    waiting = Delivery.objects.filter(state=DeliveryState.DIGEST, digest=None)
    people = waiting.order_by("recipient").values_list("recipient", flat=True).distinct()
    queued = sum(queue_digest(user_id=user_id, now=now) for user_id in people if user_id is not None)
    if queued:
        wake_worker()
    return queued


@transaction.atomic
def queue_digest(*, user_id: int, now: datetime) -> bool:
    """Gather one person's waiting notices into the e-mail of the day, where they have had none today."""
    person = get_user_model().objects.select_for_update().get(pk=user_id)
    waiting = Delivery.objects.filter(recipient=person, state=DeliveryState.DIGEST, digest=None)
    refused = Preference.objects.filter(user=person, frequency=Frequency.OFF).values("kind")
    move(waiting.filter(message__kind__in=refused) if person.is_active else waiting, DeliveryState.NO_EMAIL)
    key = f"digest:{person.pk}:{timezone.localdate(now)}"
    count = waiting.count()
    if not count or Message.objects.filter(dedupe_key=key).exists():
        return False
    subject = "Your daily summary: 1 notice" if count == 1 else f"Your daily summary: {count} notices"
    message = Message.objects.create(kind=Kind.DIGEST, subject=subject, dedupe_key=key)
    email = Delivery.objects.create(message=message, recipient=person, email=person.email, in_inbox=False)
    waiting.update(digest=email)
    return True
