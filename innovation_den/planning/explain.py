"""Why there is no plan, in words, and what would mend it: first by counting, then by letting rules give."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import combinations

from innovation_den.planning.grid import Grid
from innovation_den.planning.problem import SECTORS, HalfDay, Panellist, Pitch, Problem, half_day_in_words
from innovation_den.planning.relax import what_would_mend

SECTOR_WORDS = {"central": "central-government", "local": "local-government", "supplier": "large-supplier"}
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
MOST_HALF_DAYS = 10  # above this only single half-days, pairs and all of them are counted: subsets grow too many


def why_none(problem: Problem, *, seconds: float = 10.0) -> list[str]:
    """Sentences, each a reason that is enough by itself or a change that would be; empty where there is a plan.

    Where neither counting nor `seconds` of search finds anything, it says that.
    """
    grid = Grid(problem)
    reasons = [
        *_locks(grid),
        *(reason for pitch in problem.pitches for reason in _pitch(grid, pitch)),
        *_firms(grid),
        *_seats_in_all(problem),
    ]
    return reasons or [*_crowded(grid)] or what_would_mend(problem, seconds=seconds)


# --- One pitch on its own --------------------------------------------------------------------------------


def _pitch(grid: Grid, pitch: Pitch) -> Iterator[str]:
    title = _title(grid.problem, pitch)
    if not grid.times_of[pitch.id]:
        yield f"The firms of {title} can come to no session. Ask them for another half-day, or add a session."
    elif not grid.cells_of[pitch.id]:
        lacks = _listed(sorted(pitch.needs)).replace("_", " ")
        yield f"No room has all that {title} needs ({lacks}) when its firms can come. Add such a room."
    elif grid.problem.panel_size and not any(_has_panel(grid, pitch, session) for session in _sessions(grid, pitch)):
        yield from _no_panel(grid, pitch, title)


def _sessions(grid: Grid, pitch: Pitch) -> list[int]:
    return [*dict.fromkeys(session for session, _ in grid.cells_of[pitch.id])]


def _sitters(grid: Grid, pitch: Pitch, session: int) -> list[Panellist]:
    return [panellist for panellist, held in grid.seats_of(pitch.id) if held == session]


def _has_panel(grid: Grid, pitch: Pitch, session: int) -> bool:
    there = _sitters(grid, pitch, session)
    return {one.sector for one in there} >= {*SECTORS} and len({one.who for one in there}) >= grid.problem.panel_size


def _no_panel(grid: Grid, pitch: Pitch, title: str) -> Iterator[str]:
    """Each half-day on which it could come, with what its panel lacks."""
    for session in _sessions(grid, pitch):
        there, when = _sitters(grid, pitch, session), _day(grid.problem.session[session].half_day)
        missing = [SECTOR_WORDS[sector] for sector in SECTORS if sector not in {one.sector for one in there}]
        if missing:
            yield (
                f"{title} could be heard {when}, but no {_listed(missing, 'or')} panellist without a conflict "
                "is free then. Ask one more, or ask its firms for another half-day."
            )
        else:
            yield (
                f"{title} could be heard {when}, but only {_number(len(there))} panellists without a conflict are free "
                f"then; {_number(grid.problem.panel_size)} are needed."
            )


# --- Locks and firms -------------------------------------------------------------------------------------


def _locks(grid: Grid) -> Iterator[str]:
    problem = grid.problem
    for number, lock in problem.locked.items():
        if number not in problem.pitch:
            continue
        title = _title(problem, problem.pitch[number])
        if len(lock.panel) > problem.panel_size:
            yield f"{title} has more panellists locked to it than a panel has. Unlock some of them."
        for panellist in (problem.panellist[one] for one in sorted(lock.panel) if one in problem.panellist):
            who = problem.names.panellists[panellist.id]
            if number in panellist.conflicts:
                yield f"{who} is locked to {title}, but has a conflict of interest with it. Unlock it."
            elif not any(grid.can_sit(panellist, time) for time in grid.times_of[number]):
                yield f"{who} is locked to {title}, but is not free when it could be heard. Unlock one or the other."
    yield from _locked_twice(grid)


def _locked_twice(grid: Grid) -> Iterator[str]:
    problem = grid.problem
    fixed = [
        (pitch, lock, grid.spans[lock.session, lock.slot])
        for pitch, lock in problem.locked.items()
        if lock.session is not None and lock.slot is not None and (lock.session, lock.slot) in grid.spans
        if pitch in problem.pitch
    ]
    for (one, here, when), (other, there, then) in combinations(fixed, 2):
        same_room = here.room is not None and here.room == there.room
        if when.meets(then) and (same_room or here.panel & there.panel):
            what = "to the same room" if same_room else "with the same panellist"
            titles = f"{_title(problem, problem.pitch[one])} and {_title(problem, problem.pitch[other])}"
            yield f"{titles} are locked {what} at the same time. Unlock one of them."


def _firms(grid: Grid) -> Iterator[str]:
    for pitches in grid.firms.values():
        starts = {grid.minute(time) for pitch in pitches for time in grid.times_of[pitch]}
        if 0 < len(starts) < len(pitches):
            titles = _listed([_title(grid.problem, grid.problem.pitch[pitch]) for pitch in pitches])
            yield (
                f"One firm gives {titles}, and can come at {_several(len(starts), 'time')} only. "
                "Ask it for another half-day."
            )


# --- Many pitches together -------------------------------------------------------------------------------


def _seats_in_all(problem: Problem) -> Iterator[str]:
    """By sector, whether there are people enough for one of theirs before each pitch, whenever they come."""
    days = set(problem.half_days)
    for sector in SECTORS if problem.panel_size else ():
        members = [one for one in problem.panellists if one.sector == sector]
        most = sum(min(one.most_in_all, one.most_a_half_day * len(one.free & days)) for one in members)
        if most < len(problem.pitches):
            yield (
                f"The {_several(len(members), SECTOR_WORDS[sector] + ' panellist')} "
                f"{'hears' if len(members) == 1 else 'together hear'} {most} at most, "
                f"and there are {_several(len(problem.pitches), 'pitch', 'pitches', numerals=True)}. "
                "Ask more of them, for more half-days, or raise their load limits."
            )


def _crowded(grid: Grid) -> Iterator[str]:
    """The smallest sets of half-days into which more pitches have to go than can be heard there."""
    half_days = grid.problem.half_days
    sizes = range(1, len(half_days) + 1) if len(half_days) <= MOST_HALF_DAYS else (1, 2, len(half_days))
    for size in sizes:
        found = [reason for days in combinations(half_days, size) for reason in _too_many(grid, days)]
        if found:
            yield from found
            return


def _too_many(grid: Grid, days: Collection[HalfDay]) -> Iterator[str]:
    bound = [pitch for pitch in grid.problem.pitches if _days_of(grid, pitch) <= {*days}]
    places = sum(_places(grid, day) for day in days)
    if len(bound) > places:
        yield (
            f"{_count(len(bound))} must be heard {_listed([_day(day) for day in days])}, where there are "
            f"{places} places. Add a room, a session or {_several(len(bound) - places, 'slot')}."
        )
        return
    if not grid.problem.panel_size:
        return
    for sector in SECTORS:
        most = {day: min(_places(grid, day), _heard(grid, sector, day)) for day in days}
        if len(bound) > sum(most.values()):
            short = len(bound) - sum(most.values())
            yield from (
                _too_few(grid, sector, day, min(_places(grid, day), most[day] + short), most[day], len(bound), days)
                for day in days
                if most[day] < _places(grid, day)
            )


def _too_few(
    grid: Grid, sector: str, day: HalfDay, wanted: int, most: int, bound: int, days: Collection[HalfDay]
) -> str:
    free = [one for one in grid.problem.panellists if one.sector == sector and day in one.free]
    each = max((min(one.most_a_half_day, _slots(grid, day)) for one in free), default=_slots(grid, day))
    more = -(-(wanted - most) // max(1, each))
    together = f"{_count(bound)} must be heard {_listed([_day(one) for one in days])}, and they hear {most} at most"
    return (
        f"Only {_several(len(free), SECTOR_WORDS[sector] + ' panellist')} "
        f"{'is' if len(free) == 1 else 'are'} free {_day(day)}; {_number(len(free) + more)} are needed. {together}. "
        f"Ask {_number(more)} more to come then, or raise a load limit."
    )


def _days_of(grid: Grid, pitch: Pitch) -> set[HalfDay]:
    return {grid.problem.session[session].half_day for session, _ in grid.cells_of[pitch.id]}


def _places(grid: Grid, day: HalfDay) -> int:
    sessions = [grid.problem.session[number] for number in grid.sessions_on[day]]
    return sum(len(session.slots) * len(session.rooms) for session in sessions)


def _slots(grid: Grid, day: HalfDay) -> int:
    return grid.slots_in(grid.sessions_on[day])


def _heard(grid: Grid, sector: str, day: HalfDay) -> int:
    """How many pitches those of a sector who are free can hear at most."""
    free = [one for one in grid.problem.panellists if one.sector == sector and day in one.free]
    return sum(min(one.most_a_half_day, one.most_in_all, _slots(grid, day)) for one in free)


# --- Words -----------------------------------------------------------------------------------------------


def _title(problem: Problem, pitch: Pitch) -> str:
    return f"“{problem.names.pitches[pitch.id]}”"


def _day(day: HalfDay) -> str:
    return f"on {half_day_in_words(day)}"


def _several(number: int, one: str, more: str = "", *, numerals: bool = False) -> str:
    """Two slots; 1 pitch."""
    return f"{number if numerals else _number(number)} {one if number == 1 else more or one + 's'}"


def _count(pitches: int) -> str:
    return "One pitch" if pitches == 1 else f"{_number(pitches).capitalize()} pitches"


def _number(number: int) -> str:
    return NUMBERS[number] if number < len(NUMBERS) else str(number)


def _listed(words: list[str], joint: str = "and") -> str:
    return f" {joint} ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)
