"""A search whose worker is killed: it is begun again, or given up with words, and never stands for ever."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from innovation_den.actions import plans
from innovation_den.actions.plans import SILENCE, ask_for_plan, sweep_plans
from innovation_den.choices import PitchState, PlanKind, PlanOutcome, PlanState
from innovation_den.models import Den, PlanRun
from innovation_den.planning.check import broken_rules
from innovation_den.planning.problem import Plan
from innovation_den.queries.plans import problem_of
from portal.audit.models import Event
from tests.innovation_den.makers import make_den, make_panel, make_pitch
from tests.nursery import Nursery

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def nursery(django_db_setup: None) -> Iterator[Nursery]:
    with Nursery("portal.urls", "innovation_den.planning.solve") as found:
        yield found


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The runs for which a worker is called; the tests send one themselves."""
    woken: list[int] = []
    monkeypatch.setattr(plans, "wake_searcher", woken.append)
    return woken


@pytest.fixture
def den() -> Den:
    den = make_den(state="scheduling")
    make_panel(den)
    for _ in range(3):
        make_pitch(den, state=PitchState.ACCEPTED)
    return den


def ask(den: Den) -> PlanRun:
    given = {"by": den.owner, "submission_key": uuid4(), "now": timezone.now()}
    return ask_for_plan(den=den, kind=PlanKind.FULL, seconds=20, **given)


def die(nursery: Nursery, run: PlanRun, moment: str) -> None:
    """A worker takes the run and is killed; a minute goes by in which nothing is heard of it."""
    killed = nursery.bear("tests.innovation_den.searchers:search", run.pk, moment)
    assert nursery.end_of(killed) == -signal.SIGKILL
    run.refresh_from_db()
    assert run.state == PlanState.RUNNING
    assert run.seen_at is not None
    PlanRun.objects.filter(pk=run.pk).update(seen_at=run.seen_at - SILENCE)


def page(run: PlanRun) -> str:
    client = Client()
    client.force_login(run.den.owner)
    found = client.get(reverse("innovation_den:plan-detail", args=[run.den.reference, run.pk])).content.decode()
    return " ".join(found.split())


def test_killed_search_is_begun_again_and_ends(den: Den, nursery: Nursery, no_broker: list[int]) -> None:
    run = ask(den)
    assert "broken off" not in page(run)
    for number, moment in enumerate(("claimed", "found"), start=1):
        die(nursery, run, moment)
        assert "Nothing has been heard of the search for 6" in page(run)  # seconds, sixty and some
        no_broker.clear()
        assert (sweep_plans(now=timezone.now()), no_broker) == (1, [run.pk])
        assert run.attempts == number
    assert run.best is not None  # how far it was, until another begins
    assert broken_rules(problem_of(den, kind=PlanKind.FULL), Plan.from_json(run.plan)) == []
    assert "Penalty of the best plan so far" in page(run)
    assert nursery.end_of(nursery.bear("tests.innovation_den.searchers:search", run.pk)) == 0
    run.refresh_from_db()
    assert (run.state, run.outcome, run.attempts) == (PlanState.FINISHED, PlanOutcome.OPTIMAL, 3)
    assert broken_rules(problem_of(den, kind=PlanKind.FULL), Plan.from_json(run.plan)) == []
    assert Event.objects.filter(name="innovation_den.plan.finished").count() == 1


def test_page_says_that_it_was_begun_again(den: Den) -> None:
    run = ask(den)
    now = timezone.now()
    PlanRun.objects.filter(pk=run.pk).update(state=PlanState.RUNNING, attempts=1, started_at=now, seen_at=now)
    assert "broken off" not in page(run)
    PlanRun.objects.filter(pk=run.pk).update(attempts=2)
    assert "The search was broken off, and we have begun it again." in page(run)
    PlanRun.objects.filter(pk=run.pk).update(state=PlanState.QUEUED)
    assert "The search was broken off. We begin it again as soon as we can." in page(run)


def test_search_killed_three_times_is_given_up_and_may_be_asked_for_again(den: Den, nursery: Nursery) -> None:
    run = ask(den)
    for _ in range(3):
        die(nursery, run, "claimed")
        sweep_plans(now=timezone.now() + timedelta(seconds=1))
    run.refresh_from_db()
    assert (run.state, run.says) == (PlanState.FAILED, [plans.BROKEN_OFF])
    text = page(run)
    assert plans.BROKEN_OFF in text
    assert "Search again" in text
    again = ask(den)
    assert nursery.end_of(nursery.bear("tests.innovation_den.searchers:search", again.pk)) == 0
    again.refresh_from_db()
    assert (again.state, again.outcome) == (PlanState.FINISHED, PlanOutcome.OPTIMAL)


def test_best_plan_of_a_search_that_was_given_up_is_offered(den: Den, nursery: Nursery) -> None:
    run = ask(den)
    for moment in ("found", "claimed", "kept"):
        die(nursery, run, moment)
        sweep_plans(now=timezone.now() + timedelta(seconds=1))
    run.refresh_from_db()
    assert (run.state, run.outcome, run.says) == (
        PlanState.FINISHED, PlanOutcome.FEASIBLE, [plans.BROKEN_OFF_WITH],
    )  # fmt: skip
    assert "Take it over into the draft" in page(run)
