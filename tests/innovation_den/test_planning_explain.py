"""Why there is no plan: in words that name who, when and how many, and what would mend it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from innovation_den.planning.explain import why_none
from innovation_den.planning.problem import Lock, Outcome, Problem, Room
from innovation_den.planning.relax import what_would_mend
from innovation_den.planning.solve import solve
from tests.innovation_den.planning_makers import (
    AFTERNOON,
    MORNING,
    NEXT_MORNING,
    panel,
    panellist,
    pitch,
    problem,
    session,
)

TWO = (pitch(1, name="Quieter buses"), pitch(2, name="Warmer homes"))


def crowded() -> Problem:
    """Nine pitches on one morning in three rooms of three slots, with two of local government."""
    return problem(
        pitches=tuple(pitch(n) for n in range(1, 10)),
        panellists=panel(each=3)[:7] + panel(8)[2:] + (panellist(20, "local", AFTERNOON),),
        sessions=(session(1, MORNING, rooms=(1, 2, 3)),),
        rooms=(Room(1), Room(2), Room(3)),
    )


CASES: dict[str, tuple[Problem, str]] = {
    "sector too small on a half-day": (
        crowded(),
        "Only two local-government panellists are free on Tuesday morning (24 November); three are needed. Nine "
        "pitches must be heard on Tuesday morning (24 November), and they hear 6 at most. Ask one more to come then, "
        "or raise a load limit.",
    ),
    "no session": (
        problem(pitches=(replace(TWO[0], unavailable=frozenset({MORNING})), TWO[1])),
        "The firms of “Quieter buses” can come to no session. Ask them for another half-day, or add a session.",
    ),
    "no room": (
        problem(pitches=(replace(TWO[0], needs=frozenset({"hearing_loop"})), TWO[1])),
        "No room has all that “Quieter buses” needs (hearing loop) when its firms can come. Add such a room.",
    ),
    "no panel without a conflict": (
        problem(
            pitches=TWO,
            panellists=(*panel()[:2], panellist(3, "supplier", conflicts=frozenset({2}))),
        ),
        "“Warmer homes” could be heard on Tuesday morning (24 November), but no large-supplier panellist without a "
        "conflict is free then. Ask one more, or ask its firms for another half-day.",
    ),
    "too few places": (
        problem(pitches=(*TWO, pitch(3), pitch(4))),
        "Four pitches must be heard on Tuesday morning (24 November), where there are 3 places. "
        "Add a room, a session or one slot.",
    ),
    "load in all": (
        problem(pitches=TWO, panellists=(*panel()[:2], panellist(3, "supplier", MORNING, most_in_all=1))),
        "The one large-supplier panellist hears 1 at most, and there are 2 pitches. "
        "Ask more of them, for more half-days, or raise their load limits.",
    ),
    "one firm, one time": (
        problem(
            pitches=tuple(replace(one, firms=frozenset({7})) for one in TWO),
            sessions=(session(1, MORNING, slots=1, rooms=(1, 2)),),
            rooms=(Room(1), Room(2)),
            panellists=panel(each=2),
        ),
        "One firm gives “Quieter buses” and “Warmer homes”, and can come at one time only. "
        "Ask it for another half-day.",
    ),
    "locked together": (
        problem(pitches=TWO, locked={1: Lock(1, 0, 1), 2: Lock(1, 0, 1)}),
        "“Quieter buses” and “Warmer homes” are locked to the same room at the same time. Unlock one of them.",
    ),
    "locked conflict": (
        problem(
            pitches=TWO,
            locked={1: Lock(panel=frozenset({4}))},
            panellists=(*panel(), panellist(4, "central", conflicts=frozenset({1}), name="A. Morgan")),
        ),
        "A. Morgan is locked to “Quieter buses”, but has a conflict of interest with it. Unlock it.",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_explain_says_why_in_words(name: str) -> None:
    asked, reason = CASES[name]

    answer = solve(asked, seconds=20)

    assert answer.outcome == Outcome.INFEASIBLE
    assert reason in answer.says


def test_explain_possible_plan_has_no_reasons() -> None:
    assert why_none(problem()) == []


def test_explain_two_days_together_are_too_small() -> None:
    """Each day has room for its own; what may go to either finds none."""
    asked = problem(
        pitches=tuple(pitch(n) for n in range(1, 6)),
        panellists=panel(1, MORNING, NEXT_MORNING),
        sessions=(session(1, MORNING, slots=2), session(2, NEXT_MORNING, slots=2)),
    )

    assert why_none(asked) == [
        "Five pitches must be heard on Tuesday morning (24 November) and on Wednesday morning (25 November), where "
        "there are 4 places. Add a room, a session or one slot."
    ]


def test_explain_what_counting_misses_is_searched_for() -> None:
    """Two of central government are free, but only one of them may hear these two, which clash."""
    asked = problem(
        pitches=(
            pitch(1, unavailable=frozenset({AFTERNOON})),
            pitch(2, unavailable=frozenset({AFTERNOON}), name="Warmer homes"),
        ),
        panellists=(*panel(), *panel(5)[1:], panellist(4, "central", MORNING, conflicts=frozenset({1, 2}))),
        sessions=(session(1, MORNING, slots=1, rooms=(1, 2)), session(2, AFTERNOON, slots=1)),
        rooms=(Room(1), Room(2)),
    )

    answer = solve(asked, seconds=20)

    assert answer.outcome == Outcome.INFEASIBLE
    assert len(answer.says) == 1
    assert "could be heard on Tuesday afternoon (24 November), there would be a plan." in answer.says[0]


def test_explain_names_the_fewest_half_days_to_ask_for() -> None:
    asked = problem(
        pitches=(pitch(1), pitch(2)),
        sessions=(session(1, MORNING, slots=1), session(2, AFTERNOON, slots=1)),
        panellists=(*panel()[:2], panellist(3, "supplier", MORNING, name="B. Osei")),
    )

    assert "If B. Osei could come on Tuesday afternoon (24 November), there would be a plan." in what_would_mend(
        asked, seconds=20
    )


def test_explain_names_the_lock_that_stands_in_the_way() -> None:
    asked = problem(locked={1: Lock(slot=0, session=1), 2: Lock(slot=0, session=1)})

    assert "Without the locks there is a plan. Unlock some of what is locked, and plan again." in what_would_mend(
        asked, seconds=20
    )
