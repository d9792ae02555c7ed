"""Returns that nobody submitted by the day they were due. What is in them stays their supplier's until it is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from portal.organisations.models import Organisation
from reporting.models import Contract, Return

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from portal.accounts.models import User


def late_of(contract: Contract, now: datetime) -> int:
    """How many returns of the contract are late: both parties see the number."""
    return contract.returns.unfiled().filter(due_at__lt=now).count()


def late_to(user: User, now: datetime) -> QuerySet[Return]:
    """Returns that the person's public bodies wait for, the longest first."""
    mine = Organisation.objects.of_user(user).values("pk")
    waited_for = Return.objects.unfiled().filter(contract__buyer__in=mine, due_at__lt=now)
    return waited_for.order_by("due_at", "pk")
