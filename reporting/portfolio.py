"""Reading the yearly data of the Government Major Projects Portfolio: 12 columns, and many ways to leave one out.

A cell that holds words where a figure or a date is asked for says why the figure is withheld; the words are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from reporting.choices import Confidence

COLUMNS = (
    "project",
    "department",
    "category",
    "aims",
    "ipa_delivery_confidence",
    "sro_delivery_confidence",
    "start_date",
    "end_date",
    "fy_baseline_gbp_m",
    "fy_forecast_gbp_m",
    "fy_variance_pct",
    "whole_life_cost_gbp_m",
)
FIGURES = {
    "fy_baseline_gbp_m": "baseline_millions",
    "fy_forecast_gbp_m": "forecast_millions",
    "fy_variance_pct": "variance_percent",
    "whole_life_cost_gbp_m": "whole_life_millions",
}
DATES = {"start_date": "starts_on", "end_date": "ends_on"}
CONFIDENCES = {"ipa_delivery_confidence": "assessed_confidence", "sro_delivery_confidence": "own_confidence"}
LONGEST = {"project": 200, "department": 200, "category": 120, "aims": 10_000}
LARGEST = Decimal(10) ** 9  # millions of pounds
_FIGURE = re.compile(r"(-?)£?(-?)([0-9][0-9,]*(?:\.[0-9]+)?)%?")
_CONFIDENCE = {value.replace("-", "/"): value for value in Confidence.values if value != Confidence.EXEMPT}


class Unreadable(Exception):
    """Why a row cannot be imported, with its column."""


@dataclass
class Project:
    """One row: what it says, and in `withheld`, by field, why it says nothing."""

    name: str
    department: str
    category: str
    aims: str
    facts: dict[str, Any] = field(default_factory=dict)
    withheld: dict[str, str] = field(default_factory=dict)


def read_project(row: Mapping[str, Any]) -> Project:
    """Raises `Unreadable` where the project has no name, or a figure cannot be one."""
    texts = {name: " ".join(str(row[name]).split()) for name in COLUMNS}
    if not texts["project"]:
        raise Unreadable("column project is empty")
    for name, longest in LONGEST.items():
        if len(texts[name]) > longest:
            raise Unreadable(f"column {name} has more than {longest:,} characters")
    project = Project(texts["project"], texts["department"], texts["category"], texts["aims"])
    for name, value, words in _values(texts):
        project.facts[name] = value
        if words:
            project.withheld[name] = words[:500]
    return project


def _values(texts: Mapping[str, str]) -> Iterator[tuple[str, Any, str]]:
    """Each field with its value and, where there is none, the words that stand in its place."""
    for column, name in FIGURES.items():
        value = _figure(column, texts[column])
        yield name, value, "" if value is not None else texts[column]
    for column, name in DATES.items():
        day = _day(column, texts[column])
        yield name, day, "" if day else texts[column]
    for column, name in CONFIDENCES.items():
        confidence = _confidence(texts[column])
        is_said = confidence not in ("", Confidence.EXEMPT)
        yield name, confidence, "" if is_said else texts[column]


def _figure(column: str, text: str) -> Decimal | None:
    found = _FIGURE.fullmatch(text)
    if not found:
        if text[:1].isdigit() or text.startswith(("£", "-")):
            raise Unreadable(f"column {column}: “{text[:40]}” is not a figure")
        return None
    number = Decimal(found[3].replace(",", ""))
    if number >= LARGEST:
        raise Unreadable(f"column {column}: “{text[:40]}” is too large: figures are in millions of pounds")
    return -number if found[1] or found[2] else number


def _day(column: str, text: str) -> date | None:
    if not text[:4].isdigit():
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise Unreadable(f"column {column}: “{text[:40]}” is not a date such as 2027-03-31") from None


def _confidence(text: str) -> str:
    if text.lower().startswith("exempt"):
        return Confidence.EXEMPT
    return _CONFIDENCE.get(text.lower().replace("-", "/"), "")
