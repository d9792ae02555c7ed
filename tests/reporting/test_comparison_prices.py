"""Real terms: the table of deflators, financial years, and sums whose days are not known."""

from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.comparison.prices import Prices, days_by_year, deflator, year_name, year_of

YEARS = st.sampled_from(deflator().years)
DAYS = st.dates(min_value=date(2005, 1, 1), max_value=date(2035, 12, 31))


def test_table_has_every_year_once_and_says_where_it_is_from() -> None:
    table = deflator()
    starts = [int(year[:4]) for year in table.years]
    assert [year_name(start) for start in starts] == table.years
    assert all(after - before == 1 for before, after in itertools.pairwise(starts))
    assert table.index["2024-25"] == 100
    assert all(value > 0 for value in table.index.values())
    assert (table.publisher, table.published.isoformat(), table.forecast_from) == (
        "HM Treasury",
        "2026-03-31",
        "2025-26",
    )
    assert table.note


@pytest.mark.parametrize(
    ("day", "name"),
    [(date(2026, 3, 31), "2025-26"), (date(2026, 4, 1), "2026-27"), (date(1999, 12, 1), "1999-00")],
)
def test_financial_year_begins_in_april(day, name) -> None:
    assert year_name(year_of(day)) == name


def test_spend_is_put_into_the_prices_of_the_base() -> None:
    assert round(Prices("2024-25").in_year(Decimal("808.738"), 2019), 2) == Decimal("1000.00")
    assert Prices("2024-25").in_year(Decimal(100), 2024) == 100
    assert Prices().in_year(Decimal(100), 2019) == 100


def test_year_outside_the_table_counts_as_the_nearest() -> None:
    prices = Prices("2024-25")
    assert prices.in_year(Decimal(100), 1990) == prices.in_year(Decimal(100), 2009)
    assert prices.in_year(Decimal(100), 2060) == prices.in_year(Decimal(100), 2030)


@given(DAYS, DAYS)
def test_days_of_the_years_add_up(one, other) -> None:
    start, end = sorted((one, other))
    parts = list(days_by_year(start, end))
    assert sum(days for _, days in parts) == (end - start).days + 1
    assert [year for year, _ in parts] == list(range(year_of(start), year_of(end) + 1))


@given(st.decimals(min_value=0, max_value=10**9, places=2), YEARS, DAYS, DAYS)
def test_spread_sum_lies_between_its_dearest_and_cheapest_year(amount, base, one, other) -> None:
    start, end = sorted((one, other))
    prices = Prices(base)
    years = [prices.in_year(amount, year) for year in range(year_of(start), year_of(end) + 1)]
    spread = prices.over(amount, start, end)
    assert min(years) - Decimal("0.01") <= spread <= max(years) + Decimal("0.01")


def test_end_before_the_start_counts_as_one_day() -> None:
    prices = Prices("2024-25")
    amount = prices.over(Decimal(100), date(2019, 6, 1), date(2018, 6, 1))
    assert round(amount, 6) == round(prices.in_year(Decimal(100), 2019), 6)
