"""Reading quality scores: the parts of one return, and the scores of a contract over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reporting.models import Contract, Return
from reporting.permissions import can_answer_flag, is_party
from reporting.quality.declared import Item, Part, scheme

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

MOST_PERIODS = 24


@dataclass(frozen=True)
class CountedPart:
    """One part of a return's score, and what would raise it."""

    part: Part
    score: int
    raises: list[Item]
    looked_at: int


def parts_of(filed: Return) -> list[CountedPart]:
    """The parts in the order in which they are declared; none for a return that was not scored."""
    counted = (filed.quality or {}).get("parts", {})
    return [
        CountedPart(
            part=part,
            score=counted[part.id]["score"],
            raises=[item for item in part.items if counted[part.id]["items"].get(item.id, {}).get("holds") is False],
            looked_at=len(counted[part.id]["items"]),
        )
        for part in scheme().parts
        if part.id in counted
    ]


@dataclass(frozen=True)
class Point:
    """The score of one period, and of each part."""

    filed: Return
    score: int
    parts: list[CountedPart]

    @property
    def period(self) -> str:
        """Short, for an axis: Jul 26."""
        return f"{self.filed.period_end:%b %y}"


def quality_over_time(contract: Contract) -> list[Point]:
    """Of the returns that stand, the oldest first; the last two years of a monthly contract."""
    returns = contract.returns.standing().filter(quality_score__isnull=False).order_by("-period_start")
    return [
        Point(filed, filed.quality_score, parts_of(filed))
        for filed in reversed(returns[:MOST_PERIODS])
        if filed.quality_score is not None
    ]


def questions_and_quality(contract: Contract, user: User | AnonymousUser) -> dict[str, Any]:
    """What the page of a contract shows its parties and staff beside the rest; nothing for anybody else."""
    if not is_party(user, contract):
        return {}
    parties = (contract.buyer, contract.supplier)
    return {
        "flags": contract.flags.standing().prefetch_related("answers__organisation"),
        "may_answer": any(can_answer_flag(user, contract, party) for party in parties),
        "quality": quality_over_time(contract),
    }
