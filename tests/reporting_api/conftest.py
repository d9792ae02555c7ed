from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache

from portal.accounts.models import User
from portal.organisations.models import Organisation
from reporting.models import Contract, Return
from tests.factories import make_member, make_public_body, make_supplier
from tests.reporting.makers import make_contract, make_returns
from tests.tokens.makers import Program, make_api_token


@pytest.fixture(autouse=True)
def _fresh_limits(db: None) -> None:
    cache.clear()


@pytest.fixture
def buyer(db: None) -> Organisation:
    return make_public_body()


@pytest.fixture
def supplier(db: None) -> Organisation:
    return make_supplier()


@pytest.fixture
def alice(buyer: Organisation) -> User:
    """She owns the buyer."""
    return make_member(buyer, name="Alice Okafor")


@pytest.fixture
def ann(supplier: Organisation) -> User:
    """She owns the supplier."""
    return make_member(supplier, name="Ann Larkin")


@pytest.fixture
def contract(buyer: Organisation, supplier: Organisation, alice: User) -> Contract:
    return make_contract(buyer, supplier, alice)


@pytest.fixture
def due(contract: Contract) -> list[Return]:
    """July to October 2026."""
    return make_returns(contract)


@pytest.fixture
def program(supplier: Organisation, ann: User) -> Program:
    """The supplier's finance system."""
    return Program(make_api_token(supplier, ann)[1])


@pytest.fixture
def buyers(buyer: Organisation, alice: User) -> Program:
    """The buyer's contract register."""
    return Program(make_api_token(buyer, alice)[1])


@pytest.fixture
def stranger(db: None) -> Program:
    """A program of another supplier."""
    other = make_supplier("Charnwood Digital Ltd")
    return Program(make_api_token(other, make_member(other, name="Charlie Dunn"))[1])


def whole(filed: Return, **cells: Any) -> dict[str, Any]:
    """A return that passes every check, as a program sends it."""
    head = {
        "contract_id": filed.contract.number,
        "period_start": filed.period_start.isoformat(),
        "period_end": filed.period_end.isoformat(),
        "nil_return": False,
        "actual_spend": "9000.00",
        "spend_to_date": 9000,
        "forecast_at_completion": "118000.00",
    }
    line = {
        "description": "Senior developer",
        "cost_stage": "build",
        "unit": "day",
        "unit_price": "600.00",
        "quantity": "15",
        "amount": "9000.00",
    }
    return {"tables": {"return": head | cells, "spend": [line]}}
