"""What a person does with their notices, and staff with those that could not be delivered."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from portal.audit.actions import record
from portal.notifications.actions.outbox import move
from portal.notifications.choices import DeliveryState
from portal.notifications.models import Delivery
from portal.notifications.permissions import can_read_delivery, can_retry_delivery
from portal.notifications.waking import wake_worker
from portal.refusals import Refused

if TYPE_CHECKING:
    from portal.accounts.models import User


@transaction.atomic
def mark_read(delivery: Delivery, *, by: User, now: datetime) -> Delivery:
    """Mark a notice as read; a second time changes nothing. Only its reader may."""
    delivery = Delivery.objects.select_related("message").select_for_update(of=("self",)).get(pk=delivery.pk)
    if not can_read_delivery(by, delivery):
        raise PermissionDenied
    if delivery.read_at is None:
        delivery.read_at = now
        delivery.save(update_fields=["read_at"])
    return delivery


def mark_all_read(*, by: User, now: datetime) -> int:
    """Mark every notice in the person's inbox as read; returns how many were not."""
    return Delivery.objects.filter(recipient=by).unread().update(read_at=now)


@transaction.atomic
def retry_delivery(delivery: Delivery, *, by: User) -> Delivery:
    """Queue again what could not be delivered. Refused where it did not fail, or its text is erased."""
    delivery = Delivery.objects.select_related("message").select_for_update(of=("self",)).get(pk=delivery.pk)
    if not can_retry_delivery(by, delivery):
        raise PermissionDenied
    if delivery.state != DeliveryState.FAILED:
        raise Refused(f"This e-mail is not one that failed: {delivery.get_state_display().lower()}.")
    if delivery.message.erase_when_sent and not delivery.message.body:
        raise Refused("The text of this e-mail was erased because it held a link that signs a person in.")
    old = {"state": delivery.state, "error": delivery.error}
    move([delivery], DeliveryState.QUEUED, not_before=None, error="")
    record("notifications.delivery.retried", target=delivery, by=by, old=old, new={"state": DeliveryState.QUEUED})
    transaction.on_commit(wake_worker)
    delivery.refresh_from_db()
    return delivery
