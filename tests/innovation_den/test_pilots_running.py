"""Pilots as they run: the log, money within its cap, stop rules, review points and what the clock says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from innovation_den.actions import pilot_log as actions
from innovation_den.choices import ConflictGround, ConflictState, PilotState, StopWhen
from innovation_den.models import Conflict, Pilot, SpendEntry, StopRule
from innovation_den.queries.pilots import board, days_left, says
from innovation_den.tasks import watch_pilots
from portal.audit.models import Event
from portal.notifications.models import Delivery, Message
from portal.organisations.choices import Role
from portal.refusals import Refused
from tests.factories import make_member, make_user
from tests.innovation_den.makers import NOW, make_panellist
from tests.innovation_den.pilot_makers import (
    BEGUN,
    LATER,
    Two,
    log,
    make_agreed,
    make_ended,
    make_running,
    make_two,
    spend,
)

pytestmark = pytest.mark.django_db


def subjects() -> list[str]:
    return sorted(Message.objects.values_list("subject", flat=True))


def told(words: str) -> int:
    return Message.objects.filter(subject__startswith=words).count()


def watch_on(day: date) -> None:
    with time_machine.travel(BEGUN.replace(year=day.year, month=day.month, day=day.day), tick=False):
        watch_pilots()


# --- Log -------------------------------------------------------------------------------------------


def test_both_sides_log_and_nobody_else() -> None:
    two = make_running()
    log(two, 12, by=two.alice)
    log(two, None, by=two.bob)
    assert [entry.value for entry in two.pilot.log.all()] == [12, None]
    for person in (make_member(two.pilot.sponsor, role=Role.VIEWER), make_user(is_staff=True), make_user()):
        with pytest.raises(PermissionDenied):
            log(two, 12, by=person)


def test_entry_sent_twice_is_there_once() -> None:
    two, key = make_running(), uuid4()
    assert log(two, 12, submission_key=key) == log(two, 12, submission_key=key)
    assert two.pilot.log.count() == 1


@pytest.mark.parametrize(
    ("dated", "message"),
    [(date(2027, 1, 10), "when it began, or later"), (date(2027, 2, 1), "must not be in the future")],
)
def test_entry_speaks_of_a_day_of_the_pilot(dated: date, message: str) -> None:
    with pytest.raises(Refused, match=message):
        log(make_running(), 12, dated, now=LATER)


def test_nothing_is_logged_before_the_start_but_last_figures_are_after_the_end() -> None:
    with pytest.raises(Refused, match="from the start of a pilot"):
        log(make_agreed(), 12)


def test_last_figures_come_in_after_the_end() -> None:
    two = make_ended()
    log(two, 61, date(2027, 4, 12))
    spend(two, 500, date(2027, 4, 12), now=BEGUN + timedelta(days=95))
    assert (two.pilot.log.count(), two.pilot.spending.count()) == (1, 1)


# --- Money -----------------------------------------------------------------------------------------


def test_spending_reaches_the_cap_and_does_not_pass_it() -> None:
    two = make_running()
    spend(two, 19_999.99)
    with pytest.raises(Refused, match=r"pass the cap of £20,000: £0\.01 is left"):
        spend(two, 0.02)
    spend(two, 0.01)
    two.pilot.refresh_from_db()
    assert (two.pilot.spent, two.pilot.left) == (20_000, 0)


def test_money_that_comes_back_can_be_spent_again_but_no_more_than_was_spent() -> None:
    two = make_running()
    spend(two, 100)
    with pytest.raises(Refused, match="No more can come back than was spent, which is £100"):
        spend(two, -101)
    spend(two, -40)
    two.pilot.refresh_from_db()
    assert two.pilot.spent == 60
    with pytest.raises(Refused, match="not £0"):
        spend(two, 0)


def test_spending_sent_twice_counts_once() -> None:
    two, key = make_running(), uuid4()
    spend(two, 15_000, submission_key=key)
    spend(two, 15_000, submission_key=key)
    two.pilot.refresh_from_db()
    assert two.pilot.spent == 15_000


def test_database_holds_the_cap_for_whoever_goes_round_the_action() -> None:
    two = make_running()
    entry = spend(two, 100)
    row = {"pilot": two.pilot, "dated": BEGUN.date(), "what": "Round", "by": two.bob, "at": BEGUN}
    with pytest.raises(IntegrityError, match="pilot_never_over_its_cap"), transaction.atomic():
        SpendEntry.objects.create(amount=Decimal("19900.01"), **row)
    with pytest.raises(IntegrityError, match="pilot_never_over_its_cap"), transaction.atomic():
        SpendEntry.objects.filter(pk=entry.pk).update(amount=20_001)
    with pytest.raises(IntegrityError, match="pilot_never_over_its_cap"), transaction.atomic():
        Pilot.objects.filter(pk=two.pilot.pk).update(spent=20_001)
    SpendEntry.objects.bulk_create([SpendEntry(amount=50, **row), SpendEntry(amount=-20, **row)])
    entry.delete()
    two.pilot.refresh_from_db()
    assert two.pilot.spent == 30


# --- Stop rules ------------------------------------------------------------------------------------


def met(two: Two) -> list[str]:
    return [rule.when for rule in two.pilot.stop_rules.exclude(met_at=None)]


def test_measure_that_falls_below_alerts_both_sides_once() -> None:
    two = make_running()
    log(two, 5)
    assert met(two) == []
    log(two, 4.9)
    log(two, 3)
    watch_on(date(2027, 1, 19))
    assert met(two) == [StopWhen.MEASURE_BELOW]
    assert told("A stop rule is met") == 2  # a notice for each side
    assert Event.objects.filter(name="innovation_den.pilot.stop_rule_met").count() == 1
    people = Delivery.objects.filter(message__subject__startswith="A stop rule is met")
    assert set(people.values_list("recipient__name", flat=True)) == {"Alice Okafor", "Bob Larkin"}
    assert people.count() == 2


def test_spending_that_passes_a_limit_alerts() -> None:
    two = make_running()
    spend(two, 15_000)
    assert met(two) == []
    spend(two, 1)
    assert met(two) == [StopWhen.SPENT_ABOVE]


def test_silence_alerts_on_the_day_that_it_reaches_its_limit() -> None:
    two = make_running()
    log(two, 12, date(2027, 1, 18))
    watch_on(date(2027, 2, 7))
    assert met(two) == []
    watch_on(date(2027, 2, 8))
    watch_on(date(2027, 2, 9))
    assert met(two) == [StopWhen.NO_LOG_FOR]
    assert told("A stop rule is met") == 2


def test_measure_that_rises_above_alerts() -> None:
    two = make_two()
    two.pilot.stop_rules.create(when=StopWhen.MEASURE_ABOVE, limit=90)
    rule = two.pilot.stop_rules.get(when=StopWhen.MEASURE_ABOVE)
    assert actions.is_met(rule, two.pilot, BEGUN.date()) is False
    two.pilot.log.create(dated=BEGUN.date(), text="Too good", value=91, by=two.bob, at=BEGUN)
    assert actions.is_met(rule, two.pilot, BEGUN.date()) is True


def test_sponsor_answers_a_rule_that_is_met_once() -> None:
    two = make_running()
    log(two, 2)
    rule = two.pilot.stop_rules.get(when=StopWhen.MEASURE_BELOW)
    with pytest.raises(PermissionDenied):
        actions.answer_rule(rule=rule, answer="We go on.", by=two.bob, now=LATER)
    for _ in range(2):
        rule = actions.answer_rule(rule=rule, answer="A sensor was broken.", by=two.alice, now=LATER)
    assert (rule.answer, rule.answered_by, rule.answered_at) == ("A sensor was broken.", two.alice, LATER)
    with pytest.raises(Refused, match="given already"):
        actions.answer_rule(rule=rule, answer="No.", by=two.alice, now=LATER)
    other = two.pilot.stop_rules.get(when=StopWhen.SPENT_ABOVE)
    with pytest.raises(Refused, match="is not met"):
        actions.answer_rule(rule=other, answer="No.", by=two.alice, now=LATER)


def test_stop_rules_of_a_signed_pilot_are_held_by_the_database() -> None:
    two = make_running()
    rules: Sequence[Any] = [
        lambda: StopRule.objects.create(pilot=two.pilot, when=StopWhen.SPENT_ABOVE, limit=1),
        lambda: two.pilot.stop_rules.update(limit=1_000_000),
        lambda: two.pilot.stop_rules.all().delete(),
        lambda: two.pilot.reviews.update(due_on=date(2028, 1, 1)),
        lambda: two.pilot.reviews.all().delete(),
    ]
    for go_round in rules:
        with pytest.raises(IntegrityError, match="signed together with the terms"), transaction.atomic():
            go_round()
    two.pilot.stop_rules.update(answer="Still written")


# --- Review points ---------------------------------------------------------------------------------


def test_review_point_is_decided_once_by_the_sponsor() -> None:
    two = make_running()
    review = two.pilot.reviews.get()
    with pytest.raises(PermissionDenied):
        actions.decide_review(review=review, goes_on=True, note="Well.", by=two.bob, now=LATER)
    for _ in range(2):
        review = actions.decide_review(review=review, goes_on=False, note="No homes.", by=two.alice, now=LATER)
    assert (review.goes_on, review.by, review.at) == (False, two.alice, LATER)
    with pytest.raises(Refused, match="decided on 31 January 2027"):
        actions.decide_review(review=review, goes_on=True, note="Yet.", by=two.alice, now=LATER)


def test_review_point_is_reminded_of_a_week_before_and_on_the_day() -> None:
    two = make_running()
    for day in (14, 15, 16, 22, 23):
        watch_on(date(2027, 2, day))
        stages = told("Review point")
        assert stages == {14: 0, 15: 2, 16: 2, 22: 4, 23: 4}[day]
    actions.decide_review(review=two.pilot.reviews.get(), goes_on=True, note="Well.", by=two.alice, now=LATER)


# --- The clock -------------------------------------------------------------------------------------


def test_late_log_is_said_once_a_week() -> None:
    make_running()
    seen = []
    for day in (17, 18, 19, 24, 25, 26):
        watch_on(date(2027, 1, day))
        seen.append(told("The log is late"))
    assert seen == [0, 2, 2, 2, 4, 4]


def test_sponsor_hears_that_it_can_start() -> None:
    make_agreed()
    watch_on(date(2027, 1, 10))
    assert told("Ready to start") == 0
    watch_on(date(2027, 1, 11))
    watch_on(date(2027, 1, 12))
    assert told("Ready to start") == 1


def test_clock_ends_a_pilot_on_the_day_after_its_last() -> None:
    two = make_running()
    watch_on(date(2027, 4, 9))
    two.pilot.refresh_from_db()
    assert two.pilot.state == PilotState.RUNNING
    watch_on(date(2027, 4, 10))
    two.pilot.refresh_from_db()
    assert two.pilot.state == PilotState.REVIEW
    watch_on(date(2027, 5, 9))
    watch_on(date(2027, 5, 10))
    assert told("What was learnt is not published yet") == 2


def test_one_pilot_that_fails_does_not_keep_others_from_being_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    two = make_running()
    seen = []

    def watch(*, pilot: Pilot, now: Any) -> None:
        seen.append(pilot)
        raise RuntimeError("broken")

    monkeypatch.setattr("innovation_den.tasks.watch_pilot", watch)
    watch_on(date(2027, 1, 12))
    assert seen == [two.pilot]


# --- Conflicts and the board -----------------------------------------------------------------------


def conflicted(two: Two) -> None:
    """Alice sits on the den's panel, with a conflict over the pitch."""
    seat = make_panellist(two.den, user=two.alice)
    Conflict.objects.create(
        panellist=seat,
        pitch=two.pitch,
        ground=ConflictGround.DECLARED,
        state=ConflictState.CONFIRMED,
        says="Holds shares",
        found_at=NOW,
    )


def test_host_member_with_a_conflict_sees_no_pilot_of_the_pitch_and_hears_nothing() -> None:
    two = make_running()
    conflicted(two)
    Delivery.objects.all().delete()
    assert not Pilot.objects.visible_to(two.alice).exists()
    assert not board(two.alice, LATER).exists()
    assert not two.pilot.history_visible_to(two.alice)
    with pytest.raises(PermissionDenied):
        log(two, 2, by=two.alice)
    log(two, 2, by=two.bob)
    assert set(Delivery.objects.values_list("recipient__name", flat=True)) == {"Bob Larkin"}


def test_board_says_what_waits(django_assert_num_queries: Any) -> None:
    two = make_running()
    log(two, 2)
    spend(two, 15_001)
    with django_assert_num_queries(1):
        rows: list[Any] = list(board(two.bob, LATER + timedelta(days=25)))
        (row,) = rows
        words = says(row, LATER + timedelta(days=25))
    assert words == ["2 stop rules are met", "Review point due", "The log is late"]
    assert (row.latest, row.spent, days_left(row, LATER)) == (2, 15_001, 69)
    assert not board(make_user(), LATER).exists()
