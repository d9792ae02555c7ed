"""Searches for a plan: asked for, run by one worker at a time, stopped, and taken over into the draft.

A run is claimed by one worker. Twice a second the worker says how far it is and reads whether to stop; one that is
killed falls silent, and the sweep gives its run to another. Whatever happens, the run says how it ended.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from celery import current_app
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from innovation_den.choices import DenState, PlanKind, PlanOutcome, PlanState
from innovation_den.models import Den, Placement, PlanRun
from innovation_den.permissions import can_schedule
from innovation_den.planning.check import broken_rules
from innovation_den.planning.problem import Answer, Outcome, Plan, Problem
from innovation_den.queries.plans import draft_of, problem_of
from portal.audit.actions import record
from portal.records import sent_before
from portal.refusals import Refused

if TYPE_CHECKING:
    from portal.accounts.models import User

logger = structlog.get_logger(__name__)
SEARCH_TASK = "innovation_den.tasks.search_plan"
SILENCE = timedelta(seconds=60)  # of a worker; then it is taken for dead. Building a large model takes a while
PATIENCE = timedelta(seconds=30)  # of a run that waits; then a worker is called again
EVERY = 1.0  # seconds
MOST_ATTEMPTS = 3
MOST_STEPS = 200
LEAST_SECONDS, MOST_SECONDS = 5, 600
PLANNING = frozenset({DenState.SCHEDULING, DenState.ON_THE_DAY})
BROKEN_OFF = "The search was broken off several times. Ask again; if that does not help, write to us."
BROKEN_OFF_WITH = "The search was broken off several times. This is the best plan that it had found."
NOT_TRUE = "The search gave a plan that breaks a rule, so it is not offered. Ask again, and please tell us."


class Lost(Exception):
    """The run is no longer this worker's."""


# --- Asking ----------------------------------------------------------------------------------------


@transaction.atomic
def ask_for_plan(*, den: Den, kind: str, seconds: int, by: User, now: datetime, submission_key: UUID) -> PlanRun:
    """Have a worker search for so many seconds. One search a den at a time; the same form sent twice asks once."""
    den = Den.objects.locked(den.pk)
    if not can_schedule(by, den):
        raise PermissionDenied
    if run := sent_before(den.plan_runs.all(), submission_key):
        return run
    _check_can_ask(den, kind)
    run = PlanRun.objects.create(
        den=den, kind=kind, seconds=seconds, asked_by=by, asked_at=now, submission_key=submission_key
    )
    record("innovation_den.plan.asked", target=den, by=by, new={"kind": run.get_kind_display(), "seconds": seconds})
    wake_searcher(run.pk)
    return run


def _check_can_ask(den: Den, kind: str) -> None:
    if den.state not in PLANNING:
        raise Refused("Plans are made while the den is being scheduled, or on the day")
    if den.plan_runs.filter(state__in=[PlanState.QUEUED, PlanState.RUNNING]).exists():
        raise Refused("A search is under way already. Wait for it, or stop it")
    if not den.pitches.accepted().exists():  # type: ignore[attr-defined]
        raise Refused("No pitch is invited yet, so there is nothing to plan")
    if kind == PlanKind.REPAIR and not Placement.objects.filter(pitch__den=den).exists():
        raise Refused("The draft is empty, so there is nothing to mend. Ask for a full plan")


def wake_searcher(pk: int) -> None:
    """Call a worker after the commit. Where the broker is down the sweep does."""

    def wake() -> None:
        current_app.send_task(SEARCH_TASK, args=[pk], retry=False)

    transaction.on_commit(wake, robust=True)


@transaction.atomic
def stop_search(*, run: PlanRun, by: User, now: datetime) -> PlanRun:
    """Have the search end with the best it has. One that no worker has begun ends at once, with nothing."""
    den = Den.objects.locked(run.den_id)
    if not can_schedule(by, den):
        raise PermissionDenied
    run = PlanRun.objects.select_for_update().get(pk=run.pk)
    if not run.is_at_work:
        raise Refused("The search has ended already")
    run.is_stop_asked = True
    if run.state == PlanState.QUEUED:
        run.state, run.outcome, run.finished_at = PlanState.FINISHED, PlanOutcome.UNKNOWN, now
        run.says = ["The search was stopped before it began."]
    run.save()
    record("innovation_den.plan.stopped", target=den, by=by)
    return run


# --- Searching -------------------------------------------------------------------------------------


