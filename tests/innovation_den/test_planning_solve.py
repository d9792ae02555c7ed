"""The search for a plan: what it returns is valid, the best there is in small cases, and never lost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from innovation_den.planning.check import broken_rules, cost, penalties
from innovation_den.planning.overlap import is_connected
from innovation_den.planning.problem import Lock, Outcome, Plan, Problem, Room, Session, Span
from innovation_den.planning.solve import solve
from tests.innovation_den.planning_makers import (
    AFTERNOON,
    MORNING,
    TUESDAY,
    drawn,
    every_plan,
    loosened,
    panel,
    panellist,
    pitch,
    problem,
    session,
)

SECONDS = 20.0  # far more than any of these takes; a busy machine must not decide them


def best_of_all(asked: Problem) -> int | None:
    """The smallest penalty of any valid plan, found by trying every one."""
    return min((cost(asked, plan) for plan in every_plan(asked)), default=None)


@pytest.mark.parametrize("seed", range(8))
def test_solve_small_den_equals_every_plan_tried(seed: int) -> None:
    asked = drawn(seed, pitches=3 - seed % 2, rooms=1 + seed % 2, slots=2)

    answer = solve(asked, seconds=SECONDS)

    assert answer.best == best_of_all(asked)
    assert answer.outcome == (Outcome.INFEASIBLE if answer.best is None else Outcome.OPTIMAL)
    assert answer.bound == answer.best


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(100, 10_000), pitches=st.integers(1, 8), rooms=st.integers(1, 3), slots=st.integers(1, 4))
def test_solve_any_plan_keeps_every_rule(seed: int, pitches: int, rooms: int, slots: int) -> None:
    asked = drawn(seed, pitches=pitches, rooms=rooms, slots=slots, each=3)

    answer = solve(asked, seconds=2)

    if answer.plan is None:
        assert answer.outcome in (Outcome.INFEASIBLE, Outcome.UNKNOWN)
        assert answer.says or answer.outcome == Outcome.UNKNOWN
    else:
        assert broken_rules(asked, answer.plan) == []
        assert answer.best == cost(asked, answer.plan)
        assert answer.bound is not None
        assert answer.bound <= answer.best


def test_solve_full_session_needs_an_order_that_crosses_rooms() -> None:
    """Two rooms, two slots, and one supplier who hears one pitch in each room: the slots must differ."""
    asked = problem(
        pitches=tuple(pitch(n) for n in (1, 2, 3, 4)),
        panellists=(*panel(1, MORNING), *panel(4, MORNING)),
        sessions=(session(1, MORNING, slots=2, rooms=(1, 2)),),
        rooms=(Room(1), Room(2)),
    )

    answer = solve(asked, seconds=SECONDS)

    assert answer.outcome == Outcome.OPTIMAL
    assert broken_rules(asked, answer.plan or Plan({})) == []
    assert is_connected(answer.plan or Plan({}))


@pytest.mark.parametrize("most_forbidden", [12, -1], ids=["without slots", "with slots"])
def test_solve_overlap_is_worth_a_change_of_panel(monkeypatch: pytest.MonkeyPatch, most_forbidden: int) -> None:
    """Without the goal each room would keep its panel, and their scores could not be compared."""
    monkeypatch.setattr("innovation_den.planning.solve.MOST_FORBIDDEN", most_forbidden)
    asked = problem(
        pitches=tuple(pitch(n) for n in range(1, 7)),
        panellists=panel(each=2),
        sessions=(session(1, MORNING, rooms=(1, 2)),),
        rooms=(Room(1), Room(2)),
    )
    apart = replace(asked, weights=replace(asked.weights, overlap=0))

    joined, loose = solve(asked, seconds=SECONDS), solve(apart, seconds=SECONDS)

    assert joined.plan is not None
    assert loose.plan is not None
    assert (is_connected(joined.plan), is_connected(loose.plan)) == (True, False)
    assert {one.name: one.amount for one in penalties(asked, joined.plan)}["overlap"] == 0


def test_solve_overlap_that_cannot_be_is_counted_and_proven() -> None:
    """Two half-days with no panellist in common: two groups, whatever is done."""
    asked = problem(panellists=(*panel(1, MORNING), *panel(4, AFTERNOON)), sessions=(
        session(1, MORNING, slots=1), session(2, AFTERNOON, slots=1),
    ))  # fmt: skip

    answer = solve(asked, seconds=SECONDS)

    assert answer.outcome == Outcome.OPTIMAL
    assert {one.name: one.amount for one in penalties(asked, answer.plan or Plan({}))}["overlap"] == 1


def test_solve_keeps_locks() -> None:
    locks = {2: Lock(session=2, slot=1, room=2), 3: Lock(panel=frozenset({2, 3}))}
    asked = replace(loosened(drawn(6, pitches=4)), locked=locks)

    answer = solve(asked, seconds=SECONDS)

    assert answer.plan is not None
    held = answer.plan.places[2]
    assert (held.session, held.slot, held.room) == (2, 1, 2)
    assert answer.plan.places[3].panel >= {2, 3}


def test_solve_stopped_keeps_the_best() -> None:
    asked = loosened(drawn(3, pitches=20, rooms=3, slots=6, each=4))
    told: list[tuple[float, float | None, float | None]] = []

    answer = solve(
        asked,
        seconds=60,
        report=lambda seconds, best, bound: told.append((seconds, best, bound)),
        should_stop=lambda: any(best is not None for _, best, _ in told),
    )

    assert answer.plan is not None
    assert answer.seconds < 30
    assert broken_rules(asked, answer.plan) == []
    bests = [best for _, best, _ in told if best is not None]
    assert bests == sorted(bests, reverse=True)
    assert answer.best == bests[-1]


def test_solve_stopped_at_once_says_unknown() -> None:
    answer = solve(drawn(3, pitches=20, rooms=3, slots=6, each=4), seconds=0.0, should_stop=lambda: True)

    assert (answer.outcome, answer.plan, answer.gap) == (Outcome.UNKNOWN, None, None)


def test_solve_begins_with_the_previous_plan() -> None:
    asked = loosened(drawn(6, pitches=4))
    first = solve(asked, seconds=SECONDS)

    again = solve(replace(asked, previous=first.plan), seconds=SECONDS)

    assert first.plan is not None
    assert (again.best, again.outcome) == (first.best, Outcome.OPTIMAL)


def test_solve_without_panels_gives_times_and_rooms() -> None:
    asked = problem(
        pitches=tuple(pitch(n, firms=frozenset({n % 3})) for n in range(6)),
        panellists=(), panel_size=0, sessions=(session(1, MORNING, rooms=(1, 2)),), rooms=(Room(1), Room(2)),
    )  # fmt: skip

    answer = solve(asked, seconds=SECONDS)

    assert (answer.outcome, answer.best) == (Outcome.OPTIMAL, 0)
    assert broken_rules(asked, answer.plan or Plan({})) == []


def test_solve_sessions_that_overlap_in_time() -> None:
    """Two sessions of one morning, whose slots meet by halves, with one panel for both."""
    late = Session(2, TUESDAY, "am", ((9 * 60 + 10, 9 * 60 + 30), (9 * 60 + 50, 10 * 60 + 10)), (2,))
    asked = problem(
        pitches=tuple(pitch(n) for n in (1, 2, 3)),
        sessions=(session(1, MORNING, slots=2), late),
        rooms=(Room(1), Room(2)),
    )

    answer = solve(asked, seconds=SECONDS)

    assert answer.plan is not None
    assert broken_rules(asked, answer.plan) == []


def test_solve_panel_of_four_may_have_two_of_a_sector() -> None:
    asked = problem(panel_size=4, panellists=(*panel(), panellist(4, "local")))

    answer = solve(asked, seconds=SECONDS)

    assert answer.plan is not None
    assert answer.plan.places[1].panel == {1, 2, 3, 4}


def test_solve_busy_panellist_is_given_another_slot() -> None:
    busy = (Span(TUESDAY, 9 * 60, 9 * 60 + 40),)
    asked = problem(pitches=(pitch(1),), panellists=(*panel()[:2], panellist(3, "supplier", busy=busy)))

    answer = solve(asked, seconds=SECONDS)

    assert answer.plan is not None
    assert answer.plan.places[1].slot == 2


def test_solve_no_pitches_is_an_empty_plan() -> None:
    assert solve(problem(pitches=()), seconds=1).plan == Plan({})
