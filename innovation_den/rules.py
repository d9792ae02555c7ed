"""Why a den may not go on to its next state: every reason at once, in words that say how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from innovation_den.choices import DenState
from innovation_den.models import DecisionRecord, Den
from innovation_den.models.dens import HIGHEST_SCORE
from innovation_den.queries.decisions import why_not_release
from innovation_den.queries.releases import why_not_in_force
from innovation_den.queries.sheets import why_day_is_not_over
from innovation_den.screening_rules import why_not_final, why_not_planned
from portal.govuk.formats import when
from portal.organisations.permissions import why_not_active

LEAST_OPEN_DAYS = 14


def why_not_open(den: Den, now: datetime) -> list[str]:
    """Before the call is published: what firms must know to decide, and a day that can be held."""
    return [*_host_items(den), *_call_items(den), *_criteria_items(den), *_date_items(den, now), *_session_items(den)]


def _host_items(den: Den) -> Iterator[str]:
    if why := why_not_active(den.host):
        yield why


def _call_items(den: Den) -> Iterator[str]:
    """What the call says."""
    if not den.challenge:
        yield "Describe the challenge"
    if not den.capabilities.exists():
        yield "Choose at least one capability as the theme, so that the firms it concerns are told"
    if not den.prize:
        yield "Say what the winners get"
    if den.budget_cap is None:
        yield "Give the most that one test may cost"
    if not den.rules:
        yield "Write the rules that firms pitch by"
    if den.most_pitches_in_all < den.most_pitches_a_day:
        yield "A panellist must hear at least as many pitches in all as in one half-day. Change the panel rules"


def _criteria_items(den: Den) -> Iterator[str]:
    """Firms know by what they are judged, and what each score means."""
    criteria = list(den.criteria.all())
    if not criteria:
        yield "Add at least one criterion"
    for criterion in criteria:
        if len([text for text in criterion.scale if text]) != HIGHEST_SCORE + 1:
            yield f"Describe each score from 0 to {HIGHEST_SCORE} of the criterion “{criterion}”"
    if criteria and all(criterion.is_optional for criterion in criteria):
        yield "At least one criterion must always be scored"


def _date_items(den: Den, now: datetime) -> Iterator[str]:
    if den.closes_at is None:
        yield "Give the date and time when the call closes"
    elif den.closes_at < max(den.opens_at or now, now) + timedelta(days=LEAST_OPEN_DAYS):
        yield f"The call must close at least {LEAST_OPEN_DAYS} days after it opens, so that small firms have time"


def _session_items(den: Den) -> Iterator[str]:
    sessions = list(den.sessions.prefetch_related("rooms"))
    if not sessions:
        yield "Add at least one session in which pitches are heard"
    for session in sessions:
        if not session.rooms.all():
            yield f"Choose a room for the session of {session}"
        if den.closes_at and session.starts_at <= den.closes_at:
            yield f"The session of {session} must start after the call closes"
    for room in den.rooms.all():
        if not (room.place or room.link):
            yield f"Give the address or the video link of the room “{room}”"


def why_not_screening(den: Den, now: datetime) -> list[str]:
    """Before pitches are screened: the call must have closed."""
    if den.closes_at is not None and now < den.closes_at:
        return [f"The call is open until {when(den.closes_at)}"]
    return []


def why_not_scheduling(den: Den, now: datetime) -> list[str]:
    """Before the day is planned: every pitch is screened, every appeal and every conflict decided."""
    return why_not_planned(den)


def why_not_on_the_day(den: Den, now: datetime) -> list[str]:
    """Before the day: the programme is released and holds every pitch, and nobody may still appeal."""
    return [*why_not_in_force(den), *why_not_final(den, now)]


def why_not_deciding(den: Den, now: datetime) -> list[str]:
    """Before the decision: every pitch was heard, or did not come, and every sheet for what was heard is in."""
    return why_day_is_not_over(den)


def why_not_decided(den: Den, now: datetime) -> list[str]:
    """Before the decisions are released: each pitch that was heard has one. The release itself moves the den on."""
    if DecisionRecord.objects.filter(den=den).exists():
        return []
    return [*why_not_release(den, now), "Release the decisions: every letter goes out then, and the den is decided"]


def why_not_archived(den: Den, now: datetime) -> list[str]:
    """A den that is decided may be put away at any time."""
    return []


GUARDS: dict[str, Callable[[Den, datetime], list[str]]] = {
    DenState.OPEN: why_not_open,
    DenState.SCREENING: why_not_screening,
    DenState.SCHEDULING: why_not_scheduling,
    DenState.ON_THE_DAY: why_not_on_the_day,
    DenState.DECIDING: why_not_deciding,
    DenState.DECIDED: why_not_decided,
    DenState.ARCHIVED: why_not_archived,
}


def why_not_move(den: Den, to: str, now: datetime, reason: str = "") -> list[str]:
    """Everything that stands against the next state; before the decision, the archive asks for a reason alone."""
    if to == DenState.ARCHIVED and den.state != DenState.DECIDED:
        return [] if reason.strip() else ["Say why the den is called off, so that those who gave their time know"]
    return GUARDS[to](den, now)
