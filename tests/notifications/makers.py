"""Notices in the states that tests need."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F, QuerySet
from django.utils import timezone

from portal.accounts.models import User
from portal.notifications.actions import tell
from portal.notifications.choices import DeliveryState, Kind
from portal.notifications.models import Delivery, Message
from tests.factories import make_user


def make_delivery(user: User | None = None, *, state: str = DeliveryState.QUEUED, **changes) -> Delivery:
    """One notice to one person, in the state."""
    words = {
        "kind": Kind.MATCH,
        "subject": "A new request matches what you do",
        "body": "Ashford Vale asks.",
        **changes,
    }
    message = tell(recipients=[user or make_user()], **words)
    assert message is not None
    delivery = message.deliveries.get()
    now = timezone.now()
    times = {
        DeliveryState.SENDING: {"leased_until": now + timedelta(minutes=5), "attempts": 1},
        DeliveryState.SENT: {"sent_at": now},
        DeliveryState.FAILED: {"error": "550 no such user", "attempts": 1},
    }
    Delivery.objects.filter(pk=delivery.pk).update(state=state, **times.get(DeliveryState(state), {}))
    delivery.refresh_from_db()
    return delivery


def make_crowd(people: int) -> Message:
    """One notice to many people, queued as by a published request."""
    User.objects.bulk_create([User(email=f"crowd{number}@example.org", password="!") for number in range(people)])
    message = tell(
        kind=Kind.MATCH,
        subject="A new request matches what you do",
        body="Ashford Vale Council asks the market about case work.",
        path="/engagement/",
        reason="You follow Case work.",
        recipients=User.objects.filter(email__startswith="crowd"),
    )
    assert message is not None
    return message


def let_leases_run_out() -> QuerySet[Delivery]:
    """As if the time of every lease had passed."""
    held = Delivery.objects.filter(state=DeliveryState.SENDING)
    held.update(leased_until=F("leased_until") - timedelta(hours=1))
    return held
