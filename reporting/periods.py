"""The periods of a contract, and when the return for each is due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from portal.working_days import shift_working_days
from reporting.choices import Rhythm

if TYPE_CHECKING:
    from reporting.models import Contract

DUE_TIME = time(17, 0)
MONTHS = {Rhythm.MONTHLY: 1, Rhythm.QUARTERLY: 3}


@dataclass(frozen=True)
class Period:
    start: date
    end: date

    @property
    def due_at(self) -> datetime:
        """5pm, local time, so many working days after the period has ended (`RETURN_DUE_WORKING_DAYS`)."""
        last = timezone.make_aware(datetime.combine(self.end, DUE_TIME))
        return shift_working_days(last, settings.RETURN_DUE_WORKING_DAYS)


def period_holding(day: date, rhythm: str) -> Period:
    """The calendar month or quarter that the day is in."""
    months = MONTHS[Rhythm(rhythm)]
    first = date(day.year, day.month - (day.month - 1) % months, 1)
    return Period(first, _next(first, months) - timedelta(days=1))


def _next(first: date, months: int) -> date:
    month = first.month + months
    return date(first.year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def periods_of(contract: Contract, until: date) -> Iterator[Period]:
    """Every period that is over on that day, the oldest first.

    The last one is that in which the contract ends, so a contract that is prolonged goes on reporting.
    """
    if contract.reports_from is None:
        return
    period = period_holding(contract.reports_from, contract.rhythm)
    while period.end < until and period.start <= contract.current_end:
        yield period
        period = period_holding(period.end + timedelta(days=1), contract.rhythm)
