"""What is asked of a combination, who could be in it, and what is answered: plain values, no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

ABSENT = -1  # the level of a firm that does not offer a need
STRONGEST = 6  # steps; see `steps_of`
STEPS_PER_PIECE = 2


def steps_of(weight: float) -> int:
    """The weight of all evidence for one claim in half pieces, rounded down, at most three pieces.

    Beyond three pieces more adds nothing, so that no firm is preferred for being large.
    """
    return min(int(weight * STEPS_PER_PIECE + 1e-9), STRONGEST)


class Aim(StrEnum):
    FIRMS = "firms"  # as few firms as can be
    NICE = "nice"  # as many of the nice to have as can be
    EVIDENCE = "evidence"  # as many steps of evidence as can be, over all that is assigned


ORDERS: dict[Aim, tuple[Aim, ...]] = {
    Aim.FIRMS: (Aim.FIRMS, Aim.NICE, Aim.EVIDENCE),
    Aim.NICE: (Aim.NICE, Aim.FIRMS, Aim.EVIDENCE),
    Aim.EVIDENCE: (Aim.EVIDENCE, Aim.NICE, Aim.FIRMS),
}


@dataclass(frozen=True)
class Question:
    """Needs are numbered from 0: those that must be covered first, then those nice to have.

    Each need that is covered is assigned to one firm of the combination. Both shares are of the
    must-have needs: at least `sme_share` percent of them are assigned to small or medium firms, and
    no firm is assigned more than `firm_share` percent.
    """

    must: int
    nice: int = 0
    least: int = 0  # the level of evidence below which an offer does not count
    most_firms: int = 5
    first: Aim = Aim.FIRMS
    sme_share: int = 0
    firm_share: int = 100

    @property
    def needs(self) -> int:
        return self.must + self.nice

    @property
    def order(self) -> tuple[Aim, ...]:
        return ORDERS[self.first]

    @property
    def fewest_sme_needs(self) -> int:
        return -(-self.sme_share * self.must // 100)

    @property
    def most_of_one_firm(self) -> int:
        return self.firm_share * self.must // 100


class Offer(NamedTuple):
    level: int
    steps: int


class Firm(NamedTuple):
    """`turn` is the firm's place in today's published order, from 0."""

    id: int
    is_sme: bool
    turn: int
    offers: Mapping[int, Offer]


@dataclass(frozen=True)
class Market:
    """All candidates in columns: what each offers of each need, and how well borne out."""

    ids: npt.NDArray[np.int64]
    is_sme: npt.NDArray[np.bool_]
    turns: npt.NDArray[np.int64]
    levels: npt.NDArray[np.int8]  # a row a firm, a column a need; ABSENT where not offered
    steps: npt.NDArray[np.int8]

    @classmethod
    def of(cls, firms: Iterable[Firm], needs: int) -> Self:
        rows = list(firms)
        levels = np.full((len(rows), needs), ABSENT, np.int8)
        steps = np.zeros((len(rows), needs), np.int8)
        for row, firm in enumerate(rows):
            for need, offer in firm.offers.items():
                levels[row, need], steps[row, need] = offer
        return cls(
            np.array([firm.id for firm in rows], np.int64),
            np.array([firm.is_sme for firm in rows], np.bool_),
            np.array([firm.turn for firm in rows], np.int64),
            levels,
            steps,
        )

    def worth(self, least: int) -> npt.NDArray[np.int8]:
        """0 where a firm's offer does not count at this level of evidence, else 1 and its steps."""
        return np.where(self.levels >= least, self.steps + 1, 0).astype(np.int8)

    def suppliers_of(self, least: int) -> npt.NDArray[np.int64]:
        """How many firms offer each need at this level or above."""
        return np.asarray((self.levels >= least).sum(axis=0), np.int64)


@dataclass(frozen=True)
class Scores:
    firms: int
    nice: int
    evidence: int

    def of(self, aim: Aim) -> int:
        return int(getattr(self, aim.value))


@dataclass(frozen=True)
class Doubt:
    """Where it is not proven that nothing is better: the first aim in which better could still exist, and how good."""

    aim: Aim
    at_best: int


@dataclass(frozen=True)
class Combination:
    """Who covers what. `doubt` is None where it is proven that none of the others is better."""

    assigned: Mapping[int, int]  # by need: the firm's id
    scores: Scores
    sme_needs: int  # must-have needs assigned to small or medium firms
    most_of_one_firm: int  # must-have needs assigned to the firm that has most of them
    doubt: Doubt | None = None

    @property
    def firms(self) -> frozenset[int]:
        return frozenset(self.assigned.values())


class Limit(StrEnum):
    MOST_FIRMS = "most_firms"
    SME_SHARE = "sme_share"
    FIRM_SHARE = "firm_share"
    LEAST = "least"


@dataclass(frozen=True)
class Relaxation:
    """This one limit at this value, all others as they are, makes it possible."""

    limit: Limit
    value: int


@dataclass(frozen=True)
class Impossible:
    """Why nothing fits: needs that nobody covers, or limits. No relaxation: no single limit is to blame."""

    uncovered: tuple[int, ...] = ()
    relaxations: tuple[Relaxation, ...] = ()


@dataclass(frozen=True)
class Answer:
    """`impossible` is None and `combinations` empty only where time ran out before anything was known."""

    combinations: tuple[Combination, ...] = ()
    impossible: Impossible | None = None
    considered: int = 0  # firms that offer at least one of the needs
    weighed: int = 0  # of these, firms that the solver had to look at
    suppliers_of: tuple[int, ...] = field(default=())
