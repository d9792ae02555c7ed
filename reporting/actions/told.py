"""What accepted returns and final assessments tell the techmap: prices and ratings. A private contract tells nothing.

A source is one period of one contract, so what a correction says replaces what was said before.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import DecimalField, F, Max, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Left, Lower

from reporting.choices import ReturnState
from reporting.models import Contract, Return
from techmap.actions import record_price, withdraw_prices

if TYPE_CHECKING:
    from portal.accounts.models import User

MOST_PRICES = 50  # of a return, the largest sums first
LONGEST_NAME = 150  # what the techmap keeps of a role's name


@transaction.atomic
def tell_prices(filed: Return, by: User) -> None:
    """The price of each role and unit of an accepted return, weighted by quantity; what no longer holds goes.

    Credits are left out: they are sums that go back, not prices.
    """
    contract = filed.contract
    if not contract.is_published:
        return
    source = _return_source(contract, filed.period_start)
    kept: set[tuple[str, str]] = set()
    for found in _prices_of(filed):
        price = record_price(
            supplier=contract.supplier,
            source=source,
            what=found["what"],
            unit=found["unit"],
            amount=found["total"] / found["units"],
            dated=filed.period_end,
            by=by,
        )
        kept.add((price.what, price.unit))
    withdraw_prices(source=source, keep=kept, reason="The return was corrected", by=by)


def _prices_of(filed: Return) -> Iterable[dict[str, Any]]:
    """What was charged for each role and unit, and how many units; one query, however many lines there are."""
    if filed.is_nil:
        return []
    number = DecimalField(max_digits=30, decimal_places=4)
    lines = filed.lines.filter(table="spend").annotate(
        name=Left(KT("data__description"), LONGEST_NAME),
        unit=KT("data__unit"),
        price=Cast(KT("data__unit_price"), number),
        quantity=Cast(KT("data__quantity"), number),
    )
    priced = lines.filter(price__gte=0, quantity__gt=0).order_by().values("unit", folded=Lower("name"))
    sums = priced.annotate(what=Max("name"), units=Sum("quantity"), total=Sum(F("price") * F("quantity")))
    return sums.order_by("-total", "folded", "unit")[:MOST_PRICES]


@transaction.atomic
def withdraw_told_prices(filed: Return, by: User) -> None:
    """An accepted return is being corrected: its prices are no longer accepted."""
    source = _return_source(filed.contract, filed.period_start)
    withdraw_prices(source=source, reason="The return that was accepted is being corrected", by=by)


@transaction.atomic
def tell_all(contract: Contract, by: User) -> None:
    """Everything that a contract has to tell, when it is published."""
    for filed in contract.returns.filter(state=ReturnState.ACCEPTED, is_nil=False):
        filed.contract = contract
        tell_prices(filed, by)


@transaction.atomic
def take_back_told(contract: Contract, by: User) -> None:
    """Withdraw all that it told, when it is taken back from publication."""
    reason = "The contract is no longer published"
    for period_start in contract.returns.order_by("period_start").values_list("period_start", flat=True).distinct():
        withdraw_prices(source=_return_source(contract, period_start), reason=reason, by=by)


def _return_source(contract: Contract, period_start: date) -> str:
    return f"return:{contract.reference}:{period_start}"
