"""Severity taken out of scores whose truth is known: how near the order comes, and how honest the intervals are."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from innovation_den.scoring.calibration import Calibration, Score, calibrate
from portal.benchmarks.frame import Goal, Measure, benchmark

PITCHES, PANELLISTS, EACH, CRITERIA = 40, 10, 3, 4
# Standard deviations in points of the scale: quality and severity alike, so that raw means are as wrong as in life.
QUALITY, SEVERITY, NOISE, MIDDLE = 0.7, 0.7, 0.6, 2.5
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Draw:
    """One den: the true quality, and what its panellists gave, in whole points from 0 to 5 for each criterion."""

    quality: Array
    scores: list[Score[int, int]]

    @property
    def means(self) -> Array:
        return np.array([np.mean([one.value for one in self.scores if one.pitch == n]) for n in range(PITCHES)])


@benchmark(
    "calibrate", size=300, about=f"{PITCHES} pitches, {PANELLISTS} panellists, {EACH} scores each: so many draws"
)
def run(size: int) -> list[Measure]:
    random = np.random.default_rng(20_261_122)
    raw, taus, covered, took = [], [], [], []
    for _ in range(size):
        draw = _draw(random)
        began = time.perf_counter()
        found = calibrate(draw.scores)
        took.append((time.perf_counter() - began) * 1000)
        raw.append(kendall(draw.means, draw.quality))
        taus.append(kendall(_adjusted(found), draw.quality))
        covered.append(_covered(found, draw))
    means = [float(np.mean(values)) for values in (raw, taus, covered)]
    return [
        Measure("mean of raw scores: tau", [means[0]], unit=""),
        Measure("adjusted: tau", [means[1]], unit="", yardstick="mean of raw scores: tau",
                goals=[Goal("median", 0.80, at_least=True)]),
        Measure("intervals that hold the truth", [100 * means[2]], unit="%",
                goals=[Goal("median", 93, at_least=True), Goal("median", 97)]),
        Measure("one calibration", took, unit="ms"),
    ]  # fmt: skip


def _draw(random: np.random.Generator) -> Draw:
    quality, severity = random.normal(0, QUALITY, PITCHES), random.normal(0, SEVERITY, PANELLISTS)
    load = np.zeros(PANELLISTS)
    scores: list[Score[int, int]] = []
    for pitch in range(PITCHES):
        for panellist in map(int, np.argsort(load + random.random(PANELLISTS))[:EACH]):
            load[panellist] += 1
            felt = MIDDLE + quality[pitch] + severity[panellist] + random.normal(0, NOISE, CRITERIA)
            scores.append(Score(pitch, panellist, float(np.mean(np.clip(np.rint(felt), 0, 5)))))
    return Draw(quality, scores)


def _adjusted(found: Calibration[int, int]) -> Array:
    return np.array([found.pitches[pitch].value for pitch in range(PITCHES)])


def _covered(found: Calibration[int, int], draw: Draw) -> float:
    held = [low <= MIDDLE + draw.quality[pitch] <= high
            for pitch in range(PITCHES) for low, high in [found.pitches[pitch].interval]]  # fmt: skip
    return float(np.mean(held))


def kendall(one: Array, other: Array) -> float:
    """Kendall's tau-a: pairs in the same order less pairs in the other, of all pairs."""
    pairs = np.triu_indices(len(one), 1)
    same = np.sign(one[pairs[0]] - one[pairs[1]]) * np.sign(other[pairs[0]] - other[pairs[1]])
    return float(same.mean())
