"""Scores with each panellist's severity taken out: score = mean + pitch + panellist + the rest.

Pitch and panellist are random effects. Their variances are estimated by restricted maximum likelihood (Patterson
and Thompson, 1971), by the EM steps on Henderson's mixed model equations (Searle, Casella and McCulloch, Variance
Components, 1992, section 8.3); the effects are their best linear unbiased predictions. Where panellists are equally
severe the result is that of the plain means, drawn towards the middle.

The model knows only what overlaps. Where the panels fall into groups that share neither a pitch nor a panellist, their
severities cannot be told from the quality of their pitches, and nothing is calibrated.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

Pitch = TypeVar("Pitch", bound=Hashable)
Panellist = TypeVar("Panellist", bound=Hashable)
Array = npt.NDArray[np.float64]

FEWEST_PITCHES, FEWEST_PANELLISTS = 6, 6  # fewer give no variance that could be trusted
MOST_STEPS, NEAR_ENOUGH = 2_000, 1e-7
LEAST_SHARE = 1e-6  # of the whole variance: a part that is smaller counts as none
NORMAL_95 = 1.959963984540054  # 95 % of a normal distribution lie within so many standard errors


class NotCalibrated(Exception):
    """Why these scores are not calibrated, in a sentence for the people who gave them."""


@dataclass(frozen=True)
class Score(Generic[Pitch, Panellist]):
    """One panellist's weighted mean over the criteria of one pitch."""

    pitch: Pitch
    panellist: Panellist
    value: float


@dataclass(frozen=True)
class Estimate:
    """`error` is the standard error: of a pitch, of its distance from the mean of all pitches that might have come."""

    value: float
    error: float

    @property
    def interval(self) -> tuple[float, float]:
        """It holds the true value in 95 of 100 cases, if the model does."""
        return self.value - NORMAL_95 * self.error, self.value + NORMAL_95 * self.error


@dataclass(frozen=True)
class Calibration(Generic[Pitch, Panellist]):
    """What is left of the scores when severity is taken out."""

    pitches: dict[Pitch, Estimate]
    severity: dict[Panellist, Estimate]  # below 0: this panellist scores lower than the others
    mean: float
    _place: dict[Pitch, int]
    _covariance: Array  # of the errors of the pitches

    def chance_above(self, one: Pitch, other: Pitch) -> float:
        """The probability that `one` is truly the better of the two."""
        first, second = self._place[one], self._place[other]
        cov = self._covariance
        variance = cov[first, first] + cov[second, second] - 2 * cov[first, second]
        gap = self.pitches[one].value - self.pitches[other].value
        return 0.5 * (1 + math.erf(gap / math.sqrt(2 * variance))) if variance > 0 else float(gap > 0)

    def too_close(self, one: Pitch, other: Pitch) -> bool:
        """Whether the scores cannot tell the two apart, at 95 in 100."""
        return 0.025 < self.chance_above(one, other) < 0.975


def calibrate(scores: Iterable[Score[Pitch, Panellist]]) -> Calibration[Pitch, Panellist]:
    """Raises `NotCalibrated` where there are too few scores, or where they do not hang together."""
    scores = list(scores)
    pitches = list(dict.fromkeys(score.pitch for score in scores))
    panellists = list(dict.fromkeys(score.panellist for score in scores))
    _refuse_too_few(len(pitches), len(panellists), len(scores))
    rows = [pitches.index(score.pitch) for score in scores]
    columns = [panellists.index(score.panellist) for score in scores]
    _refuse_apart(rows, columns, len(pitches))
    values = np.array([score.value for score in scores], np.float64)
    design = _design(rows, columns, len(pitches), len(panellists))
    solved = _solve(design, values, len(pitches))
    effects, covariance = solved.effects, solved.covariance
    mean = float(effects[0])
    parts = slice(1, 1 + len(pitches))
    return Calibration(
        pitches={
            pitch: Estimate(mean + float(effects[1 + place]), _root(covariance[1 + place, 1 + place]))
            for place, pitch in enumerate(pitches)
        },
        severity={
            panellist: Estimate(float(effects[at]), _root(covariance[at, at]))
            for at, panellist in enumerate(panellists, start=1 + len(pitches))
        },
        mean=mean,
        _place={pitch: place for place, pitch in enumerate(pitches)},
        _covariance=covariance[parts, parts],
    )


