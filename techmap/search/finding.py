"""Answers a question: who, in which order, why, and what else might have been meant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Max

from techmap.models import SearchGone, SearchRow
from techmap.search import engine
from techmap.search.facets import Facet, facets_of
from techmap.search.plan import ALL, Answer, plan_of
from techmap.search.query import SearchQuery
from techmap.search.speech import constraint, sentence
from techmap.search.spelling import suggestions
from techmap.search.vocabulary import Vocabulary, vocabulary
from techmap.search.why import reasons

THIN = 5  # fewer results than this, and the page offers what is near
MOST_NEAR = 6


@dataclass(frozen=True)
class NearMiss:
    """A question with one constraint less."""

    query: SearchQuery
    words: str
    more: int


@dataclass(frozen=True)
class Found:
    total: int
    ids: list[int]
    facets: list[Facet]
    why: dict[int, list[str]]
    did_you_mean: SearchQuery | None
    near_misses: list[NearMiss]


def find(query: SearchQuery, *, today: date, page: int = 1, per_page: int = 20) -> Found:
    """One page of suppliers in the published order, with the facets' counts and why each was found.

    Where few match, what is near: a word that may have been meant, and the same with one constraint less.
    """
    known = vocabulary()
    plan = plan_of(query, known)
    found = engine.answer(plan, day=today, offset=(max(page, 1) - 1) * per_page, limit=per_page)
    is_thin = found.total < THIN and bool(query)
    return Found(
        total=found.total,
        ids=found.ids,
        facets=facets_of(query, found.counts, known),
        why=reasons(query, plan, found.ids, known),
        did_you_mean=_meant(query, known, found.total) if is_thin and query.words else None,
        near_misses=_near(query, found, known) if is_thin else [],
    )


def _total(query: SearchQuery, known: Vocabulary) -> int:
    return engine.answer(plan_of(query, known), day=date.min, limit=0, counting=False).total


def _meant(query: SearchQuery, known: Vocabulary, total: int) -> SearchQuery | None:
    """The likeliest spelling that finds more."""
    found = suggestions(query, data_version())
    return next((attempt for attempt in found if _total(attempt, known) > total), None)


def _near(query: SearchQuery, found: Answer, known: Vocabulary) -> list[NearMiss]:
    """The same with one constraint less, where that finds more: a facet, a word of several, or all words."""
    misses = [
        NearMiss(query.without(facet), constraint(query, facet, known), number - found.total)
        for facet, number in found.wider.items()
        if facet != ALL
    ]
    misses += [
        NearMiss(less, f"“{words}”", _total(less, known) - found.total) for words, less in _fewer_words(query) if less
    ]
    return sorted((miss for miss in misses if miss.more > 0), key=lambda miss: -miss.more)[:MOST_NEAR]


def _fewer_words(query: SearchQuery) -> list[tuple[str, SearchQuery]]:
    """Each plain word left out in turn, and all of them."""
    words = query.words.split()
    fewer = [(word, replace(query, words=" ".join(words[:n] + words[n + 1 :]))) for n, word in enumerate(words)]
    is_plain = 1 < len(words) <= MOST_NEAR and '"' not in query.words and "or" not in query.words.lower().split()
    all_of_them = [(query.words, query.without("words"))] if words else []
    return [*(fewer if is_plain else []), *all_of_them]


def matching(query: SearchQuery, *, today: date, limit: int | None = None) -> list[int]:
    """Every supplier that matches, in the published order."""
    return engine.answer(plan_of(query, vocabulary()), day=today, limit=limit, counting=False).ids


def counts(query: SearchQuery, facet: str) -> dict[str, int]:
    """How many suppliers each value of the facet would leave, its own choice set aside."""
    found = engine.answer(plan_of(query, vocabulary()), day=date.min, limit=0)
    return {value: number for (name, value), number in found.counts.items() if name == facet}


def in_words(query: SearchQuery) -> str:
    return sentence(query, vocabulary())


def data_version() -> int:
    """The number of the last change to what the search reads; 0 where nothing is listed."""
    last = [model.objects.aggregate(last=Max("changed"))["last"] for model in (SearchRow, SearchGone)]
    return max(filter(None, last), default=0)
