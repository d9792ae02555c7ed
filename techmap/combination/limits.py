"""Which limit makes a question impossible, and how far it would have to give."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from ortools.sat.python import cp_model

from techmap.combination.model import Model, solver_for
from techmap.combination.pool import reduce
from techmap.combination.question import Impossible, Limit, Market, Question, Relaxation

LEAST_SECONDS = 0.1


def why_impossible(question: Question, market: Market, ends: float) -> Impossible:
    """Each limit in turn is let go as little as makes it possible, all others being kept.

    What is nice to have plays no part: no limit concerns it.
    """
    musts = replace(question, nice=0)
    ways = [fewest_firms, greatest_sme_share, smallest_firm_share, highest_level]
    found: list[Relaxation] = []
    for number, way in enumerate(ways):
        seconds = max((ends - time.monotonic()) / (len(ways) - number), LEAST_SECONDS)
        found.extend(way(musts, market, seconds))
    return Impossible(relaxations=tuple(found))


def fewest_firms(question: Question, market: Market, seconds: float) -> Iterator[Relaxation]:
    """As many firms as needs are always enough, if any number is."""
    model = _model(replace(question, most_firms=question.must), market)
    model.limit_sme_share()
    model.cp.minimize(model.firms)
    yield from _solved(model, seconds, Limit.MOST_FIRMS, lambda solver: round(solver.objective_value))


def greatest_sme_share(question: Question, market: Market, seconds: float) -> Iterator[Relaxation]:
    """In whole percent, rounded down, so that asking for it is possible."""
    if question.sme_share:
        model = _model(question, market)
        model.limit_firms()
        model.cp.maximize(model.sme_needs)
        most = question.must
        yield from _solved(model, seconds, Limit.SME_SHARE, lambda solver: round(solver.objective_value) * 100 // most)


def smallest_firm_share(question: Question, market: Market, seconds: float) -> Iterator[Relaxation]:
    """In whole percent, rounded up, so that asking for it is possible."""
    for needs in range(question.most_of_one_firm + 1, question.must + 1):
        share = -(-needs * 100 // question.must)
        if _possible(replace(question, firm_share=share), market, seconds / question.must):
            yield Relaxation(Limit.FIRM_SHARE, share)
            return


def highest_level(question: Question, market: Market, seconds: float) -> Iterator[Relaxation]:
    for level in range(question.least - 1, -1, -1):
        if _possible(replace(question, least=level), market, seconds / question.least):
            yield Relaxation(Limit.LEAST, level)
            return


def _possible(question: Question, market: Market, seconds: float) -> bool:
    model = _model(question, market)
    model.limit_firms()
    model.limit_sme_share()
    return bool([*_solved(model, seconds, Limit.LEAST, lambda _: 0)])


def _model(question: Question, market: Market) -> Model:
    """Without aims evidence counts only by being enough, so that far fewer firms have to be looked at."""
    worth = (market.worth(question.least)[:, : question.must] > 0).astype("int8")
    return Model(question, market, reduce(market, worth, keep=question.most_firms), worth)


def _solved(
    model: Model, seconds: float, limit: Limit, value: Callable[[cp_model.CpSolver], int]
) -> Iterator[Relaxation]:
    solver = solver_for(seconds)
    if solver.solve(model.cp) in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        yield Relaxation(limit, value(solver))
