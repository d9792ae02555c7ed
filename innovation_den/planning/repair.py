"""A plan made to keep every rule again after somebody dropped out, with as few moves as can be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from ortools.sat.python import cp_model

from innovation_den.planning.check import broken_rules
from innovation_den.planning.explain import why_none
from innovation_den.planning.grid import Grid
from innovation_den.planning.model import total
from innovation_den.planning.order import with_rooms
from innovation_den.planning.problem import Answer, Lock, Outcome, Plan, Problem
from innovation_den.planning.search import WORKERS, Report, Search
from innovation_den.planning.timed import TimedModel

SHARE_OF_MOVES = 0.7  # of the time is for finding the fewest moves; the rest for the best plan with so few


@dataclass(frozen=True, order=True)
class Moves:
    """What people are told of, the worst first: another time weighs more than any number of other rooms or seats."""

    times: int
    rooms: int
    seats: int  # panellists who hear a pitch that they did not hear before

    def __str__(self) -> str:
        return f"{self.times} at another time, {self.rooms} in another room, {self.seats} seats with another panellist"


def moves_between(before: Plan, after: Plan) -> Moves:
    """Of the pitches in both plans."""
    both = [(before.places[pitch], place) for pitch, place in after.places.items() if pitch in before.places]
    return Moves(
        times=sum(old.time != new.time for old, new in both),
        rooms=sum(old.room != new.room for old, new in both),
        seats=sum(len(new.panel - old.panel) for old, new in both),
    )


def repair(
    problem: Problem,
    before: Plan,
    *,
    seconds: float,
    workers: int = WORKERS,
    report: Report | None = None,
    should_stop: Callable[[], bool] | None = None,
    seed: int = 0,
) -> Answer:
    """A plan of the problem as it now stands that keeps as much of `before` as can be kept.

    Fewest pitches at another time come first, then fewest in another room, then fewest seats that change hands, then
    the penalty. A pitch that has been withdrawn is no move. `says` tells how many there are and
    whether fewer are proven to be impossible. `best` and `bound` are
    of the penalty, among plans with so few moves.
    """
    before = Plan({pitch: place for pitch, place in before.places.items() if pitch in problem.pitch})
    problem = replace(problem, previous=before)
    mending = _Mending(problem, before)
    first = Search(
        problem, seconds=seconds * SHARE_OF_MOVES, workers=workers, seed=seed, should_stop=should_stop,
        worth=mending.weigh,
    )  # fmt: skip
    impossible = mending.fewest(first)
    if first.plan is None:
        return first.answer(impossible=impossible, says=why_none(problem) if impossible else ())
    moves, proven = moves_between(before, first.plan), first.is_proven
    fewest_times = first.bound >= mending.per_time * moves.times
    second = Search(
        problem, seconds=max(0.0, seconds - first.seconds), workers=workers, seed=seed, report=report,
        should_stop=should_stop,
    )  # fmt: skip
    second.stopped, second.began = first.stopped, first.began
    second.offer(first.plan)
    mending.best_with(second, first.best or 0, first.plan)
    answer = second.answer()
    return replace(
        answer,
        outcome=answer.outcome if proven else Outcome.FEASIBLE,
        says=(_says(moves, before, proven, fewest_times),),
    )


def _says(moves: Moves, before: Plan, proven: bool, fewest_times: bool) -> str:
    if moves == Moves(0, 0, 0):
        return f"None of the {len(before.places)} pitches has to move."
    if proven:
        return f"{moves}. Fewer are not possible."
    if fewest_times:
        return f"{moves}. Fewer at another time are not possible; fewer other changes may be."
    return f"{moves}. Fewer may be possible: the time ran out."


class _Mending:
    """The model of a repair, over all pitches or over those that the rest is known not to need."""

    def __init__(self, problem: Problem, before: Plan) -> None:
        self.problem, self.before = problem, before
        self.has_rooms = Grid(problem).has_rooms
        self.per_seat = 1
        self.per_room = problem.panel_size * len(problem.pitches) + 1
        self.per_time = self.per_room * (len(problem.pitches) + 1)

    def weigh(self, plan: Plan) -> int:
        moves = moves_between(self.before, plan)
        rooms = moves.rooms if self.has_rooms else 0
        return self.per_time * moves.times + self.per_room * rooms + self.per_seat * moves.seats

    def fewest(self, search: Search) -> bool:
        """Whether there is proven to be no plan. First only what is broken may move, then anything."""
        search.offer(self.before)
        search.raise_bound(self._forced())
        loose = self._broken()
        if search.is_proven:
            return False
        if 0 < len(loose) < len(self.problem.pitches):
            self._try(search, self._model([pitch for pitch in self.problem.pitch if pitch not in loose]), bounds=False)
        if search.is_proven or not search.left:
            return False
        # Would other rooms and seats do? If not, one pitch at least has to move.
        must_move = search.plan is None or moves_between(self.before, search.plan).times > 0
        if must_move and self._try(search, self._model((), times=True), bounds=False):
            search.raise_bound(self.per_time)
        if search.is_proven or not search.left:
            return False
        # Where a plan without a move of time is known, one with such a move is worse: times need not be looked at.
        moves = moves_between(self.before, search.plan) if search.plan else None
        still = moves is not None and moves.times == 0
        model = self._model((), times=still, rooms=still and moves is not None and moves.rooms == 0)
        impossible = self._try(search, model, bounds=True)
        return impossible and search.plan is None

    def _forced(self) -> int:
        """What must change in any plan: each pitch on its own is out of its time, its room or some of its seats."""
        grid, forced = Grid(self.problem), 0
        for pitch in self.problem.pitches:
            place = self.before.places.get(pitch.id)
            if place is None:
                continue
            if place.time not in grid.times_of[pitch.id]:
                forced += self.per_time
                continue
            if grid.has_rooms and place.room not in grid.rooms_of(pitch, self.problem.session[place.session]):
                forced += self.per_room
            allowed = {one.id for one in grid.panel_of[pitch.id] if grid.can_sit(one, place.time)}
            forced += self.per_seat * len(place.panel - allowed)
        return forced

    def _broken(self) -> set[int]:
        """Pitches that stand in a broken rule, or have no place yet."""
        rules = broken_rules(self.problem, self.before)
        people = {number for broken in rules if not broken.pitches for number in broken.panellists}
        heard = {pitch for pitch, place in self.before.places.items() if place.panel & people}
        return heard.union(*(broken.pitches for broken in rules)) & set(self.problem.pitch)

    def _try(self, search: Search, model: TimedModel, *, bounds: bool) -> bool:
        model.cp.minimize(self._moves(model))
        return self._run(search, model, bounds=bounds) == Outcome.INFEASIBLE

    def best_with(self, search: Search, worth: int, plan: Plan) -> None:
        """The best plan with moves that weigh no more."""
        if not search.left:
            return
        moves = moves_between(self.before, plan)
        model = self._model((), times=moves.times == 0, rooms=moves.times == moves.rooms == 0)
        model.cp.add(self._moves(model) <= worth)
        model.cp.minimize(model.penalty)
        model.plan_hint(plan)
        self._run(search, model, bounds=True)

    def _model(self, kept: Collection[int], *, times: bool = False, rooms: bool = False) -> TimedModel:
        """With the pitches that are kept locked where they were; and all times, or all rooms."""
        locked = dict(self.problem.locked)
        for pitch, place in self.before.places.items() if times else ():
            lock = locked.get(pitch, Lock())
            room = place.room if rooms else lock.room
            locked[pitch] = replace(lock, session=place.session, slot=place.slot, room=room)
        for pitch in kept:
            place = self.before.places[pitch]
            locked[pitch] = Lock(place.session, place.slot, place.room, place.panel)
        model = TimedModel(Grid(replace(self.problem, locked=locked)))
        model.plan_hint(self.before)
        return model

    def _moves(self, model: TimedModel) -> cp_model.LinearExpr:
        terms: list[cp_model.LinearExprT] = []
        for pitch, place in self.before.places.items():
            stays = model.when.get((pitch, place.time))
            terms.append(self.per_time * (1 if stays is None else 1 - stays))
            if model.grid.has_rooms:
                same = [var for (one, cell), var in model.at.items() if one == pitch and cell[1] == place.room]
                terms.append(self.per_room * (1 - total(same)))
            terms += [
                self.per_seat * var
                for (one, number), var in model.hears.items()
                if one == pitch and number not in place.panel
            ]
        return total(terms)

    def _run(self, search: Search, model: TimedModel, *, bounds: bool) -> Outcome:
        def take(solution: Sequence[int]) -> bool:
            times = {pitch: time for (pitch, time), var in model.when.items() if solution[var.index]}
            search.offer(with_rooms(model.grid, model.draft(solution), times))
            return True

        return search.run(model.cp, take, bounds=bounds)
