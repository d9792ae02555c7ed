"""One return as it is filed, and the checks that it must pass. No database: what is known is handed in.

A filing is a return's row and its lines, read by a standard. `check` gives every finding, each at its table,
row and column, with what is wrong and how to mend it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from reporting.standards.definition import RETURN, Check, Field, Standard, Table
from reporting.standards.values import Unfit, Value, as_words, reader

Row = Mapping[str, Value]


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
    previous: Filing | None = None


def read_row(
    table: Table, standard: Standard, cells: Mapping[str, Any]
) -> tuple[dict[str, Value], list[tuple[Field, str]]]:
    """One row's values, and for each field that cannot be read what is wrong with it. Unknown cells are left out."""
    values: dict[str, Value] = {}
    faults: list[tuple[Field, str]] = []
    for item in table.fields:
        try:
            values[item.name] = reader(item, standard.codes.get(item.codes))(cells.get(item.name))
        except Unfit as unfit:
            values[item.name] = None
            faults.append((item, str(unfit)))
    return values, faults


def read(standard: Standard, given: Mapping[str, Iterable[Mapping[str, Any]]]) -> tuple[Filing, list[Finding]]:
    """A filing from cells by table, and a finding for every cell that cannot be read."""
    filing = Filing()
    found: list[Finding] = []
    for table in standard.tables:
        rows = filing.rows.setdefault(table.name, [])
        for number, cells in enumerate(given.get(table.name, ()), start=1):
            values, faults = read_row(table, standard, cells)
            rows.append(values)
            found += [
                Finding("unreadable", table.name, number, item.name, str(cells.get(item.name))[:200], says, says)
                for item, says in faults
            ]
    return filing, found


def check(filing: Filing, standard: Standard, known: Known) -> list[Finding]:
    """Everything that is wrong or odd with a filing whose cells could be read."""
    found = list(_missing(filing, standard))
    for one in standard.checks:
        for table, row, name, expected in _RULES[one.rule](one, filing, known):
            found.append(_finding(one, standard, filing, table, row, name, expected))
    return found


def _finding(
    check: Check, standard: Standard, filing: Filing, table: str, row: int, name: str, expected: Value
) -> Finding:
    item = standard.table(table).field(name)
    codes = standard.codes.get(item.codes)
    value = filing.rows[table][row - 1].get(name)
    mend = check.mend.replace("{expected}", as_words(expected, item, codes))
    return Finding(check.id, table, row, name, as_words(value, item, codes), check.says, mend, check.severity)


def _missing(filing: Filing, standard: Standard) -> Iterator[Finding]:
    for table in standard.tables:
        required = [item for item in table.fields if item.required and not (item.unless_nil and filing.is_nil)]
        for number, row in enumerate(filing.rows.get(table.name, []), start=1):
            for item in required:
                if row.get(item.name) is None:
                    yield Finding("missing", table.name, number, item.name, "", f"{item.label} is missing", item.help)


# --- The rules -------------------------------------------------------------------------------------
# Each yields the table, row, field and, where it has one, the value that was expected.

Found = Iterator[tuple[str, int, str, Value]]


def _rows(check: Check, filing: Filing) -> Iterator[tuple[int, dict[str, Value]]]:
    return enumerate(filing.rows.get(check.table, []), start=1)


def _not_before(check: Check, filing: Filing, _known: Known) -> Found:
    for number, row in _rows(check, filing):
        end, start = row.get(check.field), row.get(check.other)
        if isinstance(end, date) and isinstance(start, date) and end < start:
            yield check.table, number, check.field, start


def _product(check: Check, filing: Filing, _known: Known) -> Found:
    for number, row in _rows(check, filing):
        amount, factors = row.get(check.field), [row.get(name) for name in check.factors]
        if not isinstance(amount, Decimal) or not all(isinstance(factor, Decimal) for factor in factors):
            continue
        expected = Decimal(1)
        for factor in factors:
            expected *= factor  # type: ignore[operator]
        expected = expected.quantize(Decimal("0.01"))
        if abs(amount - expected) > Decimal(check.tolerance):
            yield check.table, number, check.field, expected


def _required_when(check: Check, filing: Filing, _known: Known) -> Found:
    for number, row in _rows(check, filing):
        if row.get(check.other) in check.values and row.get(check.field) is None:
            yield check.table, number, check.field, None


def _required_when_given(check: Check, filing: Filing, _known: Known) -> Found:
    for number, row in _rows(check, filing):
        if row.get(check.other) is not None and row.get(check.field) is None:
            yield check.table, number, check.field, None


