"""What accepted returns and final assessments tell the techmap."""

from __future__ import annotations

from decimal import Decimal

import pytest

from reporting.actions.assessments import tell_prices
from reporting.models import Contract
from techmap.models import Price
from tests.reporting.makers import spend
from tests.reporting.test_returns import save


@pytest.fixture
def published(contract) -> Contract:
    contract.is_published = True
    contract.save()
    return contract


def prices() -> list[tuple[str, str, Decimal]]:
    rows = Price.objects.order_by("unit", "what").values_list("what", "unit", "amount")
    return [(what.capitalize(), unit, amount) for what, unit, amount in rows]


LINES = [
    spend(unit_price="600", quantity="10", amount="6000"),
    spend(description="senior developer", unit_price="900", quantity="5", amount="4500"),
    spend(unit="month", unit_price="9000", quantity="1", amount="9000"),
    spend(unit_price="-300", quantity="1", amount="-300"),
]


def filled(filed, by, published, lines=LINES):
    save(filed, by, lines=lines)
    filed.refresh_from_db()
    filed.contract = published
    return filed


def test_price_is_the_mean_weighted_by_quantity_without_credits(published, due, alice, bob) -> None:
    tell_prices(filled(due[0], bob, published), alice)
    assert prices() == [
        ("Senior developer", "day", Decimal("700.00")), ("Senior developer", "month", Decimal("9000.00")),
    ]  # fmt: skip
    price = Price.objects.first()
    assert (price.supplier, price.dated) == (published.supplier, due[0].period_end)
