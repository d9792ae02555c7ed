"""Where pitches stand: recomputed by hand, the line, what is too close, and what to talk about first."""

from __future__ import annotations

import math
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest

from innovation_den.scoring.standings import Mark, Standings, standings

# Six panellists score the same six pitches: rows are pitches, columns panellists.
TABLE = [
    [4.5, 3.0, 4.0, 5.0, 4.0, 3.5],
    [4.0, 3.0, 3.5, 4.5, 3.0, 3.5],
    [3.5, 2.5, 3.0, 4.5, 3.5, 3.0],
    [3.0, 2.0, 3.5, 4.0, 3.0, 2.5],
    [2.5, 1.0, 2.0, 3.5, 1.5, 2.0],
    [1.0, 0.5, 2.0, 2.0, 1.5, 1.0],
]


def marks_of(table: list[list[float]]) -> list[Mark[str, str]]:
    return [
        Mark(f"p{row}", f"j{column}", Decimal(str(value)))
        for row, values in enumerate(table)
        for column, value in enumerate(values)
    ]


@pytest.fixture
def found() -> Standings[str, str]:
    return standings(marks_of(TABLE), places=2)


def test_full_table_is_adjusted_as_by_hand(found) -> None:
    """In a full table the variances follow from the mean squares (Searle, Casella and McCulloch 1992, section 4.3)."""
    table = np.array(TABLE)
    size, mean = 6, table.mean()
    rows, columns = table.mean(axis=1), table.mean(axis=0)
    rest = table - rows[:, None] - columns[None, :] + mean
    of_rest = (rest**2).sum() / ((size - 1) * (size - 1))
    of_pitch = (size * ((rows - mean) ** 2).sum() / (size - 1) - of_rest) / size
    of_panellist = (size * ((columns - mean) ** 2).sum() / (size - 1) - of_rest) / size
    drawn = of_pitch / (of_pitch + of_rest / size)

    for row, line in zip(range(size), found.lines, strict=True):
        assert line.pitch == f"p{row}"
        assert float(line.raw) == pytest.approx(rows[row])
        assert line.estimate.value == pytest.approx(mean + drawn * (rows[row] - mean), abs=0.005)
    severity = of_panellist / (of_panellist + of_rest / size) * (columns - mean)
    told = [found.calibration.severity[f"j{column}"].value for column in range(size)]
    assert told == pytest.approx(list(severity), abs=0.005)

    # The error of a difference of two pitches, and what follows for "too close to call".
    error = math.sqrt(2 * of_pitch * (1 - drawn))
    for one, other in pairwise(found.lines):
        gap = one.value - other.value
        assert one.is_near_next == (abs(gap) < 1.96 * error), (one.pitch, gap, error)
    assert [line.is_near_next for line in found.lines] == [False, True, True, False, False, False]


def test_line_lies_below_the_places(found) -> None:
    assert found.places == 2
    assert [line.is_above_line for line in found.lines] == [True, True, False, False, False, False]
    assert [line.is_at_line for line in found.lines] == [False, True, True, False, False, False]
    closeness = [line.closeness for line in found.lines]
    assert closeness[1] == pytest.approx(closeness[2])  # each against the other
    assert all(one >= other for one, other in pairwise(closeness[2:]))
    assert closeness[5] < 0.001


@pytest.mark.parametrize("places", [0, 6, 60, -1])
def test_without_anything_beyond_it_there_is_no_line(places: int) -> None:
    lines = standings(marks_of(TABLE), places=places).lines
    assert {line.closeness for line in lines} == {1.0}
    assert not any(line.is_at_line for line in lines)


def test_discussion_is_in_the_order_of_closeness_times_spread_times_disagreement(found) -> None:
    order = found.for_discussion
    needs = [line.closeness * (line.estimate.interval[1] - line.estimate.interval[0]) * line.disagreement
             for line in order]  # fmt: skip
    assert needs == sorted(needs, reverse=True)
    assert [line.need for line in order] == pytest.approx(needs)
    assert {line.pitch for line in order[:2]} == {"p1", "p2"}
    assert order[-1].pitch == "p5"


def test_disagreement_is_without_severity() -> None:
    """Panellists who differ alike over every pitch do not disagree about any."""
    table = [[quality + severity for severity in (-1, -0.5, 0, 0.25, 0.5, 1)] for quality in (1, 1.5, 2, 2.5, 3, 3.5)]
    lines = standings(marks_of(table), places=2).lines
    assert max(line.disagreement for line in lines) < 0.05
    assert min(float(line.high - line.low) for line in lines) == 2


def test_what_cannot_be_adjusted_says_why_and_stands_by_plain_means() -> None:
    near = [Mark(f"a{n}", f"x{(n + step) % 4}", Decimal(n)) for n in range(4) for step in range(3)]
    far = [Mark(f"b{n}", f"y{(n + step) % 4}", Decimal(n) + 1) for n in range(4) for step in range(3)]
    found = standings([*near, *far], places=3)

    assert found.why_not.startswith("The panels fall into 2 groups that share neither a pitch nor a panellist.")
    assert found.calibration is None
    assert [float(line.raw) for line in found.lines] == [4, 3, 3, 2, 2, 1, 1, 0]
    assert {line.estimate for line in found.lines} == {None}
    assert not any(line.is_near_next or line.is_at_line for line in found.lines)
    assert found.lines[2].closeness == pytest.approx(0.9)  # half a point from the line, on a scale of five


def test_only_some_pitches_stand_as_if_the_others_were_not_there(found) -> None:
    some = found.only({"p0", "p2", "p5"})
    assert [line.pitch for line in some.lines] == ["p0", "p2", "p5"]
    assert some.places == 2
    assert [line.is_above_line for line in some.lines] == [True, True, False]
    assert [line.is_near_next for line in some.lines] == [False, False, False]
    assert some.lines[1].estimate == found.lines[2].estimate


def test_no_marks_are_no_error() -> None:
    assert standings([], places=1).lines == []
