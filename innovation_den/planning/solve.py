"""The search for the best plan: sessions, rooms and panels first, then the slots; all at once where that fails."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from innovation_den.planning.explain import why_none
from innovation_den.planning.grid import Grid
from innovation_den.planning.model import Draft, Model
from innovation_den.planning.order import in_order, with_rooms
from innovation_den.planning.overlap import parts
from innovation_den.planning.problem import Answer, Outcome, Plan, Problem
from innovation_den.planning.search import WORKERS, Keep, Report, Search
from innovation_den.planning.standing import StandingModel
from innovation_den.planning.timed import TimedModel

Groups = Collection[frozenset[int]]
MOST_FORBIDDEN = 12  # panels for which no order was found; then slots and panels are looked for together
BEGINNING, SHARE_OF_BEGINNING = 5.0, 0.2  # seconds for the first plan, once there is one; their share of the time
LONGEST_BEGINNING = 0.5  # of the time, where there is none yet


def solve(
    problem: Problem,
    *,
    seconds: float,
    workers: int = WORKERS,
    report: Report | None = None,
    keep: Keep | None = None,
    should_stop: Callable[[], bool] | None = None,
    seed: int = 0,
) -> Answer:
    """The best plan found in the time, with a bound that holds for every plan there is.

    `keep(plan)` is called with each plan that is better than those before; `report(seconds, best, bound)` and
    `should_stop()` about twice a second. All are called in the caller's own thread.
    OPTIMAL means that no plan has a smaller penalty, in all that `Weights` counts.
    """
    search = Search(
        problem, seconds=seconds, workers=workers, seed=seed, report=report, keep=keep, should_stop=should_stop
    )
    grid = Grid(problem)
    if problem.previous is not None:
        search.offer(problem.previous)
    if not problem.pitches:
        search.offer(Plan({}))
    impossible = _in_steps(search, grid) if problem.panel_size else _at_once(search, grid)
    return search.answer(impossible=impossible, says=why_none(problem) if impossible else ())


def _in_steps(search: Search, grid: Grid) -> bool:
    """Whether there is proven to be no plan. Each round ends proven, or teaches the model what it did not see."""
    model = Model(grid)
    model.cp.minimize(model.penalty)
    rounds = Rounds(search, grid, model)
    rounds.begin()
    while search.left and not search.is_proven:
        outcome = search.run(model.cp, rounds.take)
        if outcome == Outcome.INFEASIBLE:
            return search.plan is None
        if len(rounds.without_order) + rounds.forbidden > MOST_FORBIDDEN:
            return _at_once(search, grid, model.parts.known)
        if not rounds.mend():
            break
    return False


class Rounds:
    """What solutions of the model without slots come to, and what they show that the model must learn."""

    def __init__(self, search: Search, grid: Grid, model: Model) -> None:
        self.search, self.grid, self.model = search, grid, model
        self.forbidden = 0
        self.apart: list[Draft] = []
        self.without_order: list[tuple[Draft, list[int]]] = []
        self.last: Draft | None = None

    def begin(self) -> None:
        """With the plan there was before if it still holds, or with panels that stand all session."""
        previous = self.search.plan
        if previous is not None:
            cells = {pitch: (place.session, place.room) for pitch, place in previous.places.items()}
            self.last = Draft(cells, {pitch: place.panel for pitch, place in previous.places.items()})
        else:
            standing = StandingModel(self.grid)
            began, share = self.search.seconds, min(BEGINNING, self.search.left * SHARE_OF_BEGINNING)
            self.search.run(
                standing.cp,
                lambda found: self._stand(standing.draft(found)),
                bounds=False,
                seconds=self.search.left * LONGEST_BEGINNING,
                enough=lambda: self.last is not None and self.search.seconds - began > share,
            )
        if self.last is not None:
            self.apart = [self.last] if len(parts(self.last.panels)) > 1 else []
            self.mend()

    def _stand(self, draft: Draft) -> bool:
        plan, _ = in_order(self.grid, draft)
        if plan is not None:
            self.search.offer(plan)
            self.last = draft
        return True

    def take(self, solution: Sequence[int]) -> bool:
        """False where the solution is none, so that the search is not spent on the like of it."""
        draft = self.last = self.model.draft(solution)
        plan, failed = in_order(self.grid, draft)
        if plan is None:
            self.without_order += [(draft, block) for block in failed]
            return False
        self.search.offer(plan)
        if _is_apart(draft, solution, self.model):
            self.apart.append(draft)
            return False
        return True

    def mend(self) -> bool:
        """Whether the model has learnt something since it was last solved."""
        for draft, block in self.without_order:
            self.model.forbid(draft, block)
        self.forbidden += len(self.without_order)
        learnt = _learn(self.model, self.apart) or bool(self.without_order)
        self.apart, self.without_order = [], []
        if self.last is not None:
            self.model.hint(self.last)
        return learnt


def _at_once(search: Search, grid: Grid, known: Collection[Groups] = ()) -> bool:
    """The same with the slots in the model. `known` are groups of panellists whose panels fell apart before."""
    model, apart = TimedModel(grid), list[Draft]()
    for groups in known:
        model.parts.learn(groups)
    model.cp.minimize(model.penalty)
    if search.plan is not None:
        model.plan_hint(search.plan)

    def take(solution: Sequence[int]) -> bool:
        times = {pitch: time for (pitch, time), var in model.when.items() if solution[var.index]}
        draft = model.draft(solution)
        search.offer(with_rooms(grid, draft, times))
        if _is_apart(draft, solution, model):
            apart.append(draft)
        return not apart

    while search.left and not search.is_proven:
        if search.run(model.cp, take) == Outcome.INFEASIBLE:
            return search.plan is None
        if not _learn(model, apart):
            break
        apart.clear()
    return False


def _is_apart(draft: Draft, solution: Sequence[int], model: Model) -> bool:
    """Whether the panels fall into more groups than the model knew of."""
    has_panels = model.problem.panel_size > 0
    return has_panels and len(parts(draft.panels)) - 1 > solution[model.parts.missing.index]


def _learn(model: Model, apart: Iterable[Draft]) -> bool:
    """Whether any of them shows groups of panellists that the model did not know."""
    learnt = [model.parts.learn([part.panellists for part in parts(draft.panels)]) for draft in apart]
    return any(learnt)
