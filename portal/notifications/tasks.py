"""Work that a Celery worker does for the outbox. Each may run twice, or be killed, without harm."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from portal.notifications import actions


@shared_task
def deliver_outbox() -> None:
    actions.deliver_due()


@shared_task
def sweep_outbox() -> None:
    actions.sweep_outbox(now=timezone.now())


@shared_task
def send_digests() -> None:
    actions.queue_digests(now=timezone.now())
