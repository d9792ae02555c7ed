"""Charts as SVG pictures, drawn by Vega-Lite without a browser. Each stands beside its figures as a table.

The first picture of a process starts an engine: about two seconds and 75 MB, so it starts no sooner than it
is needed. Each further picture takes about 0.15 seconds; drawn once, it is kept for all processes.
"""

from __future__ import annotations

import hashlib
import json
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.cache import cache

VERSION = 1  # of the house's look; count it up when that changes, else the kept pictures stay as they were
KEPT_FOR = 7 * 24 * 60 * 60
# As in static/src/_brand.scss.
INK, ACTION, LINE = "#123b45", "#0e6b61", "#a9c3c6"
FONT = "Segoe UI, Helvetica Neue, Arial, Liberation Sans, sans-serif"
WIDTH, HEIGHT = 440, 220
BESIDE_NAMES = 320  # the width that is left where a name stands before each row
NEAR = 5  # in 100: what is nearer than this cannot be told apart
# On a phone the picture is shown at about two thirds of its size, and its words must still be read.
WORDS = {"labelFont": FONT, "titleFont": FONT, "labelFontSize": 17, "titleFontSize": 17, "titleFontWeight": "normal"}
CONFIG: dict[str, Any] = {
    "background": "#ffffff",
    "font": FONT,
    "view": {"stroke": None},
    "axis": WORDS | {"labelColor": INK, "titleColor": INK, "domainColor": LINE, "tickColor": LINE, "gridColor": LINE},
    "bar": {"color": ACTION},
    "line": {"color": ACTION, "strokeWidth": 3, "point": {"color": ACTION, "size": 90}},
}


