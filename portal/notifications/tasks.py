"""Work that a Celery worker does for the outbox. The outbox holds the truth; a task only wakes."""

from __future__ import annotations

import time

import structlog
from celery import shared_task
from django.utils import timezone

logger = structlog.get_logger(__name__)
WAIT_AFTER_BROKER_FAILED = 10  # seconds in which this process does not try the broker again
_broker_failed_at = float("-inf")


def wake_worker() -> None:
    """Ask a worker to look at the outbox. A broker that is down is logged; the sweeper does the rest."""
    global _broker_failed_at
    if time.monotonic() - _broker_failed_at < WAIT_AFTER_BROKER_FAILED:
        return
    try:
        deliver_outbox.apply_async(retry=False)
    except Exception:  # every transport raises its own errors, and the change itself is committed
        _broker_failed_at = time.monotonic()
        logger.exception("notifications.broker_unreachable")


@shared_task
def deliver_outbox() -> None:
    """Send what is due."""


@shared_task
def sweep_outbox() -> None:
    """Take back what a lost worker held, and wake a worker."""


@shared_task
def send_digests() -> None:
    """Queue the daily e-mails."""
