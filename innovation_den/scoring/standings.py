"""Pitches in the order of their scores, what is too close to call, and what most needs to be talked about.

Pure: it knows keys and numbers alone. The order only serves a discussion; people decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Generic, TypeVar

from innovation_den.scoring.calibration import Calibration, Estimate, NotCalibrated, Score, calibrate

Pitch = TypeVar("Pitch", bound=Hashable)
Panellist = TypeVar("Panellist", bound=Hashable)
WIDTH_OF_SCALE = 5.0
NEVER = 0.0


@dataclass(frozen=True)
class Mark(Generic[Pitch, Panellist]):
    """One panellist's weighted mean over the criteria of one pitch."""

    pitch: Pitch
    panellist: Panellist
    value: Decimal


@dataclass(frozen=True)
class Standing(Generic[Pitch]):
    """One pitch among the others. `estimate` is None where nothing could be calibrated."""

    pitch: Pitch
    scores: int
    raw: Decimal
    low: Decimal
    high: Decimal
    estimate: Estimate | None
    disagreement: float  # between its panellists, in points, after severity is taken out
    closeness: float = NEVER  # to the selection line: 1 at the line, 0 where it cannot lie on the other side
    is_at_line: bool = False  # the scores cannot tell on which side of the line it belongs
    is_above_line: bool = False
    is_near_next: bool = False  # the scores cannot tell it from the one that follows

    @property
    def value(self) -> float:
        return self.estimate.value if self.estimate else float(self.raw)

    @property
    def spread(self) -> float | None:
        """The width of the interval, in points; None where nothing could be calibrated."""
        if self.estimate is None:
            return None
        low, high = self.estimate.interval
        return high - low

    @property
    def need(self) -> float:
        """How much it needs to be talked about: closeness x spread x disagreement; without a spread, the two."""
        return self.closeness * (1.0 if self.spread is None else self.spread) * self.disagreement


@dataclass(frozen=True)
class Standings(Generic[Pitch, Panellist]):
    """All pitches from the highest to the lowest. `why_not` says why nothing is calibrated; "" where it is."""

    lines: list[Standing[Pitch]]
    calibration: Calibration[Pitch, Panellist] | None
    why_not: str
    places: int  # above the selection line

    @property
    def for_discussion(self) -> list[Standing[Pitch]]:
        """What needs it most comes first; where two need it alike, the one nearer to the line."""
        return sorted(self.lines, key=lambda line: (-line.need, -line.closeness))

    def only(self, pitches: Collection[Pitch]) -> Standings[Pitch, Panellist]:
        """Without the others, as if they were not there; what is known of each from all the scores stays.

        As many as before lie above the line: how many fewer would tell where the others lie.
        """
        lines = [line for line in self.lines if line.pitch in pitches]
        places = min(self.places, len(lines))
        lines = _told_apart(_by_the_line(lines, self.calibration, places), self.calibration)
        return replace(self, lines=lines, places=places)


def standings(marks: Iterable[Mark[Pitch, Panellist]], places: int) -> Standings[Pitch, Panellist]:
    """Everything about the marks at once. `places` is how many may be selected: the line lies below so many."""
    marks = list(marks)
    calibration, why_not = _calibrated(marks)
    of_pitch: dict[Pitch, list[Mark[Pitch, Panellist]]] = defaultdict(list)
    for mark in marks:
        of_pitch[mark.pitch].append(mark)
    lines = [_standing(pitch, found, calibration) for pitch, found in of_pitch.items()]
    lines.sort(key=lambda line: -line.value)
    places = max(0, min(places, len(lines)))
    return Standings(
        lines=_told_apart(_by_the_line(lines, calibration, places), calibration),
        calibration=calibration,
        why_not=why_not,
        places=places,
    )


def _calibrated(
    marks: list[Mark[Pitch, Panellist]],
) -> tuple[Calibration[Pitch, Panellist] | None, str]:
    try:
        return calibrate(Score(mark.pitch, mark.panellist, float(mark.value)) for mark in marks), ""
    except NotCalibrated as refused:
        return None, str(refused)


def _standing(
    pitch: Pitch, marks: list[Mark[Pitch, Panellist]], calibration: Calibration[Pitch, Panellist] | None
) -> Standing[Pitch]:
    values = [mark.value for mark in marks]
    severity: Mapping[Panellist, Estimate] = calibration.severity if calibration else {}
    told = [float(mark.value) - (severity[mark.panellist].value if severity else 0.0) for mark in marks]
    return Standing(
        pitch=pitch,
        scores=len(marks),
        raw=sum(values, Decimal(0)) / len(values),
        low=min(values),
        high=max(values),
        estimate=calibration.pitches[pitch] if calibration else None,
        disagreement=max(told) - min(told),
    )


# --- The selection line -----------------------------------------------------------------------------


def _by_the_line(
    lines: list[Standing[Pitch]], calibration: Calibration[Pitch, Panellist] | None, places: int
) -> list[Standing[Pitch]]:
    """Each against the pitch that lies nearest beyond the line. Without anything beyond it there is no line."""
    if not 0 < places < len(lines):
        return [replace(line, closeness=1.0, is_at_line=False, is_above_line=places > 0) for line in lines]
    last_in, first_out = lines[places - 1], lines[places]
    found = []
    for place, line in enumerate(lines):
        beyond = first_out if place < places else last_in
        if calibration:
            is_close = calibration.too_close(line.pitch, beyond.pitch)
            closeness = _other_side(calibration, line.pitch, beyond.pitch)
        else:
            is_close = False
            closeness = 1 - abs(line.value - (last_in.value + first_out.value) / 2) / WIDTH_OF_SCALE
        found.append(replace(line, closeness=closeness, is_at_line=is_close, is_above_line=place < places))
    return found


def _other_side(calibration: Calibration[Pitch, Panellist], one: Pitch, beyond: Pitch) -> float:
    """Twice the probability that `one` truly belongs beyond the line: 1 where it may as well lie on either side."""
    chance = calibration.chance_above(one, beyond)
    return 2 * min(chance, 1 - chance)


def _told_apart(
    lines: list[Standing[Pitch]], calibration: Calibration[Pitch, Panellist] | None
) -> list[Standing[Pitch]]:
    """Of each pair of neighbours, whether the interval of their difference includes 0."""
    if calibration is None:
        return lines
    near = [calibration.too_close(one.pitch, other.pitch) for one, other in pairwise(lines)]
    return [replace(line, is_near_next=is_near) for line, is_near in zip(lines, [*near, False], strict=False)]
