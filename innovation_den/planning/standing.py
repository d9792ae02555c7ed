"""A first plan within a second or so: one panel stands in each room for the whole of a session.

Few plans of this kind are the best there are, but nothing in them changes, so there is little to decide. It is where
the search for the best begins; where there is none of the kind, the search begins from nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ortools.sat.python import cp_model

from innovation_den.planning.grid import Cell, Grid
from innovation_den.planning.model import Draft, total
from innovation_den.planning.problem import SECTORS, HalfDay, Panellist

Var = cp_model.IntVar


class StandingModel:
    """`at` by pitch and cell, `stands` by panellist and cell."""

    def __init__(self, grid: Grid) -> None:
        self.grid, self.problem, self.cp = grid, grid.problem, cp_model.CpModel()
        self.cells: dict[Cell, list[int]] = defaultdict(list)
        for number, cells in grid.cells_of.items():
            for cell in cells:
                self.cells[cell].append(number)
        self.at = {(pitch, cell): self.cp.new_bool_var("") for cell, held in self.cells.items() for pitch in held}
        self.stands = {
            (one.id, cell): self.cp.new_bool_var("")
            for cell in self.cells
            for one in self.problem.panellists
            if self._can_stand(one, cell)
        }
        self.comes: dict[tuple[int, HalfDay], Var] = {}
        for pitch in self.problem.pitches:
            self.cp.add_exactly_one(self.at[pitch.id, cell] for cell in grid.cells_of[pitch.id])
        for cell in self.cells:
            self._panel(cell)
        self._people()
        self._firms()
        self.cp.minimize(self._penalty())

    def _can_stand(self, panellist: Panellist, cell: Cell) -> bool:
        slots = range(len(self.problem.session[cell[0]].slots))
        return all(self.grid.can_sit(panellist, (cell[0], slot)) for slot in slots)

    def _panel(self, cell: Cell) -> None:
        used, size = self.cp.new_bool_var(""), self.problem.panel_size
        pitches = [self.at[pitch, cell] for pitch in self.cells[cell]]
        slots = len(self.problem.session[cell[0]].slots)
        self.cp.add(total(pitches) <= slots * used)
        standing = [
            (one, var) for one in self.problem.panellists if (var := self.stands.get((one.id, cell))) is not None
        ]
        self.cp.add(total(var for _, var in standing) == size * used)
        for sector in SECTORS:
            self.cp.add(total(var for one, var in standing if one.sector == sector) >= used)
        for one, var in standing:
            if one.most_a_half_day < slots:
                self.cp.add(total(pitches) <= one.most_a_half_day).only_enforce_if(var)
            for pitch in self.cells[cell]:
                if pitch in one.conflicts:
                    self.cp.add_bool_or([~var, ~self.at[pitch, cell]])
        self._locks(cell)

    def _locks(self, cell: Cell) -> None:
        for pitch in self.cells[cell]:
            for number in self.grid.lock(pitch).panel:
                stands = self.stands.get((number, cell))
                self.cp.add_bool_or([~self.at[pitch, cell], *([] if stands is None else [stands])])

    def _people(self) -> None:
        """In one room of a half-day at most, and no more cells than the load surely bears."""
        for half_day, sessions in self.grid.sessions_on.items():
            for people in self.grid.people.values():
                mine = [self.stands[key] for one in people for cell in self.cells
                        if cell[0] in sessions and (key := (one.id, cell)) in self.stands]  # fmt: skip
                self.cp.add_at_most_one(mine)
            for one in self.problem.panellists:
                mine = [self.stands[key] for cell in self.cells
                        if cell[0] in sessions and (key := (one.id, cell)) in self.stands]  # fmt: skip
                comes = self.comes[one.id, half_day] = self.cp.new_bool_var("")
                self.cp.add(total(mine) == comes)
        for one in self.problem.panellists:
            load = [
                min(one.most_a_half_day, len(self.problem.session[cell[0]].slots)) * var
                for (number, cell), var in self.stands.items()
                if number == one.id
            ]
            self.cp.add(total(load) <= one.most_in_all)

    def _firms(self) -> None:
        for pitches in self.grid.firms.values():
            for session in self.problem.sessions:
                mine = [var for (pitch, cell), var in self.at.items() if pitch in pitches and cell[0] == session.id]
                self.cp.add(total(mine) <= len(session.slots))

    def _penalty(self) -> cp_model.LinearExpr:
        weights, wished = self.problem.weights, []
        for (pitch, cell), var in self.at.items():
            wanted = self.problem.pitch[pitch].wishes
            if wanted and self.problem.session[cell[0]].half_day not in wanted:
                wished.append(var)
        expertise = weights.expertise * self._expertise() if weights.expertise else 0
        return weights.half_days * total(self.comes.values()) + weights.wishes * total(wished) + expertise

    def _expertise(self) -> cp_model.LinearExpr:
        """Capabilities of pitches that nobody knows on the panel that stands there."""
        lacking = []
        for pitch in self.problem.pitches:
            for capability in pitch.capabilities:
                knowing = [one.id for one in self.problem.panellists if capability in one.expertise]
                lacks = self.cp.new_bool_var("")
                for cell in self.grid.cells_of[pitch.id]:
                    known = [var for number in knowing if (var := self.stands.get((number, cell))) is not None]
                    self.cp.add_bool_or([*known, lacks, ~self.at[pitch.id, cell]])
                lacking.append(lacks)
        return total(lacking)

    def draft(self, value: Sequence[int]) -> Draft:
        cells = {pitch: cell for (pitch, cell), var in self.at.items() if value[var.index]}
        panels: dict[Cell, set[int]] = defaultdict(set)
        for (number, cell), var in self.stands.items():
            if value[var.index]:
                panels[cell].add(number)
        return Draft(cells, {pitch: frozenset(panels[cell]) for pitch, cell in cells.items()})
