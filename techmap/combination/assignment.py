"""Who of the firms chosen is assigned what: the best way for these few, which may leave one of them out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from ortools.sat.python import cp_model

from techmap.combination.model import solver_for, weights_of
from techmap.combination.question import Aim, Combination, Market, Question, Scores

SECONDS = 1.0  # never needed: there are a few dozen variables


def assign(question: Question, market: Market, rows: Sequence[int], worth: npt.NDArray[np.int8]) -> dict[int, int]:
    """By need, the row of the firm; between equal offers that with the higher level of evidence, then by turn."""
    cp = cp_model.CpModel()
    used = {row: cp.new_bool_var("") for row in rows}
    takes = {(row, need): cp.new_bool_var("") for row in rows for need in range(question.needs) if worth[row, need]}
    for (row, _), take in takes.items():
        cp.add_implication(take, used[row])
    for need in range(question.needs):
        takers = [take for (_, taken), take in takes.items() if taken == need]
        (cp.add_exactly_one if need < question.must else cp.add_at_most_one)(takers)
    musts = {row: [take for (r, need), take in takes.items() if r == row and need < question.must] for row in rows}
    for taken in musts.values():
        cp.add(sum(taken) <= question.most_of_one_firm)
    cp.add(sum(sum(musts[row]) for row in rows if market.is_sme[row]) >= question.fewest_sme_needs)
    weights = weights_of(question)
    finer = (3 * len(rows) + 3) * question.needs
    order = {row: place for place, row in enumerate(sorted(rows, key=lambda row: -int(market.turns[row])))}
    nice = sum(take for (_, need), take in takes.items() if need >= question.must)
    evidence = sum((int(worth[key]) - 1) * take for key, take in takes.items())
    aims = weights[Aim.NICE] * nice + weights[Aim.EVIDENCE] * evidence - weights[Aim.FIRMS] * sum(used.values())
    ties = sum((int(market.levels[key]) * len(rows) + order[key[0]]) * take for key, take in takes.items())
    cp.maximize(finer * aims + ties)
    solver = solver_for(SECONDS)
    solver.solve(cp)
    return {need: row for (row, need), take in takes.items() if solver.boolean_value(take)}


def in_turn(
    assigned: Mapping[int, int], market: Market, worth: npt.NDArray[np.int8], found: Sequence[Combination]
) -> dict[int, int]:
    """The same combination with each firm replaced by the one of today's earliest turn that would do as well.

    It offers all that the firm was assigned, no less well borne out, and is small or medium where the
    firm is. So the published order, not size, decides between equals. Never makes one found before.
    """
    fair = dict(assigned)
    for row in sorted({*assigned.values()}, key=lambda row: int(market.turns[row])):
        needs = [need for need, taken in assigned.items() if taken == row]
        as_good = (
            (worth[:, needs] >= worth[row, needs]).all(axis=1)
            & (market.levels[:, needs] >= market.levels[row, needs]).all(axis=1)
            & (market.is_sme == market.is_sme[row])
            & (market.turns < market.turns[row])
        )
        rows = np.flatnonzero(as_good)
        for other in rows[np.lexsort((market.ids[rows], market.turns[rows]))]:
            changed = fair | dict.fromkeys(needs, int(other))
            firms = {int(market.ids[taken]) for taken in changed.values()}
            if int(other) not in fair.values() and not any(firms >= earlier.firms for earlier in found):
                fair = changed
                break
    return fair


def describe(question: Question, market: Market, assigned: dict[int, int], worth: npt.NDArray[np.int8]) -> Combination:
    """A combination with its scores, from the row of the market assigned to each need."""
    musts = Counter(row for need, row in assigned.items() if need < question.must)
    scores = Scores(
        firms=len({*assigned.values()}),
        nice=sum(need >= question.must for need in assigned),
        evidence=sum(int(worth[row, need]) - 1 for need, row in assigned.items()),
    )
    return Combination(
        assigned={need: int(market.ids[row]) for need, row in sorted(assigned.items())},
        scores=scores,
        sme_needs=sum(number for row, number in musts.items() if market.is_sme[row]),
        most_of_one_firm=max(musts.values(), default=0),
    )
