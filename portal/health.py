"""Whether the portal works: for load balancers (`live`) and for whoever watches it (`health`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from celery import current_app
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.notifications.queries import outbox_age

logger = structlog.get_logger(__name__)

BROKER_TIMEOUT = 2  # seconds
OUTBOX_LATE = timedelta(minutes=15)
WORKER_LATE = timedelta(minutes=5)
HEARTBEAT_KEY = "worker-heartbeat"

# What each transport understands; the others ignore what they do not know.
BROKER_OPTIONS = {
    "socket_connect_timeout": BROKER_TIMEOUT,
    "socket_timeout": BROKER_TIMEOUT,
    "pool_size": 1,
    "pool_timeout": BROKER_TIMEOUT,
}
Check = dict[str, Any]


@require_safe
@never_cache
def live(_request: HttpRequest) -> JsonResponse:
    """The process runs and answers. Asks nothing else, so that a lost broker takes no web process away."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def health(_request: HttpRequest) -> JsonResponse:
    """200 where every part works, else 503. Says which part fails, and never why: reasons go to the log."""
    checks = {name: _guarded(name, check) for name, check in CHECKS.items()}
    works = all(check["ok"] for check in checks.values())
    return JsonResponse({"status": "ok" if works else "failing", "checks": checks}, status=200 if works else 503)


def beat() -> None:
    """Note that a worker ran a task just now."""
    cache.set(HEARTBEAT_KEY, timezone.now().isoformat(), timeout=None)


def _guarded(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except Exception:  # whatever a driver raises, the answer is that this part fails
        logger.exception("health_check_failed", check=name)
        return {"ok": False}


def _database() -> Check:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return {"ok": cursor.fetchone() == (1,)}


def _broker() -> Check:
    """One fresh connection, closed again; no retries."""
    options = {**current_app.conf.broker_transport_options, **BROKER_OPTIONS}
    broker = current_app.connection_for_write(connect_timeout=BROKER_TIMEOUT, transport_options=options)
    try:
        broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=BROKER_TIMEOUT)
        with broker.channel():
            return {"ok": True}
    finally:
        broker.release()


def _outbox() -> Check:
    """How long the oldest e-mail has waited; an empty outbox has age 0."""
    age = outbox_age(timezone.now()) or timedelta()
    return {"ok": age < OUTBOX_LATE, "age_seconds": max(0, int(age.total_seconds()))}


def _worker() -> Check:
    """How long ago a worker last ran the heartbeat that beat sends; None before the first."""
    seen = cache.get(HEARTBEAT_KEY)
    if seen is None:
        return {"ok": True, "heartbeat_seconds": None}
    age = timezone.now() - datetime.fromisoformat(seen)
    return {"ok": age < WORKER_LATE, "heartbeat_seconds": int(age.total_seconds())}


CHECKS: dict[str, Callable[[], Check]] = {
    "database": _database,
    "broker": _broker,
    "outbox": _outbox,
    "worker": _worker,
}
