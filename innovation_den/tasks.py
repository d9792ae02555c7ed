"""What workers do for the dens: ids only, idempotent, one action each."""

from __future__ import annotations

from datetime import datetime

import structlog
from celery import shared_task
from django.utils import timezone

from innovation_den.actions import plans
from innovation_den.actions.conflicts import find_conflicts
from innovation_den.actions.dens import move_den
from innovation_den.actions.pilot_reminders import WATCHED, watch_pilot
from innovation_den.actions.pitches import remind_of_draft
from innovation_den.actions.plans import SEARCH_TASK
from innovation_den.choices import DenState
from innovation_den.models import Den, Pilot
from innovation_den.queries.panellists import PANEL_STATES
from innovation_den.queries.pitches import drafts_to_remind_of
from portal.refusals import Refused

logger = structlog.get_logger(__name__)


@shared_task
def close_due_dens() -> None:
    """Close each call whose time has passed. Pages and actions go by the clock and do not wait for this."""
    close_dens(timezone.now())


def close_dens(now: datetime) -> int:
    """Move the open dens whose closing second has come to screening; returns how many."""
    closed = 0
    for den in Den.objects.filter(state=DenState.OPEN, closes_at__lte=now):
        try:
            move_den(den=den, to=DenState.SCREENING, by=None, now=now)
            closed += 1
        except Refused:
            continue  # another worker was first, or the closing was put off meanwhile
        except Exception:  # one den that fails must not keep the others open
            logger.exception("innovation_den.close_failed", den_pk=den.pk)
    return closed


@shared_task
def remind_of_drafts() -> None:
    """Each morning: pitches that are not submitted while their call closes soon."""
    now = timezone.now()
    for pitch in drafts_to_remind_of(now):
        try:
            remind_of_draft(pitch=pitch, now=now)
        except Exception:  # one pitch whose message fails must not keep the others from theirs
            logger.exception("innovation_den.reminder_failed", pitch_pk=pitch.pk)


@shared_task(name=SEARCH_TASK)
def search_plan(run_id: int) -> None:
    """Search for a plan. A second worker that is called for it finds it taken."""
    plans.search_plan(run_id=run_id, now=timezone.now())


@shared_task
def sweep_plans() -> None:
    """Give searches that dead workers left to others."""
    plans.sweep_plans(now=timezone.now())


@shared_task
def watch_pilots() -> None:
    """Each morning: what is over, what silence has met, and what is due."""
    now = timezone.now()
    for pilot in Pilot.objects.filter(state__in=WATCHED).select_related("sponsor", "firm").iterator():
        try:
            watch_pilot(pilot=pilot, now=now)
        except Exception:  # one pilot that fails must not keep the others from being looked at
            logger.exception("innovation_den.watch_failed", pilot_pk=pilot.pk)


@shared_task
def look_for_conflicts() -> None:
    """Each night: employers, contracts and responses move on after a panellist was seated."""
    now = timezone.now()
    for den in Den.objects.filter(state__in=PANEL_STATES):
        try:
            find_conflicts(den, now)
        except Exception:  # one den that fails must not keep the others from being looked at
            logger.exception("innovation_den.conflicts_failed", den_pk=den.pk)
