"""The best three combinations, or why there is none."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from ortools.sat.python import cp_model

from techmap.combination.assignment import assign, describe, in_turn
from techmap.combination.limits import why_impossible
from techmap.combination.model import Model, doubt_of, solver_for
from techmap.combination.pool import reduce
from techmap.combination.question import Answer, Combination, Impossible, Market, Question

WORK = (1.6, 0.8, 0.8)  # for each of the three, in the solver's units
WANTED = len(WORK)
LEAST_SECONDS = 0.1


def solve(question: Question, market: Market, seconds: float) -> Answer:
    """What `techmap.combination.propose` answers.

    None holds all the firms of a better one. Two with the same scores are ranked by nothing but today's turn.
    """
    ends = time.monotonic() + seconds
    worth = market.worth(question.least)
    suppliers_of = tuple(int(number) for number in market.suppliers_of(question.least))
    rows = reduce(market, worth, keep=question.most_firms + WANTED - 1)
    about = Answer(considered=int(worth.any(axis=1).sum()), weighed=len(rows), suppliers_of=suppliers_of)
    uncovered = tuple(need for need in range(question.must) if not suppliers_of[need])
    if uncovered:
        return replace(about, impossible=Impossible(uncovered=uncovered))
    found, is_impossible = _best(question, market, rows, worth, ends)
    if is_impossible:
        return replace(about, impossible=why_impossible(question, market, ends))
    return replace(about, combinations=tuple(found))


def _best(
    question: Question, market: Market, rows: npt.NDArray[np.int64], worth: npt.NDArray[np.int8], ends: float
) -> tuple[list[Combination], bool]:
    """Up to three combinations, and whether it is proven that there is not even one."""
    model = Model(question, market, rows, worth)
    model.limit_firms()
    model.limit_sme_share()
    model.aim()
    found: list[Combination] = []
    for number, work in enumerate(WORK):
        share = work / sum(WORK[number:])
        solver = solver_for(max((ends - time.monotonic()) * share, LEAST_SECONDS), work)
        status = solver.solve(model.cp)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return found, status == cp_model.INFEASIBLE and not found
        assigned = in_turn(assign(question, market, model.chosen(solver), worth), market, worth, found)
        best = describe(question, market, assigned, worth)
        if status == cp_model.FEASIBLE:
            best = replace(best, doubt=doubt_of(question, solver.best_objective_bound, best.scores))
        found.append(best)
        model.forbid(assigned.values())
        model.hint(assigned.values())
    return found, False