def chart_svg(spec: Mapping[str, Any]) -> str:
    """The picture that a Vega-Lite specification describes, in the house's look. It reads nothing from elsewhere."""
    text = json.dumps(spec, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    key = f"chart:{VERSION}:{hashlib.sha256(text.encode()).hexdigest()}"
    kept: str | None = cache.get(key)
    if kept is None:
        kept = _draw(text)
        cache.set(key, kept, KEPT_FOR)
    return kept


def _draw(spec: str) -> str:
    import vl_convert

    return str(vl_convert.vegalite_to_svg(spec, config=CONFIG, allowed_base_urls=[]))


# --- What charts there are -------------------------------------------------------------------------


def bar_chart(points: Sequence[tuple[str, float]], *, across: str, up: str, number: str = ",.0f") -> dict[str, Any]:
    """A bar for each point. `across` and `up` name the axes; `number` is how d3-format writes a figure."""
    return _chart("bar", points, across, up, number)


def line_chart(
    points: Sequence[tuple[str, float | None]],
    *,
    across: str,
    up: str,
    number: str = ",.0f",
    least_top: float | None = None,
) -> dict[str, Any]:
    """A line through the points, with a gap where a point has no figure. The scale begins at 0."""
    return _chart(
        "line", points, across, up, number, {"domainMin": 0} | ({"domainMax": least_top} if least_top else {})
    )


def _chart(
    mark: str,
    points: Sequence[tuple[str, float | None]],
    across: str,
    up: str,
    number: str,
    scale: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    horizontal = {
        "field": "x",
        "type": "ordinal",
        "title": across,
        "sort": None,
        "axis": {"labelAngle": 0, "grid": False, "labelOverlap": True},
    }
    vertical = {
        "field": "y",
        "type": "quantitative",
        "title": up,
        "scale": dict(scale or {}),
        "axis": {"format": number, "tickCount": 4},
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": WIDTH,
        "height": HEIGHT,
        "data": {"values": [{"x": x, "y": y} for x, y in points]},
        "mark": mark,
        "encoding": {"x": horizontal, "y": vertical},
    }


# --- Several things in one chart -------------------------------------------------------------------

# Told apart by how the line is broken; colour only helps.
DASHES = [[1, 0], [10, 5], [2, 3]]
COLOURS = [ACTION, "#b0490f", INK]


def lines_chart(
    series: Sequence[tuple[str, Sequence[tuple[str, float | None]]]], *, across: str, up: str, number: str = ",.0f"
) -> dict[str, Any]:
    """Up to three lines over the same points, with their names below. A gap where a point has no figure."""
    names = [name for name, _ in series]
    spec = _chart("line", [], across, up, number, {"domainMin": 0})
    spec["data"] = {"values": [{"x": x, "y": y, "name": name} for name, points in series for x, y in points]}
    spec["mark"] = {"type": "line", "point": {"size": 25, "filled": True}, "strokeWidth": 3}
    legend = {"orient": "bottom", "direction": "vertical", "title": None, "symbolType": "stroke", "symbolSize": 1200}
    for channel, values in (("color", COLOURS), ("strokeDash", DASHES)):
        spec["encoding"][channel] = {
            "field": "name",
            "type": "nominal",
            "legend": legend | {"labelFontSize": 17, "labelColor": INK, "labelLimit": 400, "symbolStrokeWidth": 3},
            "scale": {"domain": names, "range": values[: len(names)]},
        }
    return spec


# From dark to light for what is best to worst, and grey for what is apart from that.
GRADES = ["#0b4f48", "#4c9a8f", "#e0a34a", "#a33b0b", "#8a9a9c"]


def stacked_chart(
    points: Sequence[tuple[str, str, float]], *, names: Sequence[str], across: str, up: str
) -> dict[str, Any]:
    """A bar for each point across, made of up to five parts that are named below, the first at the bottom."""
    spec = _chart("bar", [], across, up, ",.0f")
    order = {name: place for place, name in enumerate(names)}
    spec["data"] = {"values": [{"x": x, "name": name, "y": y, "order": order[name]} for x, name, y in points]}
    across_all = list(dict.fromkeys(x for x, _, _ in points))
    spec["mark"] = {"type": "bar", "stroke": "#ffffff", "strokeWidth": 1}
    spec["mark"]["width"] = min(70, round(WIDTH * 0.7 / max(len(across_all), 1)))
    legend = {
        "orient": "bottom",
        "columns": 2,
        "title": None,
        "symbolSize": 250,
        "labelFontSize": 17,
        "labelLimit": 240,
    }
    colours = {"domain": list(names), "range": GRADES[: len(names)]}
    spec["encoding"]["color"] = {"field": "name", "type": "nominal", "legend": legend, "scale": colours}
    spec["encoding"]["order"] = {"field": "order", "type": "quantitative"}
    top = max((sum(y for x, _, y in points if x == place) for place in across_all), default=0)
    spec["encoding"]["y"]["axis"]["values"] = list(range(0, int(top) + 1, max(1, round(top / 4))))
    return spec


def bars_across(points: Sequence[tuple[str, float]], *, across: str, number: str = ",.0f") -> dict[str, Any]:
    """A bar to the right for each figure above nought and to the left for each below, with its name before it."""
    return _rows([name for name, _ in points], across, number, step=34) | {
        "data": {"values": [{"name": _broken(name), "x": x} for name, x in points]},
        "mark": {"type": "bar", "color": ACTION, "height": 18},
    }


def dots_chart(points: Sequence[tuple[str, float, str]], *, rows: Sequence[str], across: str) -> dict[str, Any]:
    """Letters on strips from 0 to 100: the strip, where on it, and the letter. What the letters mean stands outside.

    Those that would lie on each other share a dot, with all their letters above it.
    """
    base = _rows(rows, across, ",.0f")
    base["encoding"]["x"]["scale"] = {"domain": [0, 100], "padding": 14, "nice": False}
    letters = {"type": "text", "fontSize": 17, "fontWeight": "bold", "color": INK, "dy": -15}
    return base | {
        "data": {"values": [{"name": _broken(row), "x": x, "letter": told} for row, x, told in _apart(points)]},
        "layer": [
            {"mark": {"type": "point", "filled": True, "size": 110, "color": ACTION, "opacity": 1}},
            {"mark": letters, "encoding": {"text": {"field": "letter"}}},
        ],
    }


def boxes_chart(
    boxes: Sequence[tuple[str, float, float, float, float | None, float | None]], *, across: str, number: str = ",.0f"
) -> dict[str, Any]:
    """A box from the lower to the upper quartile with a line at the median; a thin line to the ends, where given."""
    names = ("name", "low", "middle", "high", "lowest", "highest")
    base = _rows([box[0] for box in boxes], across, number)
    base["encoding"].pop("x")
    axis = {"type": "quantitative", "title": across, "axis": {"format": number, "tickCount": 4}}
    return base | {
        "data": {"values": [dict(zip(names, (_broken(box[0]), *box[1:]), strict=True)) for box in boxes]},
        "layer": [
            {
                "mark": {"type": "rule", "color": INK, "strokeWidth": 2},
                "transform": [{"filter": "datum.lowest !== null"}],
                "encoding": {"x": {"field": "lowest"} | axis, "x2": {"field": "highest"}},
            },
            {
                "mark": {"type": "bar", "height": 20, "color": "#8fc4bb", "stroke": ACTION},
                "encoding": {"x": {"field": "low"} | axis, "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "tick", "thickness": 4, "height": 26, "color": INK, "opacity": 1},
                "encoding": {"x": {"field": "middle"} | axis},
            },
        ],
    }


def intervals_chart(
    points: Sequence[tuple[str, float | None, float | None, float | None, float]], *, across: str
) -> dict[str, Any]:
    """For each row a line from low to high with a dot, where they are known, and an upright stroke at a plain mean.

    The scale goes from 0 to 5, and further where an interval does.
    """
    names = ("name", "low", "middle", "high", "plain")
    base = _rows([point[0] for point in points], across, ",.1~f", step=44)
    base["encoding"].pop("x")
    ends = [value for point in points for value in point[1:] if value is not None]
    axis = {"type": "quantitative", "title": across, "axis": {"format": ",.1~f", "tickCount": 6}}
    axis["scale"] = {"domain": [min([0.0, *ends]), max([5.0, *ends])], "nice": False}
    known = [{"filter": "datum.middle !== null"}]
    return base | {
        "data": {"values": [dict(zip(names, (_broken(point[0]), *point[1:]), strict=True)) for point in points]},
        "layer": [
            {
                "mark": {"type": "rule", "color": ACTION, "strokeWidth": 3},
                "transform": known,
                "encoding": {"x": {"field": "low"} | axis, "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 110, "color": ACTION, "opacity": 1},
                "transform": known,
                "encoding": {"x": {"field": "middle"} | axis},
            },
            {
                "mark": {"type": "tick", "thickness": 4, "height": 22, "color": INK, "opacity": 1},
                "encoding": {"x": {"field": "plain"} | axis},
            },
        ],
    }


def _apart(points: Sequence[tuple[str, float, str]]) -> list[tuple[str, float, str]]:
    """Points of one strip that are nearer than their letters are wide, as one with all the letters."""
    apart: list[tuple[str, float, str]] = []
    for row, x, letter in sorted(points, key=lambda point: (point[0], point[1])):
        if apart and apart[-1][0] == row and x - apart[-1][1] < NEAR:
            apart[-1] = (row, apart[-1][1], apart[-1][2] + letter)
        else:
            apart.append((row, x, letter))
    return apart


def _broken(name: str) -> str:
    """In two lines at most, as there is room for before a row."""
    return "\n".join(textwrap.wrap(name, 22, max_lines=2, placeholder="…"))


def _rows(names: Sequence[str], across: str, number: str, *, step: int = 52) -> dict[str, Any]:
    """A row for each name, in this order; as high as they need."""
    names = [_broken(name) for name in names]
    vertical = {
        "field": "name",
        "type": "nominal",
        "sort": list(names),
        "title": None,
        "axis": {"labelLimit": 230, "labelExpr": "split(datum.label, '\\n')", "grid": True, "ticks": False},
        "scale": {"domain": list(names)},
    }
    horizontal = {
        "field": "x",
        "type": "quantitative",
        "title": across,
        "axis": {"format": number, "tickCount": 4},
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": BESIDE_NAMES,
        "height": {"step": step},
        "encoding": {"x": horizontal, "y": vertical},
    }
