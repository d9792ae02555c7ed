"""What is read of dens: lists, people to tell, what a draft still lacks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db.models import Count, F, Q, QuerySet

from innovation_den.choices import PanellistState, PitchState
from innovation_den.models import Den, Panellist, Pitch, PitchPartner
from innovation_den.models.dens import DenQuerySet
from portal.organisations.models import Organisation
from portal.organisations.queries import people_in

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


def with_list_data(dens: DenQuerySet) -> DenQuerySet:
    """What a row of a list and an entry of the feed show: three queries, however many rows."""
    return dens.select_related("host").prefetch_related("capabilities")


def newest_first(dens: DenQuerySet) -> DenQuerySet:
    return dens.order_by(F("published_at").desc(nulls_last=True), "-id")


def dens_of_hosts_of(user: User) -> DenQuerySet:
    """Those that the user's own bodies hold, drafts too: what is under way before what is over."""
    mine = Organisation.objects.of_user(user).values("pk")
    return (
        Den.objects.filter(host__in=mine).select_related("host").order_by(F("closes_at").desc(nulls_first=True), "-id")
    )


def people_pitching(den: Den, states: Iterable[str], *, pitch: Pitch | None = None) -> QuerySet[User]:
    """Active people of the firms that lead or join in the den's pitches of these states, or in the one pitch."""
    pitches = Pitch.objects.filter(den=den, state__in=list(states))
    if pitch is not None:
        pitches = pitches.filter(pk=pitch.pk)
    joined = PitchPartner.objects.filter(pitch__in=pitches.values("pk"), agreed_at__isnull=False)
    return people_in(Q(organisation__in=pitches.values("firm")) | Q(organisation__in=joined.values("firm")))


def panel_people(den: Den) -> QuerySet[User]:
    """The den's panellists, and those who are invited and have an account."""
    seats = Panellist.objects.filter(den=den, state__in=[PanellistState.INVITED, PanellistState.ACCEPTED])
    return get_user_model().objects.filter(is_active=True, pk__in=seats.exclude(user=None).values("user"))


def number_submitted(den: Den, user: User | AnonymousUser) -> int:
    """How many pitches are handed in: all that the host may know before the call closes."""
    return Pitch.objects.without_conflicts_of(user).filter(den=den, state=PitchState.SUBMITTED).count()


def parts_of(den: Den) -> dict[str, int]:
    """How many criteria, questions, rooms and sessions a draft has, in one query."""
    counted = Den.objects.filter(pk=den.pk).aggregate(
        criteria=Count("criteria", distinct=True),
        questions=Count("eligibility_questions", distinct=True),
        rooms=Count("rooms", distinct=True),
        sessions=Count("sessions", distinct=True),
    )
    return {name: int(number) for name, number in counted.items()}
