"""What the page of a den says of each part, for the person who reads it: one function a part."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from innovation_den.choices import ConflictState, DenState
from innovation_den.models import DecisionRecord, Den, Pilot
from innovation_den.permissions import can_follow_day, can_organise, can_view_work, seat_of, sees_all_pitches
from innovation_den.queries.conflicts import conflicts_of
from innovation_den.queries.decisions import released_to, result_links
from innovation_den.queries.panellists import sector_counts
from innovation_den.queries.pilot_places import pitches_to_pilot
from innovation_den.queries.programme import joins_in, last_release
from innovation_den.queries.screening import count_unsettled

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

    Person = User | AnonymousUser


def of_screening(den: Den, user: Person, now: datetime) -> dict[str, Any]:
    """For those who run or oversee the den: how many pitches wait for a view or a decision."""
    if not can_view_work(user, den) or den.state == DenState.DRAFT:
        return {}
    return {"screens": True, "unsettled_count": count_unsettled(den, user)}


def of_panels(den: Den, user: Person, now: datetime) -> dict[str, Any]:
    """The person's own seat; for those who run or oversee the den, who sits on its panels, sector by sector."""
    found: dict[str, Any] = {"own_seat": seat_of(user, den)}
    if can_view_work(user, den) and den.state != DenState.DRAFT:
        conflicts = conflicts_of(den, user).filter(state=ConflictState.OPEN)
        found |= {"sectors": sector_counts(den), "open_conflict_count": conflicts.count()}
    return found


def of_schedule(den: Den, user: Person, now: datetime) -> dict[str, Any]:
    """Whether the programme is out, and for those who run the den the way to its draft."""
    work = can_view_work(user, den) and den.state in {DenState.SCREENING, DenState.SCHEDULING, DenState.ON_THE_DAY}
    return {
        "programme_release": last_release(den),
        "joins_in": joins_in(user, den),
        "may_plan": work and sees_all_pitches(user, den),
    }


FOLLOWED = frozenset({DenState.SCHEDULING, DenState.ON_THE_DAY, DenState.DECIDING})


def of_day(den: Den, user: Person, now: datetime) -> dict[str, Any]:
    """The run sheet and a panellist's own pitches, once there is a programme to follow."""
    has_programme = den.state in FOLLOWED and den.programme.exists()
    return {
        "day_runs": den.state == DenState.ON_THE_DAY,
        "follows_day": has_programme and can_follow_day(user, den),
        "scores_in": has_programme and seat_of(user, den) is not None,
    }


def of_results(den: Den, user: Person, now: datetime) -> dict[str, Any]:
    """Where results, decisions and letters stand, for those who may read them."""
    has_record = DecisionRecord.objects.filter(den=den).exists()
    own = list(released_to(user).filter(pitch__den=den)) if has_record and user.is_authenticated else []
    return {"has_record": has_record, "own_decisions": own, "results_links": result_links(den, user, has_record)}


def of_pilots(den: Den, user: Person, now: datetime) -> dict[str, Any]:
    """Its pilots that the person may see, and for organisers the selected pitches that have none."""
    pilots = Pilot.objects.visible_to(user).filter(pitch__den=den).select_related("firm")
    waiting = pitches_to_pilot(den, user) if can_organise(user, den) else []
    return {"pilots_of_den": pilots, "pilots_to_set_up": waiting}


PARTS = (of_screening, of_panels, of_schedule, of_day, of_results, of_pilots)


def summary(den: Den, user: Person, now: datetime) -> dict[str, Any]:
    """All parts together: what they add to the page's context, each under names of its own."""
    found: dict[str, Any] = {}
    for part in PARTS:
        found |= part(den, user, now)
    return found
