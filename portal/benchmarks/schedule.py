"""Plans of dens: times and rooms against `conference-scheduler`, named panels, and a plan mended after a drop-out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from innovation_den.planning.check import broken_rules
from innovation_den.planning.problem import Answer, Outcome, Plan, Problem
from innovation_den.planning.repair import moves_between, repair
from innovation_den.planning.solve import solve
from portal.benchmarks.dens import SHAPES, den_with_panels, den_without_panels
from portal.benchmarks.frame import Goal, Measure, benchmark

ROOT = Path(settings.BASE_DIR)
PYTHON = ROOT / ".conference" / "bin" / "python"
SEEDS = (0, 1, 2)
TIMES = (20, 60, 120, 200)  # pitches
LONGEST = 60.0  # seconds for one plan
MENDING = 9.0  # seconds for mending one plan
LOST = 3  # pitches that lose their slot
PATIENCE = 90  # seconds for the yardstick, which may never end: it is measured as so long then


@benchmark("schedule", size=200, about="dens of up to so many pitches, planned with and without panels, and mended")
def run(size: int) -> list[Measure]:
    if not PYTHON.is_file():
        raise CommandError("The yardstick is not there: python3 portal/embedded/install.py conference.")
    measures = [Measure("machine: load before the run", [os.getloadavg()[0]], unit="processes")]
    for pitches in (number for number in TIMES if number <= size):
        measures += _times(pitches)
    for pitches in (number for number in SHAPES if number <= size):
        measures += _panels(pitches)
    return measures


# --- Times and rooms -------------------------------------------------------------------------------------


def _times(pitches: int) -> Iterator[Measure]:
    """The best by firms' wishes, proven, and the fewest moves after three lose their slot; theirs once, it is slow."""
    planned, mended, proven = [], [], []
    for seed in SEEDS:
        asked = den_without_panels(pitches, seed)
        answer = solve(asked, seconds=LONGEST)
        plan = _checked(asked, answer)
        planned.append(answer.seconds)
        changed = _without_slots(asked, plan)
        again = repair(changed, plan, seconds=LONGEST)
        moved = moves_between(plan, _checked(changed, again)).times
        mended.append(again.seconds)
        proven.append(100.0 * (answer.outcome == again.outcome == Outcome.OPTIMAL and moved == LOST))
    theirs = _theirs(den_without_panels(pitches, SEEDS[0]))
    yardsticks = [f"conference-scheduler, {pitches}: feasible", f"conference-scheduler, {pitches}: fewest changes"]
    goals = [Goal("median", 2.0)] if pitches == TIMES[-1] else []
    yield Measure(yardsticks[0], [theirs["feasible"]])
    yield Measure(f"times, {pitches}: best, proven", planned, yardstick=yardsticks[0], goals=goals)
    yield Measure(yardsticks[1], [theirs["changes"]])
    yield Measure(f"times, {pitches}: fewest moves", mended, yardstick=yardsticks[1])
    share = Goal("median", 100, at_least=True)
    yield Measure(f"times, {pitches}: proven, {LOST} moves", proven, unit="%", goals=[share])


def _without_slots(asked: Problem, plan: Plan) -> Problem:
    """The first pitches are booked elsewhere at the very time that they had."""
    lost = {
        number: (asked.session[plan.places[number].session].span(plan.places[number].slot),) for number in range(LOST)
    }
    return replace(asked, pitches=tuple(replace(one, busy=lost.get(one.id, ())) for one in asked.pitches))


def _theirs(asked: Problem) -> dict[str, float]:
    slots = [(session, slot, room) for session, slot in asked.times for room in session.rooms]
    start = min(session.date for session in asked.sessions)
    given = {
        "slots": [
            [room, (session.date - start).days * 24 * 60 + session.slots[slot][0],
             session.slots[slot][1] - session.slots[slot][0], session.id]
            for session, slot, room in slots
        ],
        "events": [
            {
                "never": [n for n, (session, _, _) in enumerate(slots) if session.half_day in pitch.unavailable],
                "clashes": [other.id for other in asked.pitches[:number] if other.firms & pitch.firms],
            }
            for number, pitch in enumerate(asked.pitches)
        ],
        "lose": [*range(LOST)],
    }  # fmt: skip
    command = [str(PYTHON), "-W", "ignore", str(ROOT / "portal" / "benchmarks" / "conference.py")]
    ran = subprocess.Popen(  # noqa: S603 - our own
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    )
    answers = dict.fromkeys(["feasible", "changes"], float(PATIENCE))
    try:
        said, wrong = ran.communicate(json.dumps(given), timeout=PATIENCE)
        if ran.returncode:
            raise CommandError(f"conference-scheduler failed: {wrong[-2000:]}")
    except subprocess.TimeoutExpired:
        os.killpg(ran.pid, signal.SIGKILL)  # its solver is a process of its own
        said, _ = ran.communicate()
    for line in said.splitlines():
        answers |= json.loads(line) if line.startswith("{") else {}
    return answers


# --- Named panels ----------------------------------------------------------------------------------------


def _panels(pitches: int) -> Iterator[Measure]:
    first, whole, gaps, mended, kept = [], [], [], [], []
    for seed in SEEDS:
        asked = den_with_panels(pitches, seed)
        seen: list[float] = []
        answer = _watched(asked, seen)
        plan = _checked(asked, answer)
        first.append(seen[0])
        whole.append(answer.seconds)
        gaps.append(100 * (answer.gap or 0.0))
        changed = _dropped_out(asked, plan)
        began = time.perf_counter()
        again = repair(changed, plan, seconds=MENDING)
        mended.append(time.perf_counter() - began)
        _checked(changed, again)
        kept.append(100.0 * ("the time ran out" not in again.says[0]))
    name = f"{pitches} x {SHAPES[pitches][0]}"
    yield Measure(f"panels, {name}: first valid plan", first, goals=[Goal("p95", 10)] if pitches == 80 else [])
    yield Measure(f"panels, {name}: until proven, or {LONGEST:g} s", whole,
                  goals=[Goal("median", 5)] if pitches == 24 else [])  # fmt: skip
    yield Measure(f"panels, {name}: gap", gaps, unit="%", goals=[Goal("p95", 10)] if pitches == 40 else [])
    yield Measure(f"mended, {name}", mended, goals=[Goal("p95", 10)] if pitches == 80 else [])
    share = Goal("median", 100, at_least=True)
    yield Measure(f"mended, {name}: fewest at another time, proven", kept, unit="%", goals=[share])


def _watched(asked: Problem, seen: list[float]) -> Answer:
    """The best plan, and in `seen` when plans were found."""

    def report(seconds: float, best: float | None, bound: float | None) -> None:
        del bound
        if best is not None:
            seen.append(seconds)

    return solve(asked, seconds=LONGEST, report=report)


def _dropped_out(asked: Problem, plan: Plan) -> Problem:
    """The panellist who hears the first pitch, of those with the lowest number, cannot come on that half-day."""
    place = plan.places[0]
    number, day = min(place.panel), asked.session[place.session].half_day
    return replace(
        asked,
        panellists=tuple(replace(one, free=one.free - {day}) if one.id == number else one for one in asked.panellists),
    )


def _checked(asked: Problem, answer: Answer) -> Plan:
    if answer.plan is None or broken_rules(asked, answer.plan):
        raise CommandError(f"No valid plan was found: {answer.outcome}. {' '.join(answer.says)}")
    return answer.plan
