"""What the clock does: keep the search true, remind of the yearly review of profiles, and write the open data."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.utils import timezone

from techmap.actions.bulk import write_bulk_files
from techmap.actions.reviews import remind_of_review
from techmap.queries import market
from techmap.queries.reviews import profiles_to_remind
from techmap.search import index

logger = structlog.get_logger(__name__)


@shared_task
def rebuild_search() -> None:
    """Support and certificates change with time alone. Rows that are right stay as they are."""
    index.rebuild()


@shared_task
def count_market() -> None:
    """Gaps and concentration take seconds to count in a large market: no visitor should wait for it."""
    market.count_market(timezone.now())


@shared_task
def remind_of_reviews() -> None:
    """Remind whoever keeps a profile that is due, each person once for each of the three reminders."""
    now = timezone.now()
    for profile, stood in profiles_to_remind(now):
        try:
            remind_of_review(profile=profile, stood=stood, now=now)
        except Exception:  # one profile that fails must not keep the others from being told
            logger.exception("techmap.review_reminder_failed", profile_pk=profile.pk)


@shared_task
def write_open_data() -> None:
    """Write the files of all suppliers anew; where it fails, those of the night before stay."""
    write_bulk_files(now=timezone.now())
