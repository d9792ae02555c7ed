"""Contracts with returns that are filed and accepted already, written as rows: what comparisons read."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from portal.accounts.models import User
from portal.organisations.models import Organisation
from reporting.models import Contract, Return, ReturnLine
from reporting.periods import period_holding
from tests.reporting.makers import NOW

START = date(2026, 1, 1)


def make_reported(
    buyer: Organisation,
    supplier: Organisation,
    by: User | None = None,
    *,
    months: int = 6,
    is_published: bool = True,
    **fields: Any,
) -> Contract:
    """An active contract with an accepted return for each month from its start; £10,000 of spend in each."""
    given: dict[str, Any] = {
        "number": f"N-{uuid4().hex[:8]}",
        "title": "Casework for benefits",
        "baseline_value": Decimal(120_000),
        "baseline_start": START,
        "baseline_end": date(2026, 12, 31),
        "cpv_codes": ["72212000"],
        "state": "active",
        "created_by": by,
    }
    figures = fields.pop("figures", {})
    given |= fields
    given.setdefault("current_value", given["baseline_value"])
    given.setdefault("current_end", given["baseline_end"])
    given.setdefault("reports_from", given["baseline_start"])
    contract = Contract.objects.create(
        buyer=buyer, supplier=supplier, is_published=is_published, submission_key=uuid4(), **given
    )
    period = period_holding(contract.baseline_start, contract.rhythm)
    for number in range(1, months + 1):
        make_filed(contract, period.start, spend_to_date=10_000 * number, **figures)
        period = period_holding(period.end + timedelta(days=1), contract.rhythm)
    return contract


def make_filed(contract: Contract, start: date, **fields: Any) -> Return:
    """A return that was submitted on the tenth day after its period and accepted two days later."""
    period = period_holding(start, contract.rhythm)
    submitted = datetime.combine(period.end + timedelta(days=10), NOW.timetz())
    given: dict[str, Any] = {
        "state": "accepted",
        "submitted_at": submitted,
        "decided_at": submitted + timedelta(days=2),
        "planned_spend": 11_000,
        "actual_spend": 10_000,
        "build_spend": 4_000,
        "run_spend": 6_000,
        "forecast_at_completion": 132_000,
        "sme_paid": 2_500,
        "subcontractors_paid": 3_000,
        "users_served": 400,
        "completed_transactions": 1_200,
        "phase": "live",
        "delivery_confidence": "amber",
        "changes_agreed": 0,
        "worst_slip_days": 12,
        "kpis": {"met": 2, "below": 1},
        "quality_score": 80,
    }
    return Return.objects.create(
        contract=contract,
        supplier_id=contract.supplier_id,
        period_start=period.start,
        period_end=period.end,
        due_at=period.due_at,
        standard="1",
        **(given | fields),
    )


def add_day_rate(filed: Return, role: str, price: str, number: int = 1) -> ReturnLine:
    data = {"description": role, "cost_stage": "run", "unit": "day", "unit_price": price, "quantity": "10.0000"}
    data["amount"] = str(Decimal(price) * 10)
    return ReturnLine.objects.create(
        supplier_id=filed.supplier_id, filed=filed, table="spend", number=number, data=data
    )
