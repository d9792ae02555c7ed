"""Charts as SVG pictures, drawn by Vega-Lite without a browser. Each stands beside its figures as a table.

The first picture of a process starts an engine: about two seconds and 75 MB, so it starts no sooner than it
is needed. Each further picture takes about 0.15 seconds; drawn once, it is kept for all processes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.cache import cache

VERSION = 1  # of the house's look; count it up when that changes, else the kept pictures stay as they were
KEPT_FOR = 7 * 24 * 60 * 60
# As in static/src/_brand.scss.
INK, ACTION, LINE = "#123b45", "#0e6b61", "#a9c3c6"
FONT = "Segoe UI, Helvetica Neue, Arial, Liberation Sans, sans-serif"
WIDTH, HEIGHT = 440, 220
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
