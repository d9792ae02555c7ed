"""What is known of one contract on a day: the sums of its returns by financial year, and what was said last."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from reporting.comparison.prices import Prices

# Sums over the returns of a year, by name. Each is of returns that say all that it needs.
SUMS = (
    "actual_spend",
    "build_spend",
    "run_spend",
    "unit_run",
    "unit_transactions",
    "user_run",
    "user_periods",
    "sme_paid",
    "sme_of",
    "changes_agreed",
    "quality",
)
MONEY = frozenset(SUMS) - {"unit_transactions", "user_periods", "quality"}
# Columns of which the last return that says something counts.
LATEST = (
    "spend_to_date",
    "forecast_at_completion",
    "phase",
    "delivery_confidence",
    "users_served",
    "worst_slip_days",
    "kpis",
)


@dataclass(frozen=True)
class YearSums:
    """The returns of one contract for the periods that end in one financial year."""

    year: int
    sums: dict[str, Decimal]
    counts: dict[str, int]  # how many returns each sum is of


@dataclass(frozen=True)
class Said:
    """What a return said, and the period it was for."""

    value: Any
    period_end: date


@dataclass(frozen=True)
class Facts:
    """One contract as somebody may see it on a day. `hidden` are the columns that are held back, with the reason."""

    contract_id: int
    start: date
    baseline_value: Decimal | None
    baseline_end: date
    current_value: Decimal | None
    current_end: date
    amendments: int = 0
    amended_by: Decimal = Decimal(0)
    expected: int = 0  # periods that were over
    returns: int = 0
    first: date | None = None  # of the periods
    last: date | None = None
    years: tuple[YearSums, ...] = ()
    latest: dict[str, Said] = field(default_factory=dict)
    authority_kpis: dict[str, int] | None = None
    assessment: str = ""  # the rating of the newest final one
    is_monthly: bool = True
    hidden: dict[str, str] = field(default_factory=dict)

    def said(self, column: str) -> Any:
        """The last word on a column; None where there is none, or it is held back."""
        known = self.latest.get(column)
        return None if known is None or column in self.hidden else known.value

    def count(self, name: str, years: Collection[int] | None = None) -> int:
        return sum(one.counts.get(name, 0) for one in self.years if years is None or one.year in years)

    def total(self, name: str, prices: Prices, years: Collection[int] | None = None) -> Decimal | None:
        """A sum in these prices, each year's part by its own year; None where no return says it."""
        known = [one for one in self.years if one.counts.get(name) and (years is None or one.year in years)]
        if not known:
            return None
        if name not in MONEY:
            return sum((one.sums[name] for one in known), Decimal(0))
        return sum((prices.in_year(one.sums[name], one.year) for one in known), Decimal(0))

    def hides(self, columns: Iterable[str]) -> str:
        """Why one of the columns is held back; "" where none is."""
        return next((self.hidden[column] for column in columns if column in self.hidden), "")
