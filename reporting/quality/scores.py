"""How well a return is reported: its score and the parts of it, as `quality.toml` declares them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils import timezone

from portal.working_days import bank_holidays
from reporting.models import Return
from reporting.quality.declared import scheme
from reporting.standards.filing import Filing, Finding, Known, Row

PHASES = ("discovery", "alpha", "beta", "live", "retirement")
USED, MEASURED = {"", "beta", "live"}, {"", "live"}  # phases in which people use the service, and are asked
POINTS_A_DAY = 5
TIMES, FORECAST_MOVE, SATISFACTION_MOVE = Decimal(3), Decimal("0.1"), Decimal(20)

# True where it holds, False where it does not, None where it cannot be asked; and the figures that were compared.
Answer = tuple[bool | None, Mapping[str, Any]]


@dataclass(frozen=True)
class Case:
    """All that the items look at. `now` is the return's own row, `before` that of the last return."""

    filed: Return
    now: Row
    before: Row
    questions: int
    contract_value: Decimal | None
    milestones: int  # in the contract's baseline
    indicators: int

    @property
    def phase(self) -> str:
        return str(self.now.get("phase") or "")


def scored(filed: Return, filing: Filing, findings: Sequence[Finding], known: Known) -> tuple[int, dict[str, Any]]:
    """The score of a return that is being submitted, and its parts with what they were counted from.

    Called when `submitted_at` and the figures (`reporting.figures`) stand in the return's columns. Of the filing
    and of the one before only the head is read, so that a return of many lines costs no more.
    """
    case = Case(
        filed=filed,
        now=filing.head,
        before={} if known.previous is None or known.previous.is_nil else known.previous.head,
        questions=sum(not finding.is_error for finding in findings),
        contract_value=known.current_value,
        milestones=len(known.baselines),
        indicators=filed.contract.baseline_kpis.count(),
    )
    parts = {"timely": _timely(filed)}
    for part in scheme().parts:
        if part.id not in parts:
            parts[part.id] = _part({item.id: ITEMS[item.id](case) for item in part.items})
    total = sum(part["score"] for part in parts.values())
    return _whole(Decimal(total) / len(parts)), {"version": scheme().version, "parts": parts}


def _part(answers: Mapping[str, Answer]) -> dict[str, Any]:
    """The share that holds of what could be asked."""
    asked = {id: {"holds": holds, **figures} for id, (holds, figures) in answers.items() if holds is not None}
    held = sum(item["holds"] for item in asked.values())
    return {"score": _whole(Decimal(100 * held) / len(asked)) if asked else 100, "items": asked}


def _whole(number: Decimal) -> int:
    return int(number.quantize(Decimal(1), ROUND_HALF_UP))


# --- Timely ----------------------------------------------------------------------------------------


def _timely(filed: Return) -> dict[str, Any]:
    days = days_late(filed.due_at, filed.submitted_at or timezone.now())
    if filed.replaces and (was := (filed.replaces.quality or {}).get("parts", {}).get("timely")):
        days = max(days, was["days_late"])
    score = max(0, 100 - POINTS_A_DAY * days)
    return {"score": score, "days_late": days, "items": {"on-time": {"holds": days == 0}}}


def days_late(due_at: datetime, filed_at: datetime) -> int:
    """Working days after the day it was due, the first of them begun once the hour is past; 0 where it is in time."""
    if filed_at <= due_at:
        return 0
    due, day = timezone.localdate(due_at), timezone.localdate(filed_at)
    counted = bank_holidays().get_working_days_count(due, day) - bank_holidays().is_working_day(due)
    return max(1, counted)


# --- Complete --------------------------------------------------------------------------------------


def _given(name: str) -> Callable[[Case], Answer]:
    return lambda case: (None if case.filed.is_nil else case.now.get(name) is not None, {})


def _given_in(name: str, phases: set[str]) -> Callable[[Case], Answer]:
    def given(case: Case) -> Answer:
        if case.filed.is_nil or case.phase not in phases:
            return None, {}
        return case.now.get(name) is not None, {}

    return given


def _lines(case: Case) -> Answer:
    return (case.filed.build_spend is not None, {}) if case.filed.actual_spend else (None, {})


def _milestones(case: Case) -> Answer:
    if case.filed.is_nil or not case.milestones:
        return None, {}
    return case.filed.worst_slip_days is not None, {}


