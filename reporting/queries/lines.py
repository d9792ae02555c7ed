"""The lines of a return, a page at a time: a table may hold hundreds of thousands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from reporting.models import Return
from reporting.standards import RETURN, Field, Standard, Table
from reporting.standards.filing import Row, read_row
from reporting.standards.values import as_words

SHOWN = 10  # lines of each table on the return's own page
FIGURES = frozenset({"money", "number", "count", "percentage"})


@dataclass(frozen=True)
class Column:
    label: str
    is_figure: bool  # stands at the right


@dataclass(frozen=True)
class LineShown:
    number: int
    cells: tuple[tuple[Column, str], ...]


@dataclass(frozen=True)
class TableShown:
    """Some lines of a table with the columns that any of them fills; `count` is of all its lines."""

    table: Table
    count: int
    columns: tuple[Column, ...]
    lines: tuple[LineShown, ...]

    @property
    def is_whole(self) -> bool:
        return self.count == len(self.lines)

    @property
    def next_number(self) -> int:
        return self.count + 1


def line_counts(filed: Return) -> dict[str, int]:
    return dict(filed.lines.order_by().values_list("table").annotate(Count("pk")))


def head_of(filed: Return) -> dict[str, Any]:
    """The return's own row as cells: what was filed, and what the portal knows of it."""
    return {
        **filed.data,
        "contract_id": filed.contract.number,
        "period_start": filed.period_start,
        "period_end": filed.period_end,
        "nil_return": filed.is_nil if "nil_return" in filed.data or filed.submitted_at else None,
    }


def head_shown(filed: Return, standard: Standard) -> list[tuple[Field, str]]:
    """Each filled field of the return's own row in words."""
    table = standard.table(RETURN)
    row, _ = read_row(table, standard, head_of(filed))
    return [(item, words) for item in table.fields if (words := _words(item, standard, row))]


def first_lines(filed: Return, standard: Standard) -> list[TableShown]:
    """Every table of many rows with its first lines: two queries."""
    counts = line_counts(filed)
    held: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
    rows = filed.lines.filter(number__lte=SHOWN).order_by("table", "number")
    for name, number, data in rows.values_list("table", "number", "data"):
        held.setdefault(name, []).append((number, data))
    many = [table for table in standard.tables if not table.is_single]
    return [shown(table, standard, held.get(table.name, []), counts.get(table.name, 0)) for table in many]


def lines_between(filed: Return, table: Table, first: int, last: int) -> list[tuple[int, Mapping[str, Any]]]:
    """The lines with these numbers, which begin at 1 and have no gaps."""
    rows = filed.lines.filter(table=table.name, number__range=(first, last)).order_by("number")
    return list(rows.values_list("number", "data"))


def shown(table: Table, standard: Standard, lines: list[tuple[int, Mapping[str, Any]]], count: int) -> TableShown:
    rows = [(number, read_row(table, standard, data)[0]) for number, data in lines]
    fields = tuple(item for item in table.fields if any(row.get(item.name) is not None for _, row in rows))
    columns = tuple(Column(item.label, item.type in FIGURES) for item in fields)
    made = tuple(
        LineShown(number, tuple(zip(columns, (_words(item, standard, row) for item in fields), strict=True)))
        for number, row in rows
    )
    return TableShown(table, count, columns, made)


def _words(item: Field, standard: Standard, row: Row) -> str:
    return as_words(row.get(item.name), item, standard.codes.get(item.codes))


def iterate_lines(filed: Return, table: Table) -> Iterator[Mapping[str, Any]]:
    """All lines of a table as they are stored, read in pieces."""
    rows = filed.lines.filter(table=table.name).order_by("number")
    return rows.values_list("data", flat=True).iterator(chunk_size=2000)
