"""The second way of answering, for many suppliers: words and tags as bitmaps in the memory of each process.

A broad search reads tens of thousands of rows where it is asked of the database; here it takes a few
milliseconds however broad it is. The rows stay the truth: each answer first takes in what was
committed since the last one. Both ways give the same answers.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import md5

import numpy as np
from django.conf import settings
from django.db import connection
from numpy.typing import NDArray

from techmap.search.plan import ALL, Answer, Plan, Tags, Wanted, order_key
from techmap.search.terms import ABSENT, Bits, Levels, Slots, Terms, packed, unpacked

MOST_CHANGES = 2_000  # suppliers; where more changed at once, building anew is quicker
BANDS = np.array([0, 2, 3, 4], np.uint64)  # by level
NOT = np.zeros(256, np.uint8)  # absent becomes present in the best field, and the other way round
NOT[ABSENT] = 0
NOT[:ABSENT] = ABSENT
BAND_SHIFT = np.uint64(61)
READ_TAGS = "SELECT tag, array_agg(supplier_id) FROM techmap_searchrow, unnest(tags) AS tag GROUP BY tag"
IS_NEW = "changed >= %(first)s AND NOT pg_visible_in_snapshot(changed::text::xid8, %(seen)s::pg_snapshot)"
CHANGES = f"""
SELECT pg_current_snapshot()::text, pg_current_xact_id_if_assigned() IS NOT NULL, supplier_id, tags
FROM (SELECT) AS always LEFT JOIN (
    SELECT supplier AS supplier_id, NULL AS tags, 0 AS place FROM techmap_searchgone WHERE {IS_NEW}
    UNION ALL
    SELECT supplier_id, tags, 1 FROM techmap_searchrow WHERE {IS_NEW}
) AS new ON true ORDER BY place
"""  # noqa: S608 -- nothing but its own text


class Outdated(Exception):
    """Too much has changed to catch up with."""


class Unsettled(Exception):
    """The transaction has written, and may yet be undone: what it sees is not for all who share this memory."""


class Bitmaps:
    """Every listed supplier has a slot: a place in each column and a bit in each bitmap."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        with connection.cursor() as cursor:
            # The snapshot comes first: what is committed after it is taken in again, which does no harm.
            cursor.execute("SELECT pg_current_snapshot()::text")
            self.seen: str = cursor.fetchone()[0]
            cursor.execute("SELECT supplier_id FROM techmap_searchrow ORDER BY supplier_id")
            suppliers = np.array([pk for (pk,) in cursor.fetchall()], np.int64)
            cursor.execute(READ_TAGS)
            tags = cursor.fetchall()
        self.used = len(suppliers)
        self.width = (self.used + max(1024, self.used // 16) + 63) // 64 * 64
        self._number(suppliers)
        self._fill(tags)
        self.terms = Terms(self.slots_of, self.width, settings.SEARCH_MEMORY_BYTES)
        self._touched: set[int] | None = None  # who changed while words are being read; None when none are
        self._day: date | None = None
        self._hashes = np.zeros(0, np.uint64)

    def _number(self, suppliers: NDArray[np.int64]) -> None:
        self.suppliers = np.zeros(self.width, np.int64)
        self.suppliers[: self.used] = suppliers
        self.is_listed = np.zeros(self.width, np.bool_)
        self.is_listed[: self.used] = True
        self._slots = np.full(int(suppliers.max(initial=0)) + 1024, -1, np.int32)
        self._slots[suppliers] = np.arange(self.used, dtype=np.int32)

    def _fill(self, tags: Sequence[tuple[int, list[int]]]) -> None:
        self.rows = {tag: row for row, (tag, _) in enumerate(tags, start=1)}
        self.bits: Bits = np.zeros((len(tags) + 65, self.width // 64), np.uint64)  # the first row stays empty
        for row, (_, suppliers) in enumerate(tags, start=1):
            has = np.zeros(self.width, np.bool_)
            slots = self.slots_of(suppliers)
            has[slots[slots >= 0]] = True
            self.bits[row] = packed(has)

    @property
    def size(self) -> int:
        """Bytes."""
        columns = (self.suppliers, self.is_listed, self._slots, self.bits, self._hashes)
        return self.terms.size + sum(column.nbytes for column in columns)

    def slots_of(self, suppliers: Sequence[int]) -> Slots:
        """The slot of each supplier; -1 for one that has none yet."""
        numbers = np.asarray(suppliers, np.int64)
        found = np.full(len(numbers), -1, np.int32)
        is_near = numbers < len(self._slots)
        found[is_near] = self._slots[numbers[is_near]]
        return found

    # --- What changed ------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Take in what was committed since the last look. Raises `Outdated` and `Unsettled`."""
        with connection.cursor() as cursor:
            cursor.execute(CHANGES, {"first": int(self.seen.split(":")[0]), "seen": self.seen})
            rows = cursor.fetchmany(MOST_CHANGES + 1)
        if len(rows) > MOST_CHANGES:
            raise Outdated
        if rows[0][1]:
            raise Unsettled
        # Who went and came back stands twice; the row, which comes last, is how things are.
        changed = {supplier: tags for *_, supplier, tags in rows if supplier is not None}
        if changed:
            self._take_in(changed)
        self.seen = rows[0][0]

    def _take_in(self, changed: dict[int, list[int] | None]) -> None:
        self._make_room([supplier for supplier, tags in changed.items() if tags is not None])
        known = {supplier: tags for supplier, tags in changed.items() if self.slots_of([supplier])[0] >= 0}
        slots = self.slots_of(list(known))
        is_changed = np.zeros(self.width, np.bool_)
        is_changed[slots] = True
        self.bits &= ~packed(is_changed)
        for slot, tags in zip(slots.tolist(), known.values(), strict=True):
            self.is_listed[slot] = tags is not None
            for tag in tags or []:
                self.bits[self._row(tag), slot // 64] |= np.uint64(1 << slot % 64)
        self.terms.update(list(known), is_changed)
        if self._touched is not None:
            self._touched |= known.keys()

    def _make_room(self, suppliers: Iterable[int]) -> None:
        """A slot for each supplier that is new."""
        for supplier in suppliers:
            if self.slots_of([supplier])[0] >= 0:
                continue
            if self.used == self.width:
                raise Outdated
            if supplier >= len(self._slots):
                more = np.full(supplier + 1024 - len(self._slots), -1, np.int32)
                self._slots = np.concatenate([self._slots, more])
            self._slots[supplier] = self.used
            self.suppliers[self.used] = supplier
            if self._day:
                self._hashes[self.used] = _hashed(self._day, [supplier])[0]
            self.used += 1

    def _row(self, tag: int) -> int:
        if tag not in self.rows:
            if len(self.rows) + 1 == len(self.bits):
                raise Outdated
            self.rows[tag] = len(self.rows) + 1
        return self.rows[tag]

    def warm(self, words: Sequence[str]) -> None:
        """Read these lexemes, which many suppliers have, before anybody asks for them. Others may ask meanwhile."""
        with self.lock:
            self._touched, suppliers = set(), self.suppliers[: self.used].tolist()
        read = self.terms.many(words, suppliers)
        with self.lock:
            for word, term in reversed(list(read.items())):  # the commonest last: they stay longest
                self.terms.keep(word, term)
            is_changed = np.zeros(self.width, np.bool_)
            is_changed[self.slots_of(list(self._touched))] = True
            self.terms.update(list(self._touched), is_changed)
            self._touched = None

    # --- Answers -----------------------------------------------------------------------------------

    def answer(
        self, plan: Plan, *, day: date, offset: int = 0, limit: int | None = 20, counting: bool = True
    ) -> Answer:
        """As `statement.answer`. Raises `Outdated` and `Unsettled`."""
        with self.lock:
            self.catch_up()
            if plan.is_hopeless:
                return Answer(0, [], {}, dict.fromkeys(plan.views, 0))
            levels = self._levels(plan.words)
            matched = packed(self.is_listed if levels is None else self.is_listed & (levels != ABSENT))
            views = {view: self._narrowed(matched, groups) for view, groups in plan.views.items()}
            totals = {view: int(np.bitwise_count(bits).sum()) for view, bits in views.items()}
            counts = self._counts(plan, views) if counting else {}
            return Answer(totals[ALL], self._page(plan, views[ALL], levels, day, offset, limit), counts, totals)

    def _levels(self, words: tuple[tuple[Wanted, ...], ...]) -> Levels | None:
        """The best level at which each supplier has all words of some alternative; None where there are none."""
        best: Levels | None = None
        for terms in words:
            level = np.zeros(self.width, np.uint8)
            for term in terms:
                column = self.terms.column(term.query)
                np.maximum(level, NOT[column] if term.is_absent else column, out=level)
            best = level if best is None else np.minimum(best, level)
        return best

    def _narrowed(self, bits: Bits, groups: tuple[Tags, ...]) -> Bits:
        for group in groups:
            bits = bits & self._any(group)
        return bits

    def _any(self, tags: Tags) -> Bits:
        union: Bits = np.bitwise_or.reduce(self.bits[[self.rows.get(tag, 0) for tag in tags]], axis=0)
        return union

    def _counts(self, plan: Plan, views: dict[str, Bits]) -> dict[tuple[str, str], int]:
        counts = {}
        for name, view in views.items():
            options = [option for option in plan.counted if plan.view_of(option.facet) == name]
            words = np.flatnonzero(view)
            rows = np.array([self.rows.get(option.tags[0], 0) for option in options], np.intp)
            few = len(words) * 2 < len(view)
            chosen = self.bits[np.ix_(rows, words)] & view[words] if few else self.bits[rows] & view
            numbers = np.bitwise_count(chosen).sum(axis=1, dtype=np.int64).tolist()
            for option, number in zip(options, numbers, strict=True):
                if len(option.tags) > 1:
                    number = int(np.bitwise_count(self._any(option.tags) & view).sum())
                counts[option.facet, option.value] = number
        return counts

    def _page(
        self, plan: Plan, bits: Bits, levels: Levels | None, day: date, offset: int, limit: int | None
    ) -> list[int]:
        if limit == 0:
            return []
        slots = np.flatnonzero(unpacked(bits))
        keys = self._hashed(day)[slots]
        if levels is not None:
            bands = BANDS[levels[slots]]
            if plan.named:
                bands[unpacked(self._any(plan.named))[slots] & (bands > 0)] = 1
            keys = keys | bands << BAND_SHIFT
        end = len(slots) if limit is None else min(offset + limit, len(slots))
        if end < len(slots):
            first = np.argpartition(keys, end)[:end] if end else slots[:0]
            slots, keys = slots[first], keys[first]
        found: list[int] = self.suppliers[slots[np.argsort(keys)][offset:end]].tolist()
        return found

    def _hashed(self, day: date) -> Bits:
        """The order of the day, worked out once a day and process."""
        if self._day != day:
            self._day, self._hashes = day, _hashed(day, self.suppliers.tolist())
        return self._hashes


def _hashed(day: date, suppliers: Iterable[int]) -> Bits:
    """The hashes of the day as numbers in the same order; the highest bits are left for the band."""
    begins = order_key(day)
    hashes = (md5(f"{begins}{pk}".encode(), usedforsecurity=False).digest()[:8] for pk in suppliers)
    return np.frombuffer(b"".join(hashes), ">u8").astype(np.uint64) >> np.uint64(3)
