"""One panellist's score of one pitch, from its criteria."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from decimal import Decimal
from typing import TypeVar

Criterion = TypeVar("Criterion", bound=Hashable)


def weighted_mean(given: Mapping[Criterion, int | None], weights: Mapping[Criterion, Decimal]) -> Decimal | None:
    """The mean of what was scored, by weight; a criterion that was left out counts as absent, not as 0.

    None where nothing was scored. Raises `KeyError` for a criterion without a weight.
    """
    scored = {criterion: score for criterion, score in given.items() if score is not None}
    whole = sum((weights[criterion] for criterion in scored), Decimal(0))
    if not whole:
        return None
    return sum((weights[criterion] * score for criterion, score in scored.items()), Decimal(0)) / whole
