"""Reading the indicators of a return: what the supplier reports and rates, and how the buyer rates it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reporting.models import KpiRating, Return
from reporting.queries.standards import standard_of
from reporting.standards.filing import read_row

KPI, RATING = "kpi", "rating"


@dataclass
class Indicator:
    """One indicator of one return. Ratings are codes of the standard's list."""

    kpi_id: str
    title: str
    measured_in: str
    target: Decimal | None
    actual: Decimal | None
    rating_supplier: str
    saved: KpiRating | None = None  # the buyer's rating of this return
    before: KpiRating | None = None  # of an earlier return, to begin with


def rating_labels(filed: Return) -> dict[str, str]:
    """The ratings of regulation 39(5), by code."""
    return standard_of(filed).codes[RATING].labels


def indicators_of(filed: Return) -> list[Indicator]:
    """The indicators as the supplier reported them: one query."""
    standard = standard_of(filed)
    table = standard.table(KPI)
    rows = filed.lines.filter(table=KPI).order_by("number").values_list("data", flat=True)
    return [_indicator(read_row(table, standard, row)[0]) for row in rows]


def _indicator(row: dict[str, Any]) -> Indicator:
    return Indicator(
        kpi_id=row["kpi_id"] or "",
        title=row["title"] or row["kpi_id"] or "",
        measured_in=row["measured_in"] or "",
        target=row["target"],
        actual=row["actual"],
        rating_supplier=row["rating_supplier"] or "",
    )


def rated_indicators_of(filed: Return) -> list[Indicator]:
    """The same with the buyer's rating, and where there is none yet, its last one: three queries."""
    found = indicators_of(filed)
    saved = {one.kpi_id: one for one in filed.kpi_ratings.select_related("rated_by")}
    before = _last_ratings(filed)
    for one in found:
        one.saved, one.before = saved.get(one.kpi_id), before.get(one.kpi_id)
    return found


def _last_ratings(filed: Return) -> dict[str, KpiRating]:
    """The buyer's last rating of each indicator of the contract up to this period, apart from this return."""
    earlier = KpiRating.objects.filter(
        filed__contract=filed.contract_id, filed__period_start__lte=filed.period_start
    ).exclude(filed=filed)
    newest = earlier.order_by("kpi_id", "-filed__period_start", "-filed__revision").distinct("kpi_id")
    return {one.kpi_id: one for one in newest}
