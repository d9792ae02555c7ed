"""What both sides of a pilot hear, and when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, QuerySet

from innovation_den.choices import HIDING, Side
from innovation_den.models import Conflict, Pilot
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.organisations.queries import writers_of

if TYPE_CHECKING:
    from portal.accounts.models import User

BOTH = tuple(Side.values)


def other_side(side: str) -> tuple[str]:
    return (Side.FIRM if side == Side.SPONSOR else Side.SPONSOR,)


def people_of(pilot: Pilot, sides: Iterable[str]) -> QuerySet[User]:
    """Writers of the sides. Of the sponsor's, nobody who has a conflict over the pitch hears of it."""
    writers: QuerySet[User] = get_user_model().objects.none()
    if Side.SPONSOR in sides:
        conflict = Conflict.objects.filter(pitch=pilot.pitch_id, panellist__user=OuterRef("pk"), state__in=HIDING)
        writers |= writers_of(pilot.sponsor).exclude(Exists(conflict))
    if Side.FIRM in sides:
        writers |= writers_of(pilot.firm)
    return writers


def tell_sides(
    pilot: Pilot,
    subject: str,
    body: str,
    *,
    sides: Iterable[str] = BOTH,
    key: str,
    path: str = "",
    link_text: str = "See the pilot",
) -> None:
    """Tell the writers of the sides once for each `key`."""
    for side in sides:
        tell(
            kind=Kind.DEN,
            subject=f"{subject}: {pilot}",
            body=body,
            path=path or pilot.get_absolute_url(),
            link_text=link_text,
            reason=f"You write for {pilot.side_name(side)}",
            recipients=people_of(pilot, [side]),
            dedupe_key=f"innovation_den.pilot:{pilot.pk}:{key}:{side}",
        )
