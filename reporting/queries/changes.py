"""What a correction says otherwise than the return that it replaces, field by field."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from django.db import connection

from reporting.models import Return
from reporting.queries.lines import head_of
from reporting.standards import RETURN, Field, Standard, Table
from reporting.standards.filing import Row, read_row
from reporting.standards.values import as_words

MOST = 500  # changes shown
MOST_LINES = 500  # lines looked at; with more, the rest is said

# Lines of one return that the other does not have, as often as it has them: a line that only moved has not changed.
_ONLY_IN = """
    SELECT mine."table", mine.number, mine.data
    FROM (
        SELECT "table", number, data, row_number() OVER (PARTITION BY "table", data ORDER BY number) AS nth
        FROM reporting_returnline WHERE filed_id = %s
    ) mine
    LEFT JOIN (
        SELECT "table", data, row_number() OVER (PARTITION BY "table", data ORDER BY number) AS nth
        FROM reporting_returnline WHERE filed_id = %s
    ) other ON other."table" = mine."table" AND other.data = mine.data AND other.nth = mine.nth
    WHERE other.nth IS NULL
    ORDER BY mine."table", mine.number
    LIMIT %s
"""

Line = tuple[int, Row]


@dataclass(frozen=True)
class Change:
    """One field that a correction says otherwise. `line` says which row; it is empty for the return's own."""

    table: Table
    line: str
    field: Field
    was: str
    now: str

    @property
    def place(self) -> str:
        return f"{self.table.label}, {self.line}: {self.field.label}" if self.line else self.field.label


@dataclass(frozen=True)
class Changes:
    shown: list[Change]
    has_more: bool


def changes_of(filed: Return, standard: Standard) -> Changes:
    """Field by field; nothing for a first return. A row is known by its number where its table has one."""
    old = filed.replaces
    if old is None:
        return Changes([], has_more=False)
    old.contract = filed.contract
    table = standard.table(RETURN)
    was, now = (read_row(table, standard, head_of(one))[0] for one in (old, filed))
    found = list(_of_row(table, standard, "", was, now))
    before, after = _lines_only_in(old, filed, standard), _lines_only_in(filed, old, standard)
    for table in standard.tables:
        for name, old_row, new_row in _paired(table, standard, before.get(table.name, []), after.get(table.name, [])):
            found += _of_row(table, standard, name, old_row, new_row)
    cut = sum(map(len, before.values())) >= MOST_LINES or sum(map(len, after.values())) >= MOST_LINES
    return Changes(found[:MOST], has_more=cut or len(found) > MOST)


def _lines_only_in(mine: Return, other: Return, standard: Standard) -> dict[str, list[Line]]:
    lines: dict[str, list[Line]] = {}
    for name, number, row in _rows_only_in(mine, other):
        values, _ = read_row(standard.table(name), standard, row)
        lines.setdefault(name, []).append((number, values))
    return lines


def _rows_only_in(mine: Return, other: Return) -> list[tuple[str, int, Mapping[str, Any]]]:
    with connection.cursor() as cursor:
        cursor.execute(_ONLY_IN, [mine.pk, other.pk, MOST_LINES])
        return [(name, number, json.loads(data)) for name, number, data in cursor]


def key_of(table: Table, standard: Standard) -> Field | None:
    """The field by which the rows of a table are told apart: the one that a check wants once only."""
    for check in standard.checks:
        if check.rule == "unique" and check.table == table.name:
            return table.field(check.field)
    return None


def _paired(table: Table, standard: Standard, before: list[Line], after: list[Line]) -> Iterator[tuple[str, Row, Row]]:
    """Rows of the same number side by side; those of a table without numbers in the order of standing."""
    key = key_of(table, standard)
    if key is None:
        for old, new in zip_longest(before, after):
            yield f"row {(new or old)[0]}", old[1] if old else {}, new[1] if new else {}
        return
    olds, news = ({row.get(key.name): row for _, row in lines} for lines in (before, after))
    for number in olds | news:
        yield f"{number or 'without a number'}", olds.get(number, {}), news.get(number, {})


def _of_row(table: Table, standard: Standard, line: str, was: Row, now: Row) -> Iterator[Change]:
    for item in table.fields:
        codes = standard.codes.get(item.codes)
        before, after = (as_words(row.get(item.name), item, codes) for row in (was, now))
        if before != after:
            yield Change(table, line, item, before, after)
