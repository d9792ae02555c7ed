"""The whole problem in one model, slots too: whatever it finds is valid, and its best is the best there is."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from innovation_den.planning.check import broken_rules, cost
from innovation_den.planning.grid import Grid
from innovation_den.planning.order import with_rooms
from innovation_den.planning.problem import Plan, Problem, Room, Session, Span
from innovation_den.planning.repair import repair
from innovation_den.planning.solve import solve
from innovation_den.planning.timed import TimedModel
from tests.innovation_den.planning_makers import (
    AFTERNOON,
    MORNING,
    TUESDAY,
    drawn,
    every_plan,
    panel,
    panellist,
    pitch,
    problem,
    session,
)

NINE = 9 * 60


def solved(asked: Problem, hint: Plan | None = None) -> tuple[Plan | None, int]:
    """The best plan of the model and its penalty; with a hint, what the model makes of that plan alone."""
    grid, solver = Grid(asked), cp_model.CpSolver()
    model = TimedModel(grid)
    model.cp.minimize(model.penalty)
    if hint is not None:
        model.plan_hint(hint)
        solver.parameters.fix_variables_to_their_hinted_value = True
    solver.parameters.num_workers = 1
    status = solver.solve(model.cp)
    assert status in (cp_model.OPTIMAL, cp_model.INFEASIBLE)
    if status == cp_model.INFEASIBLE:
        return None, 0
    solution = solver.response_proto.solution
    times = {number: time for (number, time), var in model.when.items() if solution[var.index]}
    return with_rooms(grid, model.draft(solution), times), round(solver.objective_value)


def uneven(seed: int, **size: int) -> Problem:
    """Drawn, with a session that overlaps the morning's by halves, slots of two lengths, and people busy elsewhere.

    Links between panels are left out: the model learns of them from outside.
    """
    chance, asked = Random(seed), drawn(seed, **size)
    late = Session(9, TUESDAY, "am", ((NINE + 10, NINE + 40), (NINE + 40, NINE + 55)), (1,))
    busy = [(Span(TUESDAY, NINE, NINE + 25),), (Span(TUESDAY, NINE + 30, NINE + 50),), (), ()]
    return replace(
        asked,
        sessions=(asked.sessions[0], late),
        pitches=tuple(replace(one, busy=chance.choice(busy)) for one in asked.pitches),
        panellists=tuple(replace(one, busy=chance.choice(busy)) for one in asked.panellists),
        weights=replace(asked.weights, overlap=0),
    )


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), pitches=st.integers(1, 5), rooms=st.integers(1, 3), slots=st.integers(1, 3))
def test_timed_plan_keeps_every_rule(seed: int, pitches: int, rooms: int, slots: int) -> None:
    asked = uneven(seed, pitches=pitches, rooms=rooms, slots=slots, each=3)

    plan, worth = solved(asked)

    if plan is not None:
        assert broken_rules(asked, plan) == []
        assert cost(asked, plan) == worth


@settings(max_examples=30, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), small=st.sampled_from([(3, 1, 1), (2, 2, 1), (1, 2, 2)]))
def test_timed_small_den_equals_every_plan_tried(seed: int, small: tuple[int, int, int]) -> None:
    pitches, rooms, each = small
    asked = uneven(seed, pitches=pitches, rooms=rooms, each=each)

    plan, worth = solved(asked)

    tried = [cost(asked, one) for one in every_plan(asked)]
    assert (plan is not None) == bool(tried)
    if plan is not None:
        assert worth == min(tried)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_search_and_repair_with_slots_of_several_lengths(seed: int) -> None:
    asked = uneven(seed, pitches=2, rooms=2, each=1)
    tried = [cost(asked, one) for one in every_plan(asked)]

    answer = solve(asked, seconds=20)

    assert answer.best == min(tried, default=None)
    if answer.plan is not None:
        mended = repair(asked, answer.plan, seconds=20)
        assert mended.plan == answer.plan


@settings(max_examples=30, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), data=st.data())
def test_timed_hint_is_the_whole_of_a_plan(seed: int, data: st.DataObject) -> None:
    """Held to its hints the model gives that very plan, at the price that the checker names."""
    asked = uneven(seed, pitches=2, rooms=2, each=1)
    plans = [*every_plan(asked)]
    if not plans:
        return
    chosen = data.draw(st.sampled_from(plans))

    plan, worth = solved(asked, hint=chosen)

    assert plan == chosen
    assert worth == cost(asked, chosen)


FIRST_SLOT_ALONE = (Span(TUESDAY, NINE + 20, NINE + 60),)


def test_timed_firm_with_two_pitches_is_in_one_room_at_a_time() -> None:
    """There are rooms and panels for both at once, but each firm can come to the first slot alone."""
    asked = problem(
        pitches=tuple(pitch(n, firms=frozenset({7, n}), busy=FIRST_SLOT_ALONE) for n in (1, 2)),
        panellists=panel(each=2), sessions=(session(1, MORNING, rooms=(1, 2)),), rooms=(Room(1), Room(2)),
    )  # fmt: skip
    assert solved(asked)[0] is None
    plan, _ = solved(replace(asked, pitches=(asked.pitches[0], pitch(2, busy=FIRST_SLOT_ALONE))))
    assert plan is not None
    assert {at.room for at in plan.places.values()} == {1, 2}


def test_timed_room_is_for_one_pitch_at_a_time() -> None:
    """Both need the screen, which one of two rooms has, and can come to the first slot alone."""
    screen = frozenset({"screen"})
    asked = problem(
        pitches=tuple(pitch(n, needs=screen, busy=FIRST_SLOT_ALONE) for n in (1, 2)), panellists=panel(each=2),
        sessions=(session(1, MORNING, rooms=(1, 2)),), rooms=(Room(1, screen), Room(2)),
    )  # fmt: skip
    assert solved(asked)[0] is None
    assert solved(replace(asked, rooms=(Room(1, screen), Room(2, screen))))[0] is not None


def test_timed_panel_between_two_rooms_takes_turns() -> None:
    """Two rooms at once and one panel: one pitch in each slot, though two rooms stand open."""
    asked = problem(
        pitches=tuple(pitch(n) for n in (1, 2, 3)), sessions=(session(1, MORNING, rooms=(1, 2)),),
        rooms=(Room(1), Room(2)),
    )  # fmt: skip
    plan, _ = solved(asked)
    assert plan is not None
    assert {at.slot for at in plan.places.values()} == {0, 1, 2}
    assert solved(replace(asked, pitches=(*asked.pitches, pitch(4))))[0] is None


def test_timed_panellist_who_is_busy_for_a_part_hears_the_rest() -> None:
    busy = (Span(TUESDAY, NINE + 5, NINE + 40),)
    asked = problem(pitches=(pitch(1),), panellists=(*panel()[:2], panellist(3, "supplier", MORNING, busy=busy)))
    plan, _ = solved(asked)
    assert plan is not None
    assert plan.places[1].slot == 2
    assert solved(replace(asked, pitches=(pitch(1), pitch(2))))[0] is None
    more = replace(asked, sessions=(*asked.sessions, session(2, AFTERNOON)), pitches=(pitch(1), pitch(2)))
    assert solved(more)[0] is None  # the third comes in the morning alone
