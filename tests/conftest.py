"""What every test begins with."""

from __future__ import annotations

import os

import pytest


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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow files first: one that begins last would leave the other process idle to the end."""
    items.sort(key=lambda item: "slow" not in item.keywords)
