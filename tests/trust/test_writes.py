"""Trust row 10: no change without a form's token, and no page that changes anything by being read."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.urls import reverse

from tests.trust.matrix import MATRIX
from tests.trust.rows import Row, address_part
from tests.trust.rows_tokens import BY_TOKEN_ALONE
from tests.trust.world import World

pytestmark = pytest.mark.django_db

# Written on any visit, and nobody's work: the session's own row, when it was last seen, and the cache.
NOT_WORK = ("django_session", "usersessions_usersession", "shared_cache")
# RFC 8058: the mail program of whoever holds the signed link posts without a page.
# Where no session counts, no form of another website does anything in anybody's name: test_api_access.py.
WITHOUT_TOKEN = {"notifications:unsubscribe", "api:nothing-here"} | BY_TOKEN_ALONE
READABLE = sorted(name for name, row in MATRIX.items() if row.get)
WRITABLE = sorted(name for name, row in MATRIX.items() if row.post is not None and name not in WITHOUT_TOKEN)


def path_of(world: World, name: str, row: Row) -> str:
    return reverse(name, args=[address_part(world, thing) for thing in row.things])


def rows_changed() -> int:
    """How many rows this transaction has inserted, updated or deleted so far."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_xact_user_tables "
            "WHERE relname <> ALL(%s)",
            [list(NOT_WORK)],
        )
        return int(cursor.fetchone()[0])


def test_counting_sees_a_change(world: World) -> None:
    before = rows_changed()
    with transaction.atomic():
        world.things["draft"].save(update_fields=["title"])
        assert rows_changed() > before
        transaction.set_rollback(True)


@pytest.mark.parametrize("name", READABLE)
def test_reading_changes_nothing(world: World, name: str) -> None:
    row = MATRIX[name]
    for role in row.get or ():
        with transaction.atomic():
            client = world.client(role)
            before = rows_changed()
            client.get(path_of(world, name, row))
            assert rows_changed() == before, role
            transaction.set_rollback(True)


@pytest.mark.parametrize("name", WRITABLE)
def test_change_without_token_is_refused(world: World, name: str) -> None:
    row = MATRIX[name]
    for role in row.post or ("staff",):
        with transaction.atomic():
            client: Any = world.client(role, enforce_csrf_checks=True)
            before = rows_changed()
            assert client.post(path_of(world, name, row)).status_code == 403, role
            assert rows_changed() == before, role
            transaction.set_rollback(True)
