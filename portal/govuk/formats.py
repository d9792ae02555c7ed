"""How the portal writes sums of money, dates and times, after the GOV.UK style guide."""

from __future__ import annotations

import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone


def money(value: Any) -> str:
    """£1,200,000, or £1,200.50 where there are pence. Nothing for an empty value."""
    if value is None or value == "":
        return ""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    sign, amount = ("-" if amount < 0 else ""), abs(amount)
    return f"{sign}£{amount:,.0f}" if amount == amount.to_integral_value() else f"{sign}£{amount:,.2f}"


def day(value: datetime.date | datetime.datetime | None) -> str:
    """3 December 2026. A moment is shown as its day in London."""
    if not value:
        return ""
    if isinstance(value, datetime.datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return f"{value.day} {value:%B %Y}"


def clock(value: datetime.datetime | datetime.time) -> str:
    """5pm, 5:30pm, midday, on London's clocks. Midnight says of which end, because a deadline hangs on it."""
    if isinstance(value, datetime.datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    if (value.hour, value.minute) == (0, 0):
        return "midnight at the start of the day"
    if (value.hour, value.minute) == (12, 0):
        return "midday"
    minutes = f":{value.minute:02d}" if value.minute else ""
    return f"{value.hour % 12 or 12}{minutes}{'am' if value.hour < 12 else 'pm'}"


def when(value: datetime.datetime | None) -> str:
    """5:30pm on 3 December 2026, on London's clocks."""
    if not value:
        return ""
    if timezone.is_aware(value):
        value = timezone.localtime(value)
    if (value.hour, value.minute) == (0, 0):
        return f"midnight at the start of {day(value)}"
    return f"{clock(value)} on {day(value)}"


BROWSERS = {"Edg": "Edge", "OPR/": "Opera", "Firefox": "Firefox", "Chrom": "Chrome", "Safari": "Safari"}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def browser(user_agent: str) -> str:
    """Chrome on Windows: the browser and system that a user agent names, in the order of the tables."""
    name = next((name for mark, name in BROWSERS.items() if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS.items() if mark in user_agent), "")
    return " on ".join(filter(None, [name or "A browser", system]))
