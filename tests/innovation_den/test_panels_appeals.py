"""Appeals: once, in time, decided by somebody who took no part; the firm hears why."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from innovation_den.actions.screening import decide_appeal, make_appeal
from innovation_den.choices import AppealState, DenState, PitchState, Verdict
from innovation_den.models import Appeal, Den, Pitch
from innovation_den.rules import why_not_scheduling
from innovation_den.screening_rules import why_not_final
from portal.accounts.models import User
from portal.audit.models import Event
from portal.notifications.models import Delivery
from portal.organisations.choices import Role
from portal.refusals import Refused
from portal.working_days import shift_working_days
from tests.engagement.makers import make_authority
from tests.factories import make_member
from tests.innovation_den.makers import NOW, make_den, make_pitch, make_view

pytestmark = pytest.mark.django_db


def make_rejected(*, others: int = 1) -> tuple[Pitch, User, list[User]]:
    """A pitch that two rejected, the owner of the den, and writers of the host who took no part."""
    host = make_authority()
    owner, one, two = (make_member(host, role=Role.EDITOR) for _ in range(3))
    den = make_den(host, by=owner, state=DenState.SCREENING)
    pitch = make_pitch(den, state=PitchState.REJECTED, decided_at=NOW, decided_by=owner)
    make_view(pitch, one, Verdict.REJECT)
    make_view(pitch, two, Verdict.REJECT)
    return pitch, owner, [make_member(host, role=Role.EDITOR) for _ in range(others)]


def appeal_to(pitch: Pitch, by: User | None = None, now: datetime = NOW, **fields: Any) -> Appeal:
    fields = {"text": "You overlooked our trial.", "submission_key": uuid4(), **fields}
    return make_appeal(pitch=pitch, by=by or pitch.started_by, now=now, **fields)


def decide(appeal: Appeal, by: User, *, is_upheld: bool = True, answer: str = "The trial is new to us.") -> Appeal:
    return decide_appeal(appeal=appeal, is_upheld=is_upheld, answer=answer, by=by, now=NOW)


def told(subject: str) -> set[str]:
    return set(Delivery.objects.filter(message__subject__startswith=subject).values_list("email", flat=True))


def test_upheld_invites_the_firm() -> None:
    pitch, _, (free,) = make_rejected()
    appeal = appeal_to(pitch)
    assert told("An appeal to decide") == {free.email}

    decide(appeal, free)

    pitch.refresh_from_db()
    assert (pitch.state, pitch.reason, pitch.decided_by) == (PitchState.ACCEPTED, "", free)
    assert told("Your appeal is upheld") == {pitch.started_by.email}


def test_refused_leaves_the_decision_and_is_final() -> None:
    pitch, _, (free,) = make_rejected()
    appeal = decide(appeal_to(pitch), free, is_upheld=False, answer="The trial was of something else.")

    pitch.refresh_from_db()
    assert (pitch.state, appeal.state) == (PitchState.REJECTED, AppealState.REFUSED)
    assert "The trial was of something else." in Delivery.objects.latest("pk").message.body
    with pytest.raises(Refused, match="decided already"):
        decide(appeal, free)
    with pytest.raises(Refused, match="may appeal once"):
        appeal_to(pitch)


def test_nobody_who_took_part_decides() -> None:
    pitch, owner, _ = make_rejected()
    appeal = appeal_to(pitch)

    for person in (owner, *(view.screener for view in pitch.screenings.all()), pitch.started_by):
        with pytest.raises(PermissionDenied):
            decide(appeal, person)


def test_owner_decides_where_nobody_else_is_left_and_the_record_says_why() -> None:
    pitch, owner, _ = make_rejected(others=0)
    appeal = appeal_to(pitch)

    with pytest.raises(PermissionDenied):
        decide(appeal, pitch.screenings.all()[0].screener)
    decide(appeal, owner)

    event = Event.objects.get(name="innovation_den.appeal.upheld")
    assert event.note == "Nobody else writes for Ashford Vale Council who took no part in the screening of this pitch."


def test_appeal_comes_within_ten_working_days_to_the_second() -> None:
    pitch, _, _ = make_rejected()
    last = shift_working_days(NOW, 10)

    with pytest.raises(Refused, match="within 10 working days"):
        appeal_to(pitch, now=last + timedelta(seconds=1))
    assert appeal_to(pitch, now=last).state == AppealState.OPEN


def test_same_form_sent_twice_appeals_once() -> None:
    pitch, _, _ = make_rejected()
    key = uuid4()

    assert appeal_to(pitch, submission_key=key) == appeal_to(pitch, submission_key=key)


def test_only_a_writer_of_the_firm_appeals_and_only_against_a_rejection() -> None:
    pitch, owner, _ = make_rejected()
    for person in (owner, make_member(pitch.firm, role=Role.VIEWER)):
        with pytest.raises(PermissionDenied):
            appeal_to(pitch, by=person)
    with pytest.raises(Refused, match="Only a pitch that was not invited"):
        appeal_to(make_pitch(pitch.den, pitch.firm, by=pitch.started_by))
    with pytest.raises(Refused, match="Say why"):
        appeal_to(pitch, text=" ")
    Den.objects.update(state=DenState.ON_THE_DAY)
    pitch.den.refresh_from_db()
    with pytest.raises(Refused, match="has gone on"):
        appeal_to(pitch)


def test_planning_waits_for_an_appeal_and_the_day_for_the_time_to_appeal() -> None:
    pitch, _, (free,) = make_rejected()
    make_pitch(pitch.den, state=PitchState.ACCEPTED)
    assert why_not_scheduling(pitch.den, NOW) == []
    assert why_not_final(pitch.den, NOW) == [
        "1 firm that was not invited may still appeal, until 10am on 23 November 2026"
    ]

    appeal = appeal_to(pitch)
    assert why_not_scheduling(pitch.den, NOW) == ["1 appeal waits for a decision"]

    decide(appeal, free, is_upheld=False)
    assert (why_not_scheduling(pitch.den, NOW), why_not_final(pitch.den, NOW)) == ([], [])


def test_pages_lead_a_firm_and_the_one_who_decides() -> None:
    pitch, owner, (free,) = make_rejected()
    firm, decider, involved = Client(), Client(), Client()
    firm.force_login(pitch.started_by)
    decider.force_login(free)
    involved.force_login(owner)
    make = reverse("innovation_den:appeal-create", args=[pitch.reference])
    take = reverse("innovation_den:appeal-decide", args=[pitch.reference])

    assert b"It does not meet the challenge." in firm.get(make).content
    assert b"Say why the decision should be different" in firm.post(make, {"text": ""}).content
    assert firm.post(make, {"text": "Look again", "submission_key": uuid4()}).status_code == 302
    assert b"Waiting for a decision" in firm.get(make).content
    assert b"You took part in the decision" in involved.get(take).content
    assert b"Choose whether the appeal is upheld" in decider.post(take, {"answer": "Fair."}).content
    assert decider.post(take, {"decision": "upheld", "answer": "Fair."}).status_code == 302
    assert b"Upheld: you are invited" in firm.get(make).content


def test_database_takes_no_decision_without_an_answer_and_no_second_appeal() -> None:
    pitch, owner, _ = make_rejected()
    appeal = appeal_to(pitch)
    for fields in ({"state": "upheld"}, {"state": "upheld", "answer": "Yes"}, {"state": "perhaps"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Appeal.objects.filter(pk=appeal.pk).update(**fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        Appeal.objects.create(pitch=pitch, text="Again", made_by=owner, made_at=NOW)
