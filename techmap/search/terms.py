"""Where each word stands, kept in memory: for each term the suppliers that have it, and in which fields."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from techmap.search import lexemes

Levels = NDArray[np.uint8]
Slots = NDArray[np.int32]
ABSENT = 255  # above every level, so that the worse of two levels is the greater number
DENSE_FROM = 5  # a term that more than one supplier in so many has takes less room as a whole column
LEVEL = """
CASE WHEN words @@ {a}::tsquery THEN 0 WHEN words @@ {ab}::tsquery THEN 1 WHEN words @@ {abc}::tsquery THEN 2 ELSE 3 END
"""
LOAD = f"""
SELECT array_agg(supplier_id), array_agg(level) FROM (
    SELECT supplier_id, {LEVEL.format(a="%(a)s", ab="%(ab)s", abc="%(abc)s")} AS level
    FROM techmap_searchrow WHERE words @@ %(whole)s::tsquery
) AS found
"""  # noqa: S608 -- nothing but its own text
AGAIN = f"""
SELECT place, supplier_id, {LEVEL.format(a="a", ab="ab", abc="abc")}
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) WITH ORDINALITY AS term (a, ab, abc, whole, place)
JOIN techmap_searchrow ON supplier_id = ANY(%s) AND words @@ whole::tsquery
"""  # noqa: S608 -- nothing but its own text


@dataclass
class Term:
    """The best level at which each supplier has the term: as a column of all, or as those that have it."""

    column: Levels | None
    slots: Slots
    levels: Levels

    @classmethod
    def of(cls, slots: Slots, levels: Levels, width: int) -> Term:
        if len(slots) * DENSE_FROM <= width:
            return cls(None, slots, levels)
        column = np.full(width, ABSENT, np.uint8)
        column[slots] = levels
        return cls(column, slots[:0], levels[:0])

    @property
    def size(self) -> int:
        """Bytes, with what Python itself needs."""
        return (self.slots.nbytes + self.levels.nbytes if self.column is None else self.column.nbytes) + 500

    def spread(self, width: int) -> Levels:
        """As a column, which the caller only reads."""
        if self.column is not None:
            return self.column
        column = np.full(width, ABSENT, np.uint8)
        column[self.slots] = self.levels
        return column

    def replace(self, is_changed: NDArray[np.bool_], slots: Slots, levels: Levels) -> None:
        """Forget the suppliers that changed, and take them in as they are now."""
        if self.column is not None:
            self.column[is_changed] = ABSENT
            self.column[slots] = levels
            return
        kept = ~is_changed[self.slots]
        self.slots = np.concatenate([self.slots[kept], slots])
        self.levels = np.concatenate([self.levels[kept], levels])


class Terms:
    """Terms by their query's text. The least used go when they take more than `most` bytes."""

    def __init__(self, slots_of: Callable[[Sequence[int]], Slots], width: int, most: int) -> None:
        self._slots_of, self._width, self._most = slots_of, width, most
        self._kept: OrderedDict[str, Term] = OrderedDict()
        self.size = 0

    def __contains__(self, query: str) -> bool:
        return query in self._kept

    def __len__(self) -> int:
        return len(self._kept)

    def column(self, query: str) -> Levels:
        if query not in self._kept:
            self.keep(query, self.load(query))
        self._kept.move_to_end(query)
        return self._kept[query].spread(self._width)

    def load(self, query: str) -> Term:
        """Ask the rows who has it."""
        values = dict(zip(("a", "ab", "abc", "whole"), _labelled(query), strict=True))
        with connection.cursor() as cursor:
            cursor.execute(LOAD, values)
            suppliers, levels = cursor.fetchone()
        return Term.of(*self._known(suppliers or [], levels or []), self._width)

    def keep(self, query: str, term: Term) -> None:
        self._kept[query] = term
        self.size += term.size
        while self.size > self._most and len(self._kept) > 1:
            _, gone = self._kept.popitem(last=False)
            self.size -= gone.size

    def update(self, suppliers: Sequence[int], is_changed: NDArray[np.bool_]) -> None:
        """Look again at these suppliers, for every term that is kept: one query."""
        if not self._kept:
            return
        found: dict[int, list[tuple[int, int]]] = {}
        with connection.cursor() as cursor:
            columns: Iterable[Any] = zip(*map(_labelled, self._kept), strict=True)
            cursor.execute(AGAIN, [*map(list, columns), list(suppliers)])
            for place, supplier, level in cursor.fetchall():
                found.setdefault(place, []).append((supplier, level))
        self.size = 0
        for place, term in enumerate(self._kept.values(), start=1):
            pairs = found.get(place, [])
            term.replace(is_changed, *self._known([pk for pk, _ in pairs], [level for _, level in pairs]))
            self.size += term.size

    def _known(self, suppliers: Sequence[int], levels: Sequence[int]) -> tuple[Slots, Levels]:
        """A supplier that is too new to have a slot comes with the next look at what changed."""
        slots = self._slots_of(suppliers)
        is_known = slots >= 0
        return slots[is_known], np.asarray(levels, np.uint8)[is_known]


def _labelled(query: str) -> tuple[str, ...]:
    return tuple(lexemes.within(query, fields) for fields in lexemes.LEVELS)
