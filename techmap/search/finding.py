"""Answers a question: who, in which order, why, and what else might have been meant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Max

from techmap.models import SearchGone, SearchRow
from techmap.search import statement
from techmap.search.facets import Facet, facets_of
from techmap.search.plan import plan_of
from techmap.search.query import SearchQuery
from techmap.search.speech import sentence
from techmap.search.vocabulary import vocabulary

THIN = 5  # fewer results than this, and the page offers what is near


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
    """One page of suppliers in the published order, with the facets' counts and why each was found."""
    known = vocabulary()
    plan = plan_of(query, known)
    found = statement.answer(plan, day=today, offset=(max(page, 1) - 1) * per_page, limit=per_page)
    return Found(
        total=found.total,
        ids=found.ids,
        facets=facets_of(query, found.counts, known),
        why={pk: [] for pk in found.ids},
        did_you_mean=None,
        near_misses=[],
    )


def matching(query: SearchQuery, *, today: date, limit: int | None = None) -> list[int]:
    """Every supplier that matches, in the published order."""
    return statement.answer(plan_of(query, vocabulary()), day=today, limit=limit, counting=False).ids


def counts(query: SearchQuery, facet: str) -> dict[str, int]:
    """How many suppliers each value of the facet would leave, its own choice set aside."""
    found = statement.answer(plan_of(query, vocabulary()), day=date.min, limit=0)
    return {value: number for (name, value), number in found.counts.items() if name == facet}


def in_words(query: SearchQuery) -> str:
    return sentence(query, vocabulary())


def data_version() -> int:
    """The number of the last change to what the search reads; 0 where nothing is listed."""
    last = [model.objects.aggregate(last=Max("changed"))["last"] for model in (SearchRow, SearchGone)]
    return max(filter(None, last), default=0)
