"""The benchmark of the comparison on a small piece of work. Nothing here is about speed."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from portal.benchmarks import compare
from portal.organisations.models import Organisation
from tests.factories import make_public_body


@pytest.mark.django_db(transaction=True)
def test_comparison_is_measured_with_few_and_with_many_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PERIODS": 7, "FEW": 50, "REPEATS": 1, "WARM_UP": 0, "CONTRACTS": 1}.items():
        monkeypatch.setattr(compare, name, value)
    with connection.cursor() as cursor:
        # Portals of earlier browser tests may still hold connections to this database, which is copied.
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    out = StringIO()
    call_command("bench", "compare", "--size", "200", "--json", stdout=out)
    lines = {line["measure"]: line for line in json.loads(out.getvalue())["compare"]}
    assert lines["12 schemes, many lines"]["yardstick"] == "12 schemes, few lines"
    assert all(line["median"] > 0 for line in lines.values())
    assert not Organisation.objects.exists()


@pytest.mark.django_db
def test_a_database_with_rows_is_refused() -> None:
    make_public_body()
    with pytest.raises(CommandError, match="give it an empty one"):
        call_command("bench", "compare", "--size", "3")
