"""What the clock does: raise the returns of periods that are over."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from reporting.actions import raise_due_returns


@shared_task
def raise_returns() -> None:
    """Each return is raised once, however often this runs."""
    raise_due_returns(now=timezone.now())
