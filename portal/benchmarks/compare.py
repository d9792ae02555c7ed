"""Twelve schemes over five years of monthly returns, with few and with many return lines stored beside them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from portal.benchmarks.data import SEED, tidy
from portal.benchmarks.database import scratch_database
from portal.benchmarks.frame import Goal, Measure, benchmark
from portal.benchmarks.market import _copy
from portal.organisations.choices import Kind, Status
from portal.organisations.models import Organisation
from reporting.comparison.asked import Asked
from reporting.comparison.costs import MEASURES, explore
from reporting.comparison.prices import Prices
from reporting.models import Contract, Return, Scheme
from reporting.periods import Period, period_holding
from reporting.queries.compared import compared, over_time
from reporting.queries.costs import samples_of

SCHEMES, CONTRACTS, PERIODS = 12, 5, 60  # contracts of each scheme, monthly returns of each contract
FEW = 10_000  # lines, of the yardstick
REPEATS, WARM_UP = 15, 3
SUPPLIERS = 20


@benchmark("compare", size=1_000_000, about="12 schemes over 5 years, with this many return lines stored")
def run(size: int) -> list[Measure]:
    if Organisation.objects.exists():
        raise CommandError("This benchmark copies its database: give it an empty one.")
    with scratch_database("compare"):
        schemes = Made().schemes
        asked = Asked(schemes=tuple(scheme.code for scheme in schemes), base="2025-26", peers="category")
        few = min(FEW, size)
        _add_lines(few)
        measures = [Measure("12 schemes, few lines", _timed(lambda: _compare(asked)))]
        costs = [Measure("cost explorer, few lines", _timed(_explore))]
        _add_lines(size - few)
        limit = [Goal("ratio", 2)]
        many = _timed(lambda: _compare(asked))
        measures.append(Measure("12 schemes, many lines", many, yardstick="12 schemes, few lines", goals=limit))
        dear = _timed(_explore)
        costs.append(Measure("cost explorer, many lines", dear, yardstick="cost explorer, few lines", goals=limit))
        return [*measures, *costs]


def _compare(asked: Asked) -> None:
    """All that the page shows, without its HTML."""
    found = compared(AnonymousUser(), asked)
    if len(found.columns) != SCHEMES or not found.sections:
        raise CommandError("The comparison does not hold every scheme.")
    over_time(found, asked.prices)


def _explore() -> None:
    samples = samples_of(timezone.now())
    if not explore(samples, MEASURES["run"], "category", Prices("2025-26")).whole:
        raise CommandError("The cost explorer has too few contracts.")


def _timed(work: Callable[[], None]) -> list[float]:
    took = []
    for number in range(WARM_UP + REPEATS):
        started = time.perf_counter()
        work()
        if number >= WARM_UP:
            took.append(time.perf_counter() - started)
    return took


class Made:
    """Schemes with published contracts and accepted returns; the same for the same seed."""

    def __init__(self) -> None:
        self.random = random.Random(SEED)  # noqa: S311 -- the same rows each time is what it is for
        self.now = timezone.now()
        self.start = (timezone.localdate() - timedelta(days=5 * 366)).replace(day=1)
        self.buyer = Organisation.objects.create(kind=Kind.PUBLIC_BODY, name="Ashford Vale", status=Status.VERIFIED)
        self.suppliers = [
            Organisation.objects.create(kind=Kind.SUPPLIER, name=f"Supplier {number} Ltd", status=Status.VERIFIED)
            for number in range(SUPPLIERS)
        ]
        self.schemes = [
            Scheme.objects.create(code=f"scheme-{number}", name=f"Scheme {number}") for number in range(SCHEMES)
        ]
        self.contracts = [self._contract(scheme, part) for scheme in self.schemes for part in range(CONTRACTS)]
        _copy(self._return(contract, period) for contract in self.contracts for period in self._periods())
        tidy()

    def _contract(self, scheme: Scheme, part: int) -> Contract:
        value = Decimal(self.random.randrange(200_000, 4_000_000))
        end = self.start + timedelta(days=6 * 365)
        return Contract.objects.create(
            number=f"{scheme.code}-{part}", title=f"{scheme.name}, part {part}", scheme=scheme, buyer=self.buyer,
            supplier=self.random.choice(self.suppliers), cpv_codes=["72000000"], baseline_value=value,
            current_value=value, baseline_start=self.start, baseline_end=end, current_end=end, state="active",
            reports_from=self.start, is_published=True,
        )  # fmt: skip

    def _periods(self) -> Iterator[Period]:
        period = period_holding(self.start, "monthly")
        for _ in range(PERIODS):
            yield period
            period = period_holding(period.end + timedelta(days=1), "monthly")

    def _return(self, contract: Contract, period: Period) -> Return:
        spent = Decimal(self.random.randrange(5_000, 40_000))
        figures: dict[str, Any] = {
            "planned_spend": spent + 500, "actual_spend": spent, "spend_to_date": spent * 30,
            "forecast_at_completion": contract.baseline_value, "build_spend": spent / 4, "run_spend": spent * 3 / 4,
            "sme_paid": spent / 5, "subcontractors_paid": spent / 3, "users_served": self.random.randrange(100, 9_000),
            "completed_transactions": self.random.randrange(100, 9_000), "phase": "live",
            "delivery_confidence": "amber", "changes_agreed": Decimal(0), "kpis": {"met": 3}, "quality_score": 80,
            "worst_slip_days": self.random.randrange(-5, 90),
        }  # fmt: skip
        return Return(
            contract=contract, supplier_id=contract.supplier_id, period_start=period.start, period_end=period.end,
            due_at=period.due_at, standard="1", state="accepted", submitted_at=self.now, decided_at=self.now, **figures,
        )  # fmt: skip


LINES = """
    INSERT INTO reporting_returnline (supplier_id, filed_id, "table", number, data)
    SELECT supplier_id, id, 'spend', %s + place, jsonb_build_object(
        'description', 'Senior developer', 'cost_stage', 'run', 'unit', 'day',
        'unit_price', '600.00', 'quantity', '2.0000', 'amount', '1200.00')
    FROM (SELECT id, supplier_id FROM reporting_return ORDER BY id) AS filed,
         generate_series(1, %s) AS place
    LIMIT %s
"""


def _add_lines(number: int) -> None:
    """So many lines, as evenly as they go; as a database that has run for years has them."""
    if number:
        returns = SCHEMES * CONTRACTS * PERIODS
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(max(number), 0) FROM reporting_returnline")
            cursor.execute(LINES, [cursor.fetchone()[0], -(-number // returns), number])
        tidy()
