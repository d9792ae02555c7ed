"""Working days: Monday to Friday, without the bank holidays of England and Wales.

The holidays come from the `holidays` library. A deadline keeps its local time of day: two working
days before 5pm on a Monday is 5pm on the Thursday before, in summer and in winter time.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

import holidays
from django.utils import timezone


@lru_cache
def bank_holidays() -> holidays.HolidayBase:
    """The calendar of England and Wales; it works out each year when it is first asked for."""
    return holidays.country_holidays("GB", subdiv="ENG")


def is_working_day(day: date) -> bool:
    return bool(bank_holidays().is_working_day(day))


def shift_working_days(moment: datetime, days: int) -> datetime:
    """The same local time, so many working days later (or earlier where `days` is negative)."""
    local = timezone.localtime(moment)
    day = bank_holidays().get_nth_working_day(local.date(), days)
    return timezone.make_aware(datetime.combine(day, local.time().replace(tzinfo=None)))
