"""What the clock does: raise the returns of periods that are over."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.utils import timezone

from reporting.actions import ingest, raise_due_returns
from reporting.actions.assessment_reminders import remind_of_assessments as remind
from reporting.actions.flags import reconsider_all
from reporting.actions.ingest import READ_TASK
from reporting.actions.open_data import sweep_open_files, write_open_files
from reporting.actions.reminders import buyers_to_tell, remind_supplier, reminders_due, tell_buyer_of_late

logger = structlog.get_logger(__name__)


@shared_task
def raise_returns() -> None:
    """Each return is raised once, however often this runs."""
    raise_due_returns(now=timezone.now())


@shared_task
def reconsider_flags() -> None:
    """What time alone brings about: returns that are overdue, peers that have reported meanwhile."""
    reconsider_all(now=timezone.now())


@shared_task
def remind_of_returns() -> None:
    """Suppliers first, then the buyers of what is late for long: each a transaction of its own."""
    now = timezone.now()
    for supplier_id in list(reminders_due(now)):
        try:
            remind_supplier(supplier_id=supplier_id, now=now)
        except Exception:  # one supplier whose message fails must not keep the others from theirs
            logger.exception("reporting.reminder_failed", supplier_pk=supplier_id)
    for buyer_id in list(buyers_to_tell()):
        try:
            tell_buyer_of_late(buyer_id=buyer_id, now=now)
        except Exception:
            logger.exception("reporting.late_told_failed", buyer_pk=buyer_id)


@shared_task(name=READ_TASK)
def read_upload(upload_id: int) -> None:
    """Read a file with returns. A second worker that is called for it finds it taken."""
    ingest.read_upload(upload_id=upload_id, now=timezone.now())


@shared_task
def sweep_uploads() -> None:
    """Give files that dead workers left to others."""
    ingest.sweep_uploads(now=timezone.now())


@shared_task
def remind_of_assessments() -> None:
    """Assessments that are due or late, and replies that are: each is said once."""
    remind(now=timezone.now())


@shared_task
def write_open_data() -> None:
    """Write the files of all published contracts anew; where it fails, those of the night before stay."""
    write_open_files(now=timezone.now())


@shared_task
def sweep_open_data() -> None:
    """Write the files soon after a decision has withdrawn them."""
    sweep_open_files(now=timezone.now())
