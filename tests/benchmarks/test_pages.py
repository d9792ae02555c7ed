"""The benchmark of pages on a small piece of work. Nothing here is about speed."""

from __future__ import annotations

import json
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.urls import NoReverseMatch, Resolver404, resolve, reverse

from engagement.models import EngagementRequest, Question
from portal.accounts.models import User
from portal.benchmarks import pages
from portal.benchmarks.data import FULL, Rows
from portal.benchmarks.database import scratch_database
from tests.factories import make_public_body


def databases() -> set[str]:
    """The databases whose names begin with this test's own; other tests make and drop theirs meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, current_database())")
        return {name for (name,) in cursor.fetchall()}


@pytest.fixture
def alone(transactional_db: None) -> None:
    """End the connections that the portals of earlier browser tests may still hold to this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.mark.django_db(transaction=True)
def test_pages_are_fetched_from_gunicorn_and_leave_nothing(alone: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "REPEATS", 1)
    monkeypatch.setattr(pages, "WARM_UP", 0)
    before, out = databases(), StringIO()
    call_command("bench", "pages", "--size", "8", "--json", stdout=out)
    lines = {line["measure"]: line for line in json.loads(out.getvalue())["pages"]}
    assert len(lines) == 2 + 18 + 18  # both bare pages; the time and the queries of each page
    assert lines["request list, signed in"]["yardstick"] == "bare page, signed in"
    assert all(line["median"] > 0 for line in lines.values() if line["unit"] == "ms")
    assert [name for name, line in lines.items() if line["unit"] == "queries" and not line["goals"][0]["met"]] == []
    assert databases() == before
    assert User.objects.count() == EngagementRequest.objects.count() == 0


@pytest.mark.django_db
def test_a_database_with_rows_is_refused() -> None:
    make_public_body()
    with pytest.raises(CommandError, match="give it an empty one"):
        call_command("bench", "pages", "--size", "3")


def test_a_page_that_fails_is_no_measure() -> None:
    with pytest.raises(CommandError, match="/bare/ answered 500"):
        pages._check("/bare/", 500)


@pytest.mark.django_db(transaction=True)
def test_scratch_database_is_dropped_after_an_error(alone: None) -> None:
    own = connection.settings_dict["NAME"]
    with pytest.raises(ZeroDivisionError), scratch_database("scratch") as address:
        _write_and_fail(address)
    assert connection.settings_dict["NAME"] == own
    assert f"{own}_scratch" not in databases()


def _write_and_fail(address: str) -> None:
    make_public_body()
    with psycopg.connect(address) as other:
        assert other.execute("SELECT count(*) FROM organisations_organisation").fetchone() == (1,)
    raise ZeroDivisionError


@pytest.mark.django_db
def test_rows_are_topped_up() -> None:
    rows = Rows()
    rows.grow(3)
    assert (EngagementRequest.objects.count(), rows.requests[0].questions.count()) == (3, 3)
    rows.grow(10)
    assert (EngagementRequest.objects.count(), rows.requests[0].questions.count()) == (10, FULL)
    assert Question.objects.count() == 9 * 3 + FULL


@pytest.mark.django_db
def test_rows_are_the_same_each_time() -> None:
    made = []
    for _ in range(2):
        with transaction.atomic():
            rows = Rows()
            rows.grow(4)
            made.append([(request.reference, request.title, request.problem) for request in rows.requests])
            transaction.set_rollback(True)
    assert made[0] == made[1]


def test_the_bare_page_is_not_part_of_the_portal() -> None:
    with pytest.raises(NoReverseMatch):
        reverse("bare")
    with pytest.raises(Resolver404):
        resolve("/bare/")
