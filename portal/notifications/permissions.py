"""Who may read a notice, and who may try a delivery again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.notifications.models import Delivery

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


def can_read_delivery(user: User | AnonymousUser, delivery: Delivery) -> bool:
    return delivery.in_inbox and user.is_authenticated and delivery.recipient_id == user.pk


def can_retry_delivery(user: User | AnonymousUser, delivery: Delivery) -> bool:
    """Threepoint staff only."""
    return user.is_active and user.is_staff
