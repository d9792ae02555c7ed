"""What accepted returns and final assessments tell the techmap: prices and ratings. A private contract tells nothing.

A source is one period of one contract, so what a correction says replaces what was said before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import DecimalField, F, Max, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Left, Lower

from reporting import standards
from reporting.choices import ReturnState
from reporting.models import Assessment, Contract, Return
from reporting.queries.publication import redacted
from techmap.actions import record_prices, record_rating, withdraw_prices, withdraw_ratings
from techmap.actions.assessments import LARGEST_AMOUNT
from techmap.models import Price

if TYPE_CHECKING:
    from portal.accounts.models import User

MOST_PRICES = 50  # of a return, the largest sums first
MOST_RETURNS = 12  # of a contract that is published, the latest; older prices say little
OVERALL = "Overall performance"
PRICED_BY = ("description", "unit", "unit_price", "quantity")
LONGEST_NAME = 150  # what the techmap keeps of a role's name


@transaction.atomic
def tell_prices(filed: Return, by: User) -> None:
    """The price of each role and unit of an accepted return, weighted by quantity; what no longer holds goes.

    Credits are left out: they are sums that go back, not prices.
    """
    contract = filed.contract
    if not contract.is_published:
        return
    prices = {(found["what"], found["unit"]): found["total"] / found["units"] for found in _prices_of(filed)}
    record_prices(
        supplier=contract.supplier,
        source=_return_source(contract, filed.period_start),
        dated=filed.period_end,
        # One that is more than the techmap keeps is left out; the return is accepted all the same.
        prices={what: amount for what, amount in prices.items() if amount <= LARGEST_AMOUNT},
        by=by,
    )


def _prices_of(filed: Return) -> Iterable[Any]:
    """What was charged for each role and unit, and how many units; one query, however many lines there are."""
    hidden = redacted(filed.contract)
    if filed.is_nil or any(hidden.hides("spend", name) for name in PRICED_BY):
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
def tell_ratings(assessment: Assessment, by: User) -> None:
    """The ratings of a final assessment: the overall one, and that of each indicator the public may see."""
    contract = assessment.contract
    if not contract.is_published:
        return
    labels = standards.latest().codes["rating"].labels
    source = _assessment_source(contract, assessment.period_end)
    rated = _ratings_of(assessment)
    for what, code in rated.items():
        record_rating(
            supplier=contract.supplier,
            source=source,
            what=what,
            grade=labels.get(code, code),
            dated=assessment.period_end,
            rated_by=str(contract.buyer),
            url=f"{settings.SITE_URL.rstrip('/')}{assessment.get_absolute_url()}",
            by=by,
        )
    withdraw_ratings(source=source, keep=set(rated), reason="The assessment was corrected", by=by)


def _ratings_of(assessment: Assessment) -> dict[str, str]:
    """What is rated with its rating. Two indicators of one title are told apart by their numbers."""
    found = {OVERALL: assessment.rating}
    hidden = redacted(assessment.contract)
    if hidden.hides("kpi", "title"):
        return found
    for kpi in assessment.kpis.exclude(rating=""):
        title = kpi.title[:LONGEST_NAME]
        found[title if title not in found else f"{title[:100]} ({kpi.kpi_id})"] = kpi.rating
    return found


@transaction.atomic
def tell_all(contract: Contract, by: User) -> None:
    """Everything that a contract has to tell, when it is published or what is held back of it changes."""
    accepted = contract.returns.filter(state=ReturnState.ACCEPTED).order_by("-period_start")
    told = set()
    for filed in accepted[:MOST_RETURNS]:
        filed.contract = contract
        tell_prices(filed, by)
        told.add(_return_source(contract, filed.period_start))
    # Each return told its own when it was accepted, by what was held back then.
    _withdraw_prices(contract, "A newer decision on what is published does not tell them", by, keep=told)
    for assessment in Assessment.objects.final().filter(contract=contract).order_by("period_end"):
        assessment.contract = contract
        tell_ratings(assessment, by)


@transaction.atomic
def take_back_told(contract: Contract, by: User) -> None:
    """Withdraw all that it told, when it is taken back from publication."""
    reason = "The contract is no longer published"
    _withdraw_prices(contract, reason, by)
    for period_end in contract.assessments.order_by("period_end").values_list("period_end", flat=True).distinct():
        withdraw_ratings(source=_assessment_source(contract, period_end), reason=reason, by=by)


def _withdraw_prices(contract: Contract, reason: str, by: User, *, keep: Collection[str] = ()) -> None:
    """Of every return of the contract, without those of the sources in `keep`."""
    periods = contract.returns.order_by().values_list("period_start", flat=True).distinct()
    sources = {_return_source(contract, period) for period in periods}.difference(keep)
    for source in sorted(set(Price.objects.filter(source__in=sources).values_list("source", flat=True))):
        withdraw_prices(source=source, reason=reason, by=by)


def _return_source(contract: Contract, period_start: date) -> str:
    return f"return:{contract.reference}:{period_start}"


def _assessment_source(contract: Contract, period_end: date) -> str:
    return f"assessment:{contract.reference}:{period_end}"
