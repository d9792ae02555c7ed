"""The figures of a return: what comparisons, flags and quality read, kept in columns when it is submitted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from reporting.standards import RETURN, Standard
from reporting.standards.filing import Filing, Finding
from reporting.standards.values import LARGEST, as_words

COPIED = (
    "planned_spend",
    "actual_spend",
    "spend_to_date",
    "forecast_at_completion",
    "users_served",
    "completed_transactions",
    "satisfaction",
    "completion_rate",
)
STAGES = ("build", "run")
# Each figure that is a sum of lines, with their table and field.
SUMS = {
    **{f"{stage}_spend": ("spend", "amount") for stage in STAGES},
    "subcontractors_paid": ("subcontractor", "paid_in_period"),
    "sme_paid": ("subcontractor", "paid_in_period"),
    "changes_agreed": ("change", "value_change"),
}


class Figures:
    """Takes the rows of one return as they pass by; `columns` gives the figures. Keeps no row."""

    def __init__(self) -> None:
        self._head: Mapping[str, Any] = {}
        self._spend: Counter[str] = Counter()
        self._by_stage = dict.fromkeys(STAGES, Decimal(0))
        self._paid = self._paid_to_small = self._agreed = Decimal(0)
        self._ratings: Counter[str] = Counter()
        self._worst_slip: int | None = None
        self._takers = {
            RETURN: self._take_head,
            "spend": self._take_spend,
            "subcontractor": self._take_subcontractor,
            "change": self._take_change,
            "milestone": self._take_milestone,
            "kpi": self._take_kpi,
        }

    def row(self, table: str, values: Mapping[str, Any]) -> None:
        if table in self._takers:
            self._takers[table](values)

    def columns(self) -> dict[str, Any]:
        """Each column of a return with its value. A nil return spent nothing."""
        head = self._head
        figures: dict[str, Any] = {name: head.get(name) for name in COPIED}
        figures |= {name: head.get(name) or "" for name in ("phase", "delivery_confidence")}
        # By cost stage; None where there are no lines.
        figures |= {f"{stage}_spend": self._by_stage[stage] if self._spend else None for stage in STAGES}
        figures |= {"subcontractors_paid": self._paid, "sme_paid": self._paid_to_small}
        figures |= {"changes_agreed": self._agreed, "worst_slip_days": self._worst_slip}
        figures["kpis"] = dict(self._ratings)
        if head.get("nil_return") is True:
            figures["actual_spend"] = Decimal(0)
        return figures

    def too_large(self, standard: Standard) -> Iterator[Finding]:
        """An error for each field whose amounts add up to more than a column holds."""
        columns, seen = self.columns(), set()
        for name, place in SUMS.items():
            total = columns[name]
            if total is not None and abs(total) >= LARGEST and place not in seen:
                seen.add(place)
                table = standard.table(place[0])
                item = table.field(place[1])
                says = f"{table.label}: the amounts in {item.label} add up to {as_words(total, item, None)}"
                mend = "Enter amounts that add up to less than 100 trillion pounds"
                yield Finding("sum-too-large", *(table.name, 1, item.name), as_words(total, item, None), says, mend)

    def _take_head(self, row: Mapping[str, Any]) -> None:
        self._head = self._head or row

    def _take_spend(self, row: Mapping[str, Any]) -> None:
        stage = str(row.get("cost_stage"))
        self._spend[stage] += 1
        if stage in self._by_stage:
            self._by_stage[stage] += _amount(row, "amount")

    def _take_subcontractor(self, row: Mapping[str, Any]) -> None:
        paid = _amount(row, "paid_in_period")
        self._paid += paid
        if row.get("scale") == "sme":
            self._paid_to_small += paid

    def _take_change(self, row: Mapping[str, Any]) -> None:
        if row.get("status") == "agreed":
            self._agreed += _amount(row, "value_change")

    def _take_milestone(self, row: Mapping[str, Any]) -> None:
        slip = slip_of(row)
        if slip is not None and (self._worst_slip is None or slip > self._worst_slip):
            self._worst_slip = slip

    def _take_kpi(self, row: Mapping[str, Any]) -> None:
        if code := row.get("rating_supplier"):
            self._ratings[str(code)] += 1


def figures_of(filing: Filing) -> dict[str, Any]:
    """The figures of a whole filing."""
    figures = Figures()
    for table, rows in filing.rows.items():
        for row in rows:
            figures.row(table, row)
    return figures.columns()


def slip_of(milestone: Mapping[str, Any]) -> int | None:
    """Days from its baseline to the day it was met, or to its forecast; negative where it is early."""
    due, until = milestone.get("baseline_due"), milestone.get("met_on") or milestone.get("forecast_due")
    return (until - due).days if isinstance(due, date) and isinstance(until, date) else None


def _amount(row: Mapping[str, Any], name: str) -> Decimal:
    value = row.get(name)
    return value if isinstance(value, Decimal) else Decimal(0)
