"""Slots for a plan whose sessions, rooms and panels are settled, so that nobody is in two places at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable

from ortools.sat.python import cp_model

from innovation_den.planning.grid import ANY_ROOM, Grid, Time
from innovation_den.planning.model import Draft
from innovation_den.planning.problem import Place, Plan

SECONDS = 5.0  # a block has a few dozen pitches; a fraction of a second is usual


def order_block(grid: Grid, draft: Draft, block: Collection[int]) -> dict[int, Time] | None:
    """Times for the pitches of these sessions, panels of a room changing as seldom as the order allows.

    None where there is no such order.
    """
    cp, when = cp_model.CpModel(), {}
    for pitch in (pitch for pitch, (session, _) in draft.cells.items() if session in block):
        slots = {(pitch, time): cp.new_bool_var("") for time in _times(grid, draft, pitch)}
        cp.add_exactly_one(slots.values())
        when.update(slots)
    taken: dict[Hashable, list[cp_model.IntVar]] = defaultdict(list)
    for (pitch, time), var in when.items():
        for number in grid.cliques_of[time]:
            for thing in _takes(grid, draft, pitch):
                taken[thing, number].append(var)
    for together in taken.values():
        cp.add_at_most_one(together)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = SECONDS
    if solver.solve(cp) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return {pitch: time for (pitch, time), var in when.items() if solver.boolean_value(var)}


def _times(grid: Grid, draft: Draft, pitch: int) -> list[Time]:
    """Those of the pitch's session at which its firms and its panel are free."""
    panel = [grid.problem.panellist[number] for number in draft.panels[pitch]]
    mine = [time for time in grid.times_of[pitch] if time[0] == draft.cells[pitch][0]]
    return [time for time in mine if all(grid.can_sit(one, time) for one in panel)]


def _takes(grid: Grid, draft: Draft, pitch: int) -> list[Hashable]:
    """What the pitch takes up: its room, its firms and the people who hear it."""
    _, room = draft.cells[pitch]
    return [
        *([] if room == ANY_ROOM else [("room", room)]),
        *(("firm", firm) for firm in grid.problem.pitch[pitch].firms),
        *(grid.problem.panellist[number].who for number in draft.panels[pitch]),
    ]


def in_order(grid: Grid, draft: Draft) -> tuple[Plan | None, list[list[int]]]:
    """The plan, or the blocks of sessions for which there is no order."""
    times: dict[int, Time] = {}
    failed = []
    for block in grid.blocks:
        found = order_block(grid, draft, block)
        if found is None:
            failed.append(block)
        else:
            times |= found
    return (None if failed else with_rooms(grid, draft, times)), failed


def with_rooms(grid: Grid, draft: Draft, times: dict[int, Time]) -> Plan:
    """The plan with a room for each pitch; where rooms do not matter, the one it had before if that can be."""
    before = grid.problem.previous.places if grid.problem.previous else {}
    staying = {pitch for pitch, time in times.items() if pitch in before and before[pitch].time == time}
    in_turn = sorted(times, key=lambda pitch: (grid.minute(times[pitch]), pitch))
    kept_first = sorted(in_turn, key=lambda pitch: pitch not in staying)
    rooms = _rooms(grid, draft, times, kept_first) or _rooms(grid, draft, times, in_turn) or {}
    return Plan({pitch: Place(*times[pitch], rooms[pitch], draft.panels[pitch]) for pitch in rooms})


def _rooms(grid: Grid, draft: Draft, times: dict[int, Time], order: list[int]) -> dict[int, int] | None:
    """By pitch; None where this order leaves one without. In order of time none is left: slots are intervals."""
    before = grid.problem.previous.places if grid.problem.previous else {}
    rooms: dict[int, int] = {}
    for pitch in order:
        rooms[pitch] = draft.cells[pitch][1]
        if rooms[pitch] == ANY_ROOM:
            span = grid.spans[times[pitch]]
            taken = {room for other, room in rooms.items() if other != pitch and grid.spans[times[other]].meets(span)}
            free = [one for one in grid.problem.session[times[pitch][0]].rooms if one not in taken]
            if not free:
                return None
            had = before[pitch].room if pitch in before else None
            rooms[pitch] = had if had in free else free[0]
    return rooms
