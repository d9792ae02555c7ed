"""What quality and flags are counted by: two declared files, read once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Item:
    """One thing that a part of the score looks at."""

    id: str
    says: str
    when: str
    formula: str
    mend: str


@dataclass(frozen=True)
class Part:
    id: str
    label: str
    question: str
    formula: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Scheme:
    """The parts of the score, all of one weight."""

    version: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Figure:
    """One figure of a rule's formula: its name in what is found, the letter in the formula, and its words."""

    name: str
    symbol: str
    says: str
    unit: str


@dataclass(frozen=True)
class Rule:
    """One flag: when it is raised, why it asks there, and what it asks. `threshold` is a number as text."""

    id: str
    name: str
    asks: str
    words: str
    formula: str
    threshold: Decimal
    threshold_says: str
    why: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Rules:
    version: str
    rules: tuple[Rule, ...]

    def rule(self, id: str) -> Rule:
        """Raises `KeyError` for an id that is not declared."""
        return {rule.id: rule for rule in self.rules}[id]

    def __contains__(self, id: str) -> bool:
        return any(rule.id == id for rule in self.rules)

    @property
    def choices(self) -> list[tuple[str, str]]:
        return [(rule.id, rule.name) for rule in self.rules]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text())


@cache
def scheme() -> Scheme:
    data = _read("quality.toml")
    return Scheme(data["version"], tuple(_part(part) for part in data["part"]))


def _part(data: dict[str, Any]) -> Part:
    items = tuple(Item(**item) for item in data.pop("item"))
    return Part(**data, items=items)


@cache
def rules() -> Rules:
    data = _read("flags.toml")
    return Rules(data["version"], tuple(_rule(rule) for rule in data["rule"]))


def _rule(data: dict[str, Any]) -> Rule:
    figures = tuple(Figure(**figure) for figure in data.pop("figure"))
    threshold = Decimal(data.pop("threshold"))
    return Rule(**data, figures=figures, threshold=threshold)
