"""The first plan: panels that stand all session. Valid for the checker, and the cheapest of its kind."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from innovation_den.planning.check import broken_rules, penalties
from innovation_den.planning.grid import Grid
from innovation_den.planning.model import Draft
from innovation_den.planning.order import in_order
from innovation_den.planning.problem import HalfDay, Lock, Plan, Problem, Span
from innovation_den.planning.standing import StandingModel
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

WEIGHED = ("half_days", "wishes")  # what the first plan looks at and the checker counts the same way


def stood(asked: Problem) -> tuple[Draft | None, int]:
    model, solver = StandingModel(Grid(asked)), cp_model.CpSolver()
    solver.parameters.num_workers = 1
    status = solver.solve(model.cp)
    assert status in (cp_model.OPTIMAL, cp_model.INFEASIBLE)
    if status == cp_model.INFEASIBLE:
        return None, 0
    return model.draft(solver.response_proto.solution), round(solver.objective_value)


def stands(asked: Problem, plan: Plan) -> bool:
    """One panel in each room of a session, free for the whole of it; nobody in two rooms of a half-day."""
    panels: dict[tuple[int, int], set[frozenset[int]]] = defaultdict(set)
    cells: dict[tuple[int, HalfDay], set[tuple[int, int]]] = defaultdict(set)
    for at in plan.places.values():
        panels[at.session, at.room].add(at.panel)
        for number in at.panel:
            cells[number, asked.session[at.session].half_day].add((at.session, at.room))
    grid = Grid(asked)
    is_free = all(
        grid.can_sit(asked.panellist[number], (held, slot))
        for (held, _), members in panels.items()
        for one in members
        for number in one
        for slot in range(len(asked.session[held].slots))
    )
    return is_free and {*map(len, panels.values()), *map(len, cells.values())} <= {1}


def weighed(asked: Problem, plan: Plan) -> int:
    return sum(one.cost for one in penalties(asked, plan) if one.name in WEIGHED)


def without_expertise(asked: Problem) -> Problem:
    return replace(asked, weights=replace(asked.weights, expertise=0))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), pitches=st.integers(1, 8), rooms=st.integers(1, 3), slots=st.integers(1, 4))
def test_standing_plan_keeps_every_rule(seed: int, pitches: int, rooms: int, slots: int) -> None:
    asked = drawn(seed, pitches=pitches, rooms=rooms, slots=slots, each=3)

    draft, _ = stood(asked)

    if draft is not None:
        plan, failed = in_order(Grid(asked), draft)
        if plan is None:  # two firms that share a slot: the order is looked for afterwards
            assert failed
            assert any(len(one.firms) > 1 for one in asked.pitches)
        else:
            assert broken_rules(asked, plan) == []
            assert stands(asked, plan)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), small=st.sampled_from([(3, 1, 1), (2, 1, 1), (2, 2, 1), (1, 1, 2)]))
def test_standing_small_den_equals_every_standing_plan_tried(seed: int, small: tuple[int, int, int]) -> None:
    pitches, rooms, each = small
    asked = without_expertise(drawn(seed, pitches=pitches, rooms=rooms, each=each))
    # The model counts a whole session's slots as load, which a plan need not fill: here nobody is near a limit.
    asked = replace(asked, panellists=tuple(replace(one, most_in_all=20) for one in asked.panellists))

    draft, worth = stood(asked)

    tried = [weighed(asked, plan) for plan in every_plan(asked) if stands(asked, plan)]
    assert (draft is not None) >= bool(tried)  # it may still lack an order, which the model does not look at
    if draft is not None and in_order(Grid(asked), draft)[0] is not None:
        assert worth == min(tried)


def test_standing_panel_must_be_free_for_the_whole_session() -> None:
    busy = (Span(TUESDAY, 9 * 60, 9 * 60 + 20),)
    asked = problem(panellists=(*panel()[:2], panellist(3, "supplier", busy=busy)))
    assert stood(asked)[0] is None
    later = problem(panellists=asked.panellists, sessions=(session(1, MORNING), session(2, AFTERNOON)))
    draft, _ = stood(later)
    assert draft is not None
    assert {cell[0] for cell in draft.cells.values()} == {2}


def test_standing_person_under_two_ids_stands_in_one_room() -> None:
    twins = (panellist(1, "central", person=9), panellist(2, "local", person=9), panellist(3, "supplier"))
    assert stood(problem(panellists=twins))[0] is None


@pytest.mark.parametrize(
    "locks",
    [
        {2: Lock(session=2)},
        {2: Lock(session=1, slot=2)},
        {1: Lock(panel=frozenset({1})), 2: Lock(panel=frozenset({4}))},  # both central: they never sit together
    ],
)
def test_standing_keeps_locks(locks: dict[int, Lock]) -> None:
    asked = problem(
        pitches=(pitch(1), pitch(2), pitch(3)), panellists=panel(each=2),
        sessions=(session(1, MORNING), session(2, AFTERNOON)), locked=locks,
    )  # fmt: skip
    draft, _ = stood(asked)
    assert draft is not None
    plan, _ = in_order(Grid(asked), draft)
    assert plan is not None
    assert broken_rules(asked, plan) == []
