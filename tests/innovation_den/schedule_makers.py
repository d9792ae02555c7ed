"""A den with its day drafted or out."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from innovation_den.actions.releases import release_programme
from innovation_den.choices import DenState, PitchState
from innovation_den.models import Den, Panellist, Pitch, Placement, Release, Room, Session
from tests.innovation_den.makers import NOW, make_den, make_panel, make_pitch


def make_drafted(pitches: int = 2, *, by: Any = None, **fields: Any) -> Den:
    """Being scheduled; each of its pitches stands in the draft, one after the other, before the same panel."""
    den = make_den(state=DenState.SCHEDULING, by=by, **fields)
    panel = make_panel(den)
    for number in range(pitches):
        place(make_pitch(den, state=PitchState.ACCEPTED), number, panel)
    return den


def place(pitch: Pitch, number: int, panel: list[Panellist], **fields: Any) -> Placement:
    """In the first session's room; from the seventh on in the next session."""
    sessions: list[Session] = list(pitch.den.sessions.all())
    room: Room = pitch.den.rooms.get()
    session, slot = sessions[number // 6], number % 6
    placement = Placement.objects.create(**{"pitch": pitch, "session": session, "slot": slot, "room": room} | fields)
    placement.panel.set(panel)
    return placement


def release(den: Den, note: str = "") -> Release:
    return release_programme(den=den, note=note, by=den.owner, now=NOW, submission_key=uuid4())


def make_released(pitches: int = 2, **fields: Any) -> Den:
    """With its programme out."""
    den = make_drafted(pitches, **fields)
    release(den)
    return den
