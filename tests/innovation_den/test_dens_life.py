"""The life of a den: each step with its guards, who may take it, who is told, and the clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from innovation_den.actions.den_parts import remove_part
from innovation_den.actions.dens import delete_den, move_den, put_off_closing, start_den
from innovation_den.choices import DEN_TRANSITIONS, Booked, DenState, PanellistState, PitchState
from innovation_den.models import Booking, Criterion, Den, Pitch, Slot
from innovation_den.rules import GUARDS, why_not_open
from innovation_den.tasks import close_dens
from portal.accounts.models import User
from portal.notifications.models import Delivery, Message
from portal.organisations.choices import Role, Size
from portal.organisations.models import Organisation
from portal.refusals import Refused, StaleWrite
from portal.schedule import SCHEDULE
from techmap.models import CapabilityFollow
from tests.engagement.makers import make_authority, make_capability, make_request
from tests.factories import make_member, make_user
from tests.innovation_den.makers import CLOSES, NOW, OPENS, make_den, make_panellist, make_pitch

pytestmark = pytest.mark.django_db
EARLIER = OPENS - timedelta(days=3)


def make_host() -> tuple[Organisation, User]:
    host = make_authority()
    return host, make_member(host, role=Role.EDITOR)


def make_draft(**fields: Any) -> Den:
    """A draft that lacks nothing."""
    den = make_den(state=DenState.DRAFT, **fields)
    den.capabilities.add(make_capability())
    return den


def told(subject: str) -> set[str]:
    return set(Delivery.objects.filter(message__subject__startswith=subject).values_list("email", flat=True))


# --- Starting -----------------------------------------------------------------------------------------


def test_start_is_for_small_firms_and_sent_twice_makes_one() -> None:
    host, alice = make_host()
    key = uuid4()

    dens = [start_den(host=host, title="Damp", by=alice, submission_key=key) for _ in range(2)]

    assert dens[0] == dens[1]
    assert Den.objects.get().sizes == [Size.MICRO, Size.SMALL, Size.MEDIUM]
    assert Den.objects.get().owner == alice


def test_start_from_a_request_takes_up_its_problem_and_capabilities() -> None:
    host, alice = make_host()
    request = make_request(host, problem="Damp is found late")

    den = start_den(host=host, title="Damp", by=alice, submission_key=uuid4(), request=request.reference)

    assert (den.engagement, den.challenge) == (request, "Damp is found late")
    assert list(den.capabilities.all()) == list(request.capabilities.all())


def test_start_from_the_request_of_another_body_leaves_it_out() -> None:
    host, alice = make_host()
    other = make_request(make_authority("Birch Vale Council"), problem="Not theirs")

    den = start_den(host=host, title="Damp", by=alice, submission_key=uuid4(), request=other.reference)

    assert (den.engagement, den.challenge) == (None, "")


def test_start_is_for_writers_of_a_public_body() -> None:
    host, _ = make_host()
    viewer = make_member(host, role=Role.VIEWER)
    with pytest.raises(PermissionDenied):
        start_den(host=host, title="Damp", by=viewer, submission_key=uuid4())


# --- Publishing ---------------------------------------------------------------------------------------


def test_publication_says_everything_that_is_missing_at_once() -> None:
    host, alice = make_host()
    den = start_den(host=host, title="Damp", by=alice, submission_key=uuid4())

    with pytest.raises(Refused) as refused:
        move_den(den=den, to=DenState.OPEN, by=alice, now=NOW)

    said = [reason.message for reason in refused.value.reasons]
    assert [words.split(" so ")[0].rstrip(",") for words in said] == [
        "Describe the challenge",
        "Choose at least one capability as the theme",
        "Say what the winners get",
        "Give the most that one test may cost",
        "Write the rules that firms pitch by",
        "Add at least one criterion",
        "Give the date and time when the call closes",
        "Add at least one session in which pitches are heard",
    ]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda den: den.criteria.filter(position=0).update(scale=["", "a"]), "Describe each score from 0 to 5"),
        (lambda den: den.criteria.update(is_optional=True), "At least one criterion must always be scored"),
        (lambda den: Den.objects.filter(pk=den.pk).update(closes_at=EARLIER + timedelta(days=13)), "at least 14 days"),
        (lambda den: den.sessions.first().rooms.clear(), "Choose a room"),
        (lambda den: den.rooms.update(place="", link=""), "Give the address or the video link"),
        (lambda den: den.sessions.filter(pk=den.sessions.first().pk).update(starts_at=OPENS), "must start after"),
        (lambda den: Den.objects.filter(pk=den.pk).update(most_pitches_in_all=2), "at least as many pitches in all"),
        (lambda den: Organisation.objects.filter(pk=den.host_id).update(status="pending"), "waiting to be verified"),
    ],
)  # fmt: skip
def test_publication_is_refused_where(spoil: Any, says: str) -> None:
    den = make_draft(opens_at=None)
    assert why_not_open(den, EARLIER) == []

    spoil(den)

    reasons = why_not_open(Den.objects.get(pk=den.pk), EARLIER)
    assert len(reasons) == 1, reasons
    assert says in reasons[0]


def test_publication_opens_the_call_and_tells_whom_it_concerns_once() -> None:
    den = make_draft(opens_at=None)
    follower = make_user("follower@example.org")
    CapabilityFollow.objects.create(user=follower, capability=make_capability())

    move_den(den=den, to=DenState.OPEN, by=den.owner, now=EARLIER)

    den.refresh_from_db()
    assert (den.state, den.published_at, den.opens_at) == (DenState.OPEN, EARLIER, EARLIER)
    assert told("New innovation den") == {"follower@example.org"}
    with pytest.raises(Refused):
        move_den(den=den, to=DenState.OPEN, by=den.owner, now=EARLIER)
    assert Message.objects.filter(subject__startswith="New innovation den").count() == 1


# --- Every step of the table --------------------------------------------------------------------------


@pytest.mark.parametrize("to", [str(state.value) for state in DenState])
@pytest.mark.parametrize("state", [str(state.value) for state in DenState])
def test_only_steps_of_the_table_are_taken(state: str, to: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("innovation_den.rules.GUARDS", {name: lambda den, now: [] for name in DenState})
    den = make_den(state=state)
    if to in DEN_TRANSITIONS[state]:
        assert move_den(den=den, to=to, by=den.owner, now=NOW, reason="The budget is gone").state == to
        return
    with pytest.raises(Refused):
        move_den(den=den, to=to, by=den.owner, now=NOW, reason="The budget is gone")
    assert Den.objects.get().state == state


@pytest.mark.parametrize("state", [DenState.SCREENING, DenState.SCHEDULING, DenState.ON_THE_DAY, DenState.DECIDING])
def test_each_step_asks_its_guard(state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (to,) = DEN_TRANSITIONS[state] - {DenState.ARCHIVED}
    monkeypatch.setitem(GUARDS, to, lambda den, now: ["a", "b"])
    den = make_den(state=state)
    with pytest.raises(Refused) as refused:
        move_den(den=den, to=to, by=den.owner, now=NOW)
    assert [reason.message for reason in refused.value.reasons] == ["a", "b"]


def test_a_den_moves_by_its_host_alone() -> None:
    den = make_den()
    for person in (make_member(den.host, role=Role.VIEWER), make_user(is_staff=True), make_user()):
        with pytest.raises(PermissionDenied):
            move_den(den=den, to=DenState.ARCHIVED, by=person, now=NOW, reason="x")


# --- Calling off --------------------------------------------------------------------------------------


def test_calling_off_needs_a_reason() -> None:
    den = make_den(state=DenState.SCREENING)
    with pytest.raises(Refused, match="Say why the den is called off"):
        move_den(den=den, to=DenState.ARCHIVED, by=den.owner, now=NOW, reason="  ")


def test_calling_off_tells_firms_and_panellists() -> None:
    den = make_den()
    for state in (PitchState.DRAFT, PitchState.SUBMITTED, PitchState.WITHDRAWN):
        pitch = make_pitch(den, state=state)
        User.objects.filter(pk=pitch.started_by_id).update(email=f"{state}@example.org")
    sitting = make_panellist(den)
    make_panellist(den, state=PanellistState.INVITED, email="invited@example.org")
    make_panellist(den, state=PanellistState.DECLINED, email="declined@example.org")

    move_den(den=den, to=DenState.ARCHIVED, by=den.owner, now=NOW, reason="The budget is gone")

    assert told("Called off") == {"draft@example.org", "submitted@example.org", sitting.email, "invited@example.org"}
    assert Den.objects.get().is_called_off
    assert "The budget is gone" in Message.objects.filter(subject__startswith="Called off")[0].body


def test_the_host_of_a_den_that_is_called_off_reads_no_pitch_that_was_not_screened() -> None:
    den = make_den()
    make_pitch(den)
    screened = make_pitch(den, state=PitchState.REJECTED)
    move_den(den=den, to=DenState.ARCHIVED, by=den.owner, now=NOW, reason="The budget is gone")
    assert list(Pitch.objects.visible_to(den.owner)) == [screened]


def test_calling_off_gives_rooms_and_people_free() -> None:
    den = make_den(state=DenState.SCHEDULING)
    pitch, room, session = make_pitch(den, state=PitchState.ACCEPTED), den.rooms.get(), den.sessions.first()
    start, end = session.slots[0]
    slot = Slot.objects.create(pitch=pitch, den=den, session=session, room=room, starts_at=start, ends_at=end)
    Booking.objects.create(slot=slot, kind=Booked.ROOM, room=room, during=(start, end))

    move_den(den=den, to=DenState.ARCHIVED, by=den.owner, now=NOW, reason="The budget is gone")

    slot.refresh_from_db()
    assert (slot.cancelled_at, slot.sequence, Booking.objects.count()) == (NOW, 1, 0)


def test_a_published_day_keeps_a_session_and_a_room() -> None:
    den = make_den()
    room, (first, second) = den.rooms.get(), den.sessions.all()
    with pytest.raises(Refused, match="only this room"):
        remove_part(den=den, kind="rooms", pk=room.pk, by=den.owner)
    remove_part(den=den, kind="sessions", pk=first.pk, by=den.owner)
    with pytest.raises(Refused, match="at least one session"):
        remove_part(den=den, kind="sessions", pk=second.pk, by=den.owner)


def test_a_den_that_is_decided_is_put_away_without_a_reason() -> None:
    den = make_den(state=DenState.DECIDED)
    move_den(den=den, to=DenState.ARCHIVED, by=den.owner, now=NOW)
    assert not Den.objects.get().is_called_off


# --- The clock ----------------------------------------------------------------------------------------

SECOND = timedelta(seconds=1)


def test_state_by_the_clock_one_second_either_side() -> None:
    den = make_den()
    assert den.state_at(CLOSES - SECOND) == DenState.OPEN
    assert den.state_at(CLOSES) == DenState.SCREENING
    assert [den.takes_pitches(at) for at in (OPENS - SECOND, OPENS, CLOSES - SECOND, CLOSES)] == [
        False, True, True, False,
    ]  # fmt: skip


def test_the_task_closes_what_is_due_and_tells_the_host_once() -> None:
    den = make_den()
    make_pitch(den)

    assert close_dens(CLOSES - SECOND) == 0
    assert (close_dens(CLOSES), close_dens(CLOSES)) == (1, 0)

    assert Den.objects.get().state == DenState.SCREENING
    assert told("The call has closed") == {den.owner.email}
    assert "1 pitch was submitted" in Message.objects.get(subject__startswith="The call has closed").body
    assert SCHEDULE["close-dens"]["task"] == "innovation_den.tasks.close_due_dens"


def test_a_person_cannot_close_the_call_early() -> None:
    den = make_den()
    with pytest.raises(Refused, match="The call is open until"):
        move_den(den=den, to=DenState.SCREENING, by=den.owner, now=CLOSES - SECOND)
    with pytest.raises(PermissionDenied):
        move_den(den=den, to=DenState.ARCHIVED, by=None, now=CLOSES, reason="x")


# --- What may still change ----------------------------------------------------------------------------


def test_closing_moves_later_and_everybody_who_began_is_told() -> None:
    den = make_den()
    pitch = make_pitch(den, state=PitchState.DRAFT)
    make_pitch(den, state=PitchState.WITHDRAWN)
    later = CLOSES + timedelta(days=1)

    put_off_closing(den=den, closes_at=later, version=den.version, by=den.owner, now=CLOSES - SECOND)
    put_off_closing(den=den, closes_at=later, version=den.version, by=den.owner, now=CLOSES - SECOND)

    assert Den.objects.get().closes_at == later
    assert told("More time to pitch") == {pitch.started_by.email}


@pytest.mark.parametrize(
    ("closes_at", "now", "says"),
    [
        (CLOSES - SECOND, NOW, "cannot close earlier"),
        (CLOSES + timedelta(days=1), CLOSES, "Only a call that is open"),
        (CLOSES + timedelta(days=40), NOW, "before the first session"),
    ],
)
def test_closing_is_not_moved(closes_at: Any, now: Any, says: str) -> None:
    den = make_den()
    with pytest.raises(Refused, match=says):
        put_off_closing(den=den, closes_at=closes_at, version=den.version, by=den.owner, now=now)


def test_closing_moved_by_two_people_at_once_is_a_conflict() -> None:
    den = make_den()
    put_off_closing(den=den, closes_at=CLOSES + SECOND, version=1, by=den.owner, now=NOW)
    with pytest.raises(StaleWrite):
        put_off_closing(den=den, closes_at=CLOSES + 2 * SECOND, version=1, by=den.owner, now=NOW)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE innovation_den_criterion SET weight = 9",
        "DELETE FROM innovation_den_criterion",
        "UPDATE innovation_den_eligibilityquestion SET text = 'x'",
        "DELETE FROM innovation_den_eligibilityquestion",
        "UPDATE innovation_den_den SET closes_at = NULL",
        "UPDATE innovation_den_den SET state = 'lost'",
        "UPDATE innovation_den_den SET panel_size = 2",
        "UPDATE innovation_den_den SET closes_at = opens_at",
    ],
)
def test_the_database_holds_what_firms_rely_on(sql: str) -> None:
    den = make_den()
    den.eligibility_questions.create(text="Can you show a model?")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_draft_is_deleted_with_its_parts_and_a_public_den_is_not() -> None:
    draft = make_draft()
    delete_den(den=draft, by=draft.owner)
    assert (Den.objects.count(), Criterion.objects.count()) == (0, 0)

    den = make_den()
    with pytest.raises(Refused):
        delete_den(den=den, by=den.owner)
