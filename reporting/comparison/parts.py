"""Parts: what adds up over the contracts of a scheme. A contract's figures are read from its parts in the same way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from reporting.comparison.facts import Facts
from reporting.comparison.prices import Prices

Part = Decimal | int | Counter[str]


@dataclass(frozen=True)
class Parts:
    """Values by name, of one contract or of several. What nobody reports has no entry: missing is never nought."""

    values: Mapping[str, Any]
    contracts: int = 1
    reporting: Mapping[str, int] = field(default_factory=dict)  # of how many contracts each is
    hidden: Mapping[str, str] = field(default_factory=dict)  # part: why it is held back
    returns: int = 0
    expected: int = 0

    def get(self, name: str) -> Any:
        return self.values.get(name)

    def has(self, names: Iterable[str]) -> bool:
        return all(name in self.values for name in names)


def parts_of(facts: Facts, prices: Prices) -> Parts:
    """Money in these prices. What is held back is left out, with its reason."""
    values: dict[str, Any] = {}
    hidden: dict[str, str] = {}
    for name, (columns, read) in READ.items():
        if why := facts.hides(columns):
            hidden[name] = why
        elif (value := read(facts, prices)) is not None:
            values[name] = value
    if "baseline" in values and "forecast" in values:
        values |= {"forecast_of_both": values["forecast"], "baseline_of_both": values["baseline"]}
    elif lacks := hidden.get("forecast") or hidden.get("baseline"):
        hidden["forecast_of_both"] = lacks
    return Parts(values, 1, dict.fromkeys(values, 1), hidden, facts.returns, facts.expected)


def together(parts: Iterable[Parts]) -> Parts:
    """Of several contracts: sums, tallies added up, and of delays the longest."""
    parts = list(parts)
    values: dict[str, Any] = {}
    reporting: Counter[str] = Counter()
    for one in parts:
        reporting.update(one.reporting)
        for name, value in one.values.items():
            values[name] = _joined(name, values[name], value) if name in values else value
    return Parts(
        values,
        sum(one.contracts for one in parts),
        reporting,
        {name: why for one in parts for name, why in one.hidden.items()},
        sum(one.returns for one in parts),
        sum(one.expected for one in parts),
    )


LONGEST = {"delay", "slip"}


def _joined(name: str, one: Any, other: Any) -> Any:
    return max(one, other) if name in LONGEST else one + other


# --- Reading a contract -----------------------------------------------------------------------------


def _baseline(facts: Facts, prices: Prices) -> Decimal | None:
    value = facts.baseline_value
    return None if value is None else prices.over(value, facts.start, facts.baseline_end)


def _current(facts: Facts, prices: Prices) -> Decimal | None:
    value = facts.current_value
    return None if value is None else prices.over(value, facts.start, facts.current_end)


def _spend(facts: Facts, prices: Prices) -> Decimal | None:
    """The last spend to date that was stated; else the sum of the returns.

    What it holds beyond the returns is taken as spent evenly between the start and the first return.
    """
    in_returns = facts.total("actual_spend", prices)
    stated = facts.said("spend_to_date")
    if stated is None:
        return in_returns
    beyond = stated - (facts.total("actual_spend", Prices()) or Decimal(0))
    until = facts.first - timedelta(days=1) if facts.first else facts.current_end
    return (in_returns or Decimal(0)) + prices.over(beyond, facts.start, until)


def _forecast(facts: Facts, prices: Prices) -> Decimal | None:
    """What is still to be spent is taken as spread evenly from the last return to the end of the contract."""
    stated = facts.said("forecast_at_completion")
    if stated is None or not prices.base:
        return stated  # type: ignore[no-any-return]
    spent = _spend(facts, Prices())
    if spent is None or facts.last is None:
        return prices.over(stated, facts.start, facts.current_end)
    return (_spend(facts, prices) or Decimal(0)) + prices.over(stated - spent, facts.last, facts.current_end)


def _users(facts: Facts, _prices: Prices) -> int | None:
    return facts.said("users_served")  # type: ignore[no-any-return]


def _tally_of(column: str) -> Callable[[Facts, Prices], Counter[str] | None]:
    def read(facts: Facts, _prices: Prices) -> Counter[str] | None:
        said = facts.said(column)
        return Counter({said: 1} if isinstance(said, str) else said) if said else None

    return read


def _sum_of(name: str) -> Callable[[Facts, Prices], Decimal | None]:
    return lambda facts, prices: facts.total(name, prices)


def _monthly(name: str) -> Callable[[Facts, Prices], Decimal | None]:
    """Users of a quarter are not three times those of a month, so contracts with quarterly returns are left out."""
    return lambda facts, prices: facts.total(name, prices) if facts.is_monthly else None


def _quality_returns(facts: Facts, _prices: Prices) -> int | None:
    return facts.count("quality") or None


def _authority_kpis(facts: Facts, _prices: Prices) -> Counter[str] | None:
    return Counter(facts.authority_kpis) if facts.authority_kpis else None


def _assessment(facts: Facts, _prices: Prices) -> Counter[str] | None:
    return Counter([facts.assessment]) if facts.assessment else None


def _slip(facts: Facts, _prices: Prices) -> int | None:
    return facts.said("worst_slip_days")  # type: ignore[no-any-return]


# Part: the columns of a return that it rests on, and how it is read. `value` and `amendments` are of the contract.
READ: dict[str, tuple[tuple[str, ...], Callable[[Facts, Prices], Any]]] = {
    "baseline": (("value",), _baseline),
    "current": (("value",), _current),
    "amendments": (("amendments",), lambda facts, _prices: facts.amendments),
    "delay": ((), lambda facts, _prices: (facts.current_end - facts.baseline_end).days),
    "spend": (("spend_to_date", "actual_spend"), _spend),
    "forecast": (("forecast_at_completion",), _forecast),
    "build": (("build_spend",), _sum_of("build_spend")),
    "run": (("run_spend",), _sum_of("run_spend")),
    "unit_run": (("run_spend", "completed_transactions"), _sum_of("unit_run")),
    "unit_transactions": (("run_spend", "completed_transactions"), _sum_of("unit_transactions")),
    "user_run": (("run_spend", "users_served"), _monthly("user_run")),
    "user_periods": (("run_spend", "users_served"), _monthly("user_periods")),
    "sme_paid": (("sme_paid", "actual_spend"), _sum_of("sme_paid")),
    "sme_of": (("sme_paid", "actual_spend"), _sum_of("sme_of")),
    "changes_agreed": (("changes_agreed",), _sum_of("changes_agreed")),
    "users": (("users_served",), _users),
    "slip": (("worst_slip_days",), _slip),
    "confidence": (("delivery_confidence",), _tally_of("delivery_confidence")),
    "phase": (("phase",), _tally_of("phase")),
    "supplier_kpis": (("kpis",), _tally_of("kpis")),
    "authority_kpis": (("authority_kpis",), _authority_kpis),
    "assessment": (("assessment",), _assessment),
    "quality": (("quality",), _sum_of("quality")),
    "quality_returns": (("quality",), _quality_returns),
}
