"""Letters: made from what was decided and scored, the same each time, for each award."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from innovation_den.choices import Award
from innovation_den.letters import CriterionFeedback, Facts, Feedback, plain, points, write_letter
from innovation_den.queries.decisions import staged_of
from tests.innovation_den.makers import make_decision, make_sheet
from tests.innovation_den.result_makers import make_deciding

FEEDBACK = Feedback(
    criteria=[
        CriterionFeedback("Value to the public", "3", "3.67", 3, ["It helps many.", "Who pays is not said."]),
        CriterionFeedback("Novelty", "2", "4.00", 1),
        CriterionFeedback("Team", "1", "", 0),
    ],
    overall="3.75",
    comments=["Come back with a trial."],
    panel=["Panellist 1 (local government)", "Panellist 2 (large supplier)"],
)
FACTS = Facts(
    den="Damp homes",
    host="Ashford Vale Council",
    firm="Mould Sense Ltd",
    pitch="Sensors that smell mould",
    award=Award.NOT_SELECTED,
    reason="The panel missed a way to measure success.",
    prize="Three months on the test platform.",
    budget="£25,000",
    feedback=FEEDBACK,
)


def test_letter_is_whole() -> None:
    assert (
        write_letter(FACTS)
        == """Dear Mould Sense Ltd

Damp homes: your pitch “Sensors that smell mould”

Thank you for pitching to Ashford Vale Council. We have not selected your pitch. This letter says why, and what the \
panel made of it.

Why
The panel missed a way to measure success.

What happens next
You are free to develop the idea further, and to pitch in other dens.

What the panel scored
Each criterion is scored from 0 to 5. These are the plain means of your panel's scores.

- Value to the public (weight 3): 3.67 of 5, from 3 scores
    “It helps many.”
    “Who pays is not said.”
- Novelty (weight 2): 4.00 of 5, from 1 score
- Team (weight 1): not scored
- Overall, by weight: 3.75 of 5

What the panel wrote to you

Come back with a trial.

Your panel
- Panellist 1 (local government)
- Panellist 2 (large supplier)

The whole decision, with its reasons, is published on the page of the den.

Ashford Vale Council"""
    )


@pytest.mark.parametrize(
    ("award", "says", "not_says"),
    [
        (Award.SELECTED, "Three months on the test platform. The test may cost £25,000 at the most.", "not selected"),
        (Award.RESERVE, "If a place becomes free, we ask the pitches in reserve.", "£25,000"),
        (Award.NOT_SELECTED, "pitch in other dens", "£25,000"),
    ],
)
def test_letter_says_what_comes_next(award: str, says: str, not_says: str) -> None:
    letter = write_letter(replace(FACTS, award=award))
    assert says in letter
    assert not_says not in letter


def test_letter_without_scores_or_comments_has_no_empty_parts() -> None:
    bare = Feedback([CriterionFeedback("Team", "1", "", 0)], "", [], ["Panellist 1 (local government)"])
    letter = write_letter(replace(FACTS, feedback=bare, award=Award.SELECTED, prize="", budget=""))
    assert "What the panel wrote" not in letter
    assert "Overall" not in letter
    assert "\n\n\n" not in letter


def test_feedback_is_kept_as_it_was() -> None:
    assert Feedback.from_json(FEEDBACK.to_json()) == FEEDBACK


def test_figures_are_written_plainly() -> None:
    assert [plain(Decimal(text)) for text in ("3.00", "10", "0.50")] == ["3", "10", "0.5"]
    assert [points(one) for one in (None, 0, 3.456)] == ["", "0.00", "3.46"]


@pytest.mark.django_db
def test_left_out_criterion_counts_in_no_mean_of_the_letter() -> None:
    decided = make_deciding(scored=False)
    pitch = decided.pitches[0]
    for number, value in enumerate((5, 5, 4)):
        make_sheet(pitch, decided.panel[number], [value, value, value, None])
    make_decision(pitch, staged_by=decided.organiser)
    staged = next(one for one in staged_of(decided.den) if one.pitch == pitch)
    assert "- Team (weight 1): not scored" in staged.letter
    # 5, 5 and 4 on each of the others: as if Team were not there.
    assert staged.feedback.overall == "4.67"