# --- What is refused --------------------------------------------------------------------------------


def _refuse_too_few(pitches: int, panellists: int, scores: int) -> None:
    if pitches < FEWEST_PITCHES or panellists < FEWEST_PANELLISTS:
        raise NotCalibrated(
            f"There are {pitches} pitches and {panellists} panellists with scores. Severity is worked out from "
            f"{FEWEST_PITCHES} pitches and {FEWEST_PANELLISTS} panellists on."
        )
    if scores < pitches + panellists:
        raise NotCalibrated(
            f"There are {scores} scores for {pitches} pitches and {panellists} panellists. "
            "Most pitches need two scores or more before severity can be told from quality."
        )


def _refuse_apart(rows: Sequence[int], columns: Sequence[int], pitches: int) -> None:
    """Panellists and pitches must hang together by scores."""
    number = groups(rows, columns, pitches)
    if number > 1:
        raise NotCalibrated(
            f"The panels fall into {number} groups that share neither a pitch nor a panellist. "
            "A pitch that two groups both score would join them."
        )


def groups(rows: Sequence[int], columns: Sequence[int], pitches: int) -> int:
    """How many parts the graph of pitches and panellists falls into (union-find)."""
    parent: dict[int, int] = {}

    def root(node: int) -> int:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for row, column in zip(rows, columns, strict=True):
        parent[root(row)] = root(pitches + column)
    return len({root(node) for node in list(parent)})


# --- The model --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Solved:
    effects: Array  # mean, pitches, panellists
    covariance: Array  # of their errors


def _design(rows: Sequence[int], columns: Sequence[int], pitches: int, panellists: int) -> Array:
    design = np.zeros((len(rows), 1 + pitches + panellists))
    design[:, 0] = 1
    design[np.arange(len(rows)), 1 + np.array(rows)] = 1
    design[np.arange(len(rows)), 1 + pitches + np.array(columns)] = 1
    return design


def _solve(design: Array, values: Array, pitches: int) -> _Solved:
    """Henderson's equations, with variances moved by EM until they stand still."""
    number, width = design.shape
    panellists = width - 1 - pitches
    crossed, right = design.T @ design, design.T @ values
    whole = float(np.var(values)) or 1.0
    floor = whole * LEAST_SHARE
    of_pitch = of_panellist = of_rest = whole / 3
    for _ in range(MOST_STEPS):
        inverse = _inverse(crossed, of_rest, of_pitch, of_panellist, pitches)
        effects = inverse @ right
        before = (of_pitch, of_panellist, of_rest)
        pitch, panellist = effects[1 : 1 + pitches], effects[1 + pitches :]
        traces = np.diag(inverse)
        of_pitch = max(floor, float(pitch @ pitch + of_rest * traces[1 : 1 + pitches].sum()) / pitches)
        of_panellist = max(floor, float(panellist @ panellist + of_rest * traces[1 + pitches :].sum()) / panellists)
        of_rest = max(floor, float(values @ values - effects @ right) / (number - 1))
        if max(abs(new - old) for new, old in zip((of_pitch, of_panellist, of_rest), before, strict=True)) < (
            NEAR_ENOUGH * whole
        ):
            break
    inverse = _inverse(crossed, of_rest, of_pitch, of_panellist, pitches)
    return _Solved(inverse @ right, _with_mean(of_rest * inverse, pitches))


def _with_mean(covariance: Array, pitches: int) -> Array:
    """A pitch is told with the mean in it: its error is that of their sum."""
    told, parts = covariance.copy(), slice(1, 1 + pitches)
    told[parts, parts] += covariance[0, 0] + covariance[0, parts][None, :] + covariance[parts, 0][:, None]
    return told


def _inverse(crossed: Array, of_rest: float, of_pitch: float, of_panellist: float, pitches: int) -> Array:
    penalty = np.zeros(crossed.shape[0])
    penalty[1 : 1 + pitches] = of_rest / of_pitch
    penalty[1 + pitches :] = of_rest / of_panellist
    return np.asarray(np.linalg.inv(crossed + np.diag(penalty)), np.float64)


def _root(variance: float) -> float:
    return math.sqrt(max(0.0, float(variance)))
