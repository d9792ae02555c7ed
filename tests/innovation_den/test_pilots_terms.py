"""Pilots up to their start: who sets one up, what both sides sign, and what a change takes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from innovation_den.actions import pilots as actions
from innovation_den.choices import Award, PilotExit, PilotOutcome, PilotState, Side, StopWhen
from innovation_den.models import Pilot, Pitch
from innovation_den.queries.pilot_places import pitches_to_pilot
from portal.audit.models import Event
from portal.notifications.models import Message
from portal.organisations.choices import Role, Status
from portal.refusals import Refused, StaleWrite
from tests.engagement.makers import make_capability
from tests.factories import make_member, make_user
from tests.innovation_den.makers import make_decision, make_pitch
from tests.innovation_den.pilot_makers import (
    BEGUN,
    SIGNED,
    Two,
    make_agreed,
    make_published,
    make_running,
    make_selected,
    make_two,
    sign,
)

pytestmark = pytest.mark.django_db
TODAY = SIGNED.date()


def save(two: Two, by: Any = None, **fields: Any) -> Pilot:
    two.pilot.refresh_from_db()
    version = two.pilot.version
    two.pilot = actions.save_terms(pilot=two.pilot, version=version, by=by or two.bob, fields=fields, today=TODAY)
    return two.pilot


# --- Setting up ------------------------------------------------------------------------------------


def test_selected_pitch_becomes_a_pilot_with_what_the_pitch_says() -> None:
    alice, _, den, pitch = make_selected()
    pitch.capabilities.add(make_capability())

    pilot = actions.create_pilot(pitch=pitch, title="Damp", by=alice, submission_key=uuid4())

    assert (pilot.state, pilot.sponsor, pilot.firm) == (PilotState.DRAFT, den.host, pitch.firm)
    assert (pilot.hypothesis, pilot.budget_cap) == (pitch.test, Decimal(12_000))
    assert [str(item) for item in pilot.capabilities.all()] == ["Cloud hosting"]
    assert set(Message.objects.values_list("subject", flat=True)) == {"A pilot is being set up: Damp"}


def test_same_form_sent_twice_sets_up_one() -> None:
    alice, _, _, pitch = make_selected()
    key = uuid4()
    made = [actions.create_pilot(pitch=pitch, title="Damp", by=alice, submission_key=key) for _ in range(2)]
    assert made[0] == made[1]
    assert Pilot.objects.count() == 1


def test_second_pilot_of_a_pitch_is_refused_by_the_action_and_by_the_database() -> None:
    alice, _, _, pitch = make_selected()
    first = actions.create_pilot(pitch=pitch, title="Damp", by=alice, submission_key=uuid4())
    with pytest.raises(Refused, match="a pilot of this pitch already"):
        actions.create_pilot(pitch=pitch, title="Damp", by=alice, submission_key=uuid4())
    with pytest.raises(IntegrityError, match="pilot_one_first_test_a_pitch"), transaction.atomic():
        Pilot.objects.create(pitch=pitch, sponsor=first.sponsor, firm=first.firm, title="Round it", created_by=alice)


@pytest.mark.parametrize("award", [Award.RESERVE, Award.NOT_SELECTED, None])
def test_pitch_that_was_not_selected_becomes_none(award: str | None) -> None:
    alice, _, den, _ = make_selected()
    pitch = make_pitch(den, state="accepted")
    if award:
        make_decision(pitch, award, released_at=SIGNED)
    with pytest.raises(Refused, match="Only a pitch that was selected"):
        actions.create_pilot(pitch=pitch, title="Damp", by=alice, submission_key=uuid4())


def test_pitch_in_reserve_takes_the_place_of_a_pilot_that_was_given_up_and_no_second_does() -> None:
    alice, _, den, selected = make_selected()
    reserve = [make_pitch(den, state="accepted") for _ in range(2)]
    for pitch in reserve:
        make_decision(pitch, Award.RESERVE, released_at=SIGNED)

    def set_up(pitch: Pitch) -> Pilot:
        return actions.create_pilot(pitch=pitch, title="Damp", by=alice, submission_key=uuid4())

    first = set_up(selected)
    with pytest.raises(Refused, match="One in reserve does where"):
        set_up(reserve[0])
    assert list(pitches_to_pilot(den, alice)) == []
    actions.abandon_pilot(pilot=first, reason="The firm has no people.", by=alice)
    assert set(pitches_to_pilot(den, alice)) == {selected, *reserve}
    set_up(reserve[1])
    with pytest.raises(Refused, match="One in reserve does where"):
        set_up(reserve[0])
    assert list(pitches_to_pilot(den, alice)) == [selected]


def test_decision_that_is_not_released_makes_none() -> None:
    alice, _, den, _ = make_selected()
    pitch = make_pitch(den, state="accepted")
    make_decision(pitch, Award.SELECTED)
    with pytest.raises(Refused, match="once the decisions are released"):
        actions.create_pilot(pitch=pitch, title="Damp", by=alice, submission_key=uuid4())


def test_only_writers_of_the_host_set_one_up() -> None:
    _, bob, den, pitch = make_selected()
    for person in (bob, make_member(den.host, role=Role.VIEWER), make_user()):
        with pytest.raises(PermissionDenied):
            actions.create_pilot(pitch=pitch, title="Damp", by=person, submission_key=uuid4())


def test_another_test_takes_the_terms_over_without_days() -> None:
    two = make_published(exit=PilotExit.TEST_AGAIN)
    key = uuid4()

    after, same = (
        actions.follow_pilot(pilot=two.pilot, title="Damp, again", by=two.alice, submission_key=key) for _ in range(2)
    )

    assert (after, Pilot.objects.filter(follows=two.pilot).count()) == (same, 1)
    assert (after.hypothesis, after.threshold, after.starts_on) == (two.pilot.hypothesis, two.pilot.threshold, None)
    assert after.stop_rules.count() == 3
    with pytest.raises(Refused, match="a further test already"):
        actions.follow_pilot(pilot=two.pilot, title="Third", by=two.alice, submission_key=uuid4())


def test_nothing_follows_a_test_that_stops() -> None:
    two = make_published(PilotOutcome.PROVED)
    with pytest.raises(Refused, match="Another test follows once"):
        actions.follow_pilot(pilot=two.pilot, title="Again", by=two.alice, submission_key=uuid4())


# --- Terms -----------------------------------------------------------------------------------------


def test_both_sides_write_the_terms_and_nobody_else() -> None:
    two = make_two()
    save(two, two.alice, threshold=Decimal(70))
    save(two, two.bob, unit="homes")
    assert (two.pilot.threshold, two.pilot.unit) == (70, "homes")
    for person in (make_member(two.pilot.firm, role=Role.VIEWER), make_user(is_staff=True), make_user()):
        with pytest.raises(PermissionDenied):
            save(two, person, unit="minutes")


def test_second_to_save_is_told() -> None:
    two = make_two()
    version = two.pilot.version
    save(two, unit="homes")
    with pytest.raises(StaleWrite):
        actions.save_terms(pilot=two.pilot, version=version, by=two.alice, fields={"unit": "x"}, today=TODAY)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"threshold": Decimal(10)}, "must be more than what it is today"),
        ({"better": "lower", "threshold": Decimal(60)}, "must be less than what it is today"),
        ({"budget_cap": Decimal("25000.01")}, "The den allows £25,000 for one test"),
        ({"budget_cap": Decimal(0)}, "must be more than £0"),
        ({"starts_on": date(2027, 4, 9), "ends_on": date(2027, 4, 9)}, "The last day must be after the first"),
        ({"starts_on": TODAY - timedelta(days=1)}, "The first day must not be in the past"),
    ],
)
def test_term_that_cannot_be_is_refused_with_its_reason(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(Refused, match=message):
        save(make_two(), **fields)


def test_changed_term_takes_both_signatures_back_and_says_so() -> None:
    two = make_agreed()
    pilot = save(two, two.bob, unit="homes")
    assert (pilot.state, pilot.agreed_by_sponsor, pilot.agreed_by_firm, pilot.agreed_at) == ("draft", None, None, None)
    assert Message.objects.filter(subject__startswith="Sign again").exists()
    assert Event.objects.filter(name="innovation_den.pilot.unsigned").exists()


def test_saving_what_stands_keeps_the_signatures() -> None:
    two = make_agreed()
    assert save(two, unit="%").state == PilotState.AGREED


@pytest.mark.parametrize(
    "change",
    [
        lambda two: actions.add_stop_rule(pilot=two.pilot, when=StopWhen.SPENT_ABOVE, limit=Decimal(9), by=two.bob),
        lambda two: actions.remove_stop_rule(pilot=two.pilot, rule=two.pilot.stop_rules.first(), by=two.bob),
        lambda two: actions.add_review(pilot=two.pilot, due_on=date(2027, 3, 1), by=two.bob),
        lambda two: actions.remove_review(pilot=two.pilot, review=two.pilot.reviews.first(), by=two.bob),
    ],
)
def test_stop_rules_and_reviews_are_signed_with_the_terms(change: Callable[[Two], object]) -> None:
    two = make_agreed()
    change(two)
    two.pilot.refresh_from_db()
    assert (two.pilot.state, two.pilot.agreed_by_firm) == (PilotState.DRAFT, None)


def test_review_outside_the_days_is_refused() -> None:
    two = make_two()
    with pytest.raises(Refused, match="after 11 January 2027 and no later than 9 April 2027"):
        actions.add_review(pilot=two.pilot, due_on=date(2027, 4, 10), by=two.bob)


def test_terms_are_fixed_once_it_runs() -> None:
    two = make_running()
    with pytest.raises(Refused, match="only by an amendment"):
        save(two, unit="homes")
    with pytest.raises(Refused, match="only by an amendment"):
        actions.add_stop_rule(pilot=two.pilot, when=StopWhen.SPENT_ABOVE, limit=Decimal(9), by=two.bob)


# --- Signing ---------------------------------------------------------------------------------------


def test_two_signatures_agree_a_pilot() -> None:
    two = make_two()
    assert sign(two, Side.FIRM).state == PilotState.DRAFT
    pilot = sign(two, Side.SPONSOR)
    assert (pilot.state, pilot.agreed_at) == (PilotState.AGREED, SIGNED)
    assert sign(two, Side.FIRM).version == pilot.version  # pressed twice


def test_everything_that_is_missing_is_said_at_once() -> None:
    two = make_two(hypothesis="", threshold=None, ends_on=None, data_notes="")
    two.pilot.stop_rules.all().delete()
    two.pilot.reviews.all().delete()
    with pytest.raises(Refused) as refused:
        sign(two, Side.FIRM)
    assert [reason.message for reason in refused.value.reasons] == [
        "Say what you want to find out",
        "Say what would prove it",
        "Say the last day",
        "Say what data is used, and on what grounds",
        "Add at least one stop rule",
        "Add at least one review point",
    ]


def test_nobody_signs_for_the_other_side_or_for_both() -> None:
    two = make_two()
    with pytest.raises(PermissionDenied):
        actions.sign_pilot(pilot=two.pilot, side=Side.FIRM, version=1, by=two.alice, now=SIGNED)
    two.pilot.firm.memberships.create(user=two.alice, role=Role.EDITOR)
    sign(two, Side.SPONSOR)
    with pytest.raises(Refused, match="Somebody else must sign for this one"):
        actions.sign_pilot(pilot=two.pilot, side=Side.FIRM, version=two.pilot.version, by=two.alice, now=SIGNED)
    with pytest.raises(IntegrityError, match="pilot_signed_by_two"), transaction.atomic():
        Pilot.objects.update(agreed_by_firm=two.alice)


def test_terms_that_changed_meanwhile_are_not_signed() -> None:
    two = make_two()
    version = two.pilot.version
    save(two, two.alice, threshold=Decimal(90))
    with pytest.raises(StaleWrite):
        actions.sign_pilot(pilot=two.pilot, side=Side.FIRM, version=version, by=two.bob, now=SIGNED)


def test_suspended_firm_cannot_be_signed_with() -> None:
    two = make_two()
    type(two.pilot.firm).objects.filter(pk=two.pilot.firm_id).update(status=Status.SUSPENDED, status_reason="Fraud")
    with pytest.raises(Refused, match="suspended"):
        sign(two, Side.SPONSOR)


# --- Starting, giving up ---------------------------------------------------------------------------


def test_sponsor_starts_on_the_first_day_and_no_sooner() -> None:
    two = make_agreed()
    with pytest.raises(Refused, match="starts on 11 January 2027"):
        actions.start_pilot(pilot=two.pilot, by=two.alice, now=BEGUN - timedelta(days=1))
    with pytest.raises(PermissionDenied):
        actions.start_pilot(pilot=two.pilot, by=two.bob, now=BEGUN)
    pilot = actions.start_pilot(pilot=two.pilot, by=two.alice, now=BEGUN)
    assert (pilot.state, pilot.started_at) == (PilotState.RUNNING, BEGUN)


def test_pilot_whose_days_have_passed_is_not_started() -> None:
    two = make_agreed()
    with pytest.raises(Refused, match="9 April 2027, has passed"):
        actions.start_pilot(pilot=two.pilot, by=two.alice, now=BEGUN + timedelta(days=120))


def test_unsigned_pilot_is_not_started() -> None:
    two = make_two()
    sign(two, Side.SPONSOR)
    with pytest.raises(Refused, match="once both sides have signed"):
        actions.start_pilot(pilot=two.pilot, by=two.alice, now=BEGUN)


def test_either_side_gives_up_before_the_start_and_neither_after() -> None:
    two = make_agreed()
    pilot = actions.abandon_pilot(pilot=two.pilot, reason="No homes were found.", by=two.bob)
    assert (pilot.state, pilot.end_reason) == (PilotState.ABANDONED, "No homes were found.")
    assert actions.create_pilot(pitch=two.pitch, title="Anew", by=two.alice, submission_key=uuid4()).pk != pilot.pk


def test_pilot_that_runs_is_not_given_up() -> None:
    two = make_running()
    with pytest.raises(Refused, match="ended, not given up"):
        actions.abandon_pilot(pilot=two.pilot, reason="No.", by=two.bob)
