"""Wake a worker. The outbox holds the truth, so a lost call loses nothing."""

from __future__ import annotations

import time

import structlog
from celery import current_app

logger = structlog.get_logger(__name__)
DELIVER_TASK = "portal.notifications.tasks.deliver_outbox"
WAIT_AFTER_FAILURE = 10  # seconds in which this process does not try the broker again

_failed_at = float("-inf")


def wake_worker() -> None:
    """Ask a worker to look at the outbox. A broker that is down is logged, and the sweeper does the rest.

    The change is committed by now, so nothing here may fail or slow the request: no retries, short
    time-outs (in the settings), and a pause after a failure.
    """
    global _failed_at
    if time.monotonic() - _failed_at < WAIT_AFTER_FAILURE:
        return
    try:
        current_app.send_task(DELIVER_TASK, retry=False)
    except Exception:  # every transport raises errors of its own
        _failed_at = time.monotonic()
        logger.exception("notifications.broker_unreachable")
