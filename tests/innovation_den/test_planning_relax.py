"""What would make a plan possible: each sentence is true and asks for the least, and none that is true is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from innovation_den.planning.problem import SECTORS, HalfDay, Lock, Problem, half_day_in_words
from innovation_den.planning.relax import what_would_mend
from tests.innovation_den.planning_makers import (
    AFTERNOON,
    MORNING,
    drawn,
    every_plan,
    panel,
    panellist,
    pitch,
    problem,
    session,
)

Change = tuple[int, HalfDay]
SECONDS = 60.0  # far more than any of these takes


def has_plan(asked: Problem) -> bool:
    return next(every_plan(asked), None) is not None


def coming(asked: Problem, changes: Iterable[Change]) -> Problem:
    """Panellists come on half-days that they did not offer."""
    more = [*changes]
    return replace(
        asked,
        panellists=tuple(
            replace(one, free=one.free | {day for number, day in more if number == one.id}) for one in asked.panellists
        ),
    )


def heard(asked: Problem, changes: Iterable[Change]) -> Problem:
    """Firms come on half-days on which they said that they cannot."""
    more = [*changes]
    return replace(
        asked,
        pitches=tuple(
            replace(one, unavailable=one.unavailable - {day for number, day in more if number == one.id})
            for one in asked.pitches
        ),
    )


def fewest(options: list[Change], changed: Callable[[Iterable[Change]], Problem]) -> int | None:
    """How many of these changes make a plan possible, at least, by trying all; None where all of them do not."""
    if not has_plan(changed(options)):
        return None
    return next(
        many
        for many in range(len(options) + 1)
        if any(has_plan(changed(chosen)) for chosen in combinations(options, many))
    )


def named(says: list[str], words: str, options: list[Change], names: dict[int, str]) -> list[Change]:
    """The changes that a sentence of this kind names."""
    return [
        (number, day)
        for number, day in options
        if any(words.format(names[number], half_day_in_words(day)) in line for line in says)
    ]


def assert_changes_are_least(
    says: list[str], words: str, options: list[Change], names: dict[int, str],
    changed: Callable[[Iterable[Change]], Problem],
) -> None:  # fmt: skip
    chosen, least = named(says, words, options, names), fewest(options, changed)
    assert len(chosen) == (least or 0)
    assert least is None or has_plan(changed(chosen))


@settings(max_examples=50, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), small=st.sampled_from([(2, 1, 1, 1), (2, 1, 2, 1), (3, 1, 1, 1), (1, 2, 1, 2)]))
def test_every_sentence_is_true_and_asks_for_the_least(seed: int, small: tuple[int, int, int, int]) -> None:
    pitches, rooms, slots, each = small
    asked = drawn(seed, pitches=pitches, rooms=rooms, slots=slots, each=each)
    assume(not has_plan(asked))
    names = asked.names

    says = what_would_mend(asked, seconds=SECONDS)

    offered = [(one.id, day) for one in asked.panellists for day in asked.half_days if day not in one.free]
    assert_changes_are_least(
        says, "{} could come on {}", offered, dict(names.panellists), lambda chosen: coming(asked, chosen)
    )
    away = [(one.id, day) for one in asked.pitches for day in sorted(one.unavailable)]
    assert_changes_are_least(
        says, "“{}” could be heard on {}", away, dict(names.pitches), lambda chosen: heard(asked, chosen)
    )
    raised = tuple(replace(one, most_a_half_day=9, most_in_all=9) for one in asked.panellists)
    assert any("load limits" in line for line in says) == has_plan(replace(asked, panellists=raised))
    without = tuple(replace(one, needs=frozenset()) for one in asked.pitches)
    needs = any(one.needs for one in asked.pitches)
    assert any("what the pitches need" in line for line in says) == (
        needs and has_plan(replace(asked, pitches=without))
    )
    assert says


@settings(max_examples=20, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_nothing_is_said_where_there_is_a_plan(seed: int) -> None:
    asked = drawn(seed, pitches=2, rooms=1, slots=2, each=2)
    assume(has_plan(asked))
    assert what_would_mend(asked, seconds=SECONDS) == []


def test_locks_that_stand_in_the_way_are_named() -> None:
    asked = problem(locked={1: Lock(session=1, slot=0), 2: Lock(session=1, slot=0)})
    assert what_would_mend(asked, seconds=SECONDS) == [
        "Without the locks there is a plan. Unlock some of what is locked, and plan again."
    ]


def test_conflict_never_gives() -> None:
    """One supplier, and a conflict: nothing but another panellist would help."""
    asked = problem(pitches=(pitch(1),), panellists=(*panel()[:2], panellist(3, "supplier", conflicts=frozenset({1}))))
    (only,) = what_would_mend(asked, seconds=SECONDS)
    assert only.startswith("No single kind of change was found")


@pytest.mark.parametrize("twins", [True, False])
def test_two_half_days_are_asked_for_where_one_is_not_enough(twins: bool) -> None:
    """The local member comes on the wrong half-day, and the supplier too."""
    people = (
        panellist(1, "central"), panellist(2, "local", AFTERNOON), panellist(3, "supplier", AFTERNOON),
        *((panellist(4, "supplier", AFTERNOON),) if twins else ()),
    )  # fmt: skip
    (says,) = what_would_mend(
        problem(pitches=(pitch(1),), panellists=people, sessions=(session(1, MORNING),)), seconds=SECONDS
    )
    assert says.startswith("If Panellist 2 could come on Tuesday morning (24 November) and Panellist ")
    assert says.count("could come on") == 2


def test_no_more_firms_are_asked_to_come_than_must() -> None:
    """Five who cannot come in the morning, and four slots after noon: one of them is enough."""
    asked = problem(
        pitches=tuple(pitch(n, unavailable=frozenset({MORNING})) for n in range(1, 6)),
        sessions=(session(1, MORNING, slots=6), session(2, AFTERNOON, slots=4)),
    )
    (says,) = what_would_mend(asked, seconds=SECONDS)
    assert says.count("could be heard on Tuesday morning (24 November)") == 1


@pytest.mark.parametrize("limit", [{"most_a_half_day": 1}, {"most_in_all": 1}])
def test_either_limit_of_load_may_stand_in_the_way(limit: dict[str, Any]) -> None:
    asked = problem(panellists=tuple(panellist(n, sector, **limit) for n, sector in enumerate(SECTORS)))
    assert what_would_mend(asked, seconds=SECONDS) == [
        "If panellists could hear more pitches, there would be a plan. Raise the load limits."
    ]
