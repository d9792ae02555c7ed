"""Makers of contracts and returns."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from portal.accounts.models import User
from portal.organisations.models import Organisation
from reporting.actions import ContractDetails, activate_contract, add_milestone, create_contract, raise_returns
from reporting.models import Contract, FrameworkField, Return
from techmap.models import Framework

START, END = date(2026, 7, 1), date(2027, 6, 30)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def details(supplier: Organisation, **fields: Any) -> ContractDetails:
    given: dict[str, Any] = {
        "number": "AVC-2026-017",
        "title": "Case management for housing",
        "supplier": supplier,
        "baseline_start": START,
        "baseline_end": END,
        "baseline_value": Decimal("120000.00"),
    }
    return ContractDetails(**(given | fields))


def make_contract(
    buyer: Organisation, supplier: Organisation, by: User, *, is_active: bool = True, **fields: Any
) -> Contract:
    """A contract with one milestone; active and reporting from its start unless said otherwise."""
    contract = create_contract(buyer=buyer, details=details(supplier, **fields), submission_key=uuid4(), by=by, now=NOW)
    add_milestone(contract=contract, number="M1", title="Live", type="delivery", due=date(2026, 9, 30), by=by)
    if is_active:
        contract = activate_contract(contract=contract, reports_from=contract.baseline_start, by=by, now=NOW)
    return contract


def make_returns(contract: Contract, now: datetime = NOW) -> list[Return]:
    """The returns that are due by then, the oldest first."""
    raise_returns(contract=contract, now=now)
    return list(contract.returns.order_by("period_start"))


def head(filed: Return, **cells: Any) -> dict[str, Any]:
    """The row of a return that passes every check, where nothing was spent before."""
    given = {
        "contract_id": filed.contract.number,
        "period_start": filed.period_start.isoformat(),
        "period_end": filed.period_end.isoformat(),
        "nil_return": "no",
        "actual_spend": "9,000.00",
        "spend_to_date": "9000",
        "forecast_at_completion": "118000",
    }
    return given | cells


def spend(**cells: Any) -> dict[str, Any]:
    given = {
        "description": "Senior developer",
        "cost_stage": "build",
        "unit": "day",
        "unit_price": "600",
        "quantity": "15",
        "amount": "9000",
    }
    return given | cells


FIELDS_SINCE = date(2026, 7, 1)


def make_framework(name: str = "Digital Services 9", code: str = "ds9", reference: str = "RM9001") -> Framework:
    return Framework.objects.create(name=name, code=code, reference=reference)


def make_field(framework: Framework, **facts: Any) -> FrameworkField:
    """A field that the framework's contracts report from their first return on."""
    given: dict[str, Any] = {
        "table": "return",
        "name": "apprentices",
        "label": "Apprentices",
        "help": "How many apprentices worked on it.",
        "type": "count",
        "since": FIELDS_SINCE,
    }
    return FrameworkField.objects.create(framework=framework, **(given | facts))
