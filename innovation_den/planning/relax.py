"""What would make a plan possible: each kind of rule in turn gives as little as it must, all others being kept.

A conflict of interest never gives, nor does anybody come to be in two places at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ortools.sat.python import cp_model

from innovation_den.planning.grid import Grid
from innovation_den.planning.model import total
from innovation_den.planning.problem import Problem, half_day_in_words
from innovation_den.planning.search import WORKERS
from innovation_den.planning.timed import TimedModel

Value = Callable[[cp_model.IntVar], bool]


@dataclass(frozen=True)
class Way:
    """A problem with one kind of rule let go, what to use of that as little as can be, and how to say what was used."""

    problem: Problem
    used: Callable[[TimedModel], cp_model.LinearExprT]
    says: Callable[[TimedModel, Value], list[str]]


def what_would_mend(problem: Problem, *, seconds: float) -> list[str]:
    """Empty where there is a plan after all; a sentence that says so where nothing was found in the time."""
    ends = time.monotonic() + seconds
    status, _, _ = _solved(problem, None, seconds / 2)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return []
    ways = [*_ways(problem)]
    found: list[str] = []
    for number, way in enumerate(ways):
        left = max(0.5, (ends - time.monotonic()) / (len(ways) - number))
        status, model, value = _solved(way.problem, way.used, left)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            found += way.says(model, value)
    return found or [
        "No single kind of change was found that would make a plan possible. "
        "Add a session or a room, and ask panellists and firms for more half-days."
    ]


def _solved(
    problem: Problem, used: Callable[[TimedModel], cp_model.LinearExprT] | None, seconds: float
) -> tuple[object, TimedModel, Value]:
    model, solver = TimedModel(Grid(problem)), cp_model.CpSolver()
    if used is not None:
        model.cp.minimize(used(model))
    solver.parameters.num_workers = WORKERS
    solver.parameters.max_time_in_seconds = seconds
    return solver.solve(model.cp), model, solver.boolean_value


def _ways(problem: Problem) -> Iterator[Way]:
    if any(lock.panel or lock.session or lock.slot or lock.room for lock in problem.locked.values()):
        yield Way(replace(problem, locked={}), lambda _: 0, lambda _model, _value: [
            "Without the locks there is a plan. Unlock some of what is locked, and plan again."
        ])  # fmt: skip
    yield _more_half_days(problem)
    yield _firms_come(problem)
    yield _more_load(problem)
    if any(pitch.needs for pitch in problem.pitches):
        without = tuple(replace(pitch, needs=frozenset()) for pitch in problem.pitches)
        yield Way(replace(problem, pitches=without), lambda _: 0, lambda _model, _value: [
            "If every room had what the pitches need, there would be a plan. Add what is missing to another room."
        ])  # fmt: skip


def _more_half_days(problem: Problem) -> Way:
    """Panellists come on half-days that they did not offer: as few as can be."""
    days, free = frozenset(problem.half_days), {one.id: one.free for one in problem.panellists}

    def says(model: TimedModel, value: Value) -> list[str]:
        new = [(number, day) for (number, day), var in model.comes.items() if day not in free[number] and value(var)]
        who = [f"{problem.names.panellists[number]} could come on {half_day_in_words(day)}" for number, day in new]
        return [f"If {' and '.join(who)}, there would be a plan."] if who else []

    return Way(
        replace(problem, panellists=tuple(replace(one, free=days) for one in problem.panellists)),
        lambda model: total([var for (number, day), var in model.comes.items() if day not in free[number]]),
        says,
    )


def _firms_come(problem: Problem) -> Way:
    """Firms come on half-days on which they said that they cannot: as few as can be."""
    away = {pitch.id: pitch.unavailable for pitch in problem.pitches}

    def forced(model: TimedModel) -> list[tuple[int, int, cp_model.IntVar]]:
        return [
            (pitch, session, var)
            for (pitch, session), var in model.inn.items()
            if problem.session[session].half_day in away[pitch]
        ]

    def says(model: TimedModel, value: Value) -> list[str]:
        new = [(pitch, problem.session[session].half_day) for pitch, session, var in forced(model) if value(var)]
        who = [f"“{problem.names.pitches[pitch]}” could be heard on {half_day_in_words(day)}" for pitch, day in new]
        return [f"If {' and '.join(who)}, there would be a plan."] if who else []

    return Way(
        replace(problem, pitches=tuple(replace(pitch, unavailable=frozenset()) for pitch in problem.pitches)),
        lambda model: total([var for _, _, var in forced(model)]),
        says,
    )


def _more_load(problem: Problem) -> Way:
    """Panellists hear more than their limits say."""
    many = len(problem.pitches)
    raised = tuple(replace(one, most_a_half_day=many, most_in_all=many) for one in problem.panellists)

    def says(model: TimedModel, value: Value) -> list[str]:
        del model, value
        return ["If panellists could hear more pitches, there would be a plan. Raise the load limits."]

    return Way(replace(problem, panellists=raised), lambda _: 0, says)
