"""Reading contracts and returns: a return as a filing, and what is known beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from reporting.models import Return
from reporting.queries.standards import standard_of
from reporting.standards import RETURN, Field, Standard, Table
from reporting.standards.filing import Filing, Known, Row, read
from reporting.standards.values import shown_row


def filing_of(filed: Return) -> Filing:
    """The return's tables as values, read by the standard that it is pinned to: one query."""
    head: dict[str, Any] = {
        **filed.data,
        "contract_id": filed.contract.number,
        "period_start": filed.period_start,
        "period_end": filed.period_end,
        "nil_return": filed.is_nil if "nil_return" in filed.data or filed.submitted_at else None,
    }
    given: dict[str, list[Mapping[str, Any]]] = {RETURN: [head]}
    for table, data in filed.lines.order_by("table", "number").values_list("table", "data"):
        given.setdefault(table, []).append(data)
    filing, _ = read(standard_of(filed), given)
    return filing


def known_of(filed: Return) -> Known:
    """What the checks compare it with: the contract's baseline, and the return of the period before."""
    contract = filed.contract
    before = previous_of(filed)
    return Known(
        periods=list(contract.returns.order_by("period_start").values_list("period_start", flat=True).distinct()),
        current_value=contract.current_value,
        baselines=dict(contract.baseline_milestones.values_list("number", "due")),
        previous=filing_of(before) if before else None,
    )


def previous_of(filed: Return) -> Return | None:
    """The return that stands for the period just before; None where there is none."""
    earlier = Return.objects.standing().filter(contract=filed.contract_id, period_start__lt=filed.period_start)
    return earlier.select_related("contract").order_by("-period_start").first()


@dataclass(frozen=True)
class Change:
    """One field that a correction says otherwise. `row` is 0 in the return's own row."""

    table: Table
    row: int
    field: Field
    was: str
    now: str

    @property
    def place(self) -> str:
        return f"{self.table.label}, row {self.row}: {self.field.label}" if self.row else self.field.label


def changes_of(filed: Return, standard: Standard) -> list[Change]:
    """Field by field, what a correction says otherwise than the return that it replaces; none for a first return."""
    old = filed.replaces
    if old is None:
        return []
    old.contract = filed.contract
    before, after = filing_of(old).rows, filing_of(filed).rows
    return [
        change
        for table in standard.tables
        for number, (was, now) in enumerate(zip_longest(before.get(table.name, []), after.get(table.name, [])), start=1)
        for change in _changes_of_row(table, standard, number, was or {}, now or {})
    ]


def _changes_of_row(table: Table, standard: Standard, number: int, was: Row, now: Row) -> Iterator[Change]:
    before, after = dict(shown_row(table, standard, was)), dict(shown_row(table, standard, now))
    for item in table.fields:
        if before.get(item, "") != after.get(item, ""):
            yield Change(table, 0 if table.is_single else number, item, before.get(item, ""), after.get(item, ""))
