"""The private address of a person's calendar: drawn, shown once, and drawn anew where it came into other hands."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from innovation_den.models import CalendarFeed
from portal.tokens.secret import digest_of, draw

if TYPE_CHECKING:
    from portal.accounts.models import User


@transaction.atomic
def draw_feed(*, by: User, now: datetime) -> str:
    """A new secret for the person's own calendar; the one before is dead. Only its hash is kept."""
    secret = draw()
    CalendarFeed.objects.update_or_create(user=by, defaults={"token_hash": digest_of(secret), "drawn_at": now})
    return secret


@transaction.atomic
def end_feed(*, by: User) -> None:
    """The address answers nobody from now on."""
    CalendarFeed.objects.filter(user=by).delete()


def owner_of(secret: str) -> User | None:
    """Whose calendar the secret opens; None for a dead one, and for somebody who may no longer sign in."""
    feed = (
        CalendarFeed.objects.filter(token_hash=digest_of(secret), user__is_active=True).select_related("user").first()
    )
    return feed.user if feed else None
