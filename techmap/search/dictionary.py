"""The words that listed suppliers use: what a misspelt word may have been meant to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.db import connection, transaction

ADD = """
INSERT INTO techmap_searchword (word, suppliers) SELECT word, 1 FROM unnest(%s::text[]) AS word
ON CONFLICT (word) DO NOTHING
"""
REPLACE = """
INSERT INTO techmap_searchword AS old (word, suppliers)
SELECT word, suppliers FROM unnest(%s::text[], %s::int[]) AS new (word, suppliers)
ON CONFLICT (word) DO UPDATE SET suppliers = excluded.suppliers WHERE old.suppliers <> excluded.suppliers
"""
FORGET = """
DELETE FROM techmap_searchword AS old
WHERE NOT EXISTS (SELECT FROM unnest(%s::text[]) AS kept (word) WHERE kept.word = old.word)
"""


def add(words: Iterable[str]) -> None:
    """Words of suppliers that changed. How many use each is counted anew by night.

    Called after the commit, in a short transaction of its own: two long ones that bring the same
    words would wait for each other, perhaps for ever.
    """
    with connection.cursor() as cursor:
        cursor.execute(ADD, [sorted(set(words))])


@transaction.atomic
def replace(counted: Counter[str]) -> None:
    """Keep these words alone, each with how many suppliers use it."""
    words = sorted(counted)
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE techmap_searchword IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(FORGET, [words])
        cursor.execute(REPLACE, [words, [counted[word] for word in words]])
