"""Scans in the background."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from portal.files import actions, queries


@shared_task(name=actions.SCAN_TASK, soft_time_limit=330, time_limit=360)
def scan_file(stored_file_id: int) -> None:
    """Scan one file. Where the scanner fails the file stays as it was, and `rescan_pending` tries again."""
    actions.scan_file(stored_file_id=stored_file_id)


@shared_task(name="portal.files.tasks.rescan_pending")
def rescan_pending() -> None:
    """Queue what still waits for its scan, once the scanner answers again."""
    for stored_file_id in queries.due_for_scan():
        scan_file.delay(stored_file_id)


@shared_task(name="portal.files.tasks.sweep_lone_contents")
def sweep_lone_contents() -> None:
    """Delete what killed processes left of uploads. A second run finds nothing."""
    actions.sweep_lone_contents(now=timezone.now())
