"""The cost explorer: distributions over published contracts, nothing of small groups, nothing that is held back."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.organisations.models import Organisation
from reporting.comparison.prices import Prices
from reporting.models import Contract, Publication, Redaction
from tests.factories import make_supplier
from tests.reporting.comparison_makers import add_day_rate, make_filed, make_reported
from tests.techmap.makers import make_capability, make_parent

COSTS = reverse("reporting:cost-explorer")


@pytest.fixture
def suppliers(db: None) -> list[Organisation]:
    return [make_supplier(f"{name} Ltd") for name in ("Larkspur", "Oakline", "Tidewater")]


@pytest.fixture
def contracts(buyer, suppliers) -> list[Contract]:
    """Five contracts of three suppliers: running costs £1,000 to £5,000 a month, for a thousand transactions."""
    return [
        make_reported(
            buyer,
            suppliers[number % 3],
            figures={"run_spend": 1_000 * number, "completed_transactions": 1_000, "users_served": 100},
        )
        for number in range(1, 6)
    ]


def lines(client: Any, **asked: str) -> dict[str, tuple[int, Decimal, Decimal, Decimal]]:
    """Number, lower quartile, median, upper quartile, by group."""
    answer = client.get(COSTS, asked)
    assert answer.status_code == 200
    return {
        line.label: (line.contracts, line.figures.low, line.figures.middle, line.figures.high)
        for line in answer.context["lines"]
    }


@pytest.mark.parametrize(
    ("measure", "figures"),
    [
        ("run", (24_000, 36_000, 48_000)),
        ("build", (24_000, 24_000, 24_000)),
        ("transaction", (2, 3, 4)),
        ("user", (20, 30, 40)),
    ],
)
def test_measures(client, contracts, measure, figures) -> None:
    assert lines(client, measure=measure)["All"] == (5, *figures)


def test_groups_by_category_phase_size_and_year(client, contracts) -> None:
    found = {by: set(lines(client, by=by, measure="build")) for by in ("category", "phase", "size", "year")}
    assert found == {
        "category": {"All", "CPV 72: IT services"},
        "phase": {"All", "Live"},
        "size": {"All", "Baseline £100,000 to £1 million"},
        "year": {"All", "2025-26", "2026-27"},
    }


def test_capabilities_come_before_cpv_codes(client, contracts) -> None:
    item = make_capability("Case management", parent=make_parent("Software", code="software"))
    for one in contracts:
        one.capabilities.add(item)
    assert set(lines(client)) == {"All", "Software"}
    assert set(lines(client, category="Software")) == {"All", "Software"}


def test_year_counts_that_year_alone(client, contracts) -> None:
    assert lines(client, by="year", measure="build")["2025-26"][2] == 12_000  # January to March


def test_four_contracts_are_too_few(client, contracts) -> None:
    Contract.objects.filter(pk=contracts[0].pk).update(is_published=False)
    page = client.get(COSTS)
    assert (page.context["lines"], page.context["found"].left_out) == ([], 1)
    assert "Too few to show" in page.content.decode()


def test_two_suppliers_are_too_few(client, contracts, suppliers) -> None:
    Contract.objects.filter(supplier=suppliers[0]).update(supplier=suppliers[1])
    assert lines(client) == {}


def test_party_and_staff_see_what_the_public_sees(client, contracts, alice) -> None:
    Contract.objects.filter(pk=contracts[0].pk).update(is_published=False)
    client.force_login(alice)
    assert lines(client) == {}


def test_only_what_was_accepted_counts(client, contracts) -> None:
    make_filed(contracts[2], date(2026, 7, 1), state="submitted", decided_at=None, run_spend=900_000)
    assert lines(client, measure="transaction")["All"] == (5, 2, 3, 4)


def test_what_is_held_back_does_not_count(client, contracts, alice) -> None:
    decision = Publication.objects.create(contract=contracts[0], is_published=True, by=alice, at=datetime.now(UTC))
    Redaction.objects.create(publication=decision, table="spend", ground="commercial", reason="Prices are secret")
    assert lines(client, measure="run") == {}
    assert lines(client, measure="day") == {}


def test_ends_are_shown_from_ten_contracts_on(client, buyer, suppliers, contracts) -> None:
    def ends() -> tuple[Any, Any]:
        whole = client.get(COSTS, {"measure": "transaction"}).context["lines"][0].figures
        return whole.lowest, whole.highest

    assert ends() == (None, None)
    for number in range(5):
        make_reported(buyer, suppliers[number % 3], figures={"run_spend": 9_000, "completed_transactions": 1_000})
    assert ends() == (1, 9)


def test_real_terms(client, contracts) -> None:
    prices = Prices("2024-25")
    spent = [prices.in_year(Decimal(3_000), year) for year in (2025, 2025, 2025, 2026, 2026, 2026)]
    found = lines(client, measure="transaction", prices="2024-25")["All"][2]
    assert round(found, 6) == round(sum(spent) / 6_000, 6)


def test_day_rates_by_role_from_the_newest_returns(client, contracts) -> None:
    for number, one in enumerate(contracts):
        newest = one.returns.order_by("-period_start")
        add_day_rate(newest[0], "Senior developer" if number % 2 else " senior Developer", f"{500 + 50 * number}.00")
        add_day_rate(newest[5], "Senior developer", "9000.00")  # longer ago than the four that are read
        add_day_rate(newest[0], "Only in one" if number else "Other", "400.00", number=2)
    found = lines(client, measure="day")
    assert found == {"Senior developer": (5, 550, 600, 650)}
    assert client.get(COSTS, {"measure": "day"}).context["found"].left_out == 2


def test_file_and_picture(client, contracts) -> None:
    text = b"".join(client.get(COSTS, {"download": "csv", "measure": "transaction"}).streaming_content)
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    assert (rows[0]["Group"], rows[0]["Median, £"], rows[0]["Lowest, £"]) == ("All", "3.00", "")
    picture = client.get(reverse("reporting:cost-chart"), {"measure": "transaction"})
    assert picture["Content-Type"] == "image/svg+xml"


@pytest.mark.django_db
def test_nothing_yet(client) -> None:
    assert "Too few to show" in client.get(COSTS, {"measure": "x", "by": "y", "category": "a\0"}).content.decode()
    assert client.get(reverse("reporting:cost-chart")).status_code == 404


def test_queries_are_as_many_for_eight_as_for_five(client, buyer, suppliers, contracts) -> None:
    def queries(measure: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(COSTS, {"measure": measure}).status_code == 200
        return len(caught)

    before = [queries(measure) for measure in ("run", "day")]
    for supplier in suppliers:
        make_reported(buyer, supplier, months=2)
    assert [queries(measure) for measure in ("run", "day")] == before
