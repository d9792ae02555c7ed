"""Searches: run by a worker, watched, stopped, swept, checked before they are offered, and taken over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from innovation_den.actions import plans
from innovation_den.actions.plans import apply_plan, ask_for_plan, search_plan, stop_search, sweep_plans, thinned
from innovation_den.choices import ConflictState, DenState, PanelSector, PlanKind, PlanOutcome, PlanState
from innovation_den.models import Conflict, Den, FreeHalfDay, Panellist, Pitch, Placement, PlanRun
from innovation_den.planning.check import broken_rules
from innovation_den.planning.problem import Answer, HalfDay, Outcome, Plan
from innovation_den.queries.plans import problem_of
from portal.audit.models import Event
from portal.refusals import Refused
from tests.factories import make_user
from tests.innovation_den.makers import DAY, NOW, make_den, make_panel, make_panellist, make_pitch
from tests.innovation_den.schedule_makers import make_drafted, make_released

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Nobody is called: each test is the worker itself."""
    woken: list[int] = []
    monkeypatch.setattr(plans, "wake_searcher", woken.append)
    return woken


@pytest.fixture
def den() -> Den:
    """Being scheduled, with an empty draft."""
    den = make_den(state=DenState.SCHEDULING)
    make_panel(den)
    for _ in range(3):
        make_pitch(den, state="accepted")
    return den


def ask(den: Den, kind: str = PlanKind.FULL, seconds: int = 5, **given: Any) -> PlanRun:
    given = {"by": den.owner, "submission_key": uuid4(), "now": NOW, **given}
    return ask_for_plan(den=den, kind=kind, seconds=seconds, **given)


def searched(den: Den, kind: str = PlanKind.FULL) -> PlanRun:
    run = ask(den, kind)
    search_plan(run_id=run.pk, now=timezone.now())
    run.refresh_from_db()
    return run


# --- What is asked -----------------------------------------------------------------------------------


def test_problem_holds_what_the_den_says(den: Den) -> None:
    pitch, seat = den.pitches.order_by("pk").first(), den.panellists.order_by("pk").first()
    Pitch.objects.filter(pk=pitch.pk).update(needs=["hearing_loop"])
    pitch.half_days.create(date=DAY, half="am")
    pitch.half_days.create(date=DAY, half="pm", is_wish=True)
    Conflict.objects.create(panellist=seat, pitch=pitch, ground="employer", says="Works there.", found_at=NOW)
    make_pitch(den)  # submitted only
    problem = problem_of(den, kind=PlanKind.FULL)
    found = problem.pitch[pitch.pk]
    assert (len(problem.pitches), len(problem.panellists), len(problem.rooms), len(problem.sessions)) == (3, 3, 1, 2)
    assert found.firms == {pitch.firm_id}
    assert found.needs == {"hearing_loop"}
    assert (found.unavailable, found.wishes) == ({HalfDay(DAY, "am")}, {HalfDay(DAY, "pm")})
    assert problem.panellist[seat.pk].conflicts == {pitch.pk}
    assert problem.panellist[seat.pk].free == {HalfDay(DAY, "am"), HalfDay(DAY, "pm")}
    # 20 minutes each from half past nine, with a break of 15 after the third.
    assert problem.sessions[0].slots[:4] == ((570, 590), (590, 610), (610, 630), (645, 665))


def test_problem_knows_of_other_dens_that_day(den: Den) -> None:
    seat = den.panellists.filter(sector=PanelSector.LOCAL).get()
    elsewhere = make_released(1, title="Potholes")
    booking = elsewhere.programme.get().bookings.filter(kind="panellist").first()
    Panellist.objects.filter(pk=seat.pk).update(user=booking.person)
    (span,) = problem_of(den, kind=PlanKind.FULL).panellist[seat.pk].busy
    assert (span.date, span.start, span.end) == (DAY, 570, 590)


