"""Pictures of a pilot: the measure against its baseline and threshold, and the money against its cap."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from innovation_den.models import Pilot
from innovation_den.queries.pilots import Point, measured, spent_over_time
from portal.charts import lines_chart

Line = tuple[str, Sequence[tuple[str, float | None]]]


def measure_chart(pilot: Pilot) -> dict[str, Any] | None:
    """None where nothing is measured yet."""
    points = measured(pilot)
    if not points:
        return None
    lines: list[Line] = [("Measured", _line(points))]
    lines += [
        (name, _level(pilot, level, points))
        for name, level in (("Would prove it", pilot.threshold), ("At the start", pilot.baseline))
        if level is not None
    ]
    return _over_time(lines, up=pilot.unit or pilot.measure)


def spend_chart(pilot: Pilot) -> dict[str, Any] | None:
    """None where nothing is spent yet."""
    points = spent_over_time(pilot)
    if not points or pilot.budget_cap is None:
        return None
    return _over_time([("Spent", _line(points)), ("Cap", _level(pilot, pilot.budget_cap, points))], up="£")


CHARTS = {"measure": measure_chart, "spend": spend_chart}


def _line(points: Sequence[Point]) -> list[tuple[str, float | None]]:
    return [(point.dated.isoformat(), float(point.value)) for point in points]


def _level(pilot: Pilot, level: Decimal, points: Sequence[Point]) -> list[tuple[str, float | None]]:
    """A level from the first day to the last, or as far as the points go."""
    days = [point.dated for point in points] + [one for one in (pilot.starts_on, pilot.ends_on) if one]
    return [(min(days).isoformat(), float(level)), (max(days).isoformat(), float(level))]


def _over_time(lines: Sequence[Line], *, up: str) -> dict[str, Any]:
    """Days stand as far apart as they are. The scale begins at 0, unless a figure is below it."""
    spec = lines_chart(lines, across="Day", up=up[:40], number=",.3~r")
    spec["encoding"]["x"] = {
        "field": "x",
        "type": "temporal",
        "title": None,
        "scale": {"type": "utc"},
        "axis": {"format": "%-d %b", "tickCount": 5, "grid": False, "labelOverlap": True},
    }
    if any(value is not None and value < 0 for _, points in lines for _, value in points):
        spec["encoding"]["y"]["scale"] = {"zero": True}
    return spec
