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

SECONDS = 4.0  # for all that is proposed


def propose(question: Question, market: Market, *, seconds: float = SECONDS) -> Answer:
    """The three best by the order of the question's aims, the best first, or why nothing fits.

    The solver is loaded by the first who asks: it takes a second and 60 MB that no other process needs.
    """
    from techmap.combination.solve import solve

    return solve(question, market, seconds)


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
