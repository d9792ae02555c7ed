"""A panellist changes a score of their own after the discussion. What was given first stays."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from innovation_den.choices import DenState
from innovation_den.models import Den, Moderation, Pitch, Score
from innovation_den.models.dens import HIGHEST_SCORE
from innovation_den.permissions import seat_of
from portal.audit.actions import record
from portal.records import sent_before
from portal.refusals import Reason, Refused

if TYPE_CHECKING:
    from portal.accounts.models import User


@transaction.atomic
def moderate_score(
    *, score: Score, value: int | None, reason: str, by: User, now: datetime, submission_key: UUID
) -> Moderation:
    """From now on `value` counts, with its reason. The same form sent twice changes the score once.

    Only between the day and the release of the decisions, and never over a pitch with a conflict.
    """
    den = Den.objects.locked(score.sheet.pitch.den_id)  # a release waits, or is waited for
    score = (
        Score.objects.select_for_update(no_key=True, of=("self",)).select_related("sheet", "criterion").get(pk=score.pk)
    )
    check_own(score, den, by)
    if before := sent_before(Moderation.objects.filter(score=score), submission_key):
        return before
    current = current_value(score)
    if refused := why_not_moderate(score, den, current, value, reason):
        raise Refused(refused)
    moderation = Moderation.objects.create(
        score=score,
        old_value=current,
        new_value=value,
        reason=reason.strip(),
        by=by,
        at=now,
        submission_key=submission_key,
    )
    record("innovation_den.score.moderated", target=moderation, by=by, old={"value": current}, new={"value": value})
    return moderation


def check_own(score: Score, den: Den, by: User) -> None:
    """The panellist whose score it is, with a seat today and without a conflict over the pitch."""
    seat = seat_of(by, den)
    if seat is None or seat.pk != score.sheet.panellist_id:
        raise PermissionDenied
    if not Pitch.objects.without_conflicts_of(by).filter(pk=score.sheet.pitch_id).exists():
        raise PermissionDenied


def current_value(score: Score) -> int | None:
    last = score.moderations.order_by("at", "pk").last()
    return last.new_value if last else score.value


def why_not_moderate(score: Score, den: Den, current: int | None, value: int | None, reason: str) -> list[Reason]:
    if den.state != DenState.DECIDING or not score.sheet.is_submitted:
        return [Reason("Scores are changed after the day, once they are all in, and until the decisions are released")]
    reasons = []
    if value is None and not score.criterion.is_optional:
        reasons.append(Reason("This criterion may not be left out. Choose a score", "value"))
    elif value is not None and not 0 <= value <= HIGHEST_SCORE:
        reasons.append(Reason(f"Choose a score from 0 to {HIGHEST_SCORE}", "value"))
    elif value == current:
        reasons.append(Reason("This is the score that you gave. Choose another, or go back", "value"))
    if not reason.strip():
        reasons.append(Reason("Enter the reason for the change", "reason"))
    return reasons
