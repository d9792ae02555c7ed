"""The problem as a model for OR-Tools CP-SAT: sessions, rooms and panels, but no slots (`timed` has those too).

The model is a relaxation: it counts that nobody has more pitches in a session than the session has
slots, and leaves it to `order` to find slots in which nobody is in two places at once. No part of the penalty depends
on the slots, so a bound on its penalty is one for every plan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from ortools.sat.python import cp_model

from innovation_den.planning.grid import ANY_ROOM, Cell, Grid
from innovation_den.planning.load import least_spread
from innovation_den.planning.problem import SECTORS, HalfDay, Panellist, Pitch

Expression = cp_model.LinearExprT
Var = cp_model.IntVar


def total(terms: Iterable[Expression]) -> cp_model.LinearExpr:
    """Their sum, as an expression even where there are none."""
    return cast(cp_model.LinearExpr, cp_model.LinearExpr.sum([*terms]))


@dataclass(frozen=True)
class Draft:
    """A plan without its slots."""

    cells: dict[int, Cell]
    panels: dict[int, frozenset[int]]


class Model:
    """By pitch and session, `inn`; by pitch and cell, `at`; by pitch and panellist, `hears`, and with session, `sits`.

    `comes` is by panellist and half-day, `seen` by panellist and cell.
    """

    def __init__(self, grid: Grid) -> None:
        self.grid, self.problem = grid, grid.problem
        self.cp = cp_model.CpModel()
        self.at: dict[tuple[int, Cell], Var] = {}
        self.inn: dict[tuple[int, int], Var] = {}
        self.hears: dict[tuple[int, int], Var] = {}
        self.sits: dict[tuple[int, int, int], Var] = {}
        self.comes: dict[tuple[int, HalfDay], Var] = {}
        self.seen: dict[tuple[int, Cell], Var] = {}
        for pitch in self.problem.pitches:
            self._place(pitch)
            if self.problem.panel_size:
                self._seat(pitch)
        self._fit()
        self._limit_load()
        self._attend()
        self.parts = Overlap(self)
        self.terms = self._terms()

    # --- One pitch -----------------------------------------------------------------------------------

    def _place(self, pitch: Pitch) -> None:
        by_session: dict[int, list[Var]] = defaultdict(list)
        for cell in self.grid.cells_of[pitch.id]:
            self.at[pitch.id, cell] = self.cp.new_bool_var("")
            by_session[cell[0]].append(self.at[pitch.id, cell])
        for session, rooms in by_session.items():
            self.inn[pitch.id, session] = rooms[0] if len(rooms) == 1 else self.cp.new_bool_var("")
            if len(rooms) > 1:
                self.cp.add(sum(rooms) == self.inn[pitch.id, session])
        self.cp.add_exactly_one(room for rooms in by_session.values() for room in rooms)

    def _seat(self, pitch: Pitch) -> None:
        by_panellist: dict[int, list[Var]] = defaultdict(list)
        by_session: dict[int, list[tuple[Panellist, Var]]] = defaultdict(list)
        for panellist, session in self.grid.seats_of(pitch.id):
            seat = self.sits[pitch.id, panellist.id, session] = self.cp.new_bool_var("")
            by_panellist[panellist.id].append(seat)
            by_session[session].append((panellist, seat))
        for number, seats in by_panellist.items():
            self.hears[pitch.id, number] = seats[0] if len(seats) == 1 else self.cp.new_bool_var("")
            if len(seats) > 1:
                self.cp.add(sum(seats) == self.hears[pitch.id, number])
        for session in dict.fromkeys(session for session, _ in self.grid.cells_of[pitch.id]):
            self._panel(self.inn[pitch.id, session], by_session[session])
        for locked in self.grid.lock(pitch.id).panel:
            self.cp.add(total([self.hears[pitch.id, locked]] if (pitch.id, locked) in self.hears else []) == 1)

    def _panel(self, inn: Var, seats: Sequence[tuple[Panellist, Var]]) -> None:
        size = self.problem.panel_size
        self.cp.add(total(seat for _, seat in seats) == size * inn)
        for sector in SECTORS:
            of_sector = [seat for panellist, seat in seats if panellist.sector == sector]
            if size == len(SECTORS):
                self.cp.add(total(of_sector) == inn)
            else:
                self.cp.add(total(of_sector) >= inn)
        for same in self._same(seats):
            self.cp.add_at_most_one(same)

    def _same(self, seats: Sequence[tuple[Panellist, Var]]) -> Iterable[list[Var]]:
        for twins in self.grid.people.values():
            if len(twins) > 1:
                yield [seat for panellist, seat in seats if panellist in twins]

    # --- What has room -------------------------------------------------------------------------------

    def _fit(self) -> None:
        """No more pitches in a room, before a person or from a firm in one session than it has slots."""
        cells: dict[Cell, list[Var]] = defaultdict(list)
        for (_, cell), var in self.at.items():
            cells[cell].append(var)
        for (session, room), pitches in cells.items():
            rooms = len(self.problem.session[session].rooms) if room == ANY_ROOM else 1
            self._at_most(pitches, rooms * len(self.problem.session[session].slots))
        for pitches_of_firm in self.grid.firms.values():
            for held in self.problem.sessions:
                mine = [self.inn[key] for pitch in pitches_of_firm if (key := (pitch, held.id)) in self.inn]
                self._at_most(mine, len(held.slots))

    def _at_most(self, pitches: Sequence[Var], limit: int) -> None:
        if len(pitches) > limit:
            self.cp.add(total(pitches) <= limit)

    def _limit_load(self) -> None:
        seats: dict[tuple[int, int], list[Var]] = defaultdict(list)
        for (_, number, session), seat in self.sits.items():
            seats[number, session].append(seat)
        for twins in self.grid.people.values():
            for held in self.problem.sessions:
                together = [seat for one in twins for seat in seats[one.id, held.id]]
                self._at_most(together, len(held.slots))
        for panellist in self.problem.panellists:
            for half_day, sessions in self.grid.sessions_on.items():
                self._come(panellist, half_day, [seat for session in sessions for seat in seats[panellist.id, session]])
            heard = [var for (_, number), var in self.hears.items() if number == panellist.id]
            self._at_most(heard, panellist.most_in_all)

    def _come(self, panellist: Panellist, half_day: HalfDay, seats: list[Var]) -> None:
        if not seats:
            return
        comes = self.comes[panellist.id, half_day] = self.cp.new_bool_var("")
        self.cp.add(total(seats) <= self._most(panellist, half_day) * comes)
        for seat in seats:
            self.cp.add_implication(seat, comes)

    def _most(self, panellist: Panellist, half_day: HalfDay) -> int:
        return min(panellist.most_a_half_day, self.grid.slots_in(self.grid.sessions_on[half_day]))

    def _attend(self) -> None:
        """Who is seen in which room; and at least as many come in each sector as rooms are needed at once."""
        for (pitch, number, session), seat in self.sits.items():
            for cell in (cell for cell in self.grid.cells_of[pitch] if cell[0] == session):
                seen = self.seen.setdefault((number, cell), self.cp.new_bool_var(""))
                self.cp.add_bool_or([~seat, ~self.at[pitch, cell], seen])
        for (number, cell), seen in self.seen.items():
            self.cp.add_implication(seen, self.comes[number, self.problem.session[cell[0]].half_day])
        if self.problem.panel_size:
            at_once = [self._enough_of_each_sector(session.id, len(session.slots)) for session in self.problem.sessions]
            longest = max((len(session.slots) for session in self.problem.sessions), default=1)
            self.cp.add(total(at_once) >= -(-len(self.problem.pitches) // max(1, longest)))

    def _enough_of_each_sector(self, session: int, slots: int) -> Var:
        """A cut: it follows from the rest, but the linear relaxation does not see it."""
        pitches = [var for (_, held), var in self.inn.items() if held == session]
        at_once = self.cp.new_int_var(0, len(self.problem.session[session].rooms), "")
        self.cp.add(slots * at_once >= total(pitches))
        half_day = self.problem.session[session].half_day
        for sector in SECTORS:
            coming = [
                self.comes[key]
                for one in self.problem.panellists
                if one.sector == sector and (key := (one.id, half_day)) in self.comes
            ]
            self.cp.add(total(coming) >= at_once)
        return at_once

    # --- The penalty ---------------------------------------------------------------------------------

    def _terms(self) -> dict[str, Expression]:
        """The amounts of `Weights`, by name."""
        wishes = [
            var
            for (pitch, session), var in self.inn.items()
            if (wanted := self.problem.pitch[pitch].wishes) and self.problem.session[session].half_day not in wanted
        ]
        return {
            "overlap": self.parts.missing,
            "half_days": total(self.comes.values()),
            "changes": self._changes(),
            "wishes": total(wishes),
            "load": total(self._spread(sector) for sector in SECTORS),
            "expertise": total(self._unknown()),
        }

    @property
    def penalty(self) -> Expression:
        return total(getattr(self.problem.weights, name) * term for name, term in self.terms.items())

    def _unknown(self) -> Iterable[Var]:
        """By pitch and capability: nobody on the panel knows it."""
        for pitch in self.problem.pitches if self.problem.panel_size else ():
            for capability in pitch.capabilities:
                unknown = self.cp.new_bool_var("")
                knowing = [one for one in self.grid.panel_of[pitch.id] if capability in one.expertise]
                hearing = [var for one in knowing if (var := self.hears.get((pitch.id, one.id))) is not None]
                self.cp.add_bool_or([*hearing, unknown])
                yield unknown

    def _changes(self) -> Expression:
        cells: dict[Cell, list[Var]] = defaultdict(list)
        for (_, cell), var in self.seen.items():
            cells[cell].append(var)
        beyond, size = [], self.problem.panel_size
        for people in cells.values():
            if len(people) > size:
                more = self.cp.new_int_var(0, len(people) - size, "")
                self.cp.add(more >= total(people) - size)
                beyond.append(more)
        return total(beyond)

    def _spread(self, sector: str) -> Expression:
        days = set(self.grid.sessions_on)
        members = [one for one in self.problem.panellists if one.sector == sector and one.free & days]
        if len(members) < 2:
            return 0
        most = self.cp.new_int_var(0, len(self.problem.pitches), "")
        least = self.cp.new_int_var(0, len(self.problem.pitches), "")
        for one in members:
            heard = total(var for (_, number), var in self.hears.items() if number == one.id)
            self.cp.add(most >= heard)
            self.cp.add(least <= heard)
        if self.problem.panel_size == len(SECTORS):
            self._unequal(members, most - least)
        return most - least

    def _unequal(self, members: Sequence[Panellist], spread: cp_model.LinearExpr) -> None:
        """A cut: `load.least_spread`. Each pitch has exactly one of the sector on its panel."""
        mine = [[key for key in self.comes if key[0] == one.id] for one in members]
        capacities = [[self._most(one, day) for _, day in keys] for one, keys in zip(members, mine, strict=True)]
        lowest = least_spread(capacities, len(self.problem.pitches))
        coming = total(self.comes[key] for keys in mine for key in keys)
        bound = self.cp.new_int_var(0, len(self.problem.pitches), "")
        self.cp.add_element(coming, lowest, bound)
        self.cp.add(spread >= bound)

    # --- Reading and hinting -------------------------------------------------------------------------

    def draft(self, value: Mapping[int, int] | Sequence[int]) -> Draft:
        """What a solution says: `value` by the index of the variable."""
        cells = {pitch: cell for (pitch, cell), var in self.at.items() if value[var.index]}
        panels: dict[int, set[int]] = {pitch: set() for pitch in cells}
        for (pitch, number), var in self.hears.items():
            if value[var.index]:
                panels[pitch].add(number)
        return Draft(cells, {pitch: frozenset(panel) for pitch, panel in panels.items()})

    def hint(self, draft: Draft) -> None:
        self.cp.clear_hints()
        sessions = {pitch: cell[0] for pitch, cell in draft.cells.items()}
        seen = {(number, draft.cells[pitch]) for pitch, panel in draft.panels.items() for number in panel}
        days = {(number, self.problem.session[cell[0]].half_day) for number, cell in seen}
        hints: list[tuple[Var, bool]] = [
            *((var, draft.cells.get(pitch) == cell) for (pitch, cell), var in self.at.items()),
            *((var, number in draft.panels.get(pitch, ())) for (pitch, number), var in self.hears.items()),
            *(
                (var, number in draft.panels.get(pitch, ()) and sessions.get(pitch) == session)
                for (pitch, number, session), var in self.sits.items()
            ),
            *((var, sessions.get(pitch) == session) for (pitch, session), var in self.inn.items()),
            *((var, key in days) for key, var in self.comes.items()),
            *((var, key in seen) for key, var in self.seen.items()),
        ]
        for index, (var, wanted) in {var.index: (var, wanted) for var, wanted in hints}.items():
            del index
            self.cp.add_hint(var, wanted)

    def forbid(self, draft: Draft, sessions: Collection[int]) -> None:
        """Not these pitches in these rooms before these people again: no order of the sessions keeps every rule."""
        mine = [pitch for pitch, cell in draft.cells.items() if cell[0] in sessions]
        self.cp.add_bool_or(
            [
                *(~self.at[pitch, draft.cells[pitch]] for pitch in mine),
                *(~self.hears[pitch, number] for pitch in mine for number in draft.panels[pitch]),
            ]
        )


class Overlap:
    """How many links the panels lack to hang together, at least. It learns from plans whose panels fell apart."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.missing = model.cp.new_int_var(0, max(0, len(model.problem.pitches) - 1), "")
        self.known: set[frozenset[frozenset[int]]] = set()

    def learn(self, groups: Collection[frozenset[int]]) -> bool:
        """Groups of panellists that shared no pitch. Joined, they form a tree: links = groups with pitches - 1.

        A pitch that is heard by members of `n` groups gives `n - 1` links, so it holds for every plan that
        `missing >= groups used - 1 - links`. False where this was known.
        """
        rest = {one.id for one in self.model.problem.panellists}.difference(*groups)
        whole = frozenset([*groups, *(frozenset({number}) for number in rest)])
        if whole in self.known:
            return False
        self.known.add(whole)
        used = [self._used(group) for group in whole]
        links = [self._links(pitch.id, whole) for pitch in self.model.problem.pitches]
        self.model.cp.add(self.missing >= total(used) - 1 - total(links))
        return True

    def _used(self, group: frozenset[int]) -> Var:
        used = self.model.cp.new_bool_var("")
        for (_, number), var in self.model.hears.items():
            if number in group:
                self.model.cp.add_implication(var, used)
        return used

    def _links(self, pitch: int, groups: Iterable[frozenset[int]]) -> Expression:
        """Groups that hear the pitch, less one."""
        cp, touched = self.model.cp, []
        for group in groups:
            hearing = [var for number in group if (var := self.model.hears.get((pitch, number))) is not None]
            if len(hearing) == 1:
                touched.append(hearing[0])
            elif hearing:
                touch = cp.new_bool_var("")
                cp.add_bool_or([*hearing, ~touch])
                touched.append(touch)
        return total(touched) - 1
