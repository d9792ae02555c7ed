"""What a misspelt word may have been meant to be. It is offered, never searched for unasked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from django.db import connection
from rapidfuzz import process
from rapidfuzz.distance import OSA

from techmap.models import SearchWord
from techmap.search.query import SearchQuery
from techmap.search.words import folded, plain_words

USED = "SELECT count(*) FROM techmap_searchrow WHERE words @@ phraseto_tsquery('english', %s)"
MOST_TRIED = 3  # candidates for a word


@dataclass(frozen=True)
class Dictionary:
    """The words that suppliers use, by their length, each with how many use it."""

    by_length: dict[int, list[str]]
    suppliers: dict[str, int]

    def nearest(self, word: str) -> list[str]:
        """Words so near that a slip of the finger may lie between, the likeliest first."""
        far = 1 if len(word) < 5 else 2
        found: list[tuple[str, float]] = []
        for length in range(len(word) - far, len(word) + far + 1):
            choices = self.by_length.get(length, [])
            found += [
                (text, distance)
                for text, distance, _ in process.extract(
                    word, choices, scorer=OSA.distance, score_cutoff=far, limit=20, processor=None
                )
            ]
        # People seldom mistake the first letter.
        found.sort(key=lambda pair: (pair[1], pair[0][0] != word[0], -self.suppliers[pair[0]], pair[0]))
        return [text for text, _ in found]


def suggestions(query: SearchQuery, version: int) -> Iterator[SearchQuery]:
    """The same question with each word that nobody uses replaced by one that somebody does, the likeliest first."""
    known = dictionary(version)
    unknown = [word for word in sorted(plain_words(query.words)) if word not in known.suppliers and not _is_used(word)]
    nearest = {word: known.nearest(word)[:MOST_TRIED] for word in unknown}
    if not nearest or not all(nearest.values()):
        return
    for attempt in range(max(map(len, nearest.values()))):
        chosen = {word: found[min(attempt, len(found) - 1)] for word, found in nearest.items()}
        yield replace(query, words=_mended(query.words, chosen))


@lru_cache(maxsize=1)
def dictionary(version: int) -> Dictionary:
    """Read once for each version of the data."""
    suppliers = dict(SearchWord.objects.order_by().values_list("word", "suppliers"))
    by_length: dict[int, list[str]] = {}
    for word in suppliers:
        by_length.setdefault(len(word), []).append(word)
    return Dictionary(by_length, suppliers)


def _is_used(word: str) -> bool:
    """Whether a supplier uses the word in another form. Counted, because to look for one the planner reads all rows."""
    with connection.cursor() as cursor:
        cursor.execute(USED, [word])
        return cursor.fetchone()[0] > 0


def _mended(typed: str, chosen: dict[str, str]) -> str:
    words = "|".join(map(re.escape, chosen))
    return re.sub(rf"(?<![a-z])({words})(?![a-z])", lambda match: chosen[match[0].lower()], folded(typed), flags=re.I)
