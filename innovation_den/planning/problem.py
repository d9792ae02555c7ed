"""What is asked of a plan and what a plan is: plain values, which every other module here shares and none changes.

Ids are whatever whole numbers the caller uses (primary keys). Times are minutes from midnight of the session's date.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

SECTORS = ("central", "local", "supplier")  # every panel has one of each
DAY = 24 * 60


class Outcome(StrEnum):
    OPTIMAL = "optimal"  # proven: no plan has a smaller penalty
    FEASIBLE = "feasible"  # valid; `Answer.bound` says how much better another could be at most
    INFEASIBLE = "infeasible"  # proven: no plan keeps every rule
    UNKNOWN = "unknown"  # none was found in the time


class HalfDay(NamedTuple):
    date: date
    half: str  # "am" or "pm"


class Span(NamedTuple):
    """From a minute up to, and without, another, on a date."""

    date: date
    start: int
    end: int

    def meets(self, other: Span) -> bool:
        mine, theirs = self.date.toordinal() * DAY, other.date.toordinal() * DAY
        return mine + self.start < theirs + other.end and theirs + other.start < mine + self.end


@dataclass(frozen=True)
class Pitch:
    id: int
    firms: frozenset[int]  # who gives it, partners too: none of them is in two places at once
    needs: frozenset[str] = frozenset()  # features of the room
    unavailable: frozenset[HalfDay] = frozenset()
    wishes: frozenset[HalfDay] = frozenset()  # would rather come then; empty: no wish
    capabilities: frozenset[int] = frozenset()
    busy: tuple[Span, ...] = ()  # booked elsewhere
    name: str = ""


@dataclass(frozen=True)
class Panellist:
    id: int
    sector: str
    free: frozenset[HalfDay]
    expertise: frozenset[int] = frozenset()  # capabilities
    conflicts: frozenset[int] = frozenset()  # ids of pitches that they must not hear
    most_a_half_day: int = 6
    most_in_all: int = 20
    person: int | None = None  # the same person under two ids is still one person
    busy: tuple[Span, ...] = ()
    name: str = ""

    @property
    def who(self) -> tuple[str, int]:
        return ("panellist", self.id) if self.person is None else ("person", self.person)


@dataclass(frozen=True)
class Room:
    id: int
    features: frozenset[str] = frozenset()
    name: str = ""


@dataclass(frozen=True)
class Session:
    """A run of slots, in each of its rooms at once. Breaks are where no slot is."""

    id: int
    date: date
    half: str
    slots: tuple[tuple[int, int], ...]  # (start, end)
    rooms: tuple[int, ...]

    @property
    def half_day(self) -> HalfDay:
        return HalfDay(self.date, self.half)

    def span(self, slot: int) -> Span:
        return Span(self.date, *self.slots[slot])


@dataclass(frozen=True)
class Lock:
    """What people have fixed of a pitch's place; None and empty leave it open. A slot is of its session."""

    session: int | None = None
    slot: int | None = None
    room: int | None = None
    panel: frozenset[int] = frozenset()  # these sit on it; others fill it up


@dataclass(frozen=True)
class Weights:
    """What one unit of each thing that a good plan avoids costs. A plan's penalty is their sum: less is better.

    | name      | one unit is                                                                      | default |
    |-----------|----------------------------------------------------------------------------------|---------|
    | overlap   | a group of panels that shares no pitch or panellist with the others, but one     | 100     |
    | half_days | a half-day for which one panellist has to come                                   | 10      |
    | changes   | a panellist beyond the panel's size who sits in one room during one session      | 2       |
    | wishes    | a pitch outside the half-days that its firm wished for                           | 5       |
    | load      | by sector, each pitch by which the busiest hears more than the least busy        | 1       |
    | expertise | a capability of a pitch that nobody on its panel knows                           | 3       |
    """

    overlap: int = 100
    half_days: int = 10
    changes: int = 2
    wishes: int = 5
    load: int = 1
    expertise: int = 3

    def __post_init__(self) -> None:
        if any(getattr(self, one.name) < 0 for one in fields(self)):
            raise ValueError("A weight is a whole number of 0 or more.")


@dataclass(frozen=True)
class Place:
    session: int
    slot: int  # its number in the session, from 0
    room: int
    panel: frozenset[int]

    @property
    def time(self) -> tuple[int, int]:
        return self.session, self.slot


