"""What is read of the inbox and the outbox."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from portal.notifications.choices import CHOOSABLE, DeliveryState, Frequency, Kind
from portal.notifications.models import Delivery, DeliveryQuerySet, Preference

if TYPE_CHECKING:
    from portal.accounts.models import User


def inbox(user: User) -> DeliveryQuerySet:
    """The person's notices, the unread first, then the newest."""
    return Delivery.objects.inbox_of(user)


def frequencies_of(user: User) -> dict[Kind, Frequency]:
    """How the person wants each kind that may be chosen, in the order of the page."""
    chosen = dict(Preference.objects.filter(user=user).values_list("kind", "frequency"))
    return {kind: Frequency(chosen.get(kind, Frequency.AT_ONCE)) for kind in CHOOSABLE}


def outbox_age(now: datetime) -> timedelta | None:
    """How long the oldest e-mail has waited that is not sent yet; None where none waits."""
    oldest = [
        Delivery.objects.filter(state=state).order_by("id").values_list("created_at", flat=True).first()
        for state in (DeliveryState.QUEUED, DeliveryState.SENDING)  # each has an index of its own
    ]
    return max((now - created_at for created_at in oldest if created_at), default=None)
