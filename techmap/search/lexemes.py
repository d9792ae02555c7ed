"""From words to what PostgreSQL compares: lexemes, and queries over them as text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from django.db import connection

LEVELS = ("A", "AB", "ABC", "ABCD")  # the fields that a match may stand in, the weightiest first
MOST_KEPT = 5_000  # texts, in each process
_QUOTED = re.compile(r"'((?:[^'\\]|''|\\\\)*)'")
_kept: dict[str, tuple[str, str]] = {}
ENGLISH, PLAIN = range(2)


def queries(texts: Iterable[str]) -> dict[str, tuple[str, str]]:
    """For each text the query for it, stemmed in English and as it stands; empty where only stop words are left.

    They depend on nothing but the text, so that each process keeps those that it has seen.
    """
    wanted = set(texts)
    missing = sorted(wanted - _kept.keys())
    if missing:
        if len(_kept) + len(missing) > MOST_KEPT:
            _kept.clear()
            missing = sorted(wanted)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT text, phraseto_tsquery('english', text)::text, phraseto_tsquery('simple', text)::text"
                " FROM unnest(%s::text[]) AS text",
                [missing],
            )
            _kept.update({text: (english, plain) for text, english, plain in cursor.fetchall()})
    return {text: _kept[text] for text in wanted}


def lexemes_of(query: str) -> frozenset[str]:
    """The lexemes that a query's text holds."""
    return frozenset(match.replace("''", "'").replace("\\\\", "\\") for match in _QUOTED.findall(query))


def within(query: str, fields: str) -> str:
    """The same query for these fields alone."""
    return query if fields == LEVELS[-1] else _QUOTED.sub(lambda match: f"{match[0]}:{fields}", query)


def lexemes_in(texts: Sequence[str]) -> list[frozenset[str]]:
    """The lexemes of each text, as a row of the search has them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tsvector_to_array(to_tsvector('english', text))"
            " FROM unnest(%s::text[]) WITH ORDINALITY AS given (text, place) ORDER BY place",
            [list(texts)],
        )
        return [frozenset(found) for (found,) in cursor.fetchall()]
