"""What every test begins with."""

from __future__ import annotations

import os

import pytest

COMMITTING = {"transactional_db", "live_server"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """After a test that commits, every table is emptied; what the migrations wrote is put back before the next one.

    All such tests do it in this one way. Left to themselves some would have content types made anew under other
    numbers, which those that put the old ones back then trip over.
    """
    for item in items:
        marker, fixtures = item.get_closest_marker("django_db"), getattr(item, "fixturenames", [])
        commits = bool(marker and marker.kwargs.get("transaction")) or bool(COMMITTING & set(fixtures))
        if commits and "django_db_serialized_rollback" not in fixtures:
            fixtures.append("django_db_serialized_rollback")


@pytest.fixture(autouse=True)
def _nothing_in_redis() -> None:
    """A cache in the database is rolled back with each test; one in Redis, as in `make real`, is not."""
    if os.environ.get("REDIS_URL"):
        from django.core.cache import cache

        cache.clear()


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    """What a process keeps outlives the rows that it was read from."""
    from django.core.cache import caches

    caches["template_fragments"].clear()
