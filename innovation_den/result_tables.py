"""Results as a table to download, and as the points of a chart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from innovation_den.queries.results import Results

COLUMNS = [
    *("Place", "Pitch", "Firm", "Scores", "Mean score", "Lowest", "Highest", "Adjusted score", "Adjusted, low"),
    *("Adjusted, high", "Too close to call with the next", "Above the selection line"),
    *("Too close to call with the selection line", "Disagreement, points", "Scores changed after discussion"),
]
CHART_ACROSS = "Score, from 0 to 5"
MOST_IN_CHART = 80
Point = tuple[str, float | None, float | None, float | None, float]  # name, low, adjusted, high and plain mean


def result_rows(results: Results) -> Iterator[list[Any]]:
    """A row a pitch, in the order of the results."""
    for place, pitch, line in results.lines:
        low, high = line.estimate.interval if line.estimate else (None, None)
        adjusted = line.estimate.value if line.estimate else None
        yield [
            *(place, pitch.title, pitch.firm.name, line.scores),
            *(_rounded(value) for value in (line.raw, line.low, line.high, adjusted, low, high)),
            *(_yes(line.is_near_next), _yes(line.is_above_line), _yes(line.is_at_line)),
            *(_rounded(line.disagreement), results.changed(pitch)),
        ]


def chart_points(results: Results) -> list[Point]:
    """A point for each pitch, from the highest; the table has them all."""
    points: list[Point] = []
    for place, pitch, line in results.lines[:MOST_IN_CHART]:
        low, high = line.estimate.interval if line.estimate else (None, None)
        middle = line.estimate.value if line.estimate else None
        points.append((f"{place}. {pitch.title}", low, middle, high, float(line.raw)))
    return points


def _rounded(value: Any) -> float | None:
    return None if value is None else round(float(value), 2)


def _yes(is_so: bool) -> str:
    return "Yes" if is_so else "No"
