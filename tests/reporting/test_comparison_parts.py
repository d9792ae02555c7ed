"""Parts and steps without a database: spend before the first return, what is still to come, and lines over time."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from reporting.comparison.cells import days, tally
from reporting.comparison.facts import Facts, Said, YearSums
from reporting.comparison.kinds import Kind, are_alike, band_of, divisions_of
from reporting.comparison.parts import parts_of, together
from reporting.comparison.prices import Prices
from reporting.comparison.steps import Spent, steps_of, thinned

NOMINAL, REAL = Prices(), Prices("2024-25")


def facts(**given: Any) -> Facts:
    known: dict[str, Any] = {
        "contract_id": 1,
        "start": date(2024, 4, 1),
        "baseline_value": Decimal(100_000),
        "baseline_end": date(2026, 3, 31),
        "current_value": Decimal(100_000),
        "current_end": date(2026, 3, 31),
        "first": date(2025, 4, 1),
        "last": date(2025, 9, 30),
        "years": (YearSums(2025, {"actual_spend": Decimal(30_000)}, {"actual_spend": 6}),),
        "latest": {
            "spend_to_date": Said(Decimal(50_000), date(2025, 9, 30)),
            "forecast_at_completion": Said(Decimal(90_000), date(2025, 9, 30)),
        },
    }
    return Facts(**(known | given))


def test_spend_before_the_first_return_is_of_its_own_time() -> None:
    """£20,000 of the £50,000 were spent before the returns begin: in 2024-25, whose prices are asked for."""
    assert parts_of(facts(), NOMINAL).get("spend") == 50_000
    expected = Decimal(20_000) + REAL.in_year(Decimal(30_000), 2025)
    assert round(parts_of(facts(), REAL).get("spend"), 6) == round(expected, 6)


def test_what_is_still_to_be_spent_is_of_the_time_to_come() -> None:
    expected = Decimal(20_000) + REAL.in_year(Decimal(30_000 + 40_000), 2025)
    assert round(parts_of(facts(), REAL).get("forecast"), 6) == round(expected, 6)


def test_baseline_is_spread_over_its_days() -> None:
    expected = Decimal(50_000) + REAL.in_year(Decimal(50_000), 2025)
    assert round(parts_of(facts(), REAL).get("baseline"), 6) == round(expected, 6)


def test_spend_without_a_stated_total_is_the_sum_of_the_returns() -> None:
    assert parts_of(facts(latest={}), NOMINAL).get("spend") == 30_000
    assert parts_of(facts(latest={}, years=()), NOMINAL).get("spend") is None


def test_variance_is_only_of_contracts_that_have_both() -> None:
    whole = together([parts_of(facts(), NOMINAL), parts_of(facts(latest={}), NOMINAL)])
    assert (whole.get("baseline"), whole.get("baseline_of_both"), whole.get("forecast_of_both")) == (
        200_000,
        100_000,
        90_000,
    )
    assert (whole.reporting["baseline"], whole.reporting["forecast"]) == (2, 1)


def test_nothing_together_is_nothing() -> None:
    assert (together([]).contracts, together([]).values) == (0, {})


def test_steps_begin_with_what_was_spent_before() -> None:
    spent = [
        Spent(1, date(2025, 4, 30), Decimal(6_000), Decimal(5_000)),
        Spent(1, date(2025, 5, 31), None, Decimal(25_000)),
        Spent(1, date(2025, 6, 30), Decimal(4_000), Decimal(0)),
    ]
    found = [(step.planned, step.actual) for step in steps_of(spent, [facts()], NOMINAL)]
    assert found == [(26_000, 25_000), (None, 50_000), (30_000, 50_000)]


def test_steps_leave_out_what_is_held_back() -> None:
    spent = [Spent(1, date(2025, 4, 30), Decimal(6_000), Decimal(5_000))]
    hidden = facts(hidden={"actual_spend": "Secret", "spend_to_date": "Secret"})
    assert [(step.planned, step.actual) for step in steps_of(spent, [hidden], NOMINAL)] == [(6_000, None)]


def test_many_steps_are_shown_by_quarter() -> None:
    spent = [Spent(1, date(2023 + month // 12, month % 12 + 1, 28), None, Decimal(1)) for month in range(30)]
    steps = thinned(steps_of(spent, [facts(latest={})], NOMINAL))
    assert (len(steps), steps[0].day, steps[-1].actual) == (10, date(2023, 3, 28), 30)


@pytest.mark.parametrize(
    ("number", "words"), [(0, "On time"), (1, "1 day late"), (-1, "1 day early"), (1_200, "1,200 days late")]
)
def test_days_in_words(number, words) -> None:
    assert days(number) == words


def test_tally_in_the_order_of_the_standard() -> None:
    assert tally("rating", {"below": 1, "met": 3, "odd": 2}) == "3 Good, 1 Requires improvement, 2 odd"
    assert tally("phase", Counter({"live": 1})) == "Live"


@pytest.mark.parametrize(("value", "band"), [(None, ""), (0, "small"), (100_000, "medium"), (10_000_000, "very-large")])
def test_size_bands(value, band) -> None:
    assert band_of(None if value is None else Decimal(value)) == band


def test_alike_by_group_or_else_by_division() -> None:
    hosting, other = Kind(frozenset(["Hosting"]), frozenset(["72"])), Kind(frozenset(["Data"]), frozenset(["72"]))
    bare = Kind(divisions=divisions_of(["72000000", "7", "x2"]))
    assert [are_alike(hosting, kind, ()) for kind in (hosting, other, bare, Kind())] == [True, False, True, False]
    assert not are_alike(bare, bare, ("phase",))
