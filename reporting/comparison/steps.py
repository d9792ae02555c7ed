"""Spend over time: planned and actual, each added up from period to period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from reporting.comparison.facts import Facts
from reporting.comparison.parts import parts_of
from reporting.comparison.prices import Prices, year_of

MOST_STEPS = 24  # more are shown by quarter
COLUMNS = ("planned_spend", "actual_spend")


@dataclass(frozen=True)
class Spent:
    """What one return says of its period."""

    contract_id: int
    period_end: date
    planned: Decimal | None
    actual: Decimal | None


@dataclass(frozen=True)
class Step:
    """Where spend stood at the end of a period. None where no return gives the figure for that period."""

    day: date
    planned: Decimal | None
    actual: Decimal | None


def steps_of(spent: Iterable[Spent], facts: Sequence[Facts], prices: Prices) -> list[Step]:
    """Both lines begin with what was spent before the first return, where that was reported."""
    by_contract = {one.contract_id: one for one in facts}
    by_day: dict[date, list[Spent]] = {}
    for one in spent:
        by_day.setdefault(one.period_end, []).append(one)
    before = sum((_before(one, prices) for one in facts), Decimal(0))
    sums = [before, before]
    steps = []
    for day in sorted(by_day):
        added = [_added(name, by_day[day], by_contract, prices) for name in COLUMNS]
        sums = [total + (more or 0) for total, more in zip(sums, added, strict=True)]
        planned, actual = (total if more is not None else None for total, more in zip(sums, added, strict=True))
        steps.append(Step(day, planned, actual))
    return steps


def thinned(steps: Sequence[Step]) -> list[Step]:
    """The last step of each quarter, where there are many."""
    if len(steps) <= MOST_STEPS:
        return list(steps)
    return list({(step.day.year, (step.day.month - 1) // 3): step for step in steps}.values())


def _added(name: str, spent: Iterable[Spent], facts: Mapping[int, Facts], prices: Prices) -> Decimal | None:
    amounts = [
        prices.in_year(amount, year_of(one.period_end))
        for one in spent
        if (amount := one.planned if name == "planned_spend" else one.actual) is not None
        and name not in facts[one.contract_id].hidden
    ]
    return sum(amounts, Decimal(0)) if amounts else None


def _before(facts: Facts, prices: Prices) -> Decimal:
    spend: Decimal | None = parts_of(facts, prices).get("spend")
    return spend - (facts.total("actual_spend", prices) or Decimal(0)) if spend is not None else Decimal(0)
