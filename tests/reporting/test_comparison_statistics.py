"""Quartiles and percentiles: as numpy has them, within their bounds, in order, and not from too few."""

from __future__ import annotations

from decimal import Decimal

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.comparison.statistics import FEWEST_FOR_ENDS, FEWEST_PEERS, distribution, percentile, quantile

FIGURES = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
SHARES = st.integers(min_value=0, max_value=100).map(lambda number: Decimal(number) / 100)


@given(st.lists(FIGURES, min_size=1, max_size=40), SHARES)
def test_quantile_is_that_of_numpy(values, share) -> None:
    ours = float(quantile(sorted(values), share))
    theirs = float(numpy.quantile([float(value) for value in values], float(share), method="linear"))
    assert ours == pytest.approx(theirs, abs=1e-4, rel=1e-9)


@given(st.lists(FIGURES, min_size=1, max_size=40), SHARES, SHARES)
def test_quantiles_are_in_order_and_among_the_values(values, one, other) -> None:
    ordered = sorted(values)
    low, high = (quantile(ordered, share) for share in sorted((one, other)))
    assert ordered[0] <= low <= high <= ordered[-1]


@given(st.lists(FIGURES, min_size=FEWEST_PEERS, max_size=40), FIGURES, FIGURES)
def test_percentile_grows_with_the_value(peers, one, other) -> None:
    low, high = sorted((one, other))
    assert 0 <= percentile(low, peers) <= percentile(high, peers) <= 100


@given(st.lists(FIGURES, min_size=FEWEST_PEERS, max_size=40), FIGURES)
def test_percentile_does_not_hang_on_the_order(peers, value) -> None:
    assert percentile(value, peers) == percentile(value, reversed(peers))


@given(st.lists(FIGURES, min_size=FEWEST_PEERS, max_size=40), FIGURES)
def test_percentile_from_below_and_from_above_are_one_whole(peers, value) -> None:
    below = percentile(value, peers)
    above = percentile(-value, [-peer for peer in peers])
    assert abs(below + above - 100) <= 1  # both are rounded half up


@given(st.lists(FIGURES, max_size=FEWEST_PEERS - 1), FIGURES)
def test_too_few_peers_give_no_percentile(peers, value) -> None:
    assert percentile(value, peers) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, 0), (1, 10), (3, 50), (Decimal("2.5"), 40), (5, 90), (6, 100)],
)
def test_percentile_counts_half_of_the_ties(value, expected) -> None:
    assert percentile(value, [1, 2, 3, 4, 5]) == expected


def test_all_alike_are_in_the_middle() -> None:
    assert percentile(7, [7] * 9) == 50


@given(st.lists(FIGURES, min_size=1, max_size=40))
def test_distribution_shows_the_ends_only_of_many(values) -> None:
    found = distribution(values)
    assert found.low <= found.middle <= found.high
    ends = (min(values), max(values)) if len(values) >= FEWEST_FOR_ENDS else (None, None)
    assert (found.lowest, found.highest) == ends


def test_distribution_of_nothing() -> None:
    assert distribution([]) is None
