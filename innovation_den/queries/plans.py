"""What is to be planned in a den, as the planner takes it, and where its pitches stand now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from innovation_den.choices import HIDING, PlanKind, SlotState
from innovation_den.models import Booking, Conflict, Den, Pitch, Placement, PlanRun, Room, Session, Slot
from innovation_den.planning import problem as planning
from innovation_den.planning.check import broken_rules
from innovation_den.planning.problem import Broken, HalfDay, Lock, Place, Plan, Problem, Span
from innovation_den.queries.programme import AGREED, firms_in

if TYPE_CHECKING:
    from innovation_den.models import Panellist

BEGUN = frozenset({SlotState.PITCHING, SlotState.HEARD})
Busy = Mapping[int, tuple[Span, ...]]


def problem_of(den: Den, *, kind: str = PlanKind.FULL) -> Problem:
    """Everything that is accepted, with what is locked and what stands now, in a constant number of queries.

    To plan everything anew nothing but locks holds pitches where they are; the draft is where the search starts.
    """
    pitches = accepted_pitches(den)
    seats = list(den.panellists.accepted().prefetch_related("free_half_days", "expertise"))  # type: ignore[attr-defined]
    placements = placements_of(den)
    sessions = list(den.sessions.prefetch_related("rooms"))
    known = {one.pk for one in pitches}
    return Problem(
        pitches=_pitches(den, pitches),
        panellists=_panellists(den, seats),
        sessions=tuple(_session(one) for one in sessions),
        rooms=tuple(_room(one) for one in den.rooms.all()),
        panel_size=den.panel_size,
        locked=_locks(den, placements, known, {one.pk for one in seats}, {one.pk for one in sessions}),
        previous=plan_of(one for one in placements if one.pitch_id in known),
    )


def accepted_pitches(den: Den) -> list[Pitch]:
    found = den.pitches.accepted().select_related("firm")  # type: ignore[attr-defined]
    return list(found.prefetch_related(AGREED, "half_days", "capabilities").order_by("title", "pk"))


def placements_of(den: Den) -> list[Placement]:
    """The draft, in the order of the day, without places that no longer are: a session may have become shorter."""
    found = Placement.objects.filter(pitch__den=den).select_related("session", "room", "pitch__firm")
    return [one for one in found.prefetch_related("panel", "session__rooms") if _is_there(one)]


def _is_there(placement: Placement) -> bool:
    session = placement.session
    return placement.slot < session.slot_count and placement.room in session.rooms.all()


def plan_of(placements: Iterable[Placement]) -> Plan:
    return Plan({one.pitch_id: place_of(one) for one in placements})


def place_of(placement: Placement) -> Place:
    panel = frozenset(one.pk for one in placement.panel.all())
    return Place(placement.session_id, placement.slot, placement.room_id, panel)


def draft_of(den: Den) -> tuple[Problem, Plan]:
    """The problem with the draft as it stands, without what is no longer accepted."""
    problem = problem_of(den)
    return problem, problem.previous or Plan({})


def broken_in(den: Den) -> list[Broken]:
    """Which hard rules the draft breaks, by the checker that knows nothing of the planner."""
    problem, plan = draft_of(den)
    return broken_rules(problem, plan)


def runs_of(den: Den) -> Iterable[PlanRun]:
    return den.plan_runs.select_related("asked_by").defer("plan", "steps")


# --- The parts of a problem ------------------------------------------------------------------------


def _pitches(den: Den, pitches: list[Pitch]) -> tuple[planning.Pitch, ...]:
    firms = {pitch.pk: [firm.pk for firm in firms_in(pitch)] for pitch in pitches}
    busy = _busy(den, "firm_id", {firm for found in firms.values() for firm in found})
    return tuple(
        planning.Pitch(
            id=pitch.pk,
            firms=frozenset(firms[pitch.pk]),
            needs=frozenset(pitch.needs),
            unavailable=frozenset(HalfDay(one.date, one.half) for one in pitch.half_days.all() if not one.is_wish),
            wishes=frozenset(HalfDay(one.date, one.half) for one in pitch.half_days.all() if one.is_wish),
            capabilities=frozenset(one.pk for one in pitch.capabilities.all()),
            busy=tuple(span for firm in firms[pitch.pk] for span in busy.get(firm, ())),
            name=pitch.title,
        )
        for pitch in pitches
    )


def _panellists(den: Den, seats: list[Panellist]) -> tuple[planning.Panellist, ...]:
    conflicts: dict[int, set[int]] = defaultdict(set)
    found = Conflict.objects.filter(pitch__den=den, state__in=HIDING)
    for panellist, pitch in found.values_list("panellist_id", "pitch_id"):
        conflicts[panellist].add(pitch)
    busy = _busy(den, "person_id", {one.user_id for one in seats if one.user_id})
    return tuple(
        planning.Panellist(
            id=one.pk,
            sector=one.sector,
            free=frozenset(HalfDay(free.date, free.half) for free in one.free_half_days.all()),
            expertise=frozenset(known.pk for known in one.expertise.all()),
            conflicts=frozenset(conflicts[one.pk]),
            most_a_half_day=den.most_pitches_a_day,
            most_in_all=den.most_pitches_in_all,
            person=one.user_id,
            busy=busy.get(one.user_id or 0, ()),
            name=one.name,
        )
        for one in seats
    )


def _busy(den: Den, column: str, ids: set[int]) -> Busy:
    """When firms or people are booked in other dens."""
    found: dict[int, list[Span]] = defaultdict(list)
    elsewhere = Booking.objects.filter(**{f"{column}__in": ids}).exclude(slot__den=den)
    for pk, start, end in elsewhere.values_list(column, "slot__starts_at", "slot__ends_at"):
        found[pk].append(span_of(start, end))
    return {pk: tuple(spans) for pk, spans in found.items()}


def span_of(start: datetime, end: datetime) -> Span:
    local = timezone.localtime(start)
    return Span(local.date(), _minutes(start), _minutes(start) + _length(start, end))


def _session(session: Session) -> planning.Session:
    slots = tuple((_minutes(start), _minutes(start) + _length(start, end)) for start, end in session.slots)
    rooms = tuple(sorted(room.pk for room in session.rooms.all()))
    return planning.Session(session.pk, timezone.localdate(session.starts_at), session.half, slots, rooms)


def _room(room: Room) -> planning.Room:
    return planning.Room(room.pk, frozenset(room.features), room.name)


def _minutes(moment: datetime) -> int:
    local = timezone.localtime(moment)
    return local.hour * 60 + local.minute


def _length(start: datetime, end: datetime) -> int:
    return (end - start) // timedelta(minutes=1)


def _locks(
    den: Den, placements: list[Placement], pitches: set[int], seats: set[int], sessions: set[int]
) -> dict[int, Lock]:
    """What people have locked, and what has begun on the day; a panellist who left is no part of a lock."""
    begun = set(Slot.objects.filter(den=den, state__in=BEGUN).values_list("pitch_id", flat=True))
    locks = {}
    for one in placements:
        if one.pitch_id in pitches and (one.is_locked or one.pitch_id in begun) and one.session_id in sessions:
            place = place_of(one)
            locks[one.pitch_id] = Lock(place.session, place.slot, place.room, place.panel & seats)
    return locks