@pytest.mark.parametrize("pitches", [1, 3])
def test_problem_asks_the_same_of_the_database_however_large(pitches: int, django_assert_num_queries: Any) -> None:
    den = make_drafted(pitches)
    with django_assert_num_queries(17):
        problem_of(den, kind=PlanKind.FULL)


# --- Asking ------------------------------------------------------------------------------------------


def test_asked_for_a_worker_is_called_once(den: Den, no_broker: list[int]) -> None:
    key = uuid4()
    runs = {ask(den, submission_key=key).pk for _ in range(2)}
    assert no_broker == list(runs)
    assert Event.objects.filter(name="innovation_den.plan.asked").count() == 1


def test_one_search_a_den_at_a_time(den: Den) -> None:
    ask(den)
    with pytest.raises(Refused, match="under way already"):
        ask(den)


def test_nothing_to_plan_or_to_mend_is_refused(den: Den) -> None:
    with pytest.raises(Refused, match="nothing to mend"):
        ask(den, PlanKind.REPAIR)
    Pitch.objects.update(state="withdrawn")
    with pytest.raises(Refused, match="nothing to plan"):
        ask(den)
    Den.objects.filter(pk=den.pk).update(state=DenState.DECIDING)
    with pytest.raises(Refused, match="while the den is being scheduled"):
        ask(den)


def test_only_an_organiser_asks(den: Den) -> None:
    with pytest.raises(PermissionDenied):
        ask(den, by=make_user())


# --- Searching ---------------------------------------------------------------------------------------


def test_search_finds_a_true_plan_and_proves_it(den: Den) -> None:
    run = searched(den)
    assert (run.state, run.outcome, run.gap) == (PlanState.FINISHED, PlanOutcome.OPTIMAL, 0)
    plan = Plan.from_json(run.plan)
    assert broken_rules(problem_of(den, kind=PlanKind.FULL), plan) == []
    assert len(plan.places) == 3
    assert run.steps[-1][1] == run.best


def test_where_there_is_no_plan_it_says_why(den: Den) -> None:
    FreeHalfDay.objects.filter(panellist__sector=PanelSector.LOCAL).delete()
    run = searched(den)
    assert (run.state, run.outcome, run.plan) == (PlanState.FINISHED, PlanOutcome.INFEASIBLE, None)
    assert "local" in " ".join(run.says).lower()


def test_plan_that_breaks_a_rule_is_not_offered(den: Den, monkeypatch: pytest.MonkeyPatch) -> None:
    true = searched(den)
    places = Plan.from_json(true.plan).places
    first, second = sorted(places)[:2]
    lie = Plan(places | {first: replace(places[second])})
    answer = Answer(Outcome.OPTIMAL, lie, 1.0, 1.0, 1.0)
    monkeypatch.setattr(plans, "_search", lambda *_: answer)
    run = searched(den)
    assert (run.outcome, run.plan, run.says) == (PlanOutcome.UNKNOWN, None, [plans.NOT_TRUE])


def test_locked_pitch_stays_where_it_is() -> None:
    den = make_drafted(3)
    Placement.objects.filter(slot=2).update(slot=5, is_locked=True)
    locked = Placement.objects.get(is_locked=True)
    at = Plan.from_json(searched(den).plan).places[locked.pitch_id]
    assert (at.session, at.slot) == (locked.session_id, 5)


def test_repair_after_a_lost_half_day_moves_the_fewest() -> None:
    den = make_drafted(3)
    spare = make_panellist(den, sector=PanelSector.CENTRAL)
    out = den.panellists.filter(sector=PanelSector.CENTRAL).order_by("pk").first()
    Panellist.objects.filter(pk=out.pk).update(state="stood_down")
    before = problem_of(den, kind=PlanKind.REPAIR).previous
    plan = Plan.from_json(searched(den, PlanKind.REPAIR).plan)
    assert before is not None
    assert {pk: at.time for pk, at in plan.places.items()} == {pk: at.time for pk, at in before.places.items()}
    assert all(at.panel == before.places[pk].panel - {out.pk} | {spare.pk} for pk, at in plan.places.items())


