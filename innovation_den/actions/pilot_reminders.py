"""What the clock says of pilots: each thing once, however often it looks."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from innovation_den.actions.pilot_ends import end_when_over
from innovation_den.actions.pilot_log import check_rules
from innovation_den.choices import PilotState, Side
from innovation_den.models import Pilot
from innovation_den.pilot_notices import tell_sides
from innovation_den.pilot_rules import LOG_DAYS, OUTCOME_DAYS, REVIEW_SOON, silent_days
from portal.govuk.formats import day

WATCHED = (PilotState.AGREED, PilotState.RUNNING, PilotState.REVIEW)


def watch_pilot(*, pilot: Pilot, now: datetime) -> None:
    """End what is over, look for stop rules that silence met, and remind of what is due."""
    if end_when_over(pilot=pilot, now=now):
        return
    check_rules(pilot=pilot, now=now)
    match pilot.state:
        case PilotState.AGREED:
            _remind_of_start(pilot, now)
        case PilotState.RUNNING:
            _remind_of_reviews(pilot, now)
            _remind_of_log(pilot, now)
        case PilotState.REVIEW:
            _remind_of_outcome(pilot, now)


def _remind_of_start(pilot: Pilot, now: datetime) -> None:
    if pilot.starts_on and timezone.localdate(now) >= pilot.starts_on:
        body = (
            f"Both sides have signed, and the first day is {day(pilot.starts_on)}. Start the pilot when you are ready."
        )
        key = f"start:{pilot.starts_on:%Y%m%d}"
        tell_sides(pilot, "Ready to start", body, sides=[Side.SPONSOR], key=key)


def _remind_of_reviews(pilot: Pilot, now: datetime) -> None:
    """A week before it is due, and on the day."""
    today = timezone.localdate(now)
    for review in pilot.reviews.filter(at=None, due_on__lte=today + timedelta(days=REVIEW_SOON)):
        stage = "due" if review.due_on <= today else "soon"
        body = f"Look at the pilot together by {day(review.due_on)}, and decide whether it goes on."
        tell_sides(pilot, "Review point", body, key=f"review-{stage}:{review.pk}", link_text="Look at the pilot")


def _remind_of_log(pilot: Pilot, now: datetime) -> None:
    """Once for each week without an entry."""
    silent = silent_days(pilot, timezone.localdate(now))
    if silent < LOG_DAYS:
        return
    last = timezone.localdate(now) - timedelta(days=silent)
    body = f"Nothing has been written in the log since {day(last)}. Say what happened, and where the measure stands."
    key = f"silent:{last:%Y%m%d}:{silent // LOG_DAYS}"
    tell_sides(pilot, "The log is late", body, key=key, link_text="Write in the log")


def _remind_of_outcome(pilot: Pilot, now: datetime) -> None:
    if pilot.ended_at and now - pilot.ended_at >= timedelta(days=OUTCOME_DAYS):
        body = (
            f"The test ended on {day(pilot.ended_at)}. Publish what was learnt, whichever way it went: "
            "what did not work spares others the same."
        )
        tell_sides(pilot, "What was learnt is not published yet", body, key="outcome-late")
