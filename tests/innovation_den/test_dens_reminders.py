"""Firms are reminded once of a pitch that is not submitted; and the database holds when a call closes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from innovation_den.actions.pitches import remind_of_draft
from innovation_den.choices import DenState, PitchState
from innovation_den.models import Den, Pitch, PitchPartner
from innovation_den.tasks import remind_of_drafts
from portal.notifications.models import Delivery, Message
from portal.organisations.choices import Role
from portal.schedule import SCHEDULE
from tests.factories import make_member, make_supplier
from tests.innovation_den.makers import CLOSES, NOW, make_den, make_pitch

pytestmark = pytest.mark.django_db

MORNING = datetime(2026, 11, 24, 8, 45, tzinfo=UTC)  # a Tuesday; the call closes at 5pm on the Friday
SUBJECT = "Not submitted yet: Sensors that smell mould, 1"


def told_at(now: datetime) -> set[str]:
    with time_machine.travel(now, tick=False):
        remind_of_drafts()
    return set(Delivery.objects.filter(message__subject=SUBJECT).values_list("email", flat=True))


def test_writers_of_the_firm_are_told_on_the_third_working_day_before_and_once() -> None:
    pitch = make_pitch(make_den(), state=PitchState.DRAFT)
    editor = make_member(pitch.firm, role=Role.EDITOR)
    make_member(pitch.firm, role=Role.VIEWER)
    partner = make_supplier("Partner Ltd")
    make_member(partner)
    PitchPartner.objects.create(pitch=pitch, firm=partner, agreed_at=NOW)
    writers = {pitch.started_by.email, editor.email}
    assert told_at(MORNING - timedelta(days=1)) == set()
    assert told_at(MORNING) == writers
    assert told_at(MORNING + timedelta(days=1)) == writers
    assert (Message.objects.count(), Delivery.objects.count()) == (1, 2)
    assert "The call closes 5pm on 27 November 2026" in Message.objects.get().body


def test_weekends_and_bank_holidays_do_not_count() -> None:
    monday_after_christmas = datetime(2026, 12, 29, 17, 0, tzinfo=UTC)  # 25 and 28 December are bank holidays
    make_pitch(make_den(closes_at=monday_after_christmas), state=PitchState.DRAFT)
    assert told_at(datetime(2026, 12, 21, 8, 45, tzinfo=UTC)) == set()
    assert len(told_at(datetime(2026, 12, 22, 8, 45, tzinfo=UTC))) == 1


@pytest.mark.parametrize("state", sorted(set(PitchState) - {PitchState.DRAFT}))
def test_what_is_submitted_or_withdrawn_is_not_spoken_of(state: str) -> None:
    pitch = make_pitch(make_den(), state=state)
    assert told_at(MORNING) == set()
    assert not remind_of_draft(pitch=pitch, now=MORNING)


@pytest.mark.parametrize("state", sorted(set(DenState) - {DenState.OPEN}))
def test_only_a_call_that_is_open_is_spoken_of(state: str) -> None:
    pitch = make_pitch(make_den(state=state), state=PitchState.DRAFT)
    assert told_at(MORNING) == set()
    assert not remind_of_draft(pitch=pitch, now=MORNING)


def test_nobody_is_reminded_from_the_closing_second_on() -> None:
    pitch = make_pitch(make_den(), state=PitchState.DRAFT)
    assert told_at(CLOSES) == set()
    assert not remind_of_draft(pitch=pitch, now=CLOSES)


def test_pitch_submitted_since_the_list_was_made_is_left_alone() -> None:
    pitch = make_pitch(make_den(), state=PitchState.DRAFT)
    Pitch.objects.filter(pk=pitch.pk).update(state=PitchState.SUBMITTED, submitted_at=MORNING)
    assert not remind_of_draft(pitch=pitch, now=MORNING)
    assert Message.objects.count() == 0


def test_one_that_fails_keeps_no_other_from_hearing(monkeypatch: pytest.MonkeyPatch) -> None:
    from innovation_den import tasks

    den = make_den(most_pitches_each=3)
    pitches = [make_pitch(den, state=PitchState.DRAFT) for _ in range(2)]

    def fail_at_first(*, pitch: Pitch, now: datetime) -> bool:
        if pitch == pitches[0]:
            raise RuntimeError("the mail room burns")
        return remind_of_draft(pitch=pitch, now=now)

    monkeypatch.setattr(tasks, "remind_of_draft", fail_at_first)
    assert told_at(MORNING) == set()
    assert Message.objects.get().subject == "Not submitted yet: Sensors that smell mould, 2"


def test_clock_reminds() -> None:
    assert SCHEDULE["remind-of-drafts"]["task"] == remind_of_drafts.name


# --- When a call closes ------------------------------------------------------------------------------


def close_at(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE innovation_den_den SET closes_at = closes_at {sql}")


@pytest.mark.parametrize("state", sorted(set(DenState) - {DenState.DRAFT}))
def test_database_lets_no_published_call_close_earlier(state: str) -> None:
    make_den(state=state)
    with pytest.raises(IntegrityError, match="never closes earlier than was announced"):
        close_at("- interval '1 second'")
    assert Den.objects.get().closes_at == CLOSES


def test_database_lets_a_call_close_later_and_a_draft_earlier() -> None:
    make_den()
    close_at("+ interval '1 second'")
    make_den(state=DenState.DRAFT, title="Potholes")
    Den.objects.filter(state=DenState.DRAFT).update(closes_at=CLOSES - timedelta(days=1))
    with pytest.raises(IntegrityError, match="never closes earlier"):
        close_at("- interval '1 second'")
