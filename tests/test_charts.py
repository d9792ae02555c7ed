"""Charts: what they hold, that they read nothing from elsewhere, and that one is drawn once."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from portal import charts
from portal.charts import (
    bar_chart,
    bars_across,
    boxes_chart,
    chart_svg,
    dots_chart,
    intervals_chart,
    line_chart,
    lines_chart,
)

pytestmark = pytest.mark.django_db
YEARS = [("2024", 1200.0), ("2025", 3400.0), ("2026", 800.0)]


@pytest.fixture(autouse=True)
def _nothing_kept(db: None) -> None:
    cache.clear()


def test_bar_chart_has_a_bar_for_each_year_in_the_house_colour() -> None:
    picture = chart_svg(bar_chart(YEARS, across="Year", up="Contracts"))

    root = ET.fromstring(picture)
    bars = [item for item in root.iter() if item.get("aria-roledescription") == "bar"]
    assert [bar.get("fill") for bar in bars] == [charts.ACTION] * 3
    assert {"2024", "2025", "2026", "Year", "Contracts"} <= {item.text for item in root.iter() if item.text}


def test_words_are_large_enough_for_a_phone() -> None:
    picture = chart_svg(bar_chart(YEARS, across="Year", up="Contracts"))

    sizes = {item.get("font-size") for item in ET.fromstring(picture).iter() if item.tag.endswith("text")}
    assert sizes == {"17px"}


def test_line_leaves_a_gap_where_there_is_no_figure() -> None:
    points: list[tuple[str, float | None]] = [("2023", 10.0), ("2024", None), ("2025", 30.0), ("2026", 20.0)]

    picture = chart_svg(line_chart(points, across="Year", up="Index"))

    line = next(item for item in ET.fromstring(picture).iter() if item.get("aria-roledescription") == "line mark")
    assert (line.get("d") or "").count("M") == 2


def test_text_of_a_chart_is_no_markup() -> None:
    picture = chart_svg(bar_chart([("<script>alert(1)</script>", 1.0)], across="<b>", up="&"))

    assert "<script" not in picture
    ET.fromstring(picture)


def test_chart_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    monkeypatch.setattr(charts, "_draw", lambda spec: drawn.append(spec) or "<svg/>")
    first, again = (chart_svg(bar_chart(YEARS, across="Year", up="Contracts")) for _ in range(2))
    chart_svg(bar_chart(YEARS[:2], across="Year", up="Contracts"))

    assert (first, again, len(drawn)) == ("<svg/>", "<svg/>", 2)


def test_chart_reads_nothing_from_elsewhere() -> None:
    spec: dict[str, Any] = bar_chart(YEARS, across="Year", up="Contracts")
    spec |= {"data": {"url": "http://127.0.0.1:1/data.json"}}

    with pytest.raises(ValueError, match="External data url not allowed"):
        chart_svg(spec)


def test_chart_reads_no_file(tmp_path: Path) -> None:
    (tmp_path / "data.json").write_text('[{"x": "a secret", "y": 1}]')
    spec: dict[str, Any] = bar_chart(YEARS, across="Year", up="Contracts")
    spec |= {"data": {"url": f"file://{tmp_path}/data.json"}}

    assert "a secret" not in chart_svg(spec)


def test_lines_are_told_apart_by_how_they_are_broken() -> None:
    series = [("Actual", [("May", 1.0), ("June", 2.0)]), ("Planned", [("May", 2.0), ("June", None)])]

    picture = ET.fromstring(chart_svg(lines_chart(series, across="Month", up="£")))

    texts = {item.text for item in picture.iter() if item.text}
    dashes = {
        item.get("stroke-dasharray")
        for item in picture.iter()
        if item.tag.endswith("path") and item.get("stroke-width") == "3"
    }
    assert {"Actual", "Planned"} <= texts
    assert len(dashes) == 2


def test_bars_go_both_ways() -> None:
    spec = bars_across([("A", -4.0), ("B", 8.0)], across="%")
    assert [(row["name"], row["x"]) for row in spec["data"]["values"]] == [("A", -4.0), ("B", 8.0)]
    assert "<path" in chart_svg(spec)


def test_dots_too_near_to_tell_apart_share_their_letters() -> None:
    points = [("Cost", 50.0, "A"), ("Cost", 52.0, "B"), ("Cost", 90.0, "C"), ("Time", 50.0, "A")]

    spec = dots_chart(points, rows=["Cost", "Time"], across="Peers")

    assert [(row["name"], row["letter"]) for row in spec["data"]["values"]] == [
        ("Cost", "AB"),
        ("Cost", "C"),
        ("Time", "A"),
    ]
    assert "AB" in chart_svg(spec)


def test_box_without_ends_has_no_line_to_them() -> None:
    boxes = [("Hosting", 1.0, 2.0, 3.0, 0.5, 9.0), ("Something with a name too long for one line", 1, 2, 3, None, None)]

    picture = ET.fromstring(chart_svg(boxes_chart(boxes, across="£")))

    rules = [item for item in picture.iter() if item.get("aria-roledescription") == "rule mark"]
    assert len(rules) == 1


def test_interval_is_drawn_only_where_one_is_known() -> None:
    points = [("1. Near", 3.0, 3.5, 5.4, 3.6), ("2. Not adjusted", None, None, None, 2.0)]
    picture = chart_svg(intervals_chart(points, across="Score"))

    drawn = [item.get("aria-roledescription") for item in ET.fromstring(picture).iter()]
    assert [drawn.count(kind) for kind in ("rule mark", "point", "tick")] == [1, 1, 2]
    assert intervals_chart(points, across="Score")["layer"][0]["encoding"]["x"]["scale"]["domain"] == [0.0, 5.4]