def test_stopped_before_it_began_it_ends_at_once(den: Den) -> None:
    run = stop_search(run=ask(den), by=den.owner, now=NOW)
    assert (run.state, run.outcome) == (PlanState.FINISHED, PlanOutcome.UNKNOWN)
    search_plan(run_id=run.pk, now=NOW)
    run.refresh_from_db()
    assert run.attempts == 0
    with pytest.raises(Refused, match="has ended already"):
        stop_search(run=run, by=den.owner, now=NOW)


def test_stop_reaches_the_worker_and_keeps_the_best(den: Den) -> None:
    run = ask(den)
    claimed = plans.claim_run(run_id=run.pk, now=NOW)
    assert claimed
    pulse = plans.Pulse(claimed)
    pulse.beat(0.5, 9.0, 4.0)
    assert pulse.should_stop() is False
    stop_search(run=run, by=den.owner, now=NOW)
    pulse.beat(1.0, 9.0, 4.0)
    assert pulse.should_stop() is True
    run.refresh_from_db()
    assert (run.best, run.bound, run.steps) == (9.0, 4.0, [[0.5, 9.0, 4.0]])
    assert run.gap == pytest.approx(5 / 9)


def test_second_worker_finds_it_taken(den: Den) -> None:
    run = ask(den)
    assert plans.claim_run(run_id=run.pk, now=NOW)
    assert plans.claim_run(run_id=run.pk, now=NOW) is None


def test_silent_worker_loses_its_run_to_another(den: Den, no_broker: list[int]) -> None:
    run = ask(den)
    dead = plans.claim_run(run_id=run.pk, now=NOW)
    later = NOW + plans.SILENCE + timedelta(seconds=1)
    no_broker.clear()
    assert (sweep_plans(now=NOW), sweep_plans(now=later), no_broker) == (0, 1, [run.pk])
    assert plans.claim_run(run_id=run.pk, now=later)
    assert dead
    with pytest.raises(plans.Lost):
        plans.Pulse(dead).beat(1.0, 1.0, 1.0)


def test_search_that_never_ends_is_given_up(den: Den) -> None:
    run = ask(den)
    PlanRun.objects.filter(pk=run.pk).update(state=PlanState.RUNNING, attempts=3, seen_at=NOW)
    sweep_plans(now=NOW + timedelta(minutes=5))
    run.refresh_from_db()
    assert (run.state, run.says) == (PlanState.FAILED, [plans.BROKEN_OFF])
    assert ask(den).pk != run.pk


