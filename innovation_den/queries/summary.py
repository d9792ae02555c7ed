"""What the page of a den says of each part, for the person who reads it: one function a part."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from innovation_den.models import Den

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

    Person = User | AnonymousUser


def of_screening(den: Den, user: Person, now: datetime) -> dict[str, Any]:
    return {}


def of_panels(den: Den, user: Person, now: datetime) -> dict[str, Any]:
    return {}


def of_schedule(den: Den, user: Person, now: datetime) -> dict[str, Any]:
    return {}


def of_day(den: Den, user: Person, now: datetime) -> dict[str, Any]:
    return {}


def of_results(den: Den, user: Person, now: datetime) -> dict[str, Any]:
    return {}


def of_pilots(den: Den, user: Person, now: datetime) -> dict[str, Any]:
    return {}


PARTS = (of_screening, of_panels, of_schedule, of_day, of_results, of_pilots)


def summary(den: Den, user: Person, now: datetime) -> dict[str, Any]:
    """All parts together: what they add to the page's context, each under names of its own."""
    found: dict[str, Any] = {}
    for part in PARTS:
        found |= part(den, user, now)
    return found
