"""What people are reminded of by the clock: assessments that are due, and replies that are."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from portal.working_days import shift_working_days
from reporting.choices import AssessmentState
from reporting.models import Assessment
from reporting.notices import tell_due, tell_may_finish, tell_reply_due
from reporting.queries.assessments import due_assessments

REPLY_SOON = 2  # working days before the time for a reply is over


def remind_of_assessments(*, now: datetime) -> None:
    """Say each thing once, however often this runs."""
    today = timezone.localdate(now)
    for contract in due_assessments(today).iterator():
        tell_due(contract, contract.assess_due, today)
    waiting = Assessment.objects.filter(state=AssessmentState.SHARED, reply="")
    soon = shift_working_days(now, REPLY_SOON)
    for assessment in waiting.filter(reply_due_at__lte=soon).select_related("contract__buyer", "contract__supplier"):
        if assessment.reply_due_at and assessment.reply_due_at <= now:
            tell_may_finish(assessment)
        else:
            tell_reply_due(assessment)
