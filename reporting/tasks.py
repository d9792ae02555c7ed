"""What the clock does: raise the returns of periods that are over."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from reporting.actions import raise_due_returns
from reporting.actions.flags import reconsider_all


@shared_task
def raise_returns() -> None:
    """Each return is raised once, however often this runs."""
    raise_due_returns(now=timezone.now())


@shared_task
def reconsider_flags() -> None:
    """What time alone brings about: returns that are overdue, peers that have reported meanwhile."""
    reconsider_all(now=timezone.now())
