"""Which hard rules a plan breaks, and what it costs. Knows nothing of how plans are made, so it can judge them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator
from itertools import combinations

from innovation_den.planning.problem import (
    SECTORS,
    Broken,
    HalfDay,
    Panellist,
    Penalty,
    Pitch,
    Place,
    Plan,
    Problem,
    half_day_in_words,
)

SECTOR_WORDS = {"central": "central government", "local": "local government", "supplier": "large suppliers"}


def broken_rules(problem: Problem, plan: Plan) -> list[Broken]:
    """Every hard rule that the plan breaks; none for a plan that may be released."""
    return [
        *_unplaced(problem, plan),
        *(broken for pitch, place in _known(problem, plan) for broken in _of_place(problem, pitch, place)),
        *_twice(problem, plan),
        *_overloaded(problem, plan),
        *_unlocked(problem, plan),
    ]


def _unplaced(problem: Problem, plan: Plan) -> Iterator[Broken]:
    for pitch in problem.pitches:
        if pitch.id not in plan.places:
            yield Broken("placed", f"{_name(problem, pitch)} has no place yet.", (pitch.id,))
    for unknown in sorted(set(plan.places) - set(problem.pitch)):
        yield Broken("placed", f"Pitch {unknown} has a place, but is not to be heard.", (unknown,))
    for number, place in sorted(plan.places.items()):
        session = problem.session.get(place.session)
        if number in problem.pitch and not (session and 0 <= place.slot < len(session.slots)):
            yield Broken(
                "time", f"{_name(problem, problem.pitch[number])} is at no time there is.", (number,), (), place
            )


def _known(problem: Problem, plan: Plan) -> Iterator[tuple[Pitch, Place]]:
    """Pitches whose time there is: nothing can be said of the others."""
    for number, place in sorted(plan.places.items()):
        session = problem.session.get(place.session)
        if number in problem.pitch and session and 0 <= place.slot < len(session.slots):
            yield problem.pitch[number], place


# --- One place on its own --------------------------------------------------------------------------------


def _of_place(problem: Problem, pitch: Pitch, place: Place) -> Iterator[Broken]:
    yield from _of_room(problem, pitch, place)
    yield from _of_firms(problem, pitch, place)
    yield from _of_panel(problem, pitch, place)
    for number in sorted(place.panel & set(problem.panellist)):
        yield from _of_panellist(problem, pitch, place, problem.panellist[number])


def _of_room(problem: Problem, pitch: Pitch, place: Place) -> Iterator[Broken]:
    room, session, name = problem.room.get(place.room), problem.session[place.session], _name(problem, pitch)
    if room is None or place.room not in session.rooms:
        yield Broken("room", f"{name} is in a room that this session does not have.", (pitch.id,), (), place)
    elif missing := pitch.needs - room.features:
        lacks = ", ".join(sorted(missing)).replace("_", " ")
        says = f"{name} needs what {problem.names.rooms[room.id]} does not have: {lacks}."
        yield Broken("room_needs", says, (pitch.id,), (), place)


def _of_firms(problem: Problem, pitch: Pitch, place: Place) -> Iterator[Broken]:
    session, name = problem.session[place.session], _name(problem, pitch)
    if session.half_day in pitch.unavailable:
        when = half_day_in_words(session.half_day)
        yield Broken("firm_away", f"The firm of {name} cannot come on {when}.", (pitch.id,), (), place)
    elif any(session.span(place.slot).meets(busy) for busy in pitch.busy):
        yield Broken("firm_away", f"A firm of {name} is booked elsewhere at that time.", (pitch.id,), (), place)


def _of_panel(problem: Problem, pitch: Pitch, place: Place) -> Iterator[Broken]:
    name, known = _name(problem, pitch), [problem.panellist[n] for n in place.panel if n in problem.panellist]
    if len(known) != problem.panel_size or len(place.panel) != len(known):
        says = f"{name} has a panel of {len(place.panel)}; it must be {problem.panel_size}."
        yield Broken("panel_size", says, (pitch.id,), tuple(sorted(place.panel)), place)
    there = {panellist.sector for panellist in known}
    for sector in SECTORS if problem.panel_size else ():
        if sector not in there:
            says = f"{name} has nobody from {SECTOR_WORDS[sector]} on its panel."
            yield Broken("panel_sectors", says, (pitch.id,), tuple(sorted(place.panel)), place)
    if len({panellist.who for panellist in known}) < len(known):
        says = f"{name} has one person twice on its panel."
        yield Broken("panellist_twice", says, (pitch.id,), tuple(sorted(place.panel)), place)


def _of_panellist(problem: Problem, pitch: Pitch, place: Place, panellist: Panellist) -> Iterator[Broken]:
    session, who = problem.session[place.session], problem.names.panellists[panellist.id]
    if pitch.id in panellist.conflicts:
        says = f"{who} has a conflict of interest with {_name(problem, pitch)}."
        yield Broken("conflict", says, (pitch.id,), (panellist.id,), place)
    if session.half_day not in panellist.free:
        says = f"{who} is not free on {half_day_in_words(session.half_day)}."
        yield Broken("panellist_away", says, (pitch.id,), (panellist.id,), place)
    elif any(session.span(place.slot).meets(busy) for busy in panellist.busy):
        says = f"{who} is booked elsewhere at that time."
        yield Broken("panellist_away", says, (pitch.id,), (panellist.id,), place)


# --- Two places at once ----------------------------------------------------------------------------------


def _twice(problem: Problem, plan: Plan) -> Iterator[Broken]:
    for (one, here), (other, there) in combinations(_known(problem, plan), 2):
        if problem.session[here.session].span(here.slot).meets(problem.session[there.session].span(there.slot)):
            both, names = (one.id, other.id), f"{_name(problem, one)} and {_name(problem, other)}"
            if here.room == there.room:
                room = problem.names.rooms.get(here.room, f"Room {here.room}")
                yield Broken("room_twice", f"{names} are in {room} at the same time.", both, (), there)
            if one.firms & other.firms:
                yield Broken("firm_twice", f"{names} share a firm and are at the same time.", both, (), there)
            if shared := _same_people(problem, here, there):
                who = ", ".join(problem.names.panellists[number] for number in shared)
                says = f"{who} would hear {names} at the same time."
                yield Broken("panellist_twice", says, both, shared, there)


def _same_people(problem: Problem, here: Place, there: Place) -> tuple[int, ...]:
    people = {problem.panellist[number].who for number in here.panel if number in problem.panellist}
    known = sorted(number for number in there.panel if number in problem.panellist)
    return tuple(number for number in known if problem.panellist[number].who in people)


# --- Load and locks --------------------------------------------------------------------------------------


def _heard(problem: Problem, plan: Plan) -> Counter[tuple[int, HalfDay]]:
    """How many pitches each panellist hears on each half-day."""
    return Counter(
        (number, problem.session[place.session].half_day)
        for _, place in _known(problem, plan)
        for number in place.panel
        if number in problem.panellist
    )


def _overloaded(problem: Problem, plan: Plan) -> Iterator[Broken]:
    heard, whole = _heard(problem, plan), Counter[int]()
    for (number, half_day), pitches in sorted(heard.items()):
        whole[number] += pitches
        if pitches > (most := problem.panellist[number].most_a_half_day):
            who, when = problem.names.panellists[number], half_day_in_words(half_day)
            yield Broken("load", f"{who} hears {pitches} pitches on {when}; {most} is the most.", (), (number,))
    for number, pitches in sorted(whole.items()):
        if pitches > (most := problem.panellist[number].most_in_all):
            who = problem.names.panellists[number]
            yield Broken("load", f"{who} hears {pitches} pitches in all; {most} is the most.", (), (number,))


def _unlocked(problem: Problem, plan: Plan) -> Iterator[Broken]:
    for number, lock in sorted(problem.locked.items()):
        place = plan.places.get(number)
        if place is None or number not in problem.pitch:
            continue
        fixed = [(lock.session, place.session), (lock.slot, place.slot), (lock.room, place.room)]
        if any(wanted is not None and wanted != given for wanted, given in fixed) or not lock.panel <= place.panel:
            says = f"{_name(problem, problem.pitch[number])} is not where it was locked."
            yield Broken("locked", says, (number,), (), place)


def _name(problem: Problem, pitch: Pitch) -> str:
    return f"“{problem.names.pitches[pitch.id]}”"


# --- What it costs ---------------------------------------------------------------------------------------


def penalties(problem: Problem, plan: Plan) -> list[Penalty]:
    """What each soft goal of `Weights` costs; 0 for what is as good as it can be. Counts what is placed."""
    weights, known = problem.weights, [*_known(problem, plan)]
    return [
        Penalty("overlap", weights.overlap, max(0, _groups(place.panel for _, place in known) - 1)),
        Penalty("half_days", weights.half_days, len(_heard(problem, plan))),
        Penalty("changes", weights.changes, _changes(problem, (place for _, place in known))),
        Penalty("wishes", weights.wishes, sum(_is_unwished(problem, pitch, place) for pitch, place in known)),
        Penalty("load", weights.load, _spread(problem, plan)),
        Penalty("expertise", weights.expertise, sum(_unknown(problem, pitch, place) for pitch, place in known)),
    ]


def cost(problem: Problem, plan: Plan) -> int:
    """The penalty that a search makes as small as it can."""
    return sum(penalty.cost for penalty in penalties(problem, plan))


def _groups(panels: Iterable[frozenset[int]]) -> int:
    """Into how many groups the panels fall that share nobody with one another."""
    groups: list[set[Hashable]] = []
    for panel in panels:
        joined = [group for group in groups if group & panel]
        groups = [group for group in groups if not group & panel] + [set(panel).union(*joined)]
    return len([group for group in groups if group])


def _changes(problem: Problem, places: Iterable[Place]) -> int:
    sitting: dict[tuple[int, int], set[int]] = defaultdict(set)
    for place in places:
        sitting[place.session, place.room] |= place.panel
    return sum(max(0, len(people) - problem.panel_size) for people in sitting.values())


def _is_unwished(problem: Problem, pitch: Pitch, place: Place) -> bool:
    return bool(pitch.wishes) and problem.session[place.session].half_day not in pitch.wishes


def _spread(problem: Problem, plan: Plan) -> int:
    """By sector, the busiest panellist's pitches less the least busy one's, of those who could come at all."""
    loads: Counter[int] = Counter(number for _, place in _known(problem, plan) for number in place.panel)
    days = {session.half_day for session in problem.sessions}
    spread = 0
    for sector in SECTORS:
        of_sector = [loads[one.id] for one in problem.panellists if one.sector == sector and one.free & days]
        spread += max(of_sector, default=0) - min(of_sector, default=0)
    return spread


def _unknown(problem: Problem, pitch: Pitch, place: Place) -> int:
    """Capabilities of a pitch with a panel that nobody on it knows."""
    known = [problem.panellist[number].expertise for number in place.panel & set(problem.panellist)]
    return len(pitch.capabilities.difference(*known)) if known else 0
