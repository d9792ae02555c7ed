"""The checker of plans: it lets a good plan pass, and names each rule that a changed one breaks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from innovation_den.planning.check import broken_rules, cost, penalties
from innovation_den.planning.problem import Lock, Place, Plan, Problem, Room, Session, Span, Weights
from tests.innovation_den.planning_makers import AFTERNOON, MORNING, TUESDAY, panel, panellist, pitch, problem, session

PANEL = frozenset({1, 2, 3})


def wide() -> Problem:
    """Two rooms, a morning and an afternoon, two panellists of each sector; panellist 4 comes in the morning only."""
    return problem(
        panellists=(panellist(4, "central", MORNING), *panel(), *panel(5)[1:], panellist(8, "central")),
        sessions=(session(1, MORNING, rooms=(1, 2)), session(2, AFTERNOON, rooms=(1, 2))),
        rooms=(Room(1, frozenset({"screen"})), Room(2)),
        pitches=(pitch(1, needs=frozenset({"screen"}), unavailable=frozenset({AFTERNOON})), pitch(2)),
    )


GOOD = Plan({1: Place(1, 0, 1, PANEL), 2: Place(1, 1, 1, PANEL)})


def moved(number: int, **changes: object) -> Plan:
    return Plan(GOOD.places | {number: replace(GOOD.places[number], **changes)})  # type: ignore[arg-type]


def rules(asked: Problem, plan: Plan) -> set[str]:
    return {broken.rule for broken in broken_rules(asked, plan)}


def test_check_good_plan_passes() -> None:
    assert broken_rules(wide(), GOOD) == []


@pytest.mark.parametrize(
    ("plan", "rule"),
    [
        (Plan({1: GOOD.places[1]}), "placed"),
        (Plan(GOOD.places | {9: Place(2, 0, 1, PANEL)}), "placed"),
        (moved(2, session=7), "time"),
        (moved(2, slot=3), "time"),
        (moved(2, slot=-1), "time"),
        (moved(2, room=7), "room"),
        (moved(1, room=2), "room_needs"),
        (moved(2, slot=0), "room_twice"),
        (moved(2, slot=0, room=2), "panellist_twice"),
        (moved(1, session=2), "firm_away"),
        (moved(2, panel=frozenset({1, 2})), "panel_size"),
        (moved(2, panel=frozenset({1, 2, 9})), "panel_size"),
        (moved(2, panel=frozenset({1, 4, 2})), "panel_sectors"),
        (moved(2, session=2, panel=frozenset({4, 2, 3})), "panellist_away"),
    ],
)
def test_check_changed_plan_is_caught(plan: Plan, rule: str) -> None:
    assert rule in rules(wide(), plan)


def test_check_conflict_of_interest_is_caught() -> None:
    asked = wide()
    asked = replace(
        asked,
        panellists=tuple(replace(one, conflicts=frozenset({2})) if one.id == 1 else one for one in asked.panellists),
    )

    assert [(one.rule, one.pitches, one.panellists) for one in broken_rules(asked, GOOD)] == [("conflict", (2,), (1,))]


def test_check_firm_with_two_pitches_at_once_is_caught() -> None:
    asked = replace(wide(), pitches=(pitch(1, firms=frozenset({7})), pitch(2, firms=frozenset({8, 7}))))

    assert rules(asked, Plan({1: Place(1, 0, 1, PANEL), 2: Place(1, 0, 2, frozenset({8, 6, 7}))})) == {"firm_twice"}


def test_check_one_person_under_two_ids_is_one_person() -> None:
    asked = wide()
    asked = replace(
        asked, panellists=tuple(replace(one, person=50) if one.id in {1, 8} else one for one in asked.panellists)
    )

    assert rules(asked, moved(2, slot=0, room=2, panel=frozenset({8, 6, 7}))) == {"panellist_twice"}


def test_check_booked_elsewhere_is_caught() -> None:
    busy = (Span(TUESDAY, 9 * 60 + 25, 9 * 60 + 30),)
    asked = problem(
        panellists=tuple(replace(one, busy=busy) for one in panel()), pitches=(pitch(1), pitch(2, busy=busy))
    )

    assert [one.rule for one in broken_rules(asked, GOOD)] == ["firm_away", *["panellist_away"] * 3]


@pytest.mark.parametrize("limit", ["most_a_half_day", "most_in_all"])
def test_check_load_beyond_the_limit_is_caught(limit: str) -> None:
    asked = problem(panellists=tuple(replace(one, **{limit: 1}) for one in panel()))

    assert rules(asked, GOOD) == {"load"}
    assert rules(problem(panellists=tuple(replace(one, **{limit: 2}) for one in panel())), GOOD) == set()


@pytest.mark.parametrize("lock", [Lock(session=2), Lock(slot=1), Lock(room=2), Lock(panel=frozenset({8}))])
def test_check_lock_that_is_not_kept_is_caught(lock: Lock) -> None:
    assert rules(replace(wide(), locked={1: lock}), GOOD) == {"locked"}


def test_check_overlapping_sessions_in_one_room_are_caught() -> None:
    """The second begins in the middle of the first one's slots."""
    late = Session(2, TUESDAY, "am", ((9 * 60 + 10, 9 * 60 + 30),), (1,))
    asked = problem(sessions=(session(1, MORNING), late))

    assert rules(asked, Plan({1: Place(1, 0, 1, PANEL), 2: Place(2, 0, 1, PANEL)})) == {"room_twice", "panellist_twice"}


def test_penalties_count_each_goal() -> None:
    asked = replace(
        wide(),
        pitches=(pitch(1, capabilities=frozenset({1, 2, 3})), pitch(2, wishes=frozenset({AFTERNOON}))),
        weights=Weights(),
    )
    expert = tuple(replace(one, expertise=frozenset({1})) if one.id == 1 else one for one in asked.panellists)
    asked = replace(asked, panellists=expert)
    plan = Plan({1: Place(1, 0, 1, PANEL), 2: Place(1, 1, 1, frozenset({8, 6, 7}))})

    found = {penalty.name: penalty.amount for penalty in penalties(asked, plan)}

    # Central 1 and 8 hear one each and 4 none; two of pitch 1's three capabilities nobody knows.
    assert found == {"overlap": 1, "half_days": 6, "changes": 3, "wishes": 1, "load": 1, "expertise": 2}
    assert cost(asked, plan) == 100 + 60 + 2 * 3 + 5 + 1 + 3 * 2


def test_plan_survives_json() -> None:
    assert Plan.from_json(GOOD.to_json()) == GOOD


@pytest.mark.parametrize("wrong", [{"sessions": (session(1, MORNING, rooms=(5,)),)}, {"pitches": (pitch(1), pitch(1))}])
def test_problem_that_cannot_be_read_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"rooms that are not there|same id"):
        problem(**wrong)
