"""The question as a model for OR-Tools CP-SAT: which firms are in, and how well each need is then covered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from ortools.sat.python import cp_model

from techmap.combination.question import STRONGEST, Aim, Doubt, Market, Question, Scores

SEED = 20_261_122
Expression = cp_model.LinearExprT


class Model:
    """A variable for each firm, and one for each need and step of evidence that it may be covered with.

    A need is covered with a step where some firm of the combination offers that much. Who is assigned
    what need not be said, with two exceptions that the limits make: a need is covered either by a
    small or medium firm or by a large one (`by_sme`), and a firm that offers more of the must-have
    needs than one firm may have says which of them it takes (`takes`).
    """

    def __init__(
        self, question: Question, market: Market, rows: npt.NDArray[np.int64], worth: npt.NDArray[np.int8]
    ) -> None:
        self.question, self.market = question, market
        self.rows = [int(row) for row in rows]
        self.worth = worth[rows]
        self.is_sme = market.is_sme[rows]
        self.cp = cp_model.CpModel()
        self.used = [self.cp.new_bool_var("") for _ in self.rows]
        self.firms = cp_model.LinearExpr.sum(self.used)
        self.takes: dict[tuple[int, int], cp_model.IntVar] = {}
        self.by_sme = [self.cp.new_bool_var("") for _ in range(question.must)] if question.sme_share else []
        self._limit_firm_share()
        self.covered: list[list[Expression]] = [self._coverage(need) for need in range(question.needs)]

    def _limit_firm_share(self) -> None:
        question = self.question
        musts = (self.worth[:, : question.must] > 0).sum(axis=1)
        for index in np.flatnonzero(musts > question.most_of_one_firm):
            needs = np.flatnonzero(self.worth[index, : question.must])
            for need in needs:
                self.takes[int(index), int(need)] = self.cp.new_bool_var("")
            taken = [self.takes[int(index), int(need)] for need in needs]
            self.cp.add(cp_model.LinearExpr.sum(taken) <= question.most_of_one_firm * self.used[index])
            for take in taken:
                self.cp.add_implication(take, self.used[index])

    def _coverage(self, need: int) -> list[Expression]:
        """For each step, from none upwards, whether the need is covered with it; a must-have need is covered."""
        everyone = np.ones(len(self.rows), np.bool_)
        if need >= self.question.must or not self.by_sme:
            covered = self._steps(need, everyone)
        else:
            by_sme = self.by_sme[need]
            small = self._steps(need, self.is_sme, by_sme)
            large = self._steps(need, ~self.is_sme, ~by_sme)
            covered = [_sum(both) for both in zip(small, large, strict=True)]
        if need < self.question.must:
            self.cp.add(covered[0] == 1)
        return covered

    def _steps(
        self, need: int, who: npt.NDArray[np.bool_], only_if: cp_model.LiteralT | None = None
    ) -> list[Expression]:
        steps: list[Expression] = []
        for worth in range(1, int(self.worth[:, need].max(initial=0)) + 1):
            step = self.cp.new_bool_var("")
            offering = np.flatnonzero(who & (self.worth[:, need] >= worth))
            self.cp.add_bool_or([*(self.takes.get((int(i), need), self.used[i]) for i in offering), ~step])
            if only_if is not None:
                self.cp.add_implication(step, only_if)
            steps.append(step)
        return steps

    # --- Limits ------------------------------------------------------------------------------------

    def limit_firms(self) -> None:
        self.cp.add(self.firms <= self.question.most_firms)

    def limit_sme_share(self) -> None:
        if self.by_sme:
            self.cp.add(self.sme_needs >= self.question.fewest_sme_needs)

    @property
    def sme_needs(self) -> Expression:
        return cp_model.LinearExpr.sum(self.by_sme)

    def forbid(self, rows: Iterable[int]) -> None:
        """Not these firms together again, nor with more beside them. A firm that is not in the model is in no other."""
        wanted = {*rows}
        together = [~var for row, var in zip(self.rows, self.used, strict=True) if row in wanted]
        if len(together) == len(wanted):
            self.cp.add_bool_or(together)

    # --- Aims --------------------------------------------------------------------------------------

    def aim(self) -> None:
        """One whole number in which a better first aim outweighs anything in the second, and so on."""
        weights = weights_of(self.question)
        nice = self.covered[self.question.must :]
        parts: dict[Aim, Expression] = {
            Aim.FIRMS: -self.firms,
            Aim.NICE: _sum(need[0] for need in nice if need),
            Aim.EVIDENCE: _sum(step for need in self.covered for step in need[1:]),
        }
        self.cp.maximize(_sum(weights[aim] * parts[aim] for aim in self.question.order))

    def hint(self, rows: Iterable[int]) -> None:
        wanted = {*rows}
        self.cp.clear_hints()
        for row, var in zip(self.rows, self.used, strict=True):
            self.cp.add_hint(var, row in wanted)

    # --- Solving -----------------------------------------------------------------------------------

    def chosen(self, solver: cp_model.CpSolver) -> list[int]:
        return [row for row, var in zip(self.rows, self.used, strict=True) if solver.boolean_value(var)]


def solver_for(seconds: float, work: float = 0.5) -> cp_model.CpSolver:
    """One worker, a fixed seed, and a limit on the work done, so that the same question ends the same way.

    `work` is in the solver's own units, about a second each on a slow processor. The clock, `seconds`, stops
    it only where the machine has more to do than that.
    """
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = SEED
    solver.parameters.linearization_level = 2  # the bounds of the linear relaxation are what proves the best here
    solver.parameters.max_deterministic_time = work
    solver.parameters.max_time_in_seconds = seconds
    return solver


def most_of(question: Question, aim: Aim) -> int:
    """No combination scores above this in the aim."""
    return {
        Aim.FIRMS: min(question.most_firms, question.needs),
        Aim.NICE: question.nice,
        Aim.EVIDENCE: STRONGEST * question.needs,
    }[aim]


def weights_of(question: Question) -> dict[Aim, int]:
    weights, weight = {}, 1
    for aim in reversed(question.order):
        weights[aim] = weight
        weight *= most_of(question, aim) + 1
    return weights


def doubt_of(question: Question, bound: float, scores: Scores) -> Doubt | None:
    """What a bound on the objective leaves open: the first aim that could be better, and how good."""
    weights, fewest = weights_of(question), most_of(question, Aim.FIRMS)
    # Fewer firms are better: counted as firms left out of the most there can be, each digit is 0 or more.
    rest = round(bound) + weights[Aim.FIRMS] * fewest
    for aim in question.order:
        digit, rest = divmod(rest, weights[aim])
        at_best = max(fewest - digit, 1) if aim == Aim.FIRMS else min(digit, most_of(question, aim))
        if at_best != scores.of(aim):
            return Doubt(aim, at_best)
    return None


def _sum(terms: Iterable[Expression]) -> Expression:
    listed: Sequence[Expression] = list(terms)
    return cp_model.LinearExpr.sum(listed)
