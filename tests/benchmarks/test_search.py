"""The benchmarks of the search on a small piece of work. Nothing here is about speed."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command

from portal.benchmarks.search import MISSPELT, QUERIES
from portal.organisations.models import Organisation
from tests.benchmarks.test_pages import alone, databases

__all__ = ["alone"]
pytestmark = pytest.mark.django_db(transaction=True)


def run(name: str, size: int) -> dict[str, dict]:
    out = StringIO()
    before = databases()
    call_command("bench", name, size=size, json=True, stdout=out)
    assert (Organisation.objects.count(), databases()) == (0, before)
    return {line["measure"]: line for line in json.loads(out.getvalue())[name]}


def test_search_is_measured_both_ways(alone: None, settings, monkeypatch) -> None:
    monkeypatch.setattr("portal.benchmarks.search.FEW", 10)
    settings.SEARCH_MEMORY_FROM = 20
    lines = run("search", 30)
    assert {name: line["repeats"] for name, line in lines.items() if name.endswith("suppliers")} == {
        "10 suppliers": QUERIES, "30 suppliers": QUERIES,
    }  # fmt: skip
    assert [goal["goal"] for goal in lines["30 suppliers"]["goals"]] == [
        "median at most 10", "p95 at most 25", "p95 ratio at most 5",
    ]  # fmt: skip
    assert lines["30 suppliers"]["yardstick"] == "10 suppliers"
    assert lines["30 suppliers: memory"]["median"] > 0


def test_typo_is_measured_against_exact_search(alone: None) -> None:
    lines = run("typo", 200)
    assert lines["suggestions"]["repeats"] == MISSPELT
    assert lines["suggestions"]["yardstick"] == "exact search"
    assert 50 < lines["first suggestion is right"]["median"] <= 100