def test_error_gives_the_run_back_and_three_give_it_up(den: Den, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(plans, "_search", fails)
    run = ask(den)
    states = []
    for _ in range(3):
        search_plan(run_id=run.pk, now=NOW)
        run.refresh_from_db()
        states.append(run.state)
    assert states == [PlanState.QUEUED, PlanState.QUEUED, PlanState.FAILED]


def test_waiting_run_that_was_forgotten_is_called_again(den: Den, no_broker: list[int]) -> None:
    run = ask(den)
    sweep_plans(now=NOW + timedelta(minutes=1))
    assert no_broker == [run.pk, run.pk]


def test_steps_are_thinned_and_keep_the_last() -> None:
    steps: list[list[float | None]] = [[float(n), 1.0, 0.0] for n in range(plans.MOST_STEPS + 1)]
    found = thinned(steps)
    assert len(found) <= plans.MOST_STEPS
    assert found[-1] == steps[-1]


# --- Taking over -------------------------------------------------------------------------------------


def test_applied_plan_is_the_draft_and_keeps_what_stays(den: Den) -> None:
    run = apply_plan(run=searched(den), by=den.owner, now=NOW)
    assert run.applied_at == NOW
    assert problem_of(den).previous == Plan.from_json(run.plan)
    versions = set(Placement.objects.values_list("pk", "version"))
    apply_plan(run=run, by=den.owner, now=NOW)
    assert set(Placement.objects.values_list("pk", "version")) == versions


def test_plan_that_no_longer_holds_is_not_applied(den: Den) -> None:
    run = searched(den)
    seat = den.panellists.first()
    Conflict.objects.create(
        panellist=seat, pitch=den.pitches.first(), ground="declared", says="Kin.", found_at=NOW, state="confirmed"
    )
    with pytest.raises(Refused, match="Things have changed"):
        apply_plan(run=run, by=den.owner, now=NOW)
    assert Placement.objects.count() == 0


def test_plan_of_a_search_under_way_is_not_applied(den: Den) -> None:
    """What it has so far is kept for a worker that dies; people get it once the search has ended."""
    run = searched(den)
    PlanRun.objects.filter(pk=run.pk).update(state=PlanState.RUNNING)
    run.refresh_from_db()
    with pytest.raises(Refused, match="still under way"):
        apply_plan(run=run, by=den.owner, now=NOW)
    assert (
        client_of(den.owner).get(reverse("innovation_den:plan-apply", args=[den.reference, run.pk])).status_code == 404
    )
    assert Placement.objects.count() == 0


# --- Pages -------------------------------------------------------------------------------------------


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_asking_watching_and_taking_over_by_the_pages(den: Den) -> None:
    client = client_of(den.owner)
    path = reverse("innovation_den:plan-list", args=[den.reference])
    asked = client.post(path, {"kind": "full", "seconds": 10, "submission_key": uuid4()})
    run = PlanRun.objects.get()
    assert "Waiting to start" in client.get(asked["Location"]).content.decode()
    assert "Waiting to start" in client.get(asked["Location"] + "progress/").content.decode()
    PlanRun.objects.update(state=PlanState.RUNNING, best=12.5, bound=4, steps=[[0.5, 12.5, 4]])
    live = client.get(asked["Location"] + "progress/?said=").content.decode()
    assert "A better plan was found" in live
    assert "68%" in live
    assert "A better plan" not in client.get(asked["Location"] + "progress/?said=12.5").content.decode()
    PlanRun.objects.update(state=PlanState.QUEUED)
    search_plan(run_id=run.pk, now=timezone.now())
    over = client.get(asked["Location"] + "progress/")
    assert (over.status_code, over["HX-Refresh"]) == (204, "true")
    text = client.get(asked["Location"]).content.decode()
    assert "proven to be the best" in text
    assert "Is new: " in text
    assert client.get(asked["Location"] + "chart/")["Content-Type"] == "image/svg+xml"
    assert "Is new: " in client.get(asked["Location"] + "apply/").content.decode()
    applied = client.post(asked["Location"] + "apply/", follow=True)
    assert "The plan is the draft now" in applied.content.decode()
    assert Placement.objects.count() == 3


def test_form_that_is_wrong_says_so(den: Den) -> None:
    path = reverse("innovation_den:plan-list", args=[den.reference])
    text = client_of(den.owner).post(path, {"seconds": 7, "submission_key": uuid4()}).content.decode()
    assert "Choose what should be planned" in text
    assert "Error: " in text


def test_organiser_with_a_conflict_does_not_plan(den: Den) -> None:
    seat = den.panellists.first()
    Panellist.objects.filter(pk=seat.pk).update(user=den.owner)
    Conflict.objects.create(
        panellist=seat, pitch=den.pitches.first(), ground="declared", says="Kin.", found_at=NOW,
        state=ConflictState.OPEN,
    )  # fmt: skip
    for name in ("plan-list", "board", "release-create"):
        answer = client_of(den.owner).get(reverse(f"innovation_den:{name}", args=[den.reference]))
        assert answer.status_code == 403
        assert den.pitches.first().title not in answer.content.decode()
