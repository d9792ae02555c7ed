"""The run sheet of a day: each room by the clock, without what a conflict hides from the reader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from innovation_den.choices import SlotState
from innovation_den.models import Booking, Den, Panellist, Pitch, PitchPartner, Room, ScoreSheet, Slot
from innovation_den.queries.sheets import Place, panels_of
from innovation_den.timing import WAITING, RoomDay, Turn, room_day

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

    Person = User | AnonymousUser


# What a button says, by the state that it leads to. The first of a row's buttons is the one that comes next.
STEPS: dict[str, list[tuple[str, str]]] = {
    SlotState.PLANNED: [(SlotState.CHECKED_IN, "Check in"), (SlotState.NO_SHOW, "Did not come")],
    SlotState.CHECKED_IN: [
        (SlotState.PITCHING, "Begin"),
        (SlotState.PLANNED, "Undo check-in"),
        (SlotState.NO_SHOW, "Did not come"),
    ],
    SlotState.PITCHING: [(SlotState.HEARD, "End"), (SlotState.CHECKED_IN, "Undo begin")],
    SlotState.HEARD: [(SlotState.PITCHING, "Go on with it")],
    SlotState.NO_SHOW: [(SlotState.CHECKED_IN, "They came after all")],
}


@dataclass(frozen=True)
class Row:
    """A slot on the run sheet: where the clock has it, who hears it, and what may be done with it now."""

    turn: Turn
    panel: list[Place]
    panel_size: int

    @property
    def slot(self) -> Slot:
        return self.turn.slot

    @property
    def steps(self) -> list[tuple[str, str]]:
        return [] if self.slot.cancelled_at else STEPS[self.slot.state]

    @property
    def submitted(self) -> int:
        return sum(place.has_submitted for place in self.panel)

    @property
    def has_empty_seat(self) -> bool:
        """One that can still be filled: who comes once the pitch has begun has not heard it."""
        return self.slot.state in WAITING and not self.slot.cancelled_at and len(self.panel) < self.panel_size


@dataclass(frozen=True)
class RoomSheet:
    day: RoomDay
    rows: list[Row]


@dataclass(frozen=True)
class RunSheet:
    den: Den
    at: datetime
    on: date | None
    dates: list[date]
    rooms: list[RoomSheet]


def slots_of(den: Den, user: Person) -> QuerySet[Slot]:
    """The programme as the user may know it."""
    agreed = PitchPartner.objects.exclude(agreed_at=None).select_related("firm")
    slots = Slot.objects.filter(den=den, pitch__in=Pitch.objects.without_conflicts_of(user))
    related = slots.select_related("pitch__firm", "room", "session")
    return related.prefetch_related(Prefetch("pitch__partners", queryset=agreed, to_attr="agreed_partners"))


def day_of(moment: datetime) -> date:
    return timezone.localtime(moment).date()


def chosen_date(dates: list[date], wanted: date | None, today: date) -> date | None:
    """The day that is asked for; else today, else the next day of the programme, else its last."""
    if wanted in dates:
        return wanted
    return next((day for day in dates if day >= today), dates[-1] if dates else None)


def run_sheet(den: Den, user: Person, now: datetime, *, wanted: date | None = None) -> RunSheet:
    """Every room of the den on one day, as things stand at `now`. As many queries for one slot as for a hundred."""
    slots = list(slots_of(den, user))
    dates = sorted({day_of(slot.starts_at) for slot in slots})
    date_ = chosen_date(dates, wanted, day_of(now))
    shown = [slot for slot in slots if day_of(slot.starts_at) == date_]
    panels = panels_of(shown)
    return RunSheet(den, now, date_, dates, [sheet_of_room(day, panels, den) for day in by_room(shown, now)])


def by_room(slots: Iterable[Slot], now: datetime) -> list[RoomDay]:
    rooms = {slot.room.pk: slot.room for slot in slots}
    ordered = sorted(rooms.values(), key=lambda room: room.name)
    return [room_day(room, [slot for slot in slots if slot.room_id == room.pk], now) for room in ordered]


def sheet_of_room(day: RoomDay, panels: dict[int, list[Place]], den: Den) -> RoomSheet:
    return RoomSheet(day, [Row(turn, panels.get(turn.slot.pk, []), den.panel_size) for turn in day.turns])


def room_now(den: Den, room: Room, user: Person, now: datetime) -> RoomDay:
    """One room today."""
    slots = [slot for slot in slots_of(den, user).filter(room=room) if day_of(slot.starts_at) == day_of(now)]
    return room_day(room, slots, now)


@dataclass(frozen=True)
class OwnTurn:
    """A pitch that a panellist hears, with how far their own sheet is."""

    turn: Turn
    sheet_state: str


def own_turns(panellist: Panellist, user: Person, now: datetime) -> list[tuple[date, list[OwnTurn]]]:
    """What the panellist is booked to hear, day by day in the order of time. By the clock of each room."""
    slots = list(slots_of(panellist.den, user))
    booked = Booking.objects.filter(panellist=panellist, slot__cancelled_at=None)
    mine = set(booked.values_list("slot_id", flat=True))
    states = dict(ScoreSheet.objects.filter(panellist=panellist).values_list("pitch_id", "state"))
    days = []
    for day in sorted({day_of(slot.starts_at) for slot in slots if slot.pk in mine}):
        rooms = by_room([slot for slot in slots if day_of(slot.starts_at) == day], now)
        turns = [turn for room in rooms for turn in room.turns if turn.slot.pk in mine]
        turns.sort(key=lambda turn: turn.slot.starts_at)
        days.append((day, [OwnTurn(turn, states.get(turn.slot.pitch_id, "")) for turn in turns]))
    return days