def search_plan(*, run_id: int, now: datetime) -> None:
    """Search, unless another worker does."""
    run = claim_run(run_id=run_id, now=now)
    if run is None:
        return
    try:
        problem = problem_of(run.den, kind=run.kind)
        answer = judged(problem, _search(run, problem))
        finish_run(run=run, answer=answer, now=timezone.now())
    except Lost:
        logger.info("innovation_den.plan_lost", run=run.pk, attempt=run.attempts)
    except Exception:  # whatever it is, the run goes back, and is given up after some attempts
        logger.exception("innovation_den.plan_broken_off", run=run.pk, attempt=run.attempts)
        give_back_run(run=run, now=timezone.now())


def claim_run(*, run_id: int, now: datetime) -> PlanRun | None:
    """The run, if it is this worker's now."""
    free = Q(state=PlanState.QUEUED) | Q(state=PlanState.RUNNING, seen_at__lt=now - SILENCE)
    claimed = PlanRun.objects.filter(free, pk=run_id, attempts__lt=MOST_ATTEMPTS).update(
        state=PlanState.RUNNING,
        attempts=F("attempts") + 1,
        started_at=now,
        seen_at=now,
        steps=[],
        best=None,
        bound=None,
    )
    return PlanRun.objects.select_related("den").get(pk=run_id) if claimed else None


def _search(run: PlanRun, problem: Problem) -> Answer:
    """Ends early where somebody has asked to stop. The solver is loaded only here: that costs a second."""
    from innovation_den.planning.repair import repair
    from innovation_den.planning.solve import solve

    pulse = Pulse(run)
    if run.kind == PlanKind.REPAIR:
        before = problem.previous or Plan({})
        return repair(problem, before, seconds=run.seconds, report=pulse.beat, should_stop=pulse.should_stop)
    if run.plan is not None:  # what a worker before this one had found
        problem = replace(problem, previous=Plan.from_json(run.plan))
    return solve(problem, seconds=run.seconds, report=pulse.beat, keep=pulse.keep, should_stop=pulse.should_stop)


class Pulse:
    """The worker's sign of life: how far it is, and whether it should stop."""

    def __init__(self, run: PlanRun) -> None:
        self.run = run
        self.is_stop_asked = False
        self.steps: list[list[float | None]] = []
        self.found: Plan | None = None
        self._said_at = time.monotonic()

    def beat(self, seconds: float, best: float | None, bound: float | None) -> None:
        """Raises `Lost` where the run was given to another worker."""
        if not self.steps or self.steps[-1][1:] != [best, bound]:
            self.steps = thinned([*self.steps, [round(seconds, 1), best, bound]])
        found, self.found = self.found, None
        plan = {"plan": found.to_json()} if found else {}
        self._say(best=best, bound=bound, steps=self.steps, **plan)

    def keep(self, plan: Plan) -> None:
        """Written with the next beat, so that a worker which dies leaves it to the next."""
        self.found = plan

    def should_stop(self) -> bool:
        """Asked more often than there is something to report, so it says by itself that the worker lives."""
        if time.monotonic() - self._said_at > EVERY:
            self._say()
        return self.is_stop_asked

    def _say(self, **how_far: object) -> None:
        self._said_at = time.monotonic()
        mine = PlanRun.objects.filter(pk=self.run.pk, attempts=self.run.attempts, state=PlanState.RUNNING)
        if not mine.update(seen_at=timezone.now(), **how_far):
            raise Lost
        self.is_stop_asked = bool(mine.values_list("is_stop_asked", flat=True).first())


def thinned(steps: list[list[float | None]]) -> list[list[float | None]]:
    """At most `MOST_STEPS` of them: every other one goes where there are more, never the last."""
    return steps if len(steps) <= MOST_STEPS else steps[:-1][::2] + steps[-1:]


def judged(problem: Problem, answer: Answer) -> Answer:
    """A plan is offered only where the checker, which knows nothing of models, agrees; without one, it says why."""
    if answer.plan is not None and broken_rules(problem, answer.plan):
        logger.error("innovation_den.plan_not_true")
        return replace(answer, plan=None, best=None, outcome=Outcome.UNKNOWN, says=[NOT_TRUE])
    if answer.plan is None and not answer.says:
        return replace(answer, says=_why_none(problem, answer.outcome))
    return answer


@transaction.atomic
def finish_run(*, run: PlanRun, answer: Answer, now: datetime) -> None:
    """Keep what the search came to."""
    run = _mine(run)
    run.state, run.finished_at, run.outcome, run.says = PlanState.FINISHED, now, str(answer.outcome), list(answer.says)
    run.best, run.bound, run.plan = answer.best, answer.bound, answer.plan.to_json() if answer.plan else None
    run.steps = thinned([*run.steps, [round(answer.seconds, 1), run.best, run.bound]])
    run.save()
    record("innovation_den.plan.finished", target=run.den, by=None, new={"outcome": run.get_outcome_display()})


