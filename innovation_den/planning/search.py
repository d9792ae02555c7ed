"""One search over several models: its clock, who asked to stop, the best plan so far and the best bound."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence

from ortools.sat.python import cp_model

from innovation_den.planning.check import broken_rules, cost
from innovation_den.planning.problem import Answer, Outcome, Plan, Problem

Report = Callable[[float, "float | None", "float | None"], object]
Keep = Callable[[Plan], object]
WORKERS = 8  # on two processors too: with fewer, the solver leaves out strategies that prove small cases at once
POLL = 0.1  # seconds
REPORT_EVERY = 0.5


_OUTCOMES: dict[object, Outcome] = {
    cp_model.OPTIMAL: Outcome.OPTIMAL,
    cp_model.FEASIBLE: Outcome.FEASIBLE,
    cp_model.INFEASIBLE: Outcome.INFEASIBLE,
}


class _Inbox(cp_model.CpSolverSolutionCallback):
    """The newest solution and bound, put down by the solver's threads for ours to take."""

    def __init__(self) -> None:
        super().__init__()
        self.solution: Sequence[int] | None = None
        self.bound = -math.inf

    def on_solution_callback(self) -> None:
        self.solution = [*self.Response().solution]

    def take_bound(self, bound: float) -> None:
        self.bound = bound


class Search:
    """Keeps the best plan whatever becomes of the search. Only plans that keep every rule are taken."""

    def __init__(
        self,
        problem: Problem,
        *,
        seconds: float,
        workers: int = WORKERS,
        seed: int = 0,
        report: Report | None = None,
        keep: Keep | None = None,
        should_stop: Callable[[], bool] | None = None,
        worth: Callable[[Plan], int] | None = None,
    ) -> None:
        self.problem, self.workers, self.seed = problem, workers, seed
        self.began = time.monotonic()
        self.ends = self.began + seconds
        self.report, self.keep, self.should_stop = report, keep, should_stop
        self.worth = worth or (lambda plan: cost(problem, plan))
        self.plan: Plan | None = None
        self.best: int | None = None
        self.bound = 0
        self.first: float | None = None  # when the first plan was found
        self.stopped = False
        self._told = -REPORT_EVERY

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    @property
    def left(self) -> float:
        return 0.0 if self.stopped else max(0.0, self.ends - time.monotonic())

    @property
    def is_proven(self) -> bool:
        return self.best is not None and self.bound >= self.best

    def offer(self, plan: Plan) -> bool:
        """Whether the plan is the best so far. One that breaks a rule is none."""
        if broken_rules(self.problem, plan):
            return False
        worth = self.worth(plan)
        if self.best is not None and worth >= self.best:
            return False
        self.plan, self.best = plan, worth
        self.first = self.seconds if self.first is None else self.first
        if self.keep is not None:
            self.keep(plan)
        self.tell()
        return True

    def raise_bound(self, bound: float) -> None:
        if math.isfinite(bound):
            self.bound = max(self.bound, math.ceil(bound - 1e-6))

    def tell(self) -> None:
        self._told = self.seconds
        if self.report is not None:
            self.report(self.seconds, self.best, self.bound)

    def poll(self) -> None:
        if not self.stopped and self.should_stop is not None and self.should_stop():
            self.stopped = True
        if self.seconds - self._told >= REPORT_EVERY:
            self.tell()

    # --- One model -----------------------------------------------------------------------------------

    def run(
        self,
        cp: cp_model.CpModel,
        take: Callable[[Sequence[int]], bool],
        *,
        bounds: bool = True,
        seconds: float = math.inf,
        enough: Callable[[], bool] = lambda: False,
    ) -> Outcome:
        """Solve in another thread; solutions, reports and questions whether to stop stay in this one.

        `take` is given the newest solution, by variable; where it says False the model is stopped, to be mended.
        `bounds` says that no plan is better than the model's best.
        """
        solver, inbox, done = self._solver(min(seconds, self.left)), _Inbox(), threading.Event()
        solver.best_bound_callback = inbox.take_bound

        said: list[object] = []

        def work() -> None:
            try:
                said.append(solver.solve(cp, inbox))
            finally:
                done.set()

        worker = threading.Thread(target=work, name="schedule search", daemon=True)
        worker.start()
        goes_on = True
        while not done.wait(POLL):
            goes_on = goes_on and self._look(inbox, take, bounds) and not enough()
            if not goes_on or self.stopped:
                solver.stop_search()
        worker.join()
        goes_on = goes_on and self._look(inbox, take, bounds)
        outcome = _OUTCOMES.get(said[0] if said else None, Outcome.UNKNOWN)
        if bounds and outcome == Outcome.OPTIMAL and cp.has_objective():
            self.raise_bound(solver.best_objective_bound)
        return outcome

    def _look(self, inbox: _Inbox, take: Callable[[Sequence[int]], bool], bounds: bool) -> bool:
        if bounds:
            self.raise_bound(inbox.bound)
        solution, inbox.solution = inbox.solution, None
        goes_on = take(solution) if solution is not None else True
        self.poll()
        return goes_on and not self.is_proven

    def _solver(self, seconds: float) -> cp_model.CpSolver:
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = self.workers
        solver.parameters.random_seed = self.seed
        solver.parameters.max_time_in_seconds = max(0.01, seconds)
        return solver

    # --- The answer ----------------------------------------------------------------------------------

    def answer(self, *, impossible: bool = False, says: Sequence[str] = ()) -> Answer:
        if self.plan is None:
            outcome = Outcome.INFEASIBLE if impossible else Outcome.UNKNOWN
            return Answer(outcome, None, None, None, self.seconds, tuple(says))
        outcome = Outcome.OPTIMAL if self.is_proven else Outcome.FEASIBLE
        bound = min(self.bound, self.best or 0)
        return Answer(outcome, self.plan, self.best, bound, self.seconds, tuple(says))
