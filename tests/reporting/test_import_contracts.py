"""Contracts from award notices, the real ones among them."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from reporting.actions.open_data import write_open_files
from reporting.models import Contract
from reporting.publication.merging import compiled
from reporting.queries.releases import releases_of
from tests.ocds.makers import import_all, make_award, reasons

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "contracts-finder-releases.json"
PERIOD = {"startDate": "2025-01-06T00:00:00Z", "endDate": "2025-06-23T23:59:59+01:00"}

pytestmark = pytest.mark.django_db


def award_release(**changes):
    release = make_award()
    for award in release["awards"]:
        award |= {"contractPeriod": PERIOD, "value": {"amount": 375200, "currency": "GBP"}} | changes
    return release


def test_award_makes_a_published_contract() -> None:
    import_all(award_release())
    contract = Contract.objects.get()
    assert (contract.baseline_value, contract.baseline_start, contract.baseline_end, contract.is_published) == (
        Decimal("375200.00"), date(2025, 1, 6), date(2025, 6, 23), True,
    )  # fmt: skip
    assert contract.reports_from is None


def test_second_run_changes_nothing() -> None:
    import_all(award_release())
    before = Contract.objects.values().get()
    import_all(award_release())
    assert Contract.objects.values().get() == before


def test_later_notice_is_told() -> None:
    import_all(award_release())
    write_open_files(now=timezone.now())
    later = award_release(value={"amount": 400000, "currency": "GBP"})
    import_all(later | {"id": later["id"] + "-2", "date": "2026-01-01T00:00:00Z"})
    told = [release.data for release in releases_of(Contract.objects.get())]
    assert [release["tag"] for release in told] == [["award", "contract"], ["contractUpdate"]]
    [agreed] = compiled(told)["contracts"]
    assert (agreed["value"]["amount"], agreed["status"]) == (400000, "active")


def test_later_value_leaves_the_baseline() -> None:
    import_all(award_release())
    later = award_release(value={"amount": 400000, "currency": "GBP"})
    later |= {"id": later["id"] + "-2", "date": "2026-01-01T00:00:00Z"}
    import_all(later)
    contract = Contract.objects.get()
    assert (contract.baseline_value, contract.current_value) == (Decimal(375200), Decimal(400000))


def test_award_without_a_period_makes_no_contract() -> None:
    import_all(award_release(contractPeriod={}))
    assert Contract.objects.count() == 0


def test_contract_that_ends_before_it_starts_is_listed() -> None:
    period = {"startDate": PERIOD["endDate"], "endDate": PERIOD["startDate"]}
    results = import_all(award_release(contractPeriod=period))
    assert Contract.objects.count() == 0
    assert "A contract that ends before it starts" in reasons(results[0])


@pytest.mark.skipif(not DATA.exists(), reason="the published data is not beside this checkout")
def test_real_awards_give_their_contracts() -> None:
    call_command("import_ocds", str(DATA), stdout=io.StringIO(), stderr=io.StringIO())
    assert Contract.objects.count() == 97
