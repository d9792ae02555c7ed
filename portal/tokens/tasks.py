"""What the clock does: remind owners of tokens that end soon, and forget old answers."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.utils import timezone

from portal.tokens.actions import remind_of_end, sweep_answers
from portal.tokens.queries import tokens_to_remind_of

logger = structlog.get_logger(__name__)


@shared_task
def remind_of_tokens() -> None:
    """Once for each token."""
    now = timezone.now()
    for token in tokens_to_remind_of(now):
        try:
            remind_of_end(token=token, now=now)
        except Exception:  # one that fails must not keep the others from being told
            logger.exception("tokens.reminder_failed", token_pk=token.pk)


@shared_task
def sweep_kept_answers() -> None:
    sweep_answers(now=timezone.now())
