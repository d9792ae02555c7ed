"""The rules of `flags.toml` as functions of a contract's figures. No database: what is known is handed in.

Each gives the figures of its formula where it holds, by name and as text, so that anybody can count it again;
None where it does not hold, or cannot be counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import takewhile
from typing import TypeVar

from reporting.quality.declared import Rule, rules

STEPS = ("met", "slightlyBelow", "below", "significantlyBelow")
Day = TypeVar("Day", date, datetime)
LEAST_PEERS = 5
PENCE, PRICE = Decimal("0.01"), Decimal("0.0001")


@dataclass(frozen=True)
class Reported:
    """What one return that stands says."""

    pk: int
    period_start: date
    period_end: date
    is_nil: bool = False
    spend_to_date: Decimal | None = None
    forecast: Decimal | None = None
    changes_agreed: Decimal | None = None


@dataclass(frozen=True)
class Slip:
    """The milestone of the newest return that is latest against its baseline."""

    milestone: str
    baseline_due: date
    until: date


@dataclass(frozen=True)
class Rated:
    """One indicator with both ratings."""

    filed: int
    indicator: str
    supplier: str
    authority: str


@dataclass(frozen=True)
class UnitCost:
    """Run spend and completed transactions of 12 months."""

    run: Decimal
    transactions: int

    @property
    def value(self) -> Decimal:
        return self.run / self.transactions


@dataclass(frozen=True)
class Facts:
    """What is known of a contract. `returns` stand, the oldest first."""

    baseline: Decimal | None
    value: Decimal | None
    returns: Sequence[Reported]
    in_amendments: Decimal
    year_ago: date
    due: int  # returns that were due since then
    late: int  # of these, filed after they were due, or overdue now
    slip: Slip | None = None
    rated: Sequence[Rated] = ()
    unit_cost: UnitCost | None = None
    peers: Sequence[Decimal] = ()

    @property
    def newest(self) -> Reported | None:
        return self.returns[-1] if self.returns else None

    def newest_with(self, name: str) -> Reported | None:
        return next((one for one in reversed(self.returns) if getattr(one, name) is not None), None)


@dataclass(frozen=True)
class Found:
    """A rule that holds: the return it was found in, and every figure of its formula."""

    rule: Rule
    filed: int | None
    figures: dict[str, str]


def find(facts: Facts) -> dict[str, Found]:
    """Every rule that holds, by its id."""
    found = {}
    for rule in rules().rules:
        if held := _RULES[rule.id](facts, rule.threshold):
            filed, figures = held
            found[rule.id] = Found(rule, filed, figures)
    return found


def year_before(day: Day) -> Day:
    """The same day or moment a year ago; 28 February for a leap day."""
    if (day.month, day.day) == (2, 29):
        return day.replace(year=day.year - 1, day=28)
    return day.replace(year=day.year - 1)


# --- The rules -------------------------------------------------------------------------------------

Held = tuple[int | None, dict[str, str]] | None


def _spend_past_value(facts: Facts, threshold: Decimal) -> Held:
    newest = facts.newest_with("spend_to_date")
    if newest is None or newest.spend_to_date is None or facts.value is None:
        return None
    over = newest.spend_to_date - facts.value
    if over <= threshold:
        return None
    return newest.pk, _texts(spent=newest.spend_to_date, value=facts.value, over=over)


def _forecast_over_baseline(facts: Facts, threshold: Decimal) -> Held:
    newest = facts.newest_with("forecast")
    if newest is None or newest.forecast is None or not facts.baseline:
        return None
    percent = (newest.forecast - facts.baseline) / facts.baseline * 100
    if percent <= threshold:
        return None
    return newest.pk, _texts(forecast=newest.forecast, baseline=facts.baseline, percent=percent.quantize(PENCE))


def _milestone_slip(facts: Facts, threshold: Decimal) -> Held:
    slip, newest = facts.slip, facts.newest
    if slip is None or newest is None:
        return None
    days = (slip.until - slip.baseline_due).days
    if days <= threshold:
        return None
    return newest.pk, _texts(milestone=slip.milestone, baseline_due=slip.baseline_due, until=slip.until, days=days)


def _changes_inflate(facts: Facts, threshold: Decimal) -> Held:
    if not facts.baseline:
        return None
    in_returns = sum((one.changes_agreed or Decimal(0) for one in facts.returns), Decimal(0))
    added = max(in_returns, facts.in_amendments)
    percent = added / facts.baseline * 100
    if percent <= threshold:
        return None
    return facts.newest.pk if facts.newest else None, _texts(
        in_returns=in_returns,
        in_amendments=facts.in_amendments,
        added=added,
        baseline=facts.baseline,
        percent=percent.quantize(PENCE),
    )


def _ratings_apart(facts: Facts, threshold: Decimal) -> Held:
    def steps(rated: Rated) -> int:
        return abs(STEPS.index(rated.supplier) - STEPS.index(rated.authority))

    comparable = [one for one in facts.rated if one.supplier in STEPS and one.authority in STEPS]
    widest = max(comparable, key=steps, default=None)
    if widest is None or steps(widest) < threshold:
        return None
    return widest.filed, _texts(
        indicator=widest.indicator, supplier=widest.supplier, authority=widest.authority, steps=steps(widest)
    )


def _nil_again(facts: Facts, threshold: Decimal) -> Held:
    nil = list(takewhile(lambda one: one.is_nil, reversed(facts.returns)))
    if len(nil) < threshold:
        return None
    return nil[0].pk, _texts(count=len(nil), since=nil[-1].period_start, until=nil[0].period_end)


def _late_again(facts: Facts, threshold: Decimal) -> Held:
    if facts.late < threshold:
        return None
    return None, _texts(count=facts.late, due=facts.due, since=facts.year_ago)


def _unit_cost_apart(facts: Facts, threshold: Decimal) -> Held:
    cost = facts.unit_cost
    if cost is None or len(facts.peers) < LEAST_PEERS:
        return None
    q1, q3 = quartile(facts.peers, Decimal("0.25")), quartile(facts.peers, Decimal("0.75"))
    low, high = q1 - threshold * (q3 - q1), q3 + threshold * (q3 - q1)
    if low <= cost.value <= high:
        return None
    prices = {"unit_cost": cost.value, "q1": q1, "q3": q3, "low": low, "high": high}
    rounded = {name: price.quantize(PRICE) for name, price in prices.items()}
    return facts.newest.pk if facts.newest else None, _texts(
        run=cost.run, transactions=cost.transactions, peers=len(facts.peers), **rounded
    )


def quartile(values: Sequence[Decimal], share: Decimal) -> Decimal:
    """The value below which that share of them lies, interpolated linearly between neighbours."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    if below + 1 == len(ordered):
        return ordered[below]
    return ordered[below] + (ordered[below + 1] - ordered[below]) * (place - below)


def _texts(**figures: object) -> dict[str, str]:
    return {name: str(figure) for name, figure in figures.items()}


_RULES: dict[str, Callable[[Facts, Decimal], Held]] = {
    "spend-past-value": _spend_past_value,
    "forecast-over-baseline": _forecast_over_baseline,
    "milestone-slip": _milestone_slip,
    "changes-inflate": _changes_inflate,
    "ratings-apart": _ratings_apart,
    "nil-again": _nil_again,
    "late-again": _late_again,
    "unit-cost-apart": _unit_cost_apart,
}
