"""Small dens to plan: made by hand, or drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations, product
from random import Random
from typing import Any

from innovation_den.planning.check import broken_rules
from innovation_den.planning.problem import SECTORS, HalfDay, Panellist, Pitch, Place, Plan, Problem, Room, Session

TUESDAY = date(2026, 11, 24)
MORNING, AFTERNOON = HalfDay(TUESDAY, "am"), HalfDay(TUESDAY, "pm")
NEXT_MORNING = HalfDay(TUESDAY + timedelta(days=1), "am")


def session(number: int, half_day: HalfDay, *, slots: int = 3, rooms: Iterable[int] = (1,)) -> Session:
    begins = 9 * 60 if half_day.half == "am" else 13 * 60 + 30
    return Session(
        number, half_day.date, half_day.half, tuple((begins + 20 * n, begins + 20 * n + 20) for n in range(slots)),
        tuple(rooms),
    )  # fmt: skip


def pitch(number: int, **changes: Any) -> Pitch:
    given: dict[str, Any] = {"id": number, "firms": frozenset({100 + number}), **changes}
    return Pitch(**given)


def panellist(number: int, sector: str, *free: HalfDay, **changes: Any) -> Panellist:
    come = frozenset(free or {MORNING, AFTERNOON})
    given: dict[str, Any] = {"id": number, "sector": sector, "free": come, **changes}
    return Panellist(**given)


def panel(start: int = 1, *free: HalfDay, each: int = 1) -> tuple[Panellist, ...]:
    """So many of each sector, numbered from `start`."""
    return tuple(
        panellist(start + place, sector, *free) for place, sector in enumerate(sector for sector in SECTORS * each)
    )


def problem(**changes: Any) -> Problem:
    """Two pitches, one room, a morning of three slots, one panellist of each sector."""
    return Problem(
        **(
            {
                "pitches": (pitch(1), pitch(2)),
                "panellists": panel(),
                "sessions": (session(1, MORNING),),
                "rooms": (Room(1),),
            }
            | changes
        )
    )


def drawn(seed: int, *, pitches: int = 5, rooms: int = 2, slots: int = 2, each: int = 2) -> Problem:
    """A den with conflicts, absences, wishes, needs and shared firms, which may leave no plan."""
    chance = Random(seed)
    half_days = [MORNING, AFTERNOON]
    hidden = {n: chance.choice(half_days) for n in range(1, pitches + 1)}
    sectors = [sector for sector in SECTORS for _ in range(each)]
    return Problem(
        pitches=tuple(
            Pitch(
                number,
                frozenset({100 + number} | ({100 + number - 1} if chance.random() < 0.2 else set())),
                needs=frozenset({"screen"}) if chance.random() < 0.2 else frozenset(),
                unavailable=frozenset(day for day in half_days if day != hidden[number] and chance.random() < 0.3),
                wishes=frozenset({chance.choice(half_days)}) if chance.random() < 0.5 else frozenset(),
                capabilities=frozenset(chance.sample(range(6), 2)),
            )
            for number in range(1, pitches + 1)
        ),
        panellists=tuple(
            Panellist(
                number,
                sector,
                frozenset(day for day in half_days if chance.random() < 0.8),
                frozenset(chance.sample(range(6), 3)),
                frozenset(n for n in range(1, pitches + 1) if chance.random() < 0.12),
                most_a_half_day=chance.choice([slots, slots, 2]),
                most_in_all=chance.choice([pitches // 2 + 1, pitches, 20]),
            )
            for number, sector in enumerate(sectors, start=1)
        ),
        sessions=tuple(
            session(number, day, slots=slots, rooms=range(1, rooms + 1))
            for number, day in enumerate(half_days, start=1)
        ),
        rooms=tuple(Room(n, frozenset({"screen"}) if n == 1 else frozenset()) for n in range(1, rooms + 1)),
    )


def loosened(asked: Problem) -> Problem:
    """The same den where everybody can come, nobody has a conflict and every room will do."""
    return replace(
        asked,
        pitches=tuple(replace(one, needs=frozenset(), unavailable=frozenset()) for one in asked.pitches),
        panellists=tuple(
            replace(one, conflicts=frozenset(), free=frozenset(asked.half_days), most_a_half_day=9, most_in_all=99)
            for one in asked.panellists
        ),
    )


def every_plan(asked: Problem) -> Iterator[Plan]:
    """Every plan that keeps every rule, by trying them all: for dens of a few pitches."""
    numbers = [one.id for one in asked.pitches]
    options = [[*_places_of(asked, number)] for number in numbers]
    for chosen in product(*options):
        plan = Plan(dict(zip(numbers, chosen, strict=True)))
        if not broken_rules(asked, plan):
            yield plan


def _places_of(asked: Problem, number: int) -> Iterator[Place]:
    """Every place that breaks no rule by itself."""
    people = [one.id for one in asked.panellists]
    for held, slot in asked.times:
        for room, members in product(held.rooms, combinations(people, asked.panel_size)):
            place = Place(held.id, slot, room, frozenset(members))
            if all(one.rule == "placed" for one in broken_rules(asked, Plan({number: place}))):
                yield place