def _blank_when(check: Check, filing: Filing, _known: Known) -> Found:
    for number, row in _rows(check, filing):
        if row.get(check.other) in check.values and row.get(check.field) is not None:
            yield check.table, number, check.field, None


def _unique(check: Check, filing: Filing, _known: Known) -> Found:
    seen: set[Value] = set()
    for number, row in _rows(check, filing):
        value = row.get(check.field)
        if value is not None and value in seen:
            yield check.table, number, check.field, None
        seen.add(value)


def _sum(filing: Filing, of: str) -> Decimal | None:
    """The sum of a column; None where its table has no rows."""
    table, _, column = of.partition(".")
    rows = filing.rows.get(table, [])
    values = (row.get(column) for row in rows)
    return sum((value for value in values if isinstance(value, Decimal)), Decimal(0)) if rows else None


def _sum_of(check: Check, filing: Filing, _known: Known) -> Found:
    total, said = _sum(filing, check.of), filing.head.get(check.field)
    if total is not None and isinstance(said, Decimal) and abs(total - said) > Decimal(check.tolerance):
        yield check.table, 1, check.field, total


def _sum_at_most(check: Check, filing: Filing, _known: Known) -> Found:
    total, said = _sum(filing, check.of), filing.head.get(check.field)
    if total is not None and isinstance(said, Decimal) and total > said:
        yield check.table, 1, check.field, total


def _nothing_when_nil(check: Check, filing: Filing, _known: Known) -> Found:
    if not filing.is_nil:
        return
    lines = any(rows for name, rows in filing.rows.items() if name != RETURN)
    figures = any(isinstance(value, Decimal | int) and value and not isinstance(value, bool)
                  for name, value in filing.head.items() if name not in _KEPT_WHEN_NIL)  # fmt: skip
    if lines or figures:
        yield check.table, 1, check.field, None


# Running totals stand still in a nil return; they may be repeated.
_KEPT_WHEN_NIL = frozenset({"spend_to_date", "forecast_at_completion", "current_value"})


def _is_a_period(check: Check, filing: Filing, known: Known) -> Found:
    for number, row in _rows(check, filing):
        value = row.get(check.field)
        if known.periods and isinstance(value, date) and value not in known.periods:
            yield check.table, number, check.field, min(known.periods, key=lambda day: abs(day - value))


def _baseline_of(check: Check, filing: Filing, known: Known) -> Found:
    for number, row in _rows(check, filing):
        frozen = known.baselines.get(str(row.get(check.other)))
        if frozen and row.get(check.field) is not None and row[check.field] != frozen:
            yield check.table, number, check.field, frozen


def _at_most_contract(check: Check, filing: Filing, known: Known) -> Found:
    for number, row in _rows(check, filing):
        value, limit = row.get(check.field), row.get(check.other) or known.current_value
        if isinstance(value, Decimal) and isinstance(limit, Decimal) and value > limit:
            yield check.table, number, check.field, limit


def _adds_to_previous(check: Check, filing: Filing, known: Known) -> Found:
    """Nothing is said of a first return: the contract may have run before it was reported here."""
    if known.previous is None:
        return
    total, step = filing.head.get(check.field), filing.head.get(check.other)
    before = known.previous.head.get(check.field)
    if not isinstance(before, Decimal) or not isinstance(total, Decimal):
        return
    expected = before + (step if isinstance(step, Decimal) else Decimal(0))
    if abs(total - expected) > Decimal(check.tolerance):
        yield check.table, 1, check.field, expected


def _stays(check: Check, filing: Filing, known: Known) -> Found:
    if known.previous is None:
        return
    before = {row.get(check.other): row.get(check.field) for row in known.previous.rows.get(check.table, [])}
    for number, row in _rows(check, filing):
        was = before.get(row.get(check.other))
        if was in check.values and row.get(check.field) != was:
            yield check.table, number, check.field, was


_RULES: dict[str, Any] = {
    "not_before": _not_before,
    "product": _product,
    "required_when": _required_when,
    "required_when_given": _required_when_given,
    "blank_when": _blank_when,
    "unique": _unique,
    "sum_of": _sum_of,
    "sum_at_most": _sum_at_most,
    "nothing_when_nil": _nothing_when_nil,
    "is_a_period": _is_a_period,
    "baseline_of": _baseline_of,
    "at_most_contract": _at_most_contract,
    "adds_to_previous": _adds_to_previous,
    "stays": _stays,
}
