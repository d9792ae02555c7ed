"""One return as it is filed, and the checks that it must pass. No database: what is known is handed in.

A filing is a return's row and its lines, read by a standard. `findings_of` gives every finding, each at its table,
row and column, with what is wrong and how to mend it, while the rows pass by: a return of any length is checked
without being held. `check` gives the same as a list, in the standard's order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from reporting.standards.definition import RETURN, Check, Field, Standard, Table
from reporting.standards.rules import END_RULES, FINE, ROW_RULES, EndRule, Gathered, RowRule
from reporting.standards.values import Unfit, Value, as_words, reader

Row = Mapping[str, Value]
NOTHING: Sequence[Any] = ()


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong (`error`) or odd (`question`). `row` counts from 1 within its table."""

    check: str
    table: str
    row: int
    field: str
    value: str
    says: str
    mend: str
    severity: str = "error"

    @property
    def is_error(self) -> bool:
        return self.severity == "error"


@dataclass
class Filing:
    """A return's values by table: the return's own row stands alone in `rows["return"]`."""

    rows: dict[str, list[dict[str, Value]]] = field(default_factory=dict)

    @property
    def head(self) -> dict[str, Value]:
        held = self.rows.get(RETURN)
        return held[0] if held else {}

    @property
    def is_nil(self) -> bool:
        return self.head.get("nil_return") is True


@dataclass(frozen=True)
class Known:
    """What the portal knows apart from the filing: the contract, and the return before."""

    periods: Sequence[date] = ()  # first days of the contract's periods
    current_value: Decimal | None = None
    baselines: Mapping[str, date] = field(default_factory=dict)  # of milestones, by number
    previous: Filing | None = None  # its own row, and the tables that checks look back at


# --- Reading ---------------------------------------------------------------------------------------


class RowReader:
    """Reads the rows of one table; its readers are prepared once."""

    def __init__(self, table: Table, standard: Standard) -> None:
        self._readers: list[tuple[Field, str, Callable[[Any], Value]]] = [
            (item, item.name, reader(item, standard.codes.get(item.codes))) for item in table.fields
        ]

    def __call__(self, cells: Mapping[str, Any]) -> tuple[dict[str, Value], list[tuple[Field, str]]]:
        """The row's values, and for each field that cannot be read what is wrong. Unknown cells are left out."""
        values: dict[str, Value] = {}
        faults: list[tuple[Field, str]] = []
        for item, name, read_cell in self._readers:
            try:
                values[name] = read_cell(cells.get(name))
            except Unfit as unfit:
                values[name] = None
                faults.append((item, str(unfit)))
        return values, faults


def read_row(
    table: Table, standard: Standard, cells: Mapping[str, Any]
) -> tuple[dict[str, Value], list[tuple[Field, str]]]:
    """One row alone; for many, prepare a `RowReader`."""
    return RowReader(table, standard)(cells)


def read(standard: Standard, given: Mapping[str, Iterable[Mapping[str, Any]]]) -> tuple[Filing, list[Finding]]:
    """A filing from cells by table, and a finding for every cell that cannot be read."""
    filing = Filing()
    found: list[Finding] = []
    for table in standard.tables:
        rows = filing.rows.setdefault(table.name, [])
        read_cells = RowReader(table, standard)
        for number, cells in enumerate(given.get(table.name, ()), start=1):
            values, faults = read_cells(cells)
            rows.append(values)
            found += [unreadable(table.name, number, item, cells.get(item.name), says) for item, says in faults]
    return filing, found


def unreadable(table: str, row: int, item: Field, cell: Any, says: str) -> Finding:
    return Finding("unreadable", table, row, item.name, str(cell)[:200], says, says)


# --- Checking --------------------------------------------------------------------------------------


@dataclass
class _Plan:
    """What is done with each row of one table."""

    required: list[tuple[str, Field]]
    rules: list[tuple[Check, RowRule]] = field(default_factory=list)
    sums: list[tuple[str, str]] = field(default_factory=list)  # the column, and "table.column"


class Checker:
    """Takes the rows of one return, in the order of each table, and says what is wrong or odd.

    What looks across rows is said by `end`, once. Of a row nothing is kept but sums, and values that
    may stand only once.
    """

    def __init__(self, standard: Standard, known: Known) -> None:
        self.standard = standard
        self._gathered = Gathered()
        self._plans = {
            table.name: _Plan([(item.name, item) for item in table.fields if item.required])
            for table in standard.tables
        }
        self._ends: list[tuple[Check, EndRule]] = []
        for one in standard.checks:
            if one.rule in ROW_RULES:
                self._plans[one.table].rules.append((one, ROW_RULES[one.rule](one, known)))
            else:
                self._ends.append((one, END_RULES[one.rule](one, known)))
                self._gather(one.of)

    def _gather(self, of: str) -> None:
        if of and of not in self._gathered.sums:
            table, _, column = of.partition(".")
            self._plans[table].sums.append((column, of))
            self._gathered.sums[of] = Decimal(0)

    def row(self, table: str, number: int, values: Row) -> Sequence[Finding]:
        """What is wrong or odd in this row by itself, or beside the contract and the return before."""
        plan, gathered = self._plans[table], self._gathered
        gathered.counts[table] = gathered.counts.get(table, 0) + 1
        if table == RETURN and number == 1:
            gathered.head = values
        found: list[Finding] = []
        get = values.get
        for name, item in plan.required:
            if get(name) is None and not self._may_lack(table, item, values):
                found.append(Finding("missing", table, number, item.name, "", f"{item.label} is missing", item.help))
        for check, rule in plan.rules:
            if (expected := rule(values)) is not FINE:
                found.append(self._finding(check, number, values, expected))
        for column, of in plan.sums:
            if isinstance(value := get(column), Decimal):
                gathered.sums[of] += value
        return found or NOTHING

    @staticmethod
    def _may_lack(table: str, item: Field, values: Row) -> bool:
        """A nil return has no lines, so only its own row can lack a field for being nil."""
        return item.unless_nil and table == RETURN and values.get("nil_return") is True

    def end(self) -> list[Finding]:
        """What is wrong or odd across the rows."""
        head = self._gathered.head
        return [
            self._finding(check, 1, head, expected)
            for check, rule in self._ends
            if (expected := rule(self._gathered)) is not FINE
        ]

    def _finding(self, check: Check, row: int, values: Row, expected: Value) -> Finding:
        item = self.standard.table(check.table).field(check.field)
        codes = self.standard.codes.get(item.codes)
        mend = check.mend.replace("{expected}", as_words(expected, item, codes))
        value = as_words(values.get(item.name), item, codes)
        return Finding(check.id, check.table, row, item.name, value, check.says, mend, check.severity)


def findings_of(filing: Filing, standard: Standard, known: Known) -> Iterator[Finding]:
    """Everything that is wrong or odd, as the rows pass by: table after table, then what looks across them."""
    checker = Checker(standard, known)
    for table in standard.tables:
        for number, values in enumerate(filing.rows.get(table.name, ()), start=1):
            yield from checker.row(table.name, number, values)
    yield from checker.end()


def check(filing: Filing, standard: Standard, known: Known) -> list[Finding]:
    """The same as a list: what is missing first, then check by check."""
    places = {one.id: place for place, one in enumerate(standard.checks)}
    return sorted(findings_of(filing, standard, known), key=lambda found: places.get(found.check, -1))
