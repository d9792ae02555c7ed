"""The comparison as cells that a page and a file both show: figures, their sources, and their places among peers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

from portal.govuk.formats import day, money
from reporting import standards
from reporting.comparison.facts import Facts
from reporting.comparison.figures import GROUPS, Figure, Source, Unit
from reporting.comparison.parts import Parts
from reporting.comparison.placing import Peers, Place

NOT_REPORTED = "Not reported"
TENTH, PENNY = Decimal("0.1"), Decimal("0.01")


@dataclass(frozen=True)
class Cell:
    """One figure of one column. `value` is None where `words` say why there is none."""

    value: Any
    words: str
    source: str = ""
    place: Place = field(default_factory=lambda: Place(None))

    @property
    def is_missing(self) -> bool:
        return self.value is None


@dataclass(frozen=True)
class Row:
    figure: Figure
    cells: tuple[Cell, ...]

    @property
    def is_empty(self) -> bool:
        return all(cell.is_missing for cell in self.cells)


@dataclass(frozen=True)
class Section:
    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Column:
    """All that is known of one scheme or contract. `facts` are of each of its contracts."""

    parts: Parts
    facts: Sequence[Facts]
    peers: Peers

    @property
    def is_scheme(self) -> bool:
        return self.peers.is_scheme


def sections_of(columns: Sequence[Column]) -> list[Section]:
    return [
        Section(
            group.title,
            tuple(Row(figure, tuple(cell_of(figure, column) for column in columns)) for figure in group.figures),
        )
        for group in GROUPS
    ]


def cell_of(figure: Figure, column: Column) -> Cell:
    value = figure.value(column.parts)
    if value is None:
        hidden = figure.hidden(column.parts)
        return Cell(None, f"Held back: {hidden}" if hidden else NOT_REPORTED)
    return Cell(value, shown(figure, value), _source(figure, column), column.peers.place(figure, column.parts))


# --- Values in words --------------------------------------------------------------------------------


def shown(figure: Figure, value: Any) -> str:
    match figure.unit:
        case Unit.MONEY:
            return money(Decimal(value).quantize(Decimal(1), ROUND_HALF_UP))
        case Unit.PENCE:
            return money(Decimal(value).quantize(PENNY, ROUND_HALF_UP))
        case Unit.PERCENT:
            return f"{Decimal(value).quantize(TENTH, ROUND_HALF_UP):,}%"
        case Unit.DAYS:
            return days(value)
        case Unit.TALLY:
            return tally(figure.codes, value)
        case Unit.COVERAGE:
            return f"{value[0]:,} of {value[1]:,}"
        case _:
            return f"{Decimal(value).quantize(Decimal(1), ROUND_HALF_UP):,}"


def days(number: int) -> str:
    """12 days late, 1 day early, on time."""
    if not number:
        return "On time"
    return f"{abs(number):,} day{'' if abs(number) == 1 else 's'} {'late' if number > 0 else 'early'}"


def tally(codes: str, counts: Mapping[str, int]) -> str:
    """3 Good, 1 Inadequate, in the order of the code list; a single one without its number."""
    labels = _labels(codes)
    order = [*labels, *sorted(set(counts) - set(labels))]
    held = [(labels.get(code, code), counts[code]) for code in order if counts.get(code)]
    if len(held) == 1 and held[0][1] == 1:
        return held[0][0]
    return ", ".join(f"{number:,} {label}" for label, number in held)


@cache
def _labels(codes: str) -> dict[str, str]:
    """Of the newest version of the standard."""
    found = standards.latest().codes.get(codes)
    return dict(found.values) if found else {}


# --- Where it is from -------------------------------------------------------------------------------


def _source(figure: Figure, column: Column) -> str:
    if figure.name == "coverage":
        return _span(column.facts)
    if column.is_scheme:
        number = figure.reporting(column.parts)
        return f"{number:,} of {_contracts(column.parts.contracts)} report{'s' if number == 1 else ''}"
    facts = column.facts[0]
    match figure.source:
        case Source.CONTRACT:
            return f"The contract, {_amendments(facts)}"
        case Source.BUYER:
            return "The authority"
        case Source.SUM:
            return _returns(facts.count(figure.column))
        case _:
            return _last(figure, facts)


def _last(figure: Figure, facts: Facts) -> str:
    said = facts.latest.get(figure.column)
    return f"Return to {day(said.period_end)}" if said else _returns(facts.count("actual_spend"))


def _contracts(number: int) -> str:
    return f"{number:,} contract{'' if number == 1 else 's'}"


def _returns(number: int) -> str:
    return f"{number:,} return{'' if number == 1 else 's'}"


def _amendments(facts: Facts) -> str:
    number = facts.amendments
    return f"{number} amendment{'' if number == 1 else 's'}" if number else "not amended"


def _span(facts: Sequence[Facts]) -> str:
    firsts = [one.first for one in facts if one.first]
    lasts = [one.last for one in facts if one.last]
    return f"{day(min(firsts))} to {day(max(lasts))}" if firsts and lasts else ""
