"""The life of a pitch: each step legal and not, the closing second, eligibility, firms together, files."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction

from innovation_den.actions.partners import answer_partner, invite_partner, remove_partner
from innovation_den.actions.pitch_details import Given, remove_pitch_file, save_answers, save_days, save_files
from innovation_den.actions.pitches import (
    drop_out,
    save_pitch,
    start_pitch,
    submit_pitch,
    take_back_pitch,
    withdraw_pitch,
)
from innovation_den.choices import DenState, Half, PitchState, QuestionType, RoomFeature
from innovation_den.eligibility import checks_of, why_not_submit
from innovation_den.models import Den, Pitch, PitchPartner
from portal.files.permissions import can_read_file
from portal.notifications.models import Delivery
from portal.organisations.choices import Role, Size
from portal.organisations.models import Membership, Organisation
from portal.records import Region
from portal.refusals import Refused, StaleWrite
from tests.factories import make_member, make_supplier, make_user
from tests.innovation_den.makers import CLOSES, DAY, NOW, OPENS, make_conflict, make_den, make_panellist, make_pitch

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
ACTIONS = {
    PitchState.SUBMITTED: submit_pitch,
    PitchState.DRAFT: take_back_pitch,
    PitchState.WITHDRAWN: withdraw_pitch,
}
LEGAL = {
    (PitchState.DRAFT, PitchState.SUBMITTED),
    (PitchState.DRAFT, PitchState.WITHDRAWN),
    (PitchState.SUBMITTED, PitchState.DRAFT),
    (PitchState.SUBMITTED, PitchState.WITHDRAWN),
    (PitchState.WITHDRAWN, PitchState.DRAFT),
}


def told(subject: str) -> set[str]:
    return set(Delivery.objects.filter(message__subject__contains=subject).values_list("email", flat=True))


def start(den: Den, firm: Organisation, *, by: Any = None, key: Any = None, now: Any = NOW) -> Pitch:
    by = by or make_member(firm)
    return start_pitch(den=den, firm=firm, title="Sensors", by=by, submission_key=key or uuid4(), now=now)


# --- Starting -----------------------------------------------------------------------------------------


def test_start_sent_twice_makes_one_draft_and_a_second_is_one_too_many() -> None:
    den, firm, key = make_den(), make_supplier(), uuid4()
    bob = make_member(firm)

    assert start(den, firm, by=bob, key=key) == start(den, firm, by=bob, key=key)
    with pytest.raises(Refused, match="has 1 pitch in this den, and each firm may have 1"):
        start(den, firm, by=bob)

    withdraw_pitch(pitch=Pitch.objects.get(), by=bob, now=NOW)
    start(den, firm, by=bob)
    with pytest.raises(Refused, match="has 1 pitch"):
        take_back_pitch(pitch=Pitch.objects.filter(state=PitchState.WITHDRAWN).get(), by=bob, now=NOW)


@pytest.mark.parametrize(
    ("now", "opens"), [(OPENS - SECOND, False), (OPENS, True), (CLOSES - SECOND, True), (CLOSES, False)]
)
def test_start_keeps_to_the_second(now: Any, opens: bool) -> None:
    den, firm = make_den(), make_supplier()
    if opens:
        start(den, firm, now=now)
    else:
        with pytest.raises(Refused, match=r"not open for pitches yet|has closed"):
            start(den, firm, now=now)
    assert Pitch.objects.count() == opens


def test_start_is_for_writers_of_a_supplier_who_are_not_of_the_host() -> None:
    den, firm = make_den(), make_supplier()
    with pytest.raises(PermissionDenied):
        start(den, firm, by=make_member(firm, role=Role.VIEWER))
    with pytest.raises(PermissionDenied):
        start(den, den.host, by=den.owner)
    Membership.objects.create(organisation=firm, user=den.owner, role=Role.OWNER)
    with pytest.raises(Refused, match="You are a member of the host"):
        start(den, firm, by=den.owner)


# --- Every step ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("to", list(ACTIONS))
@pytest.mark.parametrize("state", list(PitchState))
def test_only_steps_of_the_table_are_taken(state: PitchState, to: PitchState) -> None:
    pitch = make_pitch(make_den(), state=state)
    if (state, to) in LEGAL:
        done = ACTIONS[to](pitch=pitch, by=pitch.started_by, now=NOW)
        assert done.state == to
        assert (done.submitted_at is not None) == (to == PitchState.SUBMITTED)
        return
    with pytest.raises(Refused):
        ACTIONS[to](pitch=pitch, by=pitch.started_by, now=NOW)
    assert Pitch.objects.get().state == state


@pytest.mark.parametrize(("state", "to"), sorted(LEGAL))
def test_no_step_is_taken_from_the_closing_second_on(state: PitchState, to: PitchState) -> None:
    pitch = make_pitch(make_den(), state=state)
    with pytest.raises(Refused, match="The call has closed"):
        ACTIONS[to](pitch=pitch, by=pitch.started_by, now=CLOSES)
    assert ACTIONS[to](pitch=pitch, by=pitch.started_by, now=CLOSES - SECOND).state == to


@pytest.mark.parametrize("action", [submit_pitch, take_back_pitch, withdraw_pitch])
def test_steps_are_for_writers_of_the_firm_that_leads(action: Any) -> None:
    pitch = make_pitch(make_den())
    partner = make_supplier("Joined Ltd")
    PitchPartner.objects.create(pitch=pitch, firm=partner, agreed_at=NOW)
    for person in (make_member(pitch.firm, role=Role.VIEWER), make_member(partner), pitch.den.owner, make_user()):
        with pytest.raises(PermissionDenied):
            action(pitch=pitch, by=person, now=NOW)


def test_a_submitted_pitch_is_not_changed_in_place() -> None:
    pitch = make_pitch(make_den())
    with pytest.raises(Refused, match="Take it back to a draft first"):
        save_pitch(pitch=pitch, version=1, by=pitch.started_by, fields={"idea": "Other"}, now=NOW)


def test_saving_twice_changes_once_and_a_stale_version_is_a_conflict() -> None:
    pitch = make_pitch(make_den(), state=PitchState.DRAFT)
    save = {"pitch": pitch, "version": 1, "by": pitch.started_by, "now": NOW}
    save_pitch(fields={"idea": "First"}, **save)
    save_pitch(fields={"idea": "First"}, **save)
    assert Pitch.objects.get().version == 2
    with pytest.raises(StaleWrite):
        save_pitch(fields={"idea": "Second"}, **save)
    with pytest.raises(ValueError, match="state"):
        save_pitch(fields={"state": PitchState.ACCEPTED}, **save)


# --- Eligibility --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("den", "firm", "says"),
    [
        ({"sizes": [Size.MICRO, Size.SMALL]}, {"size": Size.LARGE}, "This den is for micro firms and small firms"),
        ({"sizes": [Size.SMALL]}, {"size": ""}, "has not given its size"),
        ({"regions": [Region.WALES]}, {"region": Region.LONDON}, "This den is for firms in Wales"),
        ({"regions": [Region.WALES]}, {"region": ""}, "has not given its region"),
        ({}, {"status": "pending"}, "waiting to be verified"),
        ({"budget_cap": 11_999}, {}, "at most £11,999"),
    ],
)
def test_submission_is_refused_where(den: dict[str, Any], firm: dict[str, Any], says: str) -> None:
    pitch = make_pitch(make_den(**den), make_supplier(**firm), state=PitchState.DRAFT)
    with pytest.raises(Refused, match=says) as refused:
        submit_pitch(pitch=pitch, by=pitch.started_by, now=NOW)
    assert len(refused.value.reasons) == 1


def test_submission_says_everything_that_is_missing_at_once() -> None:
    den = make_den()
    den.eligibility_questions.create(text="Can you show a model?")
    pitch = start(den, make_supplier())
    PitchPartner.objects.create(pitch=pitch, firm=make_supplier("Asked Ltd"))
    fields = [reason.field or reason.message.split(".")[0] for reason in why_not_submit(pitch)]
    assert fields == [
        "Answer the question: Can you show a model?",
        *("summary", "problem", "idea", "evidence", "novelty", "test", "ask", "team", "ask_amount"),
        "Asked Ltd has not agreed yet",
    ]


def test_own_questions_are_checked_as_they_are_answered() -> None:
    den = make_den()
    model = den.eligibility_questions.create(text="Can you show a model?")
    words = den.eligibility_questions.create(text="Where is it?", type=QuestionType.TEXT, position=1)
    other = make_den(title="Other").eligibility_questions.create(text="Not of this den")
    pitch = make_pitch(den, state=PitchState.DRAFT)

    def answer(*given: Given) -> list[bool | None]:
        save_answers(
            pitch=pitch, version=Pitch.objects.get(pk=pitch.pk).version, given=given, by=pitch.started_by, now=NOW
        )
        return [check.ok for check in checks_of(Pitch.objects.get(pk=pitch.pk))]

    assert answer() == [None, None]
    assert answer(Given(model, is_yes=False), Given(words, text="In Leeds")) == [False, True]
    with pytest.raises(Refused, match="You answered no"):
        submit_pitch(pitch=pitch, by=pitch.started_by, now=NOW)
    assert answer(Given(model, is_yes=True), Given(words, text="In Leeds"), Given(other, is_yes=True)) == [True, True]
    assert submit_pitch(pitch=pitch, by=pitch.started_by, now=NOW).state == PitchState.SUBMITTED


# --- Dropping out -------------------------------------------------------------------------------------


def test_a_firm_that_is_invited_drops_out_and_the_host_hears_why() -> None:
    pitch = make_pitch(make_den(state=DenState.SCHEDULING), state=PitchState.ACCEPTED)
    done = drop_out(pitch=pitch, reason="Our founder is ill", by=pitch.started_by, now=CLOSES + SECOND)
    assert (done.state, done.drop_out_reason) == (PitchState.WITHDRAWN, "Our founder is ill")
    assert told("has dropped out") == {pitch.den.owner.email}
    assert Pitch.objects.visible_to(pitch.den.owner).count() == 1


@pytest.mark.parametrize(
    ("den_state", "state", "reason"),
    [
        (DenState.SCHEDULING, PitchState.SUBMITTED, "Ill"),
        (DenState.SCHEDULING, PitchState.REJECTED, "Ill"),
        (DenState.SCHEDULING, PitchState.ACCEPTED, "  "),
        (DenState.DECIDING, PitchState.ACCEPTED, "Ill"),
        (DenState.ARCHIVED, PitchState.ACCEPTED, "Ill"),
    ],
)
def test_dropping_out_is_refused_where(den_state: str, state: str, reason: str) -> None:
    pitch = make_pitch(make_den(state=den_state), state=state)
    with pytest.raises(Refused):
        drop_out(pitch=pitch, reason=reason, by=pitch.started_by, now=NOW)


# --- Firms together -----------------------------------------------------------------------------------


def ask(pitch: Pitch, firm: Organisation, key: Any = None) -> PitchPartner:
    return invite_partner(
        pitch=pitch, firm=firm, role="Homes", by=pitch.started_by, submission_key=key or uuid4(), now=NOW
    )


def test_a_firm_that_is_asked_reads_the_draft_and_says_yes() -> None:
    pitch, firm, key = make_pitch(make_den(), state=PitchState.DRAFT), make_supplier("Joined Ltd"), uuid4()
    carol = make_member(firm)
    assert not Pitch.objects.visible_to(carol).exists()

    partner = ask(pitch, firm, key)
    assert ask(pitch, firm, key) == partner

    assert told("asks you to pitch together") == {carol.email}
    assert Pitch.objects.visible_to(carol).exists()
    answer_partner(partner=partner, agrees=True, by=carol, now=CLOSES - SECOND)
    assert submit_pitch(pitch=pitch, by=pitch.started_by, now=CLOSES - SECOND).state == PitchState.SUBMITTED
    answer_partner(partner=partner, agrees=False, by=carol, now=CLOSES - SECOND)
    assert not Pitch.objects.visible_to(carol).exists()
    assert told("will not pitch with you") == {pitch.started_by.email}


def test_answers_are_for_writers_of_the_firm_that_is_asked_and_until_closing() -> None:
    pitch, firm = make_pitch(make_den(), state=PitchState.DRAFT), make_supplier("Joined Ltd")
    carol = make_member(firm)
    partner = ask(pitch, firm)
    for person in (pitch.started_by, make_member(firm, role=Role.VIEWER), make_user()):
        with pytest.raises(PermissionDenied):
            answer_partner(partner=partner, agrees=True, by=person, now=NOW)
    with pytest.raises(Refused, match="has closed"):
        answer_partner(partner=partner, agrees=True, by=carol, now=CLOSES)


def test_a_firm_of_which_nobody_is_here_cannot_be_asked() -> None:
    pitch, firm = make_pitch(make_den(), state=PitchState.DRAFT), make_supplier("Listed Ltd")
    make_member(firm, role=Role.VIEWER)
    with pytest.raises(Refused, match="Nobody writes for Listed Ltd on this service yet"):
        ask(pitch, firm)


def test_a_firm_is_taken_out_and_not_asked_twice() -> None:
    pitch, firm = make_pitch(make_den(), state=PitchState.DRAFT), make_supplier("Joined Ltd")
    carol = make_member(firm)
    partner = ask(pitch, firm)
    for wrong in (firm, pitch.firm, pitch.den.host):
        with pytest.raises(Refused):
            ask(pitch, wrong)
    remove_partner(pitch=pitch, partner=partner, by=pitch.started_by, now=NOW)
    assert not Pitch.objects.visible_to(carol).exists()
    with pytest.raises(Refused, match="no longer asked"):
        answer_partner(partner=partner, agrees=True, by=carol, now=NOW)


# --- Days, needs, files -------------------------------------------------------------------------------


def test_days_may_change_until_the_schedule_is_settled() -> None:
    den = make_den(state=DenState.SCHEDULING)
    pitch = make_pitch(den, state=PitchState.ACCEPTED)
    days = {(DAY, Half.MORNING): "cannot", (DAY, Half.AFTERNOON): "wish", (DAY + timedelta(9), Half.MORNING): "wish"}
    needs = {"needs": [RoomFeature.SCREEN], "needs_note": "Two of us join by link"}
    save = {"half_days": days, "fields": needs, "version": 1, "by": pitch.started_by, "now": CLOSES + SECOND}

    save_days(pitch=pitch, **save)  # type: ignore[arg-type]
    save_days(pitch=pitch, **save)  # type: ignore[arg-type]

    assert list(pitch.half_days.values_list("date", "half", "is_wish")) == [(DAY, "am", False), (DAY, "pm", True)]
    assert Pitch.objects.get().needs == ["screen"]
    Den.objects.update(state=DenState.ON_THE_DAY)
    with pytest.raises(Refused):
        save_days(pitch=pitch, **{**save, "half_days": {}})  # type: ignore[arg-type]


def test_files_are_read_by_those_who_may_read_the_pitch() -> None:
    den = make_den()
    pitch = make_pitch(den, state=PitchState.DRAFT)
    upload = SimpleUploadedFile("plan.csv", b"a,b\n1,2\n", content_type="text/csv")
    save_files(pitch=pitch, version=1, uploads=[upload], video_url="", by=pitch.started_by, now=NOW)
    stored = pitch.files.get()
    seat, conflicted = make_panellist(den), make_panellist(den)
    make_conflict(conflicted, pitch)
    people = {"firm": pitch.started_by, "host": den.owner, "panel": seat.user, "conflict": conflicted.user,
              "outsider": make_user()}  # fmt: skip

    def readers() -> set[str]:
        return {name for name, person in people.items() if person and can_read_file(person, stored, NOW)}

    assert readers() == {"firm"}
    Pitch.objects.update(state=PitchState.SUBMITTED, submitted_at=NOW)
    assert readers() == {"firm"}  # the call is still open
    Den.objects.update(state=DenState.SCREENING)
    assert readers() == {"firm", "host"}
    Pitch.objects.update(state=PitchState.ACCEPTED)
    assert readers() == {"firm", "host", "panel"}
    with pytest.raises(Refused):
        remove_pitch_file(pitch=pitch, stored_file=stored, by=pitch.started_by, now=NOW)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE innovation_den_pitch SET state = 'lost'",
        "UPDATE innovation_den_pitch SET submitted_at = NULL",
        "UPDATE innovation_den_pitch SET state = 'rejected', reason = ''",
    ],
)
def test_the_database_holds_the_states(sql: str) -> None:
    make_pitch(make_den())
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
