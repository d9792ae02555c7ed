"""Keeps one row for each supplier that the techmap lists in step with everything that is known of it.

Every action that changes what the search reads calls `refresh` at its end, inside its transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils import timezone

from portal.organisations.models import Organisation
from techmap.models import SearchRow
from techmap.search import dictionary
from techmap.search.documents import Document, documents
from techmap.search.words import plain_words

if TYPE_CHECKING:
    Progress = Callable[[int], object]

BATCH = 500  # suppliers read and written at once
# The stop words keep a place free, so that no phrase reaches from one field into the next.
WRITE = """
INSERT INTO techmap_searchrow AS old (supplier_id, name_key, words, tags, changed)
SELECT supplier, name_key,
       setweight(to_tsvector('simple', names_alone) || to_tsvector('english', 'the ' || names), 'A')
       || setweight(to_tsvector('english', 'the ' || offer), 'B')
       || setweight(to_tsvector('english', 'the ' || story), 'C')
       || setweight(to_tsvector('english', 'the ' || proof), 'D'),
       tags::int[], pg_current_xact_id()::text::bigint
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
     AS new (supplier, name_key, names_alone, names, offer, story, proof, tags)
ORDER BY supplier
ON CONFLICT (supplier_id) DO UPDATE
SET name_key = excluded.name_key, words = excluded.words, tags = excluded.tags, changed = excluded.changed
WHERE (old.name_key, old.words, old.tags) IS DISTINCT FROM (excluded.name_key, excluded.words, excluded.tags)
      OR old.changed > excluded.changed  -- written in another life of the database, before it was restored
"""
FORGET = """
WITH gone AS (DELETE FROM techmap_searchrow WHERE supplier_id = ANY(%s) RETURNING supplier_id)
INSERT INTO techmap_searchgone (supplier, changed)
SELECT supplier_id, pg_current_xact_id()::text::bigint FROM gone
ON CONFLICT (supplier) DO UPDATE SET changed = excluded.changed
"""
_gathering: ContextVar[set[int] | None] = ContextVar("gathering", default=None)


@transaction.atomic
def refresh(suppliers: Iterable[int]) -> None:
    """Rebuild the rows of these suppliers in the caller's transaction; those not listed have none.

    The suppliers are locked first, in the order of their numbers, and read afterwards: of two that
    change one supplier at once the later sees what the earlier wrote. Whoever changes several passes
    them all at once, or uses `gathered`.
    """
    wanted = set(suppliers)
    waiting = _gathering.get()
    if waiting is not None:
        waiting |= wanted
    elif wanted:
        words = _write(sorted(wanted), timezone.localdate())
        transaction.on_commit(partial(dictionary.add, set(words)), robust=True)


@contextmanager
def gathered() -> Iterator[None]:
    """Within the block `refresh` only notes the suppliers; at its end each is rebuilt once. For imports."""
    if _gathering.get() is not None:
        yield
        return
    waiting: set[int] = set()
    token = _gathering.set(waiting)
    try:
        yield
    finally:
        _gathering.reset(token)
    refresh(waiting)


def organisation_changed(organisation: Organisation) -> None:
    """Told of every change of an organisation, in its transaction: one that is suspended is found no more."""
    if organisation.is_supplier:
        refresh([organisation.pk])


def rebuild(today: date | None = None, progress: Progress | None = None) -> int:
    """Rebuild every row, in transactions of their own, and the dictionary. Gives the number of rows.

    Rows that are right stay untouched. Support and certificates change with time alone, so this runs by night.
    """
    today = today or timezone.localdate()
    counted: Counter[str] = Counter()
    suppliers = sorted(
        {*Organisation.objects.suppliers().values_list("pk", flat=True)}
        | {*SearchRow.objects.values_list("pk", flat=True)}
    )
    for start in range(0, len(suppliers), BATCH):
        batch = suppliers[start : start + BATCH]
        with transaction.atomic():
            counted += _write(batch, today)
        if progress:
            progress(len(batch))
    dictionary.replace(counted)
    return SearchRow.objects.count()


def _write(suppliers: Sequence[int], today: date) -> Counter[str]:
    """Lock, read and write; gives the words with how many of the suppliers use each."""
    counted: Counter[str] = Counter()
    for start in range(0, len(suppliers), BATCH):
        batch = suppliers[start : start + BATCH]
        locked = Organisation.objects.filter(pk__in=batch).order_by("pk").select_for_update(no_key=True)
        list(locked.values_list("pk", flat=True))
        listed = documents(batch, today)
        _store(listed)
        _forget({*batch} - {document.supplier for document in listed})
        for document in listed:
            counted.update(plain_words(document.text("names", "offer", "story", "proof")))
    return counted


def _store(listed: Sequence[Document]) -> None:
    rows = [
        (
            document.supplier,
            document.name_key,
            document.text("names", gap=" "),
            *(document.text(part) for part in ("names", "offer", "story", "proof")),
            "{" + ",".join(map(str, sorted(document.tags))) + "}",
        )
        for document in listed
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(WRITE, [list(column) for column in zip(*rows, strict=True)])


def _forget(suppliers: Iterable[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [sorted(suppliers)])
