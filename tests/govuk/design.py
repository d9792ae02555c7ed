"""The design system's own fixtures, and a form of HTML in which two renderings can be compared."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, NavigableString, Tag

COMPONENTS = Path(__file__).resolve().parents[2] / "node_modules/govuk-frontend/dist/govuk/components"
needs_package = pytest.mark.skipif(
    not COMPONENTS.exists(), reason="govuk-frontend is not in node_modules: run `make assets`"
)
# Our forms show labels and legends at the small bold size; the design system leaves the size open.
SIZES = re.compile(r"govuk-(label|fieldset__legend)--(s|m|l|xl)")


@cache
def fixtures(component: str) -> dict[str, dict[str, Any]]:
    found = json.loads((COMPONENTS / component / "fixtures.json").read_text())["fixtures"]
    return {fixture["name"]: fixture for fixture in found}


def options(component: str, name: str) -> dict[str, Any]:
    return dict(fixtures(component)[name]["options"])


def expected(component: str, name: str) -> list[Any]:
    return normal(fixtures(component)[name]["html"])


def normal(html: str) -> list[Any]:
    """HTML as nested lists, without what a browser does not show: spaces, order of classes and attributes."""
    return children(BeautifulSoup(html, "html.parser"))


def children(tag: Tag | BeautifulSoup) -> list[Any]:
    found: list[Any] = []
    for child in tag.children:
        if isinstance(child, Tag):
            found.append([child.name, attributes(child), children(child)])
        elif isinstance(child, NavigableString) and (text := " ".join(child.split())):
            found.append(text)
    return found


def attributes(tag: Tag) -> dict[str, str]:
    values = {name: " ".join(value) if isinstance(value, list) else str(value) for name, value in tag.attrs.items()}
    if "class" in values:
        values["class"] = " ".join(sorted(word for word in values["class"].split() if not SIZES.fullmatch(word)))
    return {
        name: value.strip()
        for name, value in sorted(values.items())
        if (name != "spellcheck" and value != "") or name == "value"
    }


def lines(drawn: list[Any], indent: str = "") -> list[str]:
    """One line a tag or text, so that a difference can be read."""
    found = []
    for part in drawn:
        if isinstance(part, str):
            found.append(indent + part)
        else:
            found += [f"{indent}<{part[0]} {dict(sorted(part[1].items()))}>", *lines(part[2], indent + "  ")]
    return found


def assert_same(drawn: list[Any], wanted: list[Any]) -> None:
    assert lines(drawn) == lines(wanted)
