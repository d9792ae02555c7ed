"""How a room stands against its programme: what is on, what comes next and when, and how late it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from innovation_den.choices import SlotState
from innovation_den.models import Room, Slot

WAITING = frozenset({SlotState.PLANNED, SlotState.CHECKED_IN})
DONE = frozenset({SlotState.HEARD, SlotState.NO_SHOW})
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Turn:
    """One slot as the clock sees it. `expected_at` is when it will begin, as things stand; None once it has."""

    slot: Slot
    expected_at: datetime | None
    is_now: bool = False
    is_next: bool = False

    @property
    def ends_at(self) -> datetime | None:
        return should_end_at(self.slot)

    @property
    def late(self) -> int:
        """Whole minutes after its planned start: as it began, or as it is expected to."""
        begins = self.slot.began_at or self.expected_at
        return minutes_between(self.slot.starts_at, begins) if begins else 0


@dataclass(frozen=True)
class RoomDay:
    """One room on one day. `late` says by how many minutes the room runs behind, from now on."""

    room: Room
    turns: list[Turn]
    late: int

    @property
    def now(self) -> Turn | None:
        return next((turn for turn in self.turns if turn.is_now), None)

    @property
    def next(self) -> Turn | None:
        return next((turn for turn in self.turns if turn.is_next), None)

    @property
    def is_over(self) -> bool:
        return bool(self.turns) and all(turn.slot.state in DONE or turn.slot.cancelled_at for turn in self.turns)


def minutes_between(planned: datetime, actual: datetime) -> int:
    return max(0, int((actual - planned) / MINUTE))


def should_end_at(slot: Slot) -> datetime | None:
    """When a pitch that has begun must end: it keeps its whole length, however late it began."""
    return slot.began_at + (slot.ends_at - slot.starts_at) if slot.began_at else None


def room_day(room: Room, slots: Iterable[Slot], now: datetime) -> RoomDay:
    """Follow the clock through one room's slots, which come in the order of their start.

    A pitch that runs on, or one that should have begun by now, pushes back those after it; breaks take up the delay.
    """
    slots = list(slots)
    on = next((slot for slot in slots if slot.state == SlotState.PITCHING and not slot.cancelled_at), None)
    free_at = max(now, should_end_at(on) or now) if on else now
    following: Slot | None = None
    turns = []
    for slot in slots:
        waits = slot.state in WAITING and not slot.cancelled_at
        expected = max(slot.starts_at, free_at) if waits else None
        turns.append(Turn(slot, expected, is_now=slot is on, is_next=waits and following is None))
        if expected:
            following = following or slot
            free_at = expected + (slot.ends_at - slot.starts_at)
    return RoomDay(room, turns, _lateness(on, following, now))


def _lateness(on: Slot | None, following: Slot | None, now: datetime) -> int:
    free_at = max(now, should_end_at(on) or now) if on else now
    if following:
        return minutes_between(following.starts_at, free_at)
    return minutes_between(on.ends_at, free_at) if on else 0
