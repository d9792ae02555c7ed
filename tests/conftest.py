"""What every test begins with."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any

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
    if "techmap.search.engine" in sys.modules:
        sys.modules["techmap.search.engine"].holder.forget()


_FLUSH = """
    DO $$
    DECLARE written regclass;
    BEGIN
        LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE;
        SET LOCAL session_replication_role = replica;
        FOR written IN SELECT one FROM unnest(ARRAY[{names}]::regclass[]) one WHERE pg_relation_size(one) > 0 LOOP
            EXECUTE format('DELETE FROM %s', written);
        END LOOP;
    END $$
"""


def _sql_of_flush(operations: Any, style: Any, tables: Sequence[str], **options: Any) -> list[str]:
    """Empty the tables that were written to. TRUNCATE, which is Django's way, makes the files of every table anew.

    The lock waits for whoever still writes, such as a server in another thread. As a replica PostgreSQL runs no
    trigger: what is kept for good may go, and nobody asks who refers to a row.
    """
    quoted = [operations.quote_name(name) for name in tables]
    return [_FLUSH.format(tables=", ".join(quoted), names=", ".join(f"'{name}'" for name in quoted))] if quoted else []


@pytest.fixture(scope="session")
def django_db_setup(quick_migrations: None, django_db_setup: None) -> None:
    """The tests' database, made as pytest-django makes it, but quicker."""


@pytest.fixture(scope="session")
def quick_migrations() -> Iterator[None]:
    from portal.embedded.tables import quick_migrations

    with quick_migrations():
        yield


@pytest.fixture(scope="session", autouse=True)
def _quick_flush() -> Iterator[None]:
    """After each test with transactions of its own Django flushes the database: a second's work for 150 tables."""
    from django.db.backends.postgresql.operations import DatabaseOperations

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", _sql_of_flush)
        yield


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow files first: one that begins last would leave the other process idle to the end."""
    items.sort(key=lambda item: "slow" not in item.keywords)