@dataclass(frozen=True)
class Plan:
    places: dict[int, Place]  # by pitch

    def to_json(self) -> dict[str, Any]:
        """`{"places": [{"pitch", "session", "slot", "room", "panel"}]}`, in the order of pitches."""
        return {
            "places": [
                {"pitch": pitch, "session": at.session, "slot": at.slot, "room": at.room, "panel": sorted(at.panel)}
                for pitch, at in sorted(self.places.items())
            ]
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        """Raises `KeyError` or `TypeError` for what `to_json` did not write."""
        return cls(
            {row["pitch"]: Place(row["session"], row["slot"], row["room"], frozenset(row["panel"]))
             for row in data["places"]}
        )  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """Raises `ValueError` where an id stands for two things or for none."""

    pitches: tuple[Pitch, ...]
    panellists: tuple[Panellist, ...]
    sessions: tuple[Session, ...]
    rooms: tuple[Room, ...]
    panel_size: int = 3  # 0: times and rooms alone are planned
    weights: Weights = field(default_factory=Weights)
    locked: Mapping[int, Lock] = field(default_factory=dict)  # by pitch
    previous: Plan | None = None  # a plan to start from; rules may be broken in it

    def __post_init__(self) -> None:
        for name in ("pitches", "panellists", "sessions", "rooms"):
            ids = [one.id for one in getattr(self, name)]
            if len(ids) != len(set(ids)):
                raise ValueError(f"Two {name} have the same id.")
        if unknown := {room for session in self.sessions for room in session.rooms} - set(self.room):
            raise ValueError(f"Sessions name rooms that are not there: {sorted(unknown)}.")

    @cached_property
    def pitch(self) -> dict[int, Pitch]:
        return {one.id: one for one in self.pitches}

    @cached_property
    def panellist(self) -> dict[int, Panellist]:
        return {one.id: one for one in self.panellists}

    @cached_property
    def session(self) -> dict[int, Session]:
        return {one.id: one for one in self.sessions}

    @cached_property
    def room(self) -> dict[int, Room]:
        return {one.id: one for one in self.rooms}

    @cached_property
    def half_days(self) -> list[HalfDay]:
        return sorted({session.half_day for session in self.sessions})

    @property
    def times(self) -> Iterator[tuple[Session, int]]:
        """Every session with each of its slots' numbers."""
        return ((session, slot) for session in self.sessions for slot in range(len(session.slots)))

    @cached_property
    def names(self) -> Names:
        return Names(
            {one.id: one.name or f"Pitch {one.id}" for one in self.pitches},
            {one.id: one.name or f"Panellist {one.id}" for one in self.panellists},
            {one.id: one.name or f"Room {one.id}" for one in self.rooms},
            {(one.id, slot): time_in_words(one, slot) for one, slot in self.times},
        )


@dataclass(frozen=True)
class Names:
    """How people call what the ids stand for."""

    pitches: Mapping[int, str]
    panellists: Mapping[int, str]
    rooms: Mapping[int, str]
    times: Mapping[tuple[int, int], str]  # by session and slot


@dataclass(frozen=True)
class Answer:
    """What a search came to. `best` is the plan's penalty; no plan at all has less than `bound`."""

    outcome: Outcome
    plan: Plan | None
    best: float | None
    bound: float | None
    seconds: float
    says: Sequence[str] = ()

    @property
    def gap(self) -> float | None:
        """How much smaller the penalty might be, as a share of it."""
        if self.best is None or self.bound is None:
            return None
        return max(0.0, (self.best - self.bound) / max(1.0, self.best))


@dataclass(frozen=True)
class Broken:
    """One hard rule that a plan breaks, in words, and what is concerned."""

    rule: str
    says: str
    pitches: tuple[int, ...] = ()
    panellists: tuple[int, ...] = ()
    place: Place | None = None


@dataclass(frozen=True)
class Penalty:
    """How much there is of one thing that a good plan avoids."""

    name: str  # of the field of `Weights`
    weight: int
    amount: int

    @property
    def cost(self) -> int:
        return self.weight * self.amount


def half_day_in_words(half_day: HalfDay) -> str:
    """Tuesday morning (24 November)."""
    half = _HALVES.get(half_day.half, half_day.half)
    return f"{half_day.date:%A} {half} ({half_day.date.day} {half_day.date:%B})"


def time_in_words(session: Session, slot: int) -> str:
    """10:20am on Tuesday 24 November."""
    hour, minute = divmod(session.slots[slot][0] % DAY, 60)
    clock = f"{hour % 12 or 12}:{minute:02}{'am' if hour < 12 else 'pm'}"
    return f"{clock} on {session.date:%A} {session.date.day} {session.date:%B}"


_HALVES = {"am": "morning", "pm": "afternoon"}
