"""Combinations of firms, the grid of the market, and similar suppliers, among 100,000 suppliers."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from portal.benchmarks.database import scratch_database
from portal.benchmarks.frame import Goal, Measure, benchmark
from portal.benchmarks.market import Market
from portal.organisations.models import Organisation
from portal.records import Region
from techmap.answers import work_out
from techmap.choices import Support
from techmap.combination import Aim, Answer
from techmap.queries.combination import Asked
from techmap.queries.market import market_now
from techmap.queries.similar import similar_to

QUESTIONS = 40
LARGE = 12  # questions that ask for as much as the form takes
SUPPLIERS = 200
REPEATS = 5
VALUES = "UPDATE techmap_evidence SET value = 1000 + (hashint8(id)::bigint & 1048575) WHERE value IS NULL"


@benchmark("combine", size=100_000, about="combinations, gaps and similar suppliers among this many suppliers")
def run(size: int) -> list[Measure]:
    if Organisation.objects.exists():
        raise CommandError("This benchmark copies its database: give it an empty one.")
    with scratch_database("combine"):
        market = Market()
        market.grow(size)
        with connection.cursor() as cursor:
            cursor.execute(VALUES)
        return [*_combinations(market), *_large(market), *_grid(), *_similar(market)]


def _combinations(market: Market) -> list[Measure]:
    """Questions as people ask them: a few capabilities, a region or two, some limits."""
    questions = [_question(market, must=2 + n % 7, nice=n % 4, regions=n % 3) for n in range(QUESTIONS)]
    return _asked("combination", questions, [Goal("median", 2), Goal("p95", 5)])


def _large(market: Market) -> list[Measure]:
    questions = [_question(market, must=12 - n % 3, nice=8, regions=n % 3) for n in range(LARGE)]
    return _asked("combination, large", questions, [Goal("p95", 5)])


def _asked(name: str, questions: list[Asked], goals: list[Goal]) -> list[Measure]:
    took, proven = [], []
    for asked in questions:
        seconds, answer = _timed(work_out, asked, timezone.localdate())
        took.append(seconds)
        proven.append(100.0 * _is_proven(answer))
    share = sum(proven) / len(proven)
    return [Measure(name, took, goals=goals), Measure(f"{name}: wholly proven", [share], unit="%")]


def _is_proven(answer: Answer) -> bool:
    return answer.impossible is not None or (
        bool(answer.combinations) and all(found.doubt is None for found in answer.combinations)
    )


def _question(market: Market, *, must: int, nice: int, regions: int) -> Asked:
    codes = [item.code for item in market.random.sample(market.capabilities, must + nice)]
    places = market.random.sample(Region.values, regions if (must + nice) * regions <= 40 else 0)
    return Asked(
        must=tuple(codes[:must]),
        nice=tuple(codes[must:]),
        regions=tuple(places),
        least=market.random.choice([Support.UNSUPPORTED, Support.UNSUPPORTED, Support.SUPPORTED]).value,
        most_firms=market.random.choice([3, 5, 8]),
        first=market.random.choice([*Aim]).value,
        sme_share=market.random.choice([0, 0, 50]),
        firm_share=market.random.choice([100, 100, 67]),
    )


def _grid() -> list[Measure]:
    took = []
    for _ in range(REPEATS):
        cache.clear()
        took.append(_timed(market_now, timezone.now())[0])
    kept = [1000 * _timed(market_now, timezone.now())[0] for _ in range(20)]
    return [Measure("grid, counted anew", took), Measure("grid, kept", kept, unit="ms", goals=[Goal("p95", 100)])]


def _similar(market: Market) -> list[Measure]:
    suppliers = list(Organisation.objects.suppliers().order_by("pk"))
    chosen = market.random.sample(suppliers, min(SUPPLIERS, len(suppliers)))
    today = timezone.localdate()
    first = _timed(similar_to, chosen[0], today)[0]
    took = [1000 * _timed(similar_to, supplier, today)[0] for supplier in chosen]
    return [
        Measure("similar, the first of the day", [first]),
        Measure("similar", took, unit="ms", goals=[Goal("median", 20)]),
    ]


def _timed(work: Callable[..., Any], *args: Any) -> tuple[float, Any]:
    started = time.perf_counter()
    result = work(*args)
    return time.perf_counter() - started, result
