"""Small dens to plan: made by hand, or drawn."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from random import Random
from typing import Any

from innovation_den.planning.problem import SECTORS, HalfDay, Panellist, Pitch, Problem, Room, Session

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
    return Pitch(**({"id": number, "firms": frozenset({100 + number})} | changes))


def panellist(number: int, sector: str, *free: HalfDay, **changes: Any) -> Panellist:
    return Panellist(**({"id": number, "sector": sector, "free": frozenset(free or {MORNING, AFTERNOON})} | changes))


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
                most_a_half_day=chance.choice([2, 3, 6]),
                most_in_all=chance.choice([3, 5, 20]),
            )
            for number, sector in enumerate(sectors, start=1)
        ),
        sessions=tuple(
            session(number, day, slots=slots, rooms=range(1, rooms + 1)) for number, day in enumerate(half_days, start=1)
        ),
        rooms=tuple(Room(n, frozenset({"screen"}) if n == 1 else frozenset()) for n in range(1, rooms + 1)),
    )
