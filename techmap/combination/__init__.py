"""Which firms together cover what is needed: the best three combinations, proven or said not to be. No database."""

from techmap.combination.question import (
    ABSENT,
    Aim,
    Answer,
    Combination,
    Doubt,
    Firm,
    Impossible,
    Limit,
    Market,
    Offer,
    Question,
    Relaxation,
    Scores,
    steps_of,
)
from techmap.combination.solve import propose

__all__ = [
    "ABSENT",
    "Aim",
    "Answer",
    "Combination",
    "Doubt",
    "Firm",
    "Impossible",
    "Limit",
    "Market",
    "Offer",
    "Question",
    "Relaxation",
    "Scores",
    "propose",
    "steps_of",
]
