"""From which pitches of a den a pilot can be set up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, QuerySet

from innovation_den.choices import Award, PilotState
from innovation_den.models import Den, Pilot, Pitch

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


def _awarded(den: Den, *awards: str) -> QuerySet[Pitch]:
    return Pitch.objects.filter(den=den, decision__award__in=awards, decision__released_at__isnull=False)


def _live() -> Exists:
    return Exists(Pilot.objects.filter(pitch=OuterRef("pk"), follows=None).exclude(state=PilotState.ABANDONED))


def has_free_place(den: Den) -> bool:
    """Whether more pilots of selected pitches were given up than pitches in reserve have taken their places."""
    given_up = _awarded(den, Award.SELECTED).filter(~_live(), pilots__state=PilotState.ABANDONED).distinct()
    return _awarded(den, Award.RESERVE).filter(_live()).count() < given_up.count()


def pitches_to_pilot(den: Den, user: User | AnonymousUser) -> QuerySet[Pitch]:
    """Pitches that were selected and have no pilot, of those that the user may read; with a free place, the reserve."""
    awards = [Award.SELECTED, Award.RESERVE] if has_free_place(den) else [Award.SELECTED]
    waiting = _awarded(den, *awards).filter(~_live(), pk__in=Pitch.objects.visible_to(user).values("pk"))
    return waiting.select_related("firm")
