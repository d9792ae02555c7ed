"""Letters that tell a firm what was decided, made from criteria, scores and what the panel wrote. Plain text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from innovation_den.choices import Award
from innovation_den.models.dens import HIGHEST_SCORE

OPENING = {
    Award.SELECTED: "We have selected your pitch for the test platform. Congratulations.",
    Award.RESERVE: "We have placed your pitch in reserve. It is not selected now, but may be if another drops out.",
    Award.NOT_SELECTED: "We have not selected your pitch. This letter says why, and what the panel made of it.",
}
NEXT = {
    Award.RESERVE: "You need to do nothing now. If a place becomes free, we ask the pitches in reserve.",
    Award.NOT_SELECTED: "You are free to develop the idea further, and to pitch in other dens.",
}


@dataclass(frozen=True)
class CriterionFeedback:
    """What a panel made of a pitch by one criterion. `mean` is written out; "" where all left it out."""

    title: str
    weight: str
    mean: str
    scores: int
    says: list[str] = field(default_factory=list)

    @property
    def in_words(self) -> str:
        if not self.mean:
            return "not scored"
        return f"{self.mean} of {HIGHEST_SCORE}, from {counted(self.scores, 'score')}"


@dataclass(frozen=True)
class Feedback:
    """What a firm reads of its scores. Frozen when the decision is released."""

    criteria: list[CriterionFeedback]
    overall: str
    comments: list[str]
    panel: list[str]  # names or roles, as the den says

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Feedback:
        return cls(**{**stored, "criteria": [CriterionFeedback(**one) for one in stored["criteria"]]})


@dataclass(frozen=True)
class Facts:
    """What a letter is made from."""

    den: str
    host: str
    firm: str
    pitch: str
    award: str
    reason: str
    prize: str
    budget: str
    feedback: Feedback


def write_letter(facts: Facts) -> str:
    """The whole letter. The same facts make the same letter."""
    return "\n\n".join(_parts(facts))


def _parts(facts: Facts) -> Iterator[str]:
    award = Award(facts.award)
    yield f"Dear {facts.firm}"
    yield f"{facts.den}: your pitch “{facts.pitch}”"
    yield f"Thank you for pitching to {facts.host}. {OPENING[award]}"
    yield f"Why\n{facts.reason}"
    yield f"What happens next\n{_next(facts, award)}"
    yield "What the panel scored\n" + (
        f"Each criterion is scored from 0 to {HIGHEST_SCORE}. These are the plain means of your panel's scores."
    )
    yield "\n".join(_criteria(facts.feedback))
    if facts.feedback.comments:
        yield "What the panel wrote to you"
        yield from facts.feedback.comments
    yield "Your panel\n" + "\n".join(f"- {one}" for one in facts.feedback.panel)
    yield f"The whole decision, with its reasons, is published on the page of the den.\n\n{facts.host}"


def _next(facts: Facts, award: Award) -> str:
    if award != Award.SELECTED:
        return NEXT[award]
    budget = f" The test may cost {facts.budget} at the most." if facts.budget else ""
    agree = "We set up the pilot together: what it should show, how that is measured, and when it stops."
    return " ".join(filter(None, [f"{facts.prize}{budget}".strip(), agree]))


def _criteria(feedback: Feedback) -> Iterator[str]:
    for one in feedback.criteria:
        yield f"- {one.title} (weight {one.weight}): {one.in_words}"
        for reason in one.says:
            yield f"    “{reason}”"
    if feedback.overall:
        yield f"- Overall, by weight: {feedback.overall} of {HIGHEST_SCORE}"


def points(value: Decimal | float | None) -> str:
    """A score as people write it, to two decimals; "" for none."""
    return "" if value is None else f"{value:.2f}"


def plain(number: Decimal) -> str:
    """A weight without noughts at its end."""
    return f"{number.normalize():f}"


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
