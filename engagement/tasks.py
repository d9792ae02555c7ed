"""What the clock does: close requests, and chase outcomes that are owed."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.utils import timezone

from engagement.actions.outcomes import chase_outcome
from engagement.actions.requests import close_request
from engagement.choices import RequestState
from engagement.models import EngagementRequest

logger = structlog.get_logger(__name__)


@shared_task
def close_due_requests() -> None:
    """Close each request whose time has passed. Pages and actions go by the clock and do not wait for this."""
    now = timezone.now()
    for request in EngagementRequest.objects.filter(state=RequestState.PUBLISHED, closes_at__lte=now).iterator():
        try:
            close_request(request=request, now=now)
        except Exception:  # one request that fails must not keep the others open
            logger.exception("engagement.close_failed", request_pk=request.pk)


@shared_task
def chase_outcomes() -> None:
    """Remind authorities of overdue outcomes, each once."""
    now = timezone.now()
    for request in EngagementRequest.objects.filter(state=RequestState.CLOSED, is_imported=False).iterator():
        chase_outcome(request=request, now=now)
