"""A den that is being decided: pitches that were heard by panels of three that overlap."""

from __future__ import annotations

from dataclasses import dataclass

from innovation_den.choices import DenState, PanelSector, PitchState
from innovation_den.models import Criterion, Den, Panellist, Pitch
from portal.accounts.models import User
from portal.organisations.models import Organisation
from tests.engagement.makers import make_authority
from tests.factories import make_member
from tests.innovation_den.makers import make_den, make_panellist, make_pitch, make_sheet

SECTORS = list(PanelSector.values)
QUALITY = [5, 4, 4, 3, 3, 2, 2, 1]
SEVERITY = [0, 0, -1, 0, 0, 1]


@dataclass(frozen=True)
class Decided:
    """A den at the step “Deciding” with its people."""

    den: Den
    host: Organisation
    organiser: User
    panel: list[Panellist]
    pitches: list[Pitch]


def make_deciding(
    *, pitches: int = 8, panellists: int = 6, state: str = DenState.DECIDING, scored: bool = True, **fields: object
) -> Decided:
    """Each pitch is heard by three panellists in turn, so that all hang together; the first one chairs."""
    host = make_authority()
    organiser = make_member(host)
    den = make_den(host, by=organiser, state=state, **fields)
    panel = [
        make_panellist(den, sector=SECTORS[number % 3], is_chair=number == 0, name=f"Paula Number {number}")
        for number in range(panellists)
    ]
    made = [make_pitch(den, state=PitchState.ACCEPTED, title=f"Idea {number}") for number in range(pitches)]
    if scored:
        for number, pitch in enumerate(made):
            for step in range(3):
                give(pitch, panel, (number + step) % panellists, QUALITY[number % 8])
    return Decided(den, host, organiser, panel, made)


def give(pitch: Pitch, panel: list[Panellist], number: int, quality: int) -> None:
    value = min(5, max(0, quality + SEVERITY[number % 6]))
    make_sheet(pitch, panel[number], [value] * Criterion.objects.filter(den=pitch.den).count())
