"""Mending a plan after somebody dropped out: as few moves as must be, and in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from innovation_den.planning.check import broken_rules
from innovation_den.planning.differences import differences
from innovation_den.planning.overlap import is_connected, missing_links, parts_of
from innovation_den.planning.problem import Lock, Outcome, Place, Plan, Problem, Room
from innovation_den.planning.repair import Moves, moves_between, repair
from innovation_den.planning.solve import solve
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

SECONDS = 20.0
PANEL = frozenset({1, 2, 3})


def two_halves() -> Problem:
    """Four pitches in a morning and an afternoon of three slots; a fourth panellist could stand in for the first."""
    return problem(
        pitches=tuple(pitch(n, name=f"Pitch {n}") for n in range(1, 5)),
        panellists=(*panel(), panellist(4, "central", MORNING, name="C. Iqbal")),
        sessions=(session(1, MORNING), session(2, AFTERNOON)),
    )


BEFORE = Plan({
    1: Place(1, 0, 1, PANEL), 2: Place(1, 1, 1, PANEL), 3: Place(2, 0, 1, PANEL), 4: Place(2, 1, 1, PANEL),
})  # fmt: skip


def without(asked: Problem, number: int, *free: object) -> Problem:
    return replace(
        asked,
        panellists=tuple(
            replace(one, free=frozenset(free)) if one.id == number else one  # type: ignore[arg-type]
            for one in asked.panellists
        ),
    )


def test_repair_valid_plan_moves_nothing() -> None:
    answer = repair(two_halves(), BEFORE, seconds=SECONDS)

    assert answer.plan is not None
    assert moves_between(BEFORE, answer.plan) == Moves(0, 0, 0)
    assert answer.says == ("None of the 4 pitches has to move.",)


def test_repair_reseats_where_somebody_can_stand_in() -> None:
    asked = without(two_halves(), 1, AFTERNOON)

    answer = repair(asked, BEFORE, seconds=SECONDS)

    assert answer.plan is not None
    assert broken_rules(asked, answer.plan) == []
    assert moves_between(BEFORE, answer.plan) == Moves(0, 0, 2)
    assert answer.says[0].endswith("Fewer are not possible.")
    assert differences(BEFORE, answer.plan, asked.names) == [
        "On the panel of “Pitch 1”, C. Iqbal takes the place of Panellist 1.",
        "On the panel of “Pitch 2”, C. Iqbal takes the place of Panellist 1.",
    ]


def test_repair_moves_only_the_pitch_that_must_move() -> None:
    """Nobody can stand in for the supplier in the morning, and the afternoon has one slot left: one may stay away."""
    asked = replace(without(two_halves(), 3, AFTERNOON), pitches=tuple(pitch(n) for n in (1, 3, 4)))

    answer = repair(asked, BEFORE, seconds=SECONDS)

    assert answer.plan is not None
    assert moves_between(BEFORE, answer.plan) == Moves(1, 0, 0)
    assert answer.plan.places[1].time == (2, 2)
    assert answer.outcome == Outcome.OPTIMAL


def test_repair_firm_that_loses_a_half_day_moves_alone() -> None:
    asked = two_halves()
    changed = tuple(replace(one, unavailable=frozenset({MORNING})) if one.id == 2 else one for one in asked.pitches)

    answer = repair(replace(asked, pitches=changed), BEFORE, seconds=SECONDS)

    assert answer.plan is not None
    assert {n for n, place in answer.plan.places.items() if place != BEFORE.places[n]} == {2}


def test_repair_withdrawn_pitch_moves_nobody() -> None:
    asked = replace(two_halves(), pitches=tuple(pitch(n) for n in (1, 2, 3)))

    answer = repair(asked, BEFORE, seconds=SECONDS)

    assert answer.plan == Plan({n: BEFORE.places[n] for n in (1, 2, 3)})
    assert differences(BEFORE, answer.plan or BEFORE, two_halves().names) == [
        "“Pitch 4” is no longer on the programme."
    ]


def test_repair_new_pitch_takes_what_is_free() -> None:
    asked = replace(two_halves(), pitches=tuple(pitch(n) for n in range(1, 6)))

    answer = repair(asked, BEFORE, seconds=SECONDS)

    assert answer.plan is not None
    assert moves_between(BEFORE, answer.plan) == Moves(0, 0, 0)
    assert broken_rules(asked, answer.plan) == []


def test_repair_pushes_another_aside_where_it_must() -> None:
    """The first may only come in the afternoon, which is full: one of those there has to make room."""
    asked = problem(
        pitches=(pitch(1, unavailable=frozenset({MORNING})), pitch(2), pitch(3)),
        sessions=(session(1, MORNING, slots=1), session(2, AFTERNOON, slots=2)),
    )
    before = Plan({1: Place(1, 0, 1, PANEL), 2: Place(2, 0, 1, PANEL), 3: Place(2, 1, 1, PANEL)})

    answer = repair(asked, before, seconds=SECONDS)

    assert answer.plan is not None
    assert moves_between(before, answer.plan).times == 2
    assert answer.says[0].endswith("Fewer are not possible.")


def test_repair_keeps_locks() -> None:
    asked = replace(without(two_halves(), 3, AFTERNOON), locked={1: Lock(1, 0)})

    answer = repair(asked, BEFORE, seconds=SECONDS)

    assert answer.outcome == Outcome.INFEASIBLE
    assert answer.says


@pytest.mark.parametrize("seed", [52, 56, 59, 60])
def test_repair_small_den_equals_every_plan_tried(seed: int) -> None:
    asked = drawn(seed, pitches=3, rooms=1, slots=2)
    before = solve(asked, seconds=SECONDS).plan
    assert before is not None
    asked = without(asked, min(before.places[1].panel), AFTERNOON)

    answer = repair(asked, before, seconds=SECONDS)

    moves = [moves_between(before, plan) for plan in every_plan(asked)]
    assert (answer.plan is None) == (not moves)
    if answer.plan is not None:
        assert moves_between(before, answer.plan) == min(moves)


# --- Words and overlap -----------------------------------------------------------------------------------


def test_differences_say_time_room_and_panel() -> None:
    asked = replace(two_halves(), rooms=(Room(1, name="Oak"), Room(2, name="Elm")), sessions=(
        session(1, MORNING, rooms=(1, 2)), session(2, AFTERNOON, rooms=(1, 2)),
    ))  # fmt: skip
    after = Plan({
        1: Place(2, 2, 2, PANEL), 2: Place(1, 1, 2, frozenset({4, 2, 3})), 3: Place(2, 0, 1, frozenset({1, 2})),
        4: BEFORE.places[4], 5: Place(1, 2, 1, PANEL),
    })  # fmt: skip

    assert differences(BEFORE, after, asked.names) == [
        "“Pitch 1” moves from 9:00am on Tuesday 24 November to 2:10pm on Tuesday 24 November, in Elm.",
        "“Pitch 2” moves from Oak to Elm. On its panel, C. Iqbal takes the place of Panellist 1.",
        "Panellist 3 leaves the panel of “Pitch 3”.",
        "“Pitch 5” is new: 9:40am on Tuesday 24 November, in Oak, before Panellist 1, Panellist 2 and Panellist 3.",
    ]


def test_overlap_says_what_would_join_two_groups() -> None:
    asked = replace(two_halves(), panellists=(*panel(), *panel(4)))
    apart = Plan(BEFORE.places | {4: Place(2, 1, 1, frozenset({4, 5, 6}))})

    assert is_connected(BEFORE)
    assert not is_connected(apart)
    assert [sorted(part.pitches) for part in parts_of(apart)] == [[1, 2, 3], [4]]
    assert missing_links(asked, apart) == [
        "Nobody who hears “Pitch 4” hears any of the other pitches, so their scores cannot be compared. "
        "Panellist 1 could also hear “Pitch 4”."
    ]
