"""What a return may begin with: how the last one left things, or else the contract's baseline. Read, not written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from portal.govuk.formats import day
from reporting.models import Return
from reporting.standards import RETURN, Standard
from reporting.standards.values import as_json

# What goes from one return to the next. What was reached, spent or rated in a period is of that period alone.
HEAD = ("phase", "forecast_at_completion")
KEPT: Mapping[str, frozenset[str]] = {
    "milestone": frozenset(),
    "kpi": frozenset({"actual", "rating_supplier"}),
    "change": frozenset(),
}  # by table: the fields that are left empty
NUMBERS = {"milestone": "milestone_id", "kpi": "kpi_id", "change": "change_id"}
MOST_ROWS = 500  # longer tables are filed from files, not from the page


@dataclass(frozen=True)
class Prefilled:
    """Cells by table, the row of the return first; `spent` is the spend to date of the return before, in words."""

    head: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    spent: str = ""


def last_filed(filed: Return) -> Return | None:
    """The latest return of an earlier period that stands and is not nil."""
    earlier = Return.objects.standing().filter(contract=filed.contract_id, period_start__lt=filed.period_start)
    return earlier.filter(is_nil=False).order_by("-period_start").first()


def prefilled(filed: Return, standard: Standard) -> Prefilled:
    """For a return that nobody has begun; three queries at most, and nothing is written."""
    contract, last = filed.contract, last_filed(filed)
    head = {name: last.data[name] for name in HEAD if last and name in last.data}
    if contract.current_value is not None:
        head["current_value"] = as_json(contract.current_value)
    tables = _from_last(last) if last else {}
    _add_baseline(filed, tables)
    return Prefilled(
        head={name: value for name, value in head.items() if name in standard.table(RETURN)},
        tables={name: _fitting(rows, name, standard) for name, rows in tables.items() if 0 < len(rows) <= MOST_ROWS},
        spent=_spent(last),
    )


def _from_last(last: Return) -> dict[str, list[dict[str, Any]]]:
    tables: dict[str, list[dict[str, Any]]] = {}
    lines = last.lines.filter(table__in=KEPT, number__lte=MOST_ROWS + 1).order_by("table", "number")
    for table, data in lines.values_list("table", "data"):
        if table != "change" or data.get("status") == "proposed":
            left = {name: value for name, value in data.items() if name not in KEPT[table]}
            tables.setdefault(table, []).append(left)
    return tables


def _add_baseline(filed: Return, tables: dict[str, list[dict[str, Any]]]) -> None:
    """What the contract set and no return has named yet. When a milestone will be met is for the supplier to say."""
    milestones = [
        {
            "milestone_id": one.number,
            "type": one.type,
            "title": one.title,
            "baseline_due": one.due.isoformat(),
            "status": "scheduled",
        }
        for one in filed.contract.baseline_milestones.all()
    ]
    kpis = [
        {
            "kpi_id": one.number,
            "title": one.title,
            "measured_in": one.measured_in,
            "target": _plain(one.target),
            "direction": one.direction,
        }
        for one in filed.contract.baseline_kpis.all()
    ]
    for table, rows in (("milestone", milestones), ("kpi", kpis)):
        held = {row.get(NUMBERS[table]) for row in tables.get(table, [])}
        tables[table] = tables.get(table, []) + [row for row in rows if row[NUMBERS[table]] not in held]


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


def _fitting(rows: Iterable[Mapping[str, Any]], name: str, standard: Standard) -> list[dict[str, Any]]:
    """Only what the return's own standard knows: it may be of another version."""
    tables = {table.name: table for table in standard.tables}
    return [{key: value for key, value in row.items() if key in tables[name]} for row in rows] if name in tables else []


def _spent(last: Return | None) -> str:
    if last is None or last.spend_to_date is None:
        return ""
    return f"£{last.spend_to_date:,.2f} to {day(last.period_end)}, as you last reported."
