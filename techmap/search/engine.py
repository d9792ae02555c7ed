"""Chooses the way of answering: bitmaps where there are many suppliers, the statement until they are built."""

from __future__ import annotations

import threading
import time
from datetime import date

import structlog
from django.conf import settings
from django.db import connection

from techmap.models import SearchRow
from techmap.search import bitmaps, statement
from techmap.search.plan import Answer, Plan

logger = structlog.get_logger(__name__)
LOOK_AGAIN = 60  # seconds until we count the suppliers again
HOT = 1_000  # suppliers that have a word which is loaded before anybody asks
HOT_WORDS = """
SELECT quote_literal(word) FROM pg_stats,
       unnest(most_common_elems::text::text[], most_common_elem_freqs) AS common (word, share)
WHERE schemaname = current_schema() AND tablename = 'techmap_searchrow' AND attname = 'words'
      AND share * %s >= %s AND word !~ '[''\\\\]' ORDER BY share DESC
"""


class Holder:
    """The bitmaps of this process, if it has any."""

    def __init__(self) -> None:
        self.built: bitmaps.Bitmaps | None = None
        self.builder: threading.Thread | None = None
        self.looked_at = 0.0

    def forget(self) -> None:
        self.built, self.looked_at = None, 0.0

    def build(self) -> bitmaps.Bitmaps:
        """Build and use them; what nobody has asked for yet is loaded afterwards."""
        started = time.monotonic()
        made = bitmaps.Bitmaps()
        self.built = made
        ready = time.monotonic()
        self._warm(made)
        logger.info(
            "search.bitmaps_built",
            suppliers=made.used,
            terms=len(made.terms),
            bytes=made.size,
            seconds=round(ready - started, 2),
            seconds_with_words=round(time.monotonic() - started, 2),
        )
        return made

    def start(self) -> None:
        """Build in the background, where there are suppliers enough to need it. Looks once a minute at most."""
        now = time.monotonic()
        if now - self.looked_at < LOOK_AGAIN or (self.builder and self.builder.is_alive()):
            return
        self.looked_at = now
        if SearchRow.objects.count() >= settings.SEARCH_MEMORY_FROM:
            self.builder = threading.Thread(target=self._build_alone, name="search-bitmaps", daemon=True)
            self.builder.start()

    def _build_alone(self) -> None:
        try:
            self.build()
        except Exception:  # the statement answers meanwhile
            logger.exception("search.bitmaps_failed")
            self.forget()
        finally:
            connection.close()

    def _warm(self, made: bitmaps.Bitmaps) -> None:
        """Load the words that many suppliers have, the commonest first, while there is room."""
        with connection.cursor() as cursor:
            cursor.execute(HOT_WORDS, [made.used, HOT])
            words = [word for (word,) in cursor.fetchall()]
        for word in words:
            if self.built is not made or made.terms.size > settings.SEARCH_MEMORY_BYTES * 0.9:
                return
            seen = made.seen
            term = made.terms.load(word)
            with made.lock:
                # What was committed meanwhile was taken in without this word: it is loaded when asked for.
                if made.seen == seen and word not in made.terms:
                    made.terms.keep(word, term)


holder = Holder()


def answer(plan: Plan, *, day: date, offset: int = 0, limit: int | None = 20, counting: bool = True) -> Answer:
    """The page, the total and the counts; both ways give the same."""
    made = holder.built
    if made is not None:
        try:
            return made.answer(plan, day=day, offset=offset, limit=limit, counting=counting)
        except bitmaps.Unsettled:
            return statement.answer(plan, day=day, offset=offset, limit=limit, counting=counting)
        except bitmaps.Outdated:
            holder.forget()
    holder.start()
    return statement.answer(plan, day=day, offset=offset, limit=limit, counting=counting)
