"""The figures of a return: what comparisons, flags and quality read, kept in columns when it is submitted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from reporting.standards.filing import Filing

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


def figures_of(filing: Filing) -> dict[str, Any]:
    """Each column of a return with its value. A nil return spent nothing."""
    head = filing.head
    figures: dict[str, Any] = {name: head.get(name) for name in COPIED}
    figures |= {name: head.get(name) or "" for name in ("phase", "delivery_confidence")}
    figures |= _of_spend(filing.rows.get("spend", []))
    figures |= _of_subcontractors(filing.rows.get("subcontractor", []))
    figures["changes_agreed"] = _sum(
        row["value_change"] for row in filing.rows.get("change", []) if row.get("status") == "agreed"
    )
    figures["worst_slip_days"] = max(
        (slip for row in filing.rows.get("milestone", []) if (slip := slip_of(row)) is not None), default=None
    )
    ratings = (row.get("rating_supplier") for row in filing.rows.get("kpi", []))
    figures["kpis"] = dict(Counter(str(code) for code in ratings if code))
    if filing.is_nil:
        figures["actual_spend"] = Decimal(0)
    return figures


def slip_of(milestone: Mapping[str, Any]) -> int | None:
    """Days from its baseline to the day it was met, or to its forecast; negative where it is early."""
    due, until = milestone.get("baseline_due"), milestone.get("met_on") or milestone.get("forecast_due")
    return (until - due).days if isinstance(due, date) and isinstance(until, date) else None


def _of_spend(lines: Iterable[Mapping[str, Any]]) -> dict[str, Decimal | None]:
    """By cost stage; None where there are no lines."""
    lines = list(lines)
    return {
        f"{stage}_spend": _sum(row["amount"] for row in lines if row.get("cost_stage") == stage) if lines else None
        for stage in ("build", "run")
    }


def _of_subcontractors(lines: Iterable[Mapping[str, Any]]) -> dict[str, Decimal]:
    lines = list(lines)
    return {
        "subcontractors_paid": _sum(row["paid_in_period"] for row in lines),
        "sme_paid": _sum(row["paid_in_period"] for row in lines if row.get("scale") == "sme"),
    }


def _sum(values: Iterable[Any]) -> Decimal:
    return sum((value for value in values if isinstance(value, Decimal)), Decimal(0))
