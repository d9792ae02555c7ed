"""What a panellist says of themselves: interests, expertise, and when they are free."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from innovation_den.actions.conflicts import find_conflicts
from innovation_den.actions.panellists import locked_seat
from innovation_den.choices import PanellistState
from innovation_den.models import FreeHalfDay, Panellist
from innovation_den.queries.panellists import HalfDay, employer_named, free_on, half_days_of
from portal.audit.actions import record
from portal.refusals import Reason, Refused

if TYPE_CHECKING:
    from portal.accounts.models import User
    from techmap.models import Capability


def _own(panellist: Panellist, by: User, version: int) -> Panellist:
    panellist = locked_seat(panellist)
    if panellist.user_id != by.pk or panellist.state != PanellistState.ACCEPTED:
        raise PermissionDenied
    panellist.check_version(version)
    return panellist


@transaction.atomic
def declare_interests(*, panellist: Panellist, version: int, interests: str, by: User) -> Panellist:
    """Say what interests they have; empty words mean none. Until this is said they see no list of pitches."""
    panellist = _own(panellist, by, version)
    old = panellist.interests
    panellist.interests, panellist.has_declared = interests.strip(), True
    panellist.bump_version().save()
    record(
        "innovation_den.panellist.declared",
        target=panellist,
        by=by,
        old={"interests": old},
        new={"interests": panellist.interests or "None"},
    )
    return panellist


@transaction.atomic
def describe_oneself(
    *,
    panellist: Panellist,
    version: int,
    name: str,
    employer_name: str,
    expertise: Iterable[Capability],
    by: User,
    now: datetime,
) -> Panellist:
    """Name, employer and expertise. Another employer may bring other conflicts, which are looked for at once."""
    panellist = _own(panellist, by, version)
    old = {"name": panellist.name, "employer_name": panellist.employer_name}
    panellist.name, panellist.employer_name = name.strip(), employer_name.strip()
    panellist.employer = employer_named(employer_name)
    panellist.bump_version().save()
    chosen = list(expertise)
    panellist.expertise.set(chosen)
    new = {"name": panellist.name, "employer_name": panellist.employer_name, "expertise": [str(c) for c in chosen]}
    record("innovation_den.panellist.described", target=panellist, by=by, old=old, new=new)
    find_conflicts(panellist.den, now)
    return panellist


@transaction.atomic
def save_availability(*, panellist: Panellist, version: int, free: Iterable[HalfDay], by: User) -> Panellist:
    """When the panellist can come. Only half-days on which the den sits; what was said of others stays."""
    panellist = _own(panellist, by, version)
    offered = {half.as_pair for half in half_days_of(panellist.den)}
    chosen, before = set(free), free_on(panellist)
    if chosen - offered:
        raise Refused([Reason("The den no longer sits on one of these half-days. Open the page again", "free")])
    FreeHalfDay.objects.filter(panellist=panellist, pk__in=_pks(panellist, (before & offered) - chosen)).delete()
    FreeHalfDay.objects.bulk_create(
        FreeHalfDay(panellist=panellist, date=day, half=half) for day, half in sorted(chosen - before)
    )
    panellist.bump_version().save(update_fields=["version"])
    record(
        "innovation_den.panellist.said_when_free",
        target=panellist,
        by=by,
        old={"free": _words(before & offered)},
        new={"free": _words(chosen)},
    )
    return panellist


def _pks(panellist: Panellist, gone: set[HalfDay]) -> list[int]:
    return [half.pk for half in panellist.free_half_days.all() if (half.date, half.half) in gone]


def _words(halves: Iterable[HalfDay]) -> list[str]:
    return [f"{day:%-d %B %Y} {half}" for day, half in sorted(halves)]