def _ratings(case: Case) -> Answer:
    if case.filed.is_nil or not case.indicators:
        return None, {}
    rated = sum((case.filed.kpis or {}).values())
    return rated >= case.indicators, {"rated": rated, "baseline": case.indicators}


# --- Consistent ------------------------------------------------------------------------------------


def _both(case: Case, name: str, other: str) -> tuple[Decimal, Decimal] | None:
    one, two = case.now.get(name), case.now.get(other)
    return (one, two) if isinstance(one, Decimal) and isinstance(two, Decimal) else None


def _questions(case: Case) -> Answer:
    return case.questions == 0, {"questions": case.questions}


def _value(case: Case) -> Answer:
    said = case.now.get("current_value")
    if said is None or case.contract_value is None:
        return None, {}
    return said == case.contract_value, {"said": str(said), "contract": str(case.contract_value)}


def _forecast_covers(case: Case) -> Answer:
    pair = _both(case, "forecast_at_completion", "spend_to_date")
    return (pair[0] >= pair[1], {"forecast": str(pair[0]), "spent": str(pair[1])}) if pair else (None, {})


def _phase_forward(case: Case) -> Answer:
    was = case.before.get("phase")
    if was not in PHASES or case.phase not in PHASES:
        return None, {}
    return PHASES.index(case.phase) >= PHASES.index(str(was)), {"now": case.phase, "last": was}


def _users_and_transactions(case: Case) -> Answer:
    users, completed = case.filed.users_served, case.filed.completed_transactions
    if users is None or completed is None:
        return None, {}
    return users > 0 or completed == 0, {"users": users, "transactions": completed}


def _final(case: Case) -> Answer:
    pair = _both(case, "final_value", "spend_to_date")
    return (pair[0] == pair[1], {"final": str(pair[0]), "spent": str(pair[1])}) if pair else (None, {})


# --- Plausible -------------------------------------------------------------------------------------


def _number(value: Any) -> Decimal | None:
    return None if value is None or isinstance(value, bool) else Decimal(value)


def _like_plan(case: Case) -> Answer:
    plan, spent = case.filed.planned_spend, case.filed.actual_spend
    if not plan or plan < 0 or spent is None:
        return None, {}
    return plan / 2 <= spent <= plan * Decimal("1.5"), {"planned": str(plan), "spent": str(spent)}


def _like_last(name: str) -> Callable[[Case], Answer]:
    def like(case: Case) -> Answer:
        now, last = _number(case.now.get(name)), _number(case.before.get(name))
        if now is None or last is None or now <= 0 or last <= 0:
            return None, {}
        return last <= now * TIMES and now <= last * TIMES, {"now": str(now), "last": str(last)}

    return like


def _forecast_like_last(case: Case) -> Answer:
    now, last = case.now.get("forecast_at_completion"), case.before.get("forecast_at_completion")
    if not isinstance(now, Decimal) or not isinstance(last, Decimal):
        return None, {}
    agreed = case.filed.changes_agreed or Decimal(0)
    figures = {"now": str(now), "last": str(last), "agreed": str(agreed)}
    return abs(now - last - agreed) <= last * FORECAST_MOVE, figures


def _satisfaction_like_last(case: Case) -> Answer:
    now, last = case.now.get("satisfaction"), case.before.get("satisfaction")
    if not isinstance(now, Decimal) or not isinstance(last, Decimal):
        return None, {}
    return abs(now - last) <= SATISFACTION_MOVE, {"now": str(now), "last": str(last)}


ITEMS: dict[str, Callable[[Case], Answer]] = {
    "phase": _given("phase"),
    "planned": _given("planned_spend"),
    "forecast": _given("forecast_at_completion"),
    "confidence": _given("delivery_confidence"),
    "lines": _lines,
    "milestones": _milestones,
    "ratings": _ratings,
    "users": _given_in("users_served", USED),
    "transactions": _given_in("completed_transactions", USED),
    "satisfaction": _given_in("satisfaction", MEASURED),
    "completion": _given_in("completion_rate", MEASURED),
    "questions": _questions,
    "value": _value,
    "forecast-covers": _forecast_covers,
    "phase-forward": _phase_forward,
    "users-and-transactions": _users_and_transactions,
    "final": _final,
    "spend-like-plan": _like_plan,
    "spend-like-last": _like_last("actual_spend"),
    "users-like-last": _like_last("users_served"),
    "transactions-like-last": _like_last("completed_transactions"),
    "forecast-like-last": _forecast_like_last,
    "satisfaction-like-last": _satisfaction_like_last,
}
