"""Why a den may not go on to its next state: every reason at once, in words that say how to mend it."""

from __future__ import annotations

from datetime import datetime

from innovation_den.models import Den


def why_not_open(den: Den, now: datetime) -> list[str]:
    """Before the call is published."""
    return []


def why_not_screening(den: Den, now: datetime) -> list[str]:
    """Before pitches are screened: the call must have closed."""
    return []


def why_not_scheduling(den: Den, now: datetime) -> list[str]:
    """Before the day is planned: every pitch is screened, every appeal decided."""
    return []


def why_not_on_the_day(den: Den, now: datetime) -> list[str]:
    """Before the day: the programme is released and holds every pitch."""
    return []


def why_not_deciding(den: Den, now: datetime) -> list[str]:
    """Before the decision: every pitch was heard, or did not come."""
    return []


def why_not_decided(den: Den, now: datetime) -> list[str]:
    """Before the decisions are released: each pitch that was heard has one."""
    return []
