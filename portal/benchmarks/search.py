"""The techmap's search page at 1,000, 10,000 and 100,000 suppliers, and one misspelt word."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from portal.benchmarks.database import scratch_database
from portal.benchmarks.frame import Goal, Measure, benchmark
from portal.benchmarks.market import Market, drawn
from portal.organisations.models import Organisation
from techmap import search
from techmap.models import SearchWord
from techmap.search import SearchQuery, engine, facets, plan, spelling, statement
from techmap.search.completion import names_beginning
from techmap.search.vocabulary import vocabulary

QUERIES = 200
MISSPELT = 100
FEW = 1_000
Way = Callable[..., plan.Answer]


@benchmark("search", size=100_000, about="page, total and facet counts of 200 searches among this many suppliers")
def run(size: int) -> list[Measure]:
    """Each size by what the portal would use there; the largest by the statement alone, too."""
    if Organisation.objects.exists():
        raise CommandError("This benchmark copies its database: give it an empty one.")
    measures: list[Measure] = []
    sizes = sorted({min(step, size) for step in (FEW, 10_000, size)})
    with scratch_database("search"):
        market = Market()
        queries: list[SearchQuery] = []
        for step in sizes:
            measures.append(Measure(f"rows for {step:,}", [_seconds(market.grow, step)]))
            queries = queries or [SearchQuery.from_address(address) for address in drawn(market, QUERIES)]
            measures += _at(step, queries, is_last=step == size, yardstick=f"{sizes[0]:,} suppliers")
    engine.holder.forget()  # what it knows was in the copy
    return measures


def _at(step: int, queries: Sequence[SearchQuery], *, is_last: bool, yardstick: str) -> list[Measure]:
    name = f"{step:,} suppliers"
    goals = [Goal("median", 10), Goal("p95", 25), Goal("p95 ratio", 5)] if is_last else []
    engine.holder.forget()
    by_statement = _times(queries, statement.answer)
    if step < settings.SEARCH_MEMORY_FROM:
        return [Measure(name, by_statement, unit="ms"), Measure(f"{name}, whole search", _whole(queries), unit="ms")]
    built = _seconds(engine.holder.build)
    made = engine.holder.built
    assert made is not None  # noqa: S101 -- just built
    first = _once(queries, engine.answer)
    return [
        Measure(f"{name}: memory filled", [built]),
        Measure(f"{name}, asked for the first time", first, unit="ms"),
        Measure(name, _times(queries, engine.answer), unit="ms", yardstick=yardstick, goals=goals),
        Measure(f"{name}: memory", [made.size / 2**20], unit="MiB"),
        Measure(f"{name}, by the statement", by_statement, unit="ms"),
        Measure(f"{name}, whole search", _whole(queries), unit="ms"),
        Measure(f"{name}, names completed", _completions(), unit="ms", goals=[Goal("median", 5)]),
    ]


def _times(queries: Sequence[SearchQuery], way: Way) -> list[float]:
    """Milliseconds of each search, the second time that it is asked."""
    _once(queries, way)
    return _once(queries, way)


def _once(queries: Sequence[SearchQuery], way: Way) -> list[float]:
    return [_milliseconds(_page_data, query, way) for query in queries]


def _page_data(query: SearchQuery, way: Way) -> list[facets.Facet]:
    known = vocabulary()
    answer = way(plan.plan_of(query, known), day=timezone.localdate())
    return facets.facets_of(query, answer.counts, known)


def _whole(queries: Sequence[SearchQuery]) -> list[float]:
    """With why each was found, and what is near where few were."""
    today = timezone.localdate()
    return [_milliseconds(search.find, query, today=today) for query in queries]


def _completions() -> list[float]:
    names = Organisation.objects.order_by("pk").values_list("name", flat=True)[:QUERIES]
    return [_milliseconds(names_beginning, name[:length]) for name in names for length in (2, 4)]


@benchmark("typo", size=100_000, about="a misspelt word against the dictionary of this many suppliers")
def run_typo(size: int) -> list[Measure]:
    """Letters swapped, dropped or doubled; the yardstick is a search for the word as it should be."""
    if Organisation.objects.exists():
        raise CommandError("This benchmark copies its database: give it an empty one.")
    with scratch_database("typo"):
        market = Market()
        market.grow(size)
        words = market.random.sample(
            sorted(SearchWord.objects.filter(word__regex="^.{5,}$").values_list("word", flat=True)), MISSPELT
        )
        misspelt = [_slip(market, word) for word in words]
        version = search.data_version()
        spelling.dictionary(version)
        times = [_milliseconds(_suggest, word, version) for word in misspelt]
        right = [_suggest(wrong, version)[:1] == [word] for wrong, word in zip(misspelt, words, strict=True)]
        exact = [_milliseconds(_page_data, SearchQuery(words=word), statement.answer) for word in words]
    return [
        Measure("exact search", exact, unit="ms"),
        Measure("suggestions", times, unit="ms", yardstick="exact search", goals=[Goal("median", 5)]),
        Measure("first suggestion is right", [100 * sum(right) / len(right)], unit="%"),
    ]


def _suggest(word: str, version: int) -> list[str]:
    return [query.words for query in spelling.suggestions(SearchQuery(words=word), version)]


def _slip(market: Market, word: str) -> str:
    """One slip of the finger, not in the first letter."""
    place = market.random.randrange(1, len(word) - 1)
    swapped = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return market.random.choice([swapped, word[:place] + word[place + 1 :], word[:place] + word[place] + word[place:]])


def _seconds(work: Callable[..., Any], *args: Any) -> float:
    started = time.perf_counter()
    work(*args)
    return time.perf_counter() - started


def _milliseconds(work: Callable[..., Any], *args: Any, **options: Any) -> float:
    started = time.perf_counter()
    work(*args, **options)
    return (time.perf_counter() - started) * 1000
