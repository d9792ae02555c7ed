"""The heartbeat that beat sends through the broker to a worker, so that `/health/` sees all three work."""

from __future__ import annotations

from celery import shared_task

from portal import health


@shared_task(name="portal.tasks.heartbeat")
def heartbeat() -> None:
    health.beat()
