"""Where each word stands, kept in memory: for each term the suppliers that have it, and in which fields."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from techmap.search import lexemes

Bits = NDArray[np.uint64]
Levels = NDArray[np.uint8]
Slots = NDArray[np.int32]
ABSENT = 255  # above every level, so that the worse of two levels is the greater number
ASIDE = 500  # bytes that Python itself needs for a term, about
LEVEL = """
CASE WHEN words @@ {a}::tsquery THEN 0 WHEN words @@ {ab}::tsquery THEN 1 WHEN words @@ {abc}::tsquery THEN 2 ELSE 3 END
"""
LOAD = f"""
SELECT array_agg(supplier_id), array_agg(level) FROM (
    SELECT supplier_id, {LEVEL.format(a="%(a)s", ab="%(ab)s", abc="%(abc)s")} AS level
    FROM (
        -- Joined to nothing, a row is opened once and not at each comparison.
        SELECT supplier_id, words || ''::tsvector AS words
        FROM techmap_searchrow WHERE words @@ %(whole)s::tsquery OFFSET 0
    ) AS opened
) AS found
"""  # noqa: S608 -- nothing but its own text
AGAIN = f"""
SELECT place, supplier_id, {LEVEL.format(a="a", ab="ab", abc="abc")}
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) WITH ORDINALITY AS term (a, ab, abc, whole, place)
JOIN (
    SELECT supplier_id, words || ''::tsvector AS words FROM techmap_searchrow WHERE supplier_id = ANY(%s) OFFSET 0
) AS opened ON words @@ whole::tsquery ORDER BY place
"""  # noqa: S608 -- nothing but its own text
# Each row is opened once for all of the words: a row is long, and opening it is what takes time.
LOAD_MANY = """
SELECT lexeme, array_agg(supplier_id), array_agg(level) FROM (
    SELECT lexeme, supplier_id, CASE WHEN 'A' = ANY(weights) THEN 0 WHEN 'B' = ANY(weights) THEN 1
                                     WHEN 'C' = ANY(weights) THEN 2 ELSE 3 END AS level
    FROM techmap_searchrow, unnest(words) AS word (lexeme, positions, weights)
    WHERE supplier_id BETWEEN %s AND %s AND lexeme = ANY(%s)
) AS found GROUP BY lexeme
"""


@dataclass
class Term:
    """The best level at which each supplier has the term: those that have it, or three bits for every supplier."""

    slots: Slots
    levels: Levels
    planes: Bits | None = None  # whether it has the term, then the two bits of the level

    @classmethod
    def of(cls, slots: Slots, levels: Levels, width: int) -> Term:
        """In whichever way takes less room."""
        if slots.nbytes + levels.nbytes <= 3 * width // 8:
            return cls(slots, levels)
        bits = np.zeros((3, width), np.bool_)
        bits[0, slots] = True
        bits[1, slots] = levels & 1
        bits[2, slots] = levels >> 1
        planes = np.packbits(bits, axis=1, bitorder="little").view(np.uint64)
        return cls(slots[:0], levels[:0], planes)

    @property
    def size(self) -> int:
        """Bytes."""
        return self.slots.nbytes + self.levels.nbytes + (0 if self.planes is None else self.planes.nbytes) + ASIDE

    def spread(self, width: int) -> Levels:
        """The level of every supplier, `ABSENT` where it has none."""
        if self.planes is not None:
            has, low, high = np.unpackbits(self.planes.view(np.uint8), axis=1, bitorder="little")
            column: Levels = (has - 1) | low | (high << 1)  # one less than 0 is `ABSENT`
            return column
        column = np.full(width, ABSENT, np.uint8)
        column[self.slots] = self.levels
        return column

    def replace(self, is_changed: NDArray[np.bool_], slots: Slots, levels: Levels) -> None:
        """Forget the suppliers that changed, and take them in as they are now."""
        if self.planes is None:
            kept = ~is_changed[self.slots]
            self.slots = np.concatenate([self.slots[kept], slots])
            self.levels = np.concatenate([self.levels[kept], levels])
            return
        self.planes &= ~packed(is_changed)
        for slot, level in zip(slots.tolist(), levels.tolist(), strict=True):
            for plane, bit in enumerate((1, level & 1, level >> 1)):
                self.planes[plane, slot // 64] |= np.uint64(bit << slot % 64)


class Terms:
    """Terms by their query's text. The least used go when they take more than `most` bytes."""

    def __init__(self, slots_of: Callable[[Sequence[int]], Slots], width: int, most: int) -> None:
        self._slots_of, self._width, self.most = slots_of, width, most
        self._kept: OrderedDict[str, Term] = OrderedDict()
        self.size = 0

    def __contains__(self, query: str) -> bool:
        return query in self._kept

    def __len__(self) -> int:
        return len(self._kept)

    def column(self, query: str) -> Levels:
        if query not in self._kept:
            self.keep(query, self._loaded(query))
        self._kept.move_to_end(query)
        return self._kept[query].spread(self._width)

    def keep(self, query: str, term: Term) -> None:
        self.size += term.size - (self._kept[query].size if query in self._kept else 0)
        self._kept[query] = term
        while self.size > self.most and len(self._kept) > 1:
            _, gone = self._kept.popitem(last=False)
            self.size -= gone.size

    def _loaded(self, query: str) -> Term:
        """Ask the rows who has it."""
        values = dict(zip(("a", "ab", "abc", "whole"), _labelled(query), strict=True))
        with connection.cursor() as cursor:
            cursor.execute(LOAD, values)
            suppliers, levels = cursor.fetchone()
        return Term.of(*self._known(suppliers or [], levels or []), self._width)

    def many(self, words: Sequence[str], suppliers: Sequence[int], step: int = 5_000) -> dict[str, Term]:
        """The terms of single lexemes, read from the rows of these suppliers, which are in order."""
        parts: dict[str, list[tuple[Slots, Levels]]] = {}
        for start in range(0, len(suppliers), step):
            batch = suppliers[start : start + step]
            with connection.cursor() as cursor:
                cursor.execute(LOAD_MANY, [batch[0], batch[-1], list(words)])
                for word, own, levels in cursor.fetchall():
                    parts.setdefault(word, []).append(self._known(own, levels))
        return {f"'{word}'": self._joined(parts[word]) for word in words if word in parts}

    def _joined(self, pairs: Sequence[tuple[Slots, Levels]]) -> Term:
        slots = np.concatenate([own for own, _ in pairs])
        return Term.of(slots, np.concatenate([levels for _, levels in pairs]), self._width)

    def update(self, suppliers: Sequence[int], is_changed: NDArray[np.bool_]) -> None:
        """Look again at these suppliers, for every term that is kept: one query."""
        if not self._kept:
            return
        found = dict(self._again(suppliers))
        self.size = 0
        for place, term in enumerate(self._kept.values(), start=1):
            term.replace(is_changed, *self._known(*found.get(place, ([], []))))
            self.size += term.size

    def _again(self, suppliers: Sequence[int]) -> Iterator[tuple[int, tuple[list[int], list[int]]]]:
        columns: Any = zip(*map(_labelled, self._kept), strict=True)
        with connection.cursor() as cursor:
            cursor.execute(AGAIN, [*map(list, columns), list(suppliers)])
            for place, rows in groupby(cursor.fetchall(), key=itemgetter(0)):
                pairs = [(supplier, level) for _, supplier, level in rows]
                yield place, ([supplier for supplier, _ in pairs], [level for _, level in pairs])

    def _known(self, suppliers: Sequence[int], levels: Sequence[int]) -> tuple[Slots, Levels]:
        """A supplier that is too new to have a slot comes with the next look at what changed."""
        slots = self._slots_of(suppliers)
        is_known = slots >= 0
        return slots[is_known], np.asarray(levels, np.uint8)[is_known]


def _labelled(query: str) -> tuple[str, ...]:
    return tuple(lexemes.within(query, fields) for fields in lexemes.LEVELS)


def packed(has: NDArray[np.bool_]) -> Bits:
    return np.packbits(has, bitorder="little").view(np.uint64)


def unpacked(bits: Bits) -> NDArray[np.bool_]:
    return np.unpackbits(bits.view(np.uint8), bitorder="little").view(np.bool_)
