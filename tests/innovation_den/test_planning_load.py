"""How unequal loads must be: equal to the least of all ways in which people could share the pitches."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from innovation_den.planning.load import least_spread

DAYS = st.lists(st.integers(1, 3), max_size=3)


def every_way(capacities: list[list[int]], pitches: int) -> list[int]:
    """By half-days in all: everybody comes for some of theirs and hears something or nothing on each, all tried."""
    most_days = sum(map(len, capacities))
    spread = [pitches] * (most_days + 1)
    for heard in product(*(product(*(range(most + 1) for most in mine)) for mine in capacities)):
        loads = [sum(mine) for mine in heard]
        if sum(loads) == pitches:
            days = sum(1 for mine in heard for number in mine if number)
            unequal = max(loads, default=0) - min(loads, default=0)
            spread[days:] = [min(known, unequal) for known in spread[days:]]
    return spread


@settings(max_examples=150, deadline=None, derandomize=True)
@given(capacities=st.lists(DAYS, max_size=3), pitches=st.integers(0, 9))
def test_least_spread_equals_every_way_tried(capacities: list[list[int]], pitches: int) -> None:
    assert least_spread(capacities, pitches) == every_way(capacities, pitches)


def test_least_spread_counts_what_few_half_days_cost() -> None:
    """Three hear six pitches: on three half-days of two each equally, on two of three each one hears nothing."""
    assert least_spread([[2], [2], [2]], 6) == [6, 6, 6, 0]
    assert least_spread([[3], [3], [3]], 6) == [6, 6, 3, 0]


def test_least_spread_of_nobody_is_that_no_plan_has_it() -> None:
    assert least_spread([], 2) == [2]
    assert least_spread([[], [1]], 2) == [2, 2]
