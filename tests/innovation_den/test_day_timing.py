"""A room by the clock: what is on, what comes next, and how late it is."""

from __future__ import annotations

from datetime import datetime, timedelta

from innovation_den.choices import SLOT_TRANSITIONS, SlotState
from innovation_den.models import Pitch, Room, Session, Slot
from innovation_den.queries.day import STEPS
from innovation_den.timing import RoomDay, room_day
from tests.innovation_den.makers import MORNING

LENGTH = timedelta(minutes=20)


def at(minutes: int) -> datetime:
    return MORNING + timedelta(minutes=minutes)


def slots_at(*starts: int, **states: str) -> list[Slot]:
    """Slots that are in no database; `first`, `second` and so on say the state of each that is not planned."""
    names = ["first", "second", "third", "fourth"]
    return [
        Slot(
            pk=number,
            pitch=Pitch(title=names[number]),
            session=Session(),
            starts_at=at(start),
            ends_at=at(start) + LENGTH,
            state=states.get(names[number], SlotState.PLANNED),
        )
        for number, start in enumerate(starts)
    ]


def seen(slots: list[Slot], minutes: int) -> RoomDay:
    return room_day(Room(name="Hall"), slots, at(minutes))


def expected(day: RoomDay) -> list[datetime | None]:
    return [turn.expected_at for turn in day.turns]


def test_before_the_first_slot_the_room_is_on_time() -> None:
    day = seen(slots_at(0, 20, 40), -5)
    assert (day.now, day.late, day.is_over) == (None, 0, False)
    assert day.next
    assert day.next.slot.pitch.title == "first"
    assert expected(day) == [at(0), at(20), at(40)]


def test_first_that_has_not_begun_makes_the_room_late_minute_by_minute() -> None:
    slots = slots_at(0, 20)
    assert [seen(slots, minutes).late for minutes in (0, 1, 7)] == [0, 1, 7]
    assert expected(seen(slots, 7)) == [at(7), at(27)]


def test_pitch_that_began_late_keeps_its_length_and_pushes_back_the_rest() -> None:
    slots = slots_at(0, 20, 40, first=SlotState.PITCHING)
    slots[0].began_at = at(6)
    day = seen(slots, 10)
    assert day.now
    assert (day.now.late, day.now.ends_at) == (6, at(26))
    assert (day.late, expected(day)) == (6, [None, at(26), at(46)])


def test_pitch_that_runs_over_makes_the_room_later() -> None:
    slots = slots_at(0, 20, first=SlotState.PITCHING)
    slots[0].began_at = at(0)
    assert [seen(slots, minutes).late for minutes in (15, 20, 24)] == [0, 0, 4]


def test_break_takes_up_the_delay() -> None:
    slots = slots_at(0, 35, 55, first=SlotState.PITCHING)
    slots[0].began_at = at(10)
    day = seen(slots, 12)
    assert (day.late, expected(day)) == (0, [None, at(35), at(55)])


def test_no_show_and_cancelled_slot_are_passed_over() -> None:
    slots = slots_at(0, 20, 40, first=SlotState.NO_SHOW)
    slots[1].cancelled_at = at(-60)
    day = seen(slots, 5)
    assert day.next
    assert day.next.slot.pitch.title == "third"
    assert (day.late, expected(day)) == (0, [None, None, at(40)])


def test_last_pitch_that_runs_over_is_late_against_its_own_end() -> None:
    slots = slots_at(0, first=SlotState.PITCHING)
    slots[0].began_at = at(3)
    day = seen(slots, 10)
    assert (day.next, day.late) == (None, 3)


def test_room_is_over_when_all_are_heard_or_did_not_come() -> None:
    day = seen(slots_at(0, 20, first=SlotState.HEARD, second=SlotState.NO_SHOW), 60)
    assert (day.is_over, day.late, day.now, day.next) == (True, 0, None, None)


def test_every_button_is_a_step_of_the_life_cycle() -> None:
    assert set(STEPS) == set(SlotState)
    assert [to for state, steps in STEPS.items() for to, _ in steps if to not in SLOT_TRANSITIONS[state]] == []
