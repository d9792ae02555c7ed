"""What published contracts cost, for the cost explorer. It shows what the public sees, to everybody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import DecimalField, Exists, F, OuterRef, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, ExtractYear, Lower, Trim

from reporting.comparison.costs import Sample
from reporting.comparison.prices import Prices
from reporting.models import Return, ReturnLine
from reporting.queries.compared import public_contracts
from reporting.queries.comparison import kind_of
from reporting.queries.facts import QUARTER, accepted_by, facts_of, standing_returns
from reporting.queries.publication import redactions_of

MOST_CONTRACTS = 2_000  # those that began last
MOST_RETURNS = 4  # of each contract, the newest, are read for day rates
PRICE_FIELDS = ("description", "unit", "unit_price", "quantity", "amount")
AMOUNT = DecimalField(max_digits=18, decimal_places=4)


def samples_of(moment: datetime) -> list[Sample]:
    """Published contracts with accepted returns: nine queries for any number of them."""
    reported = Return.objects.filter(accepted_by(moment), contract=OuterRef("pk"))
    found = public_contracts().filter(Exists(reported)).order_by("-baseline_start", "-pk")
    contracts = list(found[:MOST_CONTRACTS])
    facts = facts_of(contracts, moment, is_party=False)
    return [Sample(one.pk, one.supplier_id, kind_of(one, facts[one.pk]), facts[one.pk]) for one in contracts]


def day_rates(samples: Sequence[Sample], moment: datetime, prices: Prices) -> dict[str, list[tuple[int, int, Decimal]]]:
    """By role: contract, supplier, and what a day cost on average in its newest accepted returns.

    Lines of contracts that hold back prices are not read.
    """
    if not samples:
        return {}
    suppliers = {one.contract_id: one.supplier_id for one in samples}
    rows = (
        ReturnLine.objects.filter(filed__in=_newest(_open(suppliers), moment), table="spend", data__unit="day")
        .annotate(
            role=Lower(Trim(KT("data__description"))),
            year=ExtractYear(F("filed__period_end") - QUARTER),
        )
        .values_list("filed__contract_id", "role", "year")
        .annotate(paid=Sum(Cast(KT("data__amount"), AMOUNT)), days=Sum(Cast(KT("data__quantity"), AMOUNT)))
        .order_by()
    )
    sums: dict[tuple[str, int], tuple[Decimal, Decimal]] = {}
    for contract, role, year, paid, number in rows:
        if role and paid and number:
            before = sums.get((role, contract), (Decimal(0), Decimal(0)))
            sums[role, contract] = before[0] + prices.in_year(paid, year), before[1] + number
    found: dict[str, list[tuple[int, int, Decimal]]] = {}
    for (role, contract), (paid, number) in sums.items():
        if number:
            found.setdefault(role.capitalize(), []).append((contract, suppliers[contract], paid / number))
    return found


def _open(contracts: Iterable[int]) -> list[int]:
    """Those that show the public their prices."""
    found = list(public_contracts().filter(pk__in=list(contracts)).prefetch_related(None))
    hidden = redactions_of(found)
    return [one.pk for one in found if not any(hidden[one.pk].hides("spend", name) for name in PRICE_FIELDS)]


def _newest(contracts: list[int], moment: datetime) -> list[int]:
    standing = standing_returns(contracts, moment, accepted_only=True).order_by("contract_id", "-period_start")
    newest: dict[int, list[int]] = {}
    for pk, contract in standing.values_list("pk", "contract_id"):
        known = newest.setdefault(contract, [])
        if len(known) < MOST_RETURNS:
            known.append(pk)
    return [pk for pks in newest.values() for pk in pks]
