"""Severity taken out of scores: against scores whose truth is known, and against what must be refused."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from innovation_den.scoring.calibration import Calibration, NotCalibrated, Score, calibrate, groups
from innovation_den.scoring.means import weighted_mean


def scores_of(quality: list[float], severity: list[float], *, noise: float = 0.0, seed: int = 1) -> list[Score]:
    """Three panellists a pitch, in turn, so that panels overlap."""
    random = np.random.default_rng(seed)
    number = len(severity)
    return [
        Score(f"p{pitch}", f"j{(pitch * 2 + step) % number}",
              2.5 + quality[pitch] + severity[(pitch * 2 + step) % number] + float(random.normal(0, noise)))
        for pitch in range(len(quality))
        for step in range(3)
    ]  # fmt: skip


QUALITY = [0.1 * place - 1 for place in range(20)]
SEVERITY = [0.9, -0.6, 0.3, -0.9, 0.6, -0.3, 0.0]


@pytest.fixture
def calibrated() -> Calibration:
    return calibrate(scores_of(QUALITY, SEVERITY, noise=0.05))


def test_order_is_that_of_quality_where_raw_means_are_not(calibrated) -> None:
    scores = scores_of(QUALITY, SEVERITY, noise=0.05)
    raw = {f"p{n}": np.mean([one.value for one in scores if one.pitch == f"p{n}"]) for n in range(20)}
    by_quality = [f"p{n}" for n in range(20)]

    assert sorted(raw, key=raw.__getitem__) != by_quality
    adjusted = [calibrated.pitches[pitch].value for pitch in by_quality]
    assert max(abs(value - (2.5 + quality)) for value, quality in zip(adjusted, QUALITY, strict=True)) < 0.25


def test_severity_is_told_with_its_sign(calibrated) -> None:
    order = sorted(calibrated.severity, key=lambda one: calibrated.severity[one].value)
    assert order == ["j3", "j1", "j5", "j6", "j2", "j4", "j0"]
    assert calibrated.severity["j3"].value == pytest.approx(-0.9, abs=0.2)


def test_without_severity_the_order_is_that_of_the_plain_means() -> None:
    scores = scores_of(QUALITY, [0.0] * 7, noise=0.3, seed=4)
    means = {f"p{n}": np.mean([one.value for one in scores if one.pitch == f"p{n}"]) for n in range(20)}
    found = calibrate(scores).pitches
    assert np.corrcoef([means[p] for p in means], [found[p].value for p in means])[0, 1] > 0.99


def test_intervals_widen_with_fewer_scores() -> None:
    scores = scores_of(QUALITY, SEVERITY, noise=0.4, seed=2)
    few = [one for one in scores if one.pitch != "p7" or one.panellist == "j0"]
    few = few if any(one.pitch == "p7" for one in few) else [*few, Score("p7", "j0", 2.4)]
    assert calibrate(few).pitches["p7"].error > calibrate(scores).pitches["p7"].error * 1.2


def test_far_apart_is_told_and_near_is_too_close(calibrated) -> None:
    assert calibrated.chance_above("p19", "p0") > 0.999
    assert calibrated.chance_above("p0", "p19") < 0.001
    assert not calibrated.too_close("p19", "p0")
    noisy = calibrate(scores_of(QUALITY, SEVERITY, noise=0.6))
    assert noisy.too_close("p10", "p11")
    assert noisy.chance_above("p10", "p11") == pytest.approx(1 - noisy.chance_above("p11", "p10"))


def test_scores_that_do_not_hang_together_are_refused() -> None:
    near = [Score(f"a{n}", f"x{(n + step) % 4}", 3.0 + n / 9) for n in range(6) for step in range(3)]
    far = [Score(f"b{n}", f"y{(n + step) % 4}", 2.0 + n / 9) for n in range(6) for step in range(3)]
    with pytest.raises(NotCalibrated, match="2 groups that share neither a pitch nor a panellist"):
        calibrate([*near, *far])
    assert calibrate([*near, *far, Score("a0", "y0", 3.0)]).pitches.keys() >= {"a0", "b5"}


@pytest.mark.parametrize(
    ("pitches", "panellists", "says"),
    [(5, 7, "5 pitches and 7 panellists"), (20, 5, "20 pitches and 5 panellists")],
)
def test_too_few_are_refused(pitches: int, panellists: int, says: str) -> None:
    with pytest.raises(NotCalibrated, match=says):
        calibrate(scores_of([0.1 * n for n in range(pitches)], [0.1 * n for n in range(panellists)]))


def test_one_score_each_is_refused() -> None:
    with pytest.raises(NotCalibrated, match="two scores or more"):
        calibrate([Score(n, n % 6, 3.0) for n in range(12)])


def test_all_the_same_is_no_error() -> None:
    found = calibrate([Score(one.pitch, one.panellist, 3.0) for one in scores_of(QUALITY, SEVERITY)])
    assert {round(one.value, 6) for one in found.pitches.values()} == {3.0}
    assert found.too_close("p0", "p19")


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(60)), st.floats(-2, 2))
def test_order_of_the_scores_and_a_shift_of_all_change_nothing_else(order: list[int], shift: float) -> None:
    scores = scores_of(QUALITY, SEVERITY, noise=0.5, seed=3)
    first = calibrate(scores)
    moved = calibrate([Score(scores[n].pitch, scores[n].panellist, scores[n].value + shift) for n in order])
    for pitch, estimate in first.pitches.items():
        assert moved.pitches[pitch].value == pytest.approx(estimate.value + shift, abs=1e-3)
        assert moved.pitches[pitch].error == pytest.approx(estimate.error, abs=1e-3)


@given(st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1))
def test_groups_are_those_that_walking_finds(edges: set[tuple[int, int]]) -> None:
    rows, columns = [row for row, _ in edges], [column for _, column in edges]
    nodes = {("p", row) for row in rows} | {("j", column) for column in columns}
    parts = 0
    while nodes:
        reached, parts = {nodes.pop()}, parts + 1
        while True:
            near = {("j", c) for r, c in edges if ("p", r) in reached} | {
                ("p", r) for r, c in edges if ("j", c) in reached
            }
            if near <= reached:
                break
            reached |= near
        nodes -= reached
    assert groups(rows, columns, 7) == parts


# --- One panellist, one pitch -----------------------------------------------------------------------

WEIGHTS = {"novelty": Decimal(3), "evidence": Decimal(1), "team": Decimal(1)}


def test_mean_is_by_weight() -> None:
    assert weighted_mean({"novelty": 5, "evidence": 0, "team": 0}, WEIGHTS) == Decimal(3)


def test_skipped_criterion_is_absent_not_nought() -> None:
    assert weighted_mean({"novelty": 4, "evidence": None, "team": 4}, WEIGHTS) == Decimal(4)
    assert weighted_mean({"novelty": None}, WEIGHTS) is None
    assert weighted_mean({"novelty": 0, "evidence": 0}, WEIGHTS) == Decimal(0)


def test_criterion_without_a_weight_is_an_error() -> None:
    with pytest.raises(KeyError):
        weighted_mean({"style": 4}, WEIGHTS)
