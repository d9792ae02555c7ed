"""Answers that take seconds to work out: kept while they hold, and rationed so that nobody holds up the portal.

Solving is for signed-in people, one question at a time in the whole portal, and a limited number of new
questions for each person in an hour. A question that was answered is answered again at once, for anybody,
until the techmap changes or the day ends.
"""

from __future__ import annotations

import hashlib
import math
import time
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import uuid4

from django.core.cache import cache

from techmap import search
from techmap.combination import Answer, propose
from techmap.queries.combination import Asked, market_for

if TYPE_CHECKING:
    from portal.accounts.models import User

VERSION = 1  # of what is kept; count it up when the meaning of an answer changes
KEPT_FOR = 24 * 60 * 60
SECONDS = 4.5  # for all of it; drawing the page comes on top
SOLVING = "combination:solving"
SOLVING_FOR = 15  # seconds after which a process that died no longer holds the others up
HOUR = 60 * 60
MOST_IN_AN_HOUR = 40


class BusyError(Exception):
    """Not now: `again_in` says in how many seconds."""

    def __init__(self, message: str, again_in: int) -> None:
        super().__init__(message)
        self.again_in = again_in


@dataclass(frozen=True)
class Answered:
    """An answer, with what it rests on. `milliseconds` is how long it took when it was worked out."""

    answer: Answer
    data_version: int
    day: date
    milliseconds: int


def combination_for(asked: Asked, *, by: User, today: date) -> Answered:
    """The answer to this question on today's data. Raises `BusyError`."""
    version = search.data_version()
    key = f"combination:{hashlib.sha256(repr((VERSION, asked, version, today)).encode()).hexdigest()}"
    kept: Answered | None = cache.get(key)
    if kept is not None:
        return kept
    own = uuid4().hex
    if not cache.add(SOLVING, own, SOLVING_FOR):
        raise BusyError("Another combination is being worked out just now.", 5)
    try:
        _count_question(by)
        answered = _work_out(asked, version, today)
    finally:
        if cache.get(SOLVING) == own:  # it may have run out, and be somebody else's by now
            cache.delete(SOLVING)
    cache.set(key, answered, KEPT_FOR)
    return answered


def _work_out(asked: Asked, version: int, today: date) -> Answered:
    started = time.perf_counter()
    answer = work_out(asked, today)
    return Answered(answer, version, today, round((time.perf_counter() - started) * 1000))


def work_out(asked: Asked, today: date) -> Answer:
    """Read the candidates, and solve in what is left of the time."""
    started = time.perf_counter()
    market = market_for(asked, today)
    return propose(asked.question, market, seconds=SECONDS - (time.perf_counter() - started))


def _count_question(by: User) -> None:
    """Raises `BusyError` for one too many. The caller holds SOLVING, so that no two counts pass each other.

    The times are kept, not a number: counting a number up makes some caches forget when it runs out.
    """
    key, now = f"combination:times:{by.pk}", time.time()
    times: list[float] = [at for at in cache.get(key, []) if at > now - HOUR]
    if len(times) >= MOST_IN_AN_HOUR:
        again_in = math.ceil(times[0] + HOUR - now)
        raise BusyError(f"You have asked {MOST_IN_AN_HOUR} new questions within an hour.", again_in)
    cache.set(key, [*times, now], HOUR)
