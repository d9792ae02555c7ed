"""A den in the middle of its day: each pitch on the programme, before the same panel."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pgtrigger

from innovation_den.choices import Booked, ConflictGround, ConflictState, DenState, PitchState, SlotState
from innovation_den.models import Booking, Conflict, Criterion, Den, Panellist, Pitch, Score, ScoreSheet, Slot
from tests.innovation_den.makers import MORNING, NOW, make_den, make_panel, make_pitch

NINE_TWENTY_FIVE = MORNING - timedelta(minutes=5)


def make_slot(pitch: Pitch, panel: list[Panellist], number: int = 0, **fields: Any) -> Slot:
    """The pitch's slot in the first session, with its firm, room and panel booked for it."""
    session, room = pitch.den.sessions.all()[0], pitch.den.rooms.all()[0]
    starts, ends = session.slots[number]
    times = {"session": session, "room": room, "starts_at": starts, "ends_at": ends}
    slot = Slot.objects.create(**{"pitch": pitch, "den": pitch.den, **times, **fields})
    during = (slot.starts_at, slot.ends_at)
    Booking.objects.create(slot=slot, kind=Booked.ROOM, room=slot.room, during=during)
    Booking.objects.create(slot=slot, kind=Booked.FIRM, firm=pitch.firm, during=during)
    for one in panel:
        Booking.objects.create(slot=slot, kind=Booked.PANELLIST, panellist=one, person=one.user, during=during)
    return slot


def make_day(pitches: int = 2, *, state: str = DenState.ON_THE_DAY, **fields: Any) -> tuple[Den, list[Slot]]:
    """A den on its day with its slots in their order: each heard by one panellist of each sector."""
    den = make_den(state=state, **fields)
    panel = make_panel(den)
    return den, [make_slot(make_pitch(den, state=PitchState.ACCEPTED), panel, number) for number in range(pitches)]


def begun(slot: Slot, state: str = SlotState.PITCHING) -> Slot:
    """The slot as it stands in the state, with its times."""
    slot.state, slot.began_at = state, slot.starts_at
    slot.heard_at = slot.ends_at if state == SlotState.HEARD else None
    slot.save()
    return slot


def panel_of(slot: Slot) -> list[Panellist]:
    bookings = slot.bookings.filter(kind=Booked.PANELLIST).select_related("panellist__user").order_by("pk")
    return [booking.panellist for booking in bookings if booking.panellist]


def hide(pitch: Pitch, panellist: Panellist, state: str = ConflictState.CONFIRMED) -> Conflict:
    ground = ConflictGround.DECLARED
    return Conflict.objects.create(
        panellist=panellist, pitch=pitch, ground=ground, state=state, says="Holds shares", found_at=NOW
    )


def make_optional(criterion: Criterion) -> None:
    """As if the den had been published so: by now its criteria are frozen."""
    with pgtrigger.ignore("innovation_den.Criterion:criterion_frozen_after_publication"):
        Criterion.objects.filter(pk=criterion.pk).update(is_optional=True)


def words_on(sheet: ScoreSheet) -> list[tuple[int | None, str]]:
    return list(Score.objects.filter(sheet=sheet).values_list("value", "reason"))


def posted(pitch: Pitch, *, version: int = 0, value: int = 4, reason: str = "Seen.", **fields: Any) -> dict[str, Any]:
    """What the page of a sheet sends, with the same score and reason for each criterion."""
    data: dict[str, Any] = {"version": version, "comment": "", "private_note": ""}
    for criterion in pitch.den.criteria.all():
        data |= {f"value_{criterion.pk}": value, f"reason_{criterion.pk}": reason}
    return {**data, **fields}
