"""What each rule of the standard looks at, prepared once for a return, so that its rows may come one by one.

A rule of a row answers at once with `FINE` or with what the cell should hold; a rule across rows gathers sums and
answers when every row has been seen. Nothing here keeps a row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

from reporting.standards.definition import RETURN, Check
from reporting.standards.values import Value

if TYPE_CHECKING:
    from reporting.standards.filing import Known

Row = Mapping[str, Value]
FINE: Any = object()
PENNY = Decimal("0.01")
EXACT = Context(prec=60)  # for products: two figures of the largest kind have more digits than the 28 of the default
# Running totals stand still in a nil return; they may be repeated.
_KEPT_WHEN_NIL = frozenset({"spend_to_date", "forecast_at_completion", "current_value"})


@dataclass
class Gathered:
    """What is kept of the rows that have been seen."""

    head: Row = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)  # rows, by table
    sums: dict[str, Decimal] = field(default_factory=dict)  # by "table.column"

    def sum_of(self, column: str) -> Decimal | None:
        """None where its table has no rows."""
        return self.sums[column] if self.counts.get(column.partition(".")[0]) else None


RowRule = Callable[[Row], Any]
EndRule = Callable[[Gathered], Any]


# --- Rules of one row --------------------------------------------------------------------------------


def _not_before(check: Check, _known: Known) -> RowRule:
    end_of, start_of = check.field, check.other

    def rule(row: Row) -> Any:
        end, start = row.get(end_of), row.get(start_of)
        return start if isinstance(end, date) and isinstance(start, date) and end < start else FINE

    return rule


def _product(check: Check, _known: Known) -> RowRule:
    of, factors, tolerance = check.field, check.factors, Decimal(check.tolerance)

    def rule(row: Row) -> Any:
        amount = row.get(of)
        if not isinstance(amount, Decimal):
            return FINE
        expected = Decimal(1)
        for name in factors:
            factor = row.get(name)
            if not isinstance(factor, Decimal):
                return FINE
            expected = EXACT.multiply(expected, factor)
        if amount == expected:
            return FINE
        expected = expected.quantize(PENNY, context=EXACT)
        return expected if abs(amount - expected) > tolerance else FINE

    return rule


def _required_when(check: Check, _known: Known) -> RowRule:
    wanted, other, values = check.field, check.other, frozenset(check.values)
    return lambda row: None if row.get(other) in values and row.get(wanted) is None else FINE


def _required_when_given(check: Check, _known: Known) -> RowRule:
    wanted, other = check.field, check.other
    return lambda row: None if row.get(other) is not None and row.get(wanted) is None else FINE


def _blank_when(check: Check, _known: Known) -> RowRule:
    blank, other, values = check.field, check.other, frozenset(check.values)
    return lambda row: None if row.get(other) in values and row.get(blank) is not None else FINE


def _unique(check: Check, _known: Known) -> RowRule:
    name, seen = check.field, set()

    def rule(row: Row) -> Any:
        value = row.get(name)
        if value is None:
            return FINE
        if value in seen:
            return None
        seen.add(value)
        return FINE

    return rule


def _is_a_period(check: Check, known: Known) -> RowRule:
    name, periods = check.field, known.periods

    def rule(row: Row) -> Any:
        value = row.get(name)
        if not periods or not isinstance(value, date) or value in periods:
            return FINE
        return min(periods, key=lambda day: abs(day - value))

    return rule


def _baseline_of(check: Check, known: Known) -> RowRule:
    name, other, baselines = check.field, check.other, known.baselines

    def rule(row: Row) -> Any:
        frozen = baselines.get(str(row.get(other)))
        return frozen if frozen and row.get(name) is not None and row[name] != frozen else FINE

    return rule


def _at_most_contract(check: Check, known: Known) -> RowRule:
    name, other, worth = check.field, check.other, known.current_value

    def rule(row: Row) -> Any:
        value, limit = row.get(name), row.get(other) or worth
        return limit if isinstance(value, Decimal) and isinstance(limit, Decimal) and value > limit else FINE

    return rule


def _stays(check: Check, known: Known) -> RowRule:
    """Of the return before, only rows with a value that stays are kept in mind."""
    name, other, values = check.field, check.other, frozenset(check.values)
    earlier = known.previous.rows.get(check.table, ()) if known.previous else ()
    before = {row.get(other): row.get(name) for row in earlier if row.get(name) in values}

    def rule(row: Row) -> Any:
        was = before.get(row.get(other))
        return was if was is not None and row.get(name) != was else FINE

    return rule


# --- Rules for the end -------------------------------------------------------------------------------


def _sum_of(check: Check, _known: Known) -> EndRule:
    tolerance = Decimal(check.tolerance)

    def rule(gathered: Gathered) -> Any:
        total, said = gathered.sum_of(check.of), gathered.head.get(check.field)
        differs = total is not None and isinstance(said, Decimal) and abs(total - said) > tolerance
        return total if differs else FINE

    return rule


def _sum_at_most(check: Check, _known: Known) -> EndRule:
    def rule(gathered: Gathered) -> Any:
        total, said = gathered.sum_of(check.of), gathered.head.get(check.field)
        return total if total is not None and isinstance(said, Decimal) and total > said else FINE

    return rule


def _nothing_when_nil(_check: Check, _known: Known) -> EndRule:
    def rule(gathered: Gathered) -> Any:
        if gathered.head.get("nil_return") is not True:
            return FINE
        lines = any(count for name, count in gathered.counts.items() if name != RETURN)
        figures = any(isinstance(value, Decimal | int) and value and not isinstance(value, bool)
                      for name, value in gathered.head.items() if name not in _KEPT_WHEN_NIL)  # fmt: skip
        return None if lines or figures else FINE

    return rule


def _adds_to_previous(check: Check, known: Known) -> EndRule:
    """Nothing is said of a first return: the contract may have run before it was reported here."""
    before = known.previous.head.get(check.field) if known.previous else None
    tolerance = Decimal(check.tolerance)

    def rule(gathered: Gathered) -> Any:
        total, step = gathered.head.get(check.field), gathered.head.get(check.other)
        if not isinstance(before, Decimal) or not isinstance(total, Decimal):
            return FINE
        expected = before + (step if isinstance(step, Decimal) else Decimal(0))
        return expected if abs(total - expected) > tolerance else FINE

    return rule


ROW_RULES: dict[str, Callable[[Check, Known], RowRule]] = {
    "not_before": _not_before,
    "product": _product,
    "required_when": _required_when,
    "required_when_given": _required_when_given,
    "blank_when": _blank_when,
    "unique": _unique,
    "is_a_period": _is_a_period,
    "baseline_of": _baseline_of,
    "at_most_contract": _at_most_contract,
    "stays": _stays,
}
END_RULES: dict[str, Callable[[Check, Known], EndRule]] = {
    "sum_of": _sum_of,
    "sum_at_most": _sum_at_most,
    "nothing_when_nil": _nothing_when_nil,
    "adds_to_previous": _adds_to_previous,
}
