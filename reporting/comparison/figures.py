"""The figures that are compared: what each is called, how it is worked out, and from what it is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from reporting.comparison.parts import Parts


class Unit(StrEnum):
    MONEY = "£"
    PENCE = "£ and pence"
    PERCENT = "%"
    DAYS = "days"
    COUNT = "number"
    SCORE = "of 100"
    TALLY = "how many of each"
    COVERAGE = "returns"


class Source(StrEnum):
    """Where a figure is from; the words that name the returns are made from it."""

    CONTRACT = "contract"
    LATEST = "latest"
    SUM = "sum"
    BUYER = "buyer"


@dataclass(frozen=True)
class Figure:
    """One row. `needs` are the parts without which it is not known; a ratio may be set against single contracts."""

    name: str
    label: str
    how: str
    unit: Unit
    source: Source
    needs: tuple[str, ...]
    read: Callable[[Parts], Any]
    column: str = ""  # of a return: which of them say it
    codes: str = ""  # the code list of a tally
    is_ratio: bool = False
    is_ranked: bool = True

    def value(self, parts: Parts) -> Any:
        """None where it is not known."""
        return self.read(parts) if parts.has(self.needs) else None

    def reporting(self, parts: Parts) -> int:
        """How many of the contracts report all that it needs."""
        return min((parts.reporting.get(name, 0) for name in self.needs), default=parts.contracts)

    def hidden(self, parts: Parts) -> str:
        return next((parts.hidden[name] for name in self.needs if name in parts.hidden), "")


@dataclass(frozen=True)
class Group:
    title: str
    figures: tuple[Figure, ...]


def _part(name: str) -> Callable[[Parts], Any]:
    return lambda parts: parts.get(name)


def _share(of: Any, whole: Any) -> Decimal | None:
    """In percent; None of nothing."""
    return Decimal(of) * 100 / Decimal(whole) if whole else None


def _ratio(of: str, whole: str) -> Callable[[Parts], Decimal | None]:
    return lambda parts: Decimal(parts.get(of)) / Decimal(parts.get(whole)) if parts.get(whole) else None


def _variance(parts: Parts) -> Decimal:
    return parts.get("forecast_of_both") - parts.get("baseline_of_both")  # type: ignore[no-any-return]


BOTH = ("forecast_of_both", "baseline_of_both")
UNIT = ("unit_run", "unit_transactions")

GROUPS: tuple[Group, ...] = (
    Group(
        "Cost",
        (
            Figure("baseline", "Baseline value", "As the contract was when it began. It never changes.",
                   Unit.MONEY, Source.CONTRACT, ("baseline",), _part("baseline")),
            Figure("current", "Current value", "The baseline with every amendment recorded by the day.",
                   Unit.MONEY, Source.CONTRACT, ("current",), _part("current")),
            Figure("forecast", "Forecast at completion", "What the supplier last said that the whole will cost.",
                   Unit.MONEY, Source.LATEST, ("forecast",), _part("forecast"), "forecast_at_completion"),
            Figure("spend", "Spend to date", "The last spend to date that was reported; else the sum of the returns.",
                   Unit.MONEY, Source.LATEST, ("spend",), _part("spend"), "spend_to_date"),
            Figure("variance", "Cost variance", "Forecast at completion less the baseline value.",
                   Unit.MONEY, Source.LATEST, BOTH, _variance, "forecast_at_completion"),
            Figure("variance_share", "Cost variance, %", "Cost variance as a share of the baseline value.",
                   Unit.PERCENT, Source.LATEST, BOTH,
                   lambda parts: _share(_variance(parts), parts.get("baseline_of_both")),
                   "forecast_at_completion", is_ratio=True),
            Figure("build", "Build cost", "Spend lines that develop or change the service, added up.",
                   Unit.MONEY, Source.SUM, ("build",), _part("build"), "build_spend"),
            Figure("run", "Run cost", "Spend lines that deliver the service, added up.",
                   Unit.MONEY, Source.SUM, ("run",), _part("run"), "run_spend"),
            Figure("unit_cost", "Cost a transaction",
                   "Run cost divided by completed transactions, over the returns that give both. Build is left out.",
                   Unit.PENCE, Source.SUM, UNIT, _ratio(*UNIT), "unit_run", is_ratio=True),
        ),
    ),
    Group(
        "Time",
        (
            Figure("delay", "Time variance", "The contract’s end as amended, less its end in the baseline.",
                   Unit.DAYS, Source.CONTRACT, ("delay",), _part("delay"), is_ratio=True),
            Figure("slip", "Worst milestone slip",
                   "Of all milestones, from the day in the baseline to the forecast or the day it was met.",
                   Unit.DAYS, Source.LATEST, ("slip",), _part("slip"), "worst_slip_days", is_ratio=True),
        ),
    ),
    Group(
        "Performance",
        (
            Figure("supplier_kpis", "Indicators, rated by the supplier", "In the last return that rates any.",
                   Unit.TALLY, Source.LATEST, ("supplier_kpis",), _part("supplier_kpis"), "kpis", "rating",
                   is_ranked=False),
            Figure("authority_kpis", "Indicators, rated by the authority",
                   "For the parties, in the last return that it rates; for all others, in its newest final assessment.",
                   Unit.TALLY, Source.BUYER, ("authority_kpis",), _part("authority_kpis"), "", "rating",
                   is_ranked=False),
            Figure("assessment", "Yearly assessment", "The authority’s newest final assessment.",
                   Unit.TALLY, Source.BUYER, ("assessment",), _part("assessment"), "", "rating", is_ranked=False),
            Figure("confidence", "Delivery confidence", "What the supplier last said.",
                   Unit.TALLY, Source.LATEST, ("confidence",), _part("confidence"), "delivery_confidence",
                   "confidence", is_ranked=False),
            Figure("phase", "Phase", "What the supplier last said.",
                   Unit.TALLY, Source.LATEST, ("phase",), _part("phase"), "phase", "phase", is_ranked=False),
            Figure("users", "Users served in a period",
                   "In the last return that counts them. Added up for a scheme, a person may be in it twice.",
                   Unit.COUNT, Source.LATEST, ("users",), _part("users"), "users_served"),
        ),
    ),
    Group(
        "Suppliers and changes",
        (
            Figure("sme_share", "Paid to small and medium subcontractors, %",
                   "What was really paid to them, of all that was charged.",
                   Unit.PERCENT, Source.SUM, ("sme_paid", "sme_of"),
                   lambda parts: _share(parts.get("sme_paid"), parts.get("sme_of")), "sme_of", is_ratio=True),
            Figure("changes_agreed", "Changes agreed", "The value of agreed change requests in the returns, added up.",
                   Unit.MONEY, Source.SUM, ("changes_agreed",), _part("changes_agreed"), "changes_agreed"),
            Figure("amendments", "Amendments", "How many the buyer has recorded by the day.",
                   Unit.COUNT, Source.CONTRACT, ("amendments",), _part("amendments")),
        ),
    ),
    Group(
        "How well it is reported",
        (
            Figure("coverage", "Returns", "Returns that stand, of the periods that were over on the day.",
                   Unit.COVERAGE, Source.SUM, (), lambda parts: (parts.returns, parts.expected), is_ranked=False),
            Figure("quality", "Quality score", "The mean score of the returns that have one.",
                   Unit.SCORE, Source.SUM, ("quality", "quality_returns"), _ratio("quality", "quality_returns"),
                   "quality", is_ratio=True),
        ),
    ),
)  # fmt: skip
FIGURES: dict[str, Figure] = {figure.name: figure for group in GROUPS for figure in group.figures}
