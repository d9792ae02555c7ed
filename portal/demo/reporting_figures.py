"""The figures of the demo's returns: each contract's course from its first period to its last, the same every time."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from reporting.periods import MONTHS, Period

Entry = dict[str, Any]
Cells = dict[str, Any]

# How much of the team and of the running costs each phase takes.
STRENGTH = {"discovery": (0.4, 0.0), "alpha": (0.7, 0.0), "beta": (1.0, 0.5), "live": (0.25, 1.0)}
CHANGE_PERIODS = 6  # over which the work of a change is charged
RATINGS = ((Decimal(1), "met"), (Decimal("0.95"), "slightlyBelow"), (Decimal("0.85"), "below"))
BEST = Decimal(97)


class Course:
    """What one contract of `reporting.toml` reports in each of its periods, counted from 0."""

    def __init__(self, entry: Entry, periods: Sequence[Period]) -> None:
        self.entry, self.periods = entry, periods
        self.months = MONTHS[entry["rhythm"]]
        self.phases = [phase for phase, count in entry["phases"] for _ in range(count)]
        self.planned = [sum(line["amount"] for line in self._lines(n, planned=True)) for n in range(len(periods))]
        self.lines = [[] if n in entry.get("nil", ()) else list(self._lines(n)) for n in range(len(periods))]
        self.spent = [sum((line["amount"] for line in lines), Decimal(0)) for lines in self.lines]

    @property
    def value(self) -> Decimal:
        """The baseline: what the plan comes to without changes, to the next £1,000."""
        plan = sum(self.planned) - sum(change["value"] for change in self.entry.get("changes", []) if change["agreed"])
        return Decimal(-(-int(plan) // 1000) * 1000)

    def cells(self, n: int) -> dict[str, list[Cells]]:
        """The return's tables."""
        if n in self.entry.get("nil", ()):
            return {"return": [{"nil_return": True, "spend_to_date": self.spent_to(n)}]}
        return {
            "return": [self._head(n)],
            "spend": self.lines[n],
            "milestone": [self._milestone(n, *one) for one in self.entry.get("milestones", [])],
            "kpi": [self._kpi(n, *one) for one in self.entry.get("kpis", [])] if self._is_used(n) else [],
            "change": list(self._changes(n)),
            "subcontractor": [self._subcontractor(n, *one) for one in self.entry.get("subcontractors", [])],
        }

    def spent_to(self, n: int) -> Decimal:
        return sum(self.spent[: n + 1], Decimal(0))

    def due(self, n: int) -> date:
        return self.periods[n].end

    # --- The head ------------------------------------------------------------------------------------

    def _head(self, n: int) -> Cells:
        confidence, why = self.entry.get("confidence", ["green", ""])
        rest = sum(self.planned[n + 1 :]) * _exact(1 + self.entry["overrun"])
        head: Cells = {
            "nil_return": False,
            "phase": self.phases[n],
            "planned_spend": self.planned[n],
            "actual_spend": self.spent[n],
            "spend_to_date": self.spent_to(n),
            "forecast_at_completion": ((self.spent_to(n) + self._known(rest, n)) / 100).quantize(Decimal(1)) * 100,
            "delivery_confidence": confidence if n > 3 else "green",
            "confidence_reason": why if n > 3 else "",
        }
        head |= self._use(n)
        learnt, missed = self.entry.get("early", [0, []])
        left_out = {*self.entry.get("leaves_out", ()), *(missed if n < learnt else ())}
        return {name: value for name, value in head.items() if name not in left_out}

    def _known(self, rest: Decimal, n: int) -> Decimal:
        """What is still to be spent, without the changes that nobody has thought of yet."""
        later = [change["value"] for change in self.entry.get("changes", []) if change["agreed"]]
        ahead = [change["period"] > n for change in self.entry.get("changes", []) if change["agreed"]]
        return rest - sum(value for value, is_ahead in zip(later, ahead, strict=True) if is_ahead)

    def _use(self, n: int) -> Cells:
        """Who used the service: nobody before beta."""
        if not self._is_used(n):
            return {}
        age, draw = n - self._first_use(), self._draw("use", n)
        start, growth = self.entry["users"]
        users = round(start * (1 + growth) ** age * draw.uniform(0.97, 1.03))
        better = min(age, 12) * 0.4
        return {
            "users_served": users,
            "completed_transactions": round(users * self.entry["transactions"] * draw.uniform(0.96, 1.04)),
            "satisfaction": _share(self.entry["satisfaction"] + better + draw.uniform(-1.5, 1.5)),
            "completion_rate": _share(self.entry["satisfaction"] + 4 + better + draw.uniform(-1.5, 1.5)),
        }

    def _is_used(self, n: int) -> bool:
        return n >= self._first_use()

    def _first_use(self) -> int:
        return next(n for n, phase in enumerate(self.phases) if phase in ("beta", "live"))

    # --- The lines -----------------------------------------------------------------------------------

    def _lines(self, n: int, *, planned: bool = False) -> Iterator[Cells]:
        """Roles in half days, running costs as they are metered. The plan has neither overrun nor chance."""
        draw = self._draw("spend", n)
        team, running = STRENGTH[self.phases[n]]
        over = 1 if planned else 1 + self.entry["overrun"]
        for role, rate, days in self.entry["build"]:
            wobble = 1 if planned else draw.uniform(0.93, 1.07)
            yield _line(role, "build", "day", rate, round(days * self.months * team * over * wobble * 2) / 2)
        if running:
            for what, unit, price, quantity in self.entry["run"]:
                wobble = 1 if planned else draw.uniform(0.95, 1.05)
                yield self._running(n, what, unit, price, quantity * running, over * wobble)
        for change in self.entry.get("changes", []):
            if change["agreed"] and change["period"] <= n < change["period"] + CHANGE_PERIODS:
                share = Decimal(change["value"]) / CHANGE_PERIODS
                yield _line(f"Change: {change['reason']}", "build", "fixed", share.quantize(Decimal("0.01")), 1)

    def _running(self, n: int, what: str, unit: str, price: float, quantity: float, over: float) -> Cells:
        """A month's price follows its use; users, transactions and days are counted."""
        if unit == "month":
            return _line(what, "run", unit, round(price * quantity * over, -1), self.months)
        if unit == "day":
            return _line(what, "run", unit, price, round(quantity * self.months * over * 2) / 2)
        used = self._use(n)
        counted = used["users_served"] * self.months if unit == "user" else used["completed_transactions"]
        return _line(what, "run", unit, price, counted)

    def _milestone(self, n: int, number: str, title: str, type: str, due: int, slip: int) -> Cells:
        """The slip grows until the day; once it is met it stays."""
        baseline, until = self.due(due), self.due(due) + timedelta(days=slip)
        cells: Cells = {"milestone_id": number, "title": title, "type": type, "baseline_due": baseline}
        if until <= self.periods[n].end:
            return cells | {"met_on": until, "status": "met"}
        known = slip * min(n + 1, due + 1) // (due + 1)
        forecast = max(baseline + timedelta(days=known), self.periods[n].end + timedelta(days=5))
        return cells | {"forecast_due": forecast, "status": "scheduled"}

    def _kpi(self, n: int, number: str, title: str, unit: str, target: float, way: str, about: float) -> Cells:
        actual = _exact(about * self._draw(number, n).uniform(0.985, 1.015))
        if unit == "%":
            actual = min(actual, Decimal(100))
        reached = actual / _exact(target) if way == "higher" else _exact(target) / actual
        rating = next((code for least, code in RATINGS if reached >= least), "significantlyBelow")
        return {
            "kpi_id": number,
            "title": title,
            "measured_in": unit,
            "target": _exact(target),
            "actual": actual,
            "direction": way,
            "rating_supplier": rating,
        }

    def _changes(self, n: int) -> Iterator[Cells]:
        for number, change in enumerate(self.entry.get("changes", []), start=1):
            if change["period"] == n:
                yield {
                    "change_id": f"C{number}",
                    "dated": self.periods[n].start + timedelta(days=11),
                    "reason": change["reason"],
                    "value_change": change["value"],
                    "days_change": change["days"],
                    "status": "agreed" if change["agreed"] else "proposed",
                }

    def _subcontractor(self, n: int, name: str, identifier: str, scale: str, vcse: bool, share: float) -> Cells:
        paid = self.spent[n] * _exact(share * self._draw(name, n).uniform(0.9, 1.1))
        return {
            "name": name,
            "identifier": identifier,
            "scale": scale,
            "vcse": vcse,
            "paid_in_period": paid.quantize(Decimal(1)),
        }

    def _draw(self, what: str, n: int) -> random.Random:
        """Chance that falls the same way each time."""
        return random.Random(f"{self.entry['number']}/{what}/{n}")  # noqa: S311 - figures of a play


def _line(what: str, stage: str, unit: str, price: Any, quantity: Any) -> Cells:
    price, quantity = _exact(price), _exact(quantity)
    return {
        "description": what,
        "cost_stage": stage,
        "unit": unit,
        "unit_price": price,
        "quantity": quantity,
        "amount": (price * quantity).quantize(Decimal("0.01"), ROUND_HALF_UP),
    }


def _exact(number: Any) -> Decimal:
    return number if isinstance(number, Decimal) else Decimal(str(round(number, 2)))


def _share(percent: float) -> Decimal:
    return min(_exact(percent), BEST)