def _why_none(problem: Problem, outcome: Outcome) -> list[str]:
    from innovation_den.planning.explain import why_none

    if found := why_none(problem):
        return list(found)
    if outcome == Outcome.INFEASIBLE:
        return ["No arrangement keeps every rule at once. Add slots, rooms, panellists or free half-days."]
    return ["None was found in the time. Search for longer, or add slots, rooms, panellists or free half-days."]


def _mine(run: PlanRun) -> PlanRun:
    locked = PlanRun.objects.select_for_update(of=("self",)).select_related("den").get(pk=run.pk)
    if locked.state != PlanState.RUNNING or locked.attempts != run.attempts:
        raise Lost
    return locked


@transaction.atomic
def give_back_run(*, run: PlanRun, now: datetime) -> None:
    """To be begun again by another worker; given up after `MOST_ATTEMPTS`."""
    try:
        mine = _mine(run)
    except Lost:
        return
    if mine.attempts >= MOST_ATTEMPTS:
        _fail(mine, now)
    else:
        mine.state = PlanState.QUEUED
        mine.save(update_fields=["state"])


def _fail(run: PlanRun, now: datetime) -> None:
    """What was found before is still worth having."""
    run.finished_at = now
    if run.plan is None:
        run.state, run.says = PlanState.FAILED, [BROKEN_OFF]
    else:
        run.state, run.outcome, run.says = PlanState.FINISHED, PlanOutcome.FEASIBLE, [BROKEN_OFF_WITH]
    run.save(update_fields=["state", "outcome", "finished_at", "says"])
    record("innovation_den.plan.failed", target=run.den, by=None)


def sweep_plans(*, now: datetime) -> int:
    """Call workers for runs that wait too long or whose worker fell silent; give up what never ends."""
    silent = Q(state=PlanState.RUNNING, seen_at__lt=now - SILENCE)
    for pk in PlanRun.objects.filter(silent, attempts__gte=MOST_ATTEMPTS).values_list("pk", flat=True):
        _give_up(pk, now)
    forgotten = Q(state=PlanState.QUEUED, asked_at__lt=now - PATIENCE)
    due = list(PlanRun.objects.filter(silent | forgotten, attempts__lt=MOST_ATTEMPTS).values_list("pk", flat=True))
    for pk in due:
        wake_searcher(pk)
    return len(due)


@transaction.atomic
def _give_up(pk: int, now: datetime) -> None:
    run = PlanRun.objects.select_for_update(of=("self",)).select_related("den").get(pk=pk)
    if run.state == PlanState.RUNNING and run.seen_at and run.seen_at < now - SILENCE:
        _fail(run, now)


# --- Taking over -------------------------------------------------------------------------------------


@transaction.atomic
def apply_plan(*, run: PlanRun, by: User, now: datetime) -> PlanRun:
    """Make the plan the draft. It is checked again, because pitches and panellists may have changed since."""
    den = Den.objects.locked(run.den_id)
    if not can_schedule(by, den):
        raise PermissionDenied
    run = PlanRun.objects.select_for_update().get(pk=run.pk)
    if run.is_at_work:
        raise Refused("The search is still under way. Wait for it, or stop it")
    if run.result is None:
        raise Refused("This search found no plan")
    if den.state not in PLANNING:
        raise Refused("The draft of this den can no longer be changed")
    problem, before = draft_of(den)
    plan = Plan.from_json(run.result)
    if broken := broken_rules(problem, plan):
        raise Refused(f"Things have changed since this plan was made: {broken[0].says} Ask for a new plan")
    write_plan(den, before, plan)
    run.applied_at = now
    run.save(update_fields=["applied_at"])
    record("innovation_den.plan.applied", target=den, by=by, new={"pitches": len(plan.places)})
    return run


def write_plan(den: Den, before: Plan, plan: Plan) -> None:
    """Only what differs is written: locks stay, and so do the versions of what does not move."""
    placements = {one.pitch_id: one for one in Placement.objects.filter(pitch__den=den)}
    for pitch, one in placements.items():
        if pitch not in plan.places:
            one.delete()
    for pitch, at in plan.places.items():
        if before.places.get(pitch) == at:
            continue
        placement = placements.get(pitch) or Placement(pitch_id=pitch)
        placement.session_id, placement.slot, placement.room_id = at.session, at.slot, at.room
        if placement.pk:
            placement.bump_version()
        placement.save()
        placement.panel.set(at.panel)
