"""Deadlines: one stored instant, held by every action, one second either side."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from engagement.actions.outcomes import chase_outcome, save_outcome
from engagement.actions.questions import ask_question
from engagement.actions.requests import close_request
from engagement.actions.responses import Given, save_response, start_response, submit_response, withdraw_response
from engagement.choices import RequestState, ResponseState
from engagement.models import EngagementRequest, Response
from engagement.queries import responses_for_reading
from portal.accounts.models import User
from portal.notifications.models import Message
from portal.organisations.models import Organisation
from portal.refusals import Refused
from tests.engagement.makers import CLOSES, NOW, make_market_question, make_response

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


def test_state_by_the_clock(request_: EngagementRequest) -> None:
    assert request_.state_at(CLOSES - SECOND) == RequestState.PUBLISHED
    assert request_.state_at(CLOSES) == RequestState.CLOSED


def test_not_open_before_the_opening_second(request_: EngagementRequest) -> None:
    assert request_.is_open(NOW - SECOND) is False
    assert request_.is_open(NOW) is True


def response_writes(response: Response, by: User) -> dict[str, Callable[[datetime], Any]]:
    """Each write of a response, as a call that takes the time."""
    question = response.request.market_questions.get()
    return {
        "start": lambda now: start_response(request=response.request, supplier=response.supplier, by=by, now=now),
        "save": lambda now: save_response(
            response=response, version=response.version, given=[Given(question, "Maps")], by=by, now=now
        ),
        "submit": lambda now: submit_response(response=response, by=by, now=now),
        "withdraw": lambda now: withdraw_response(response=response, by=by, now=now),
    }


@pytest.mark.parametrize("write", ["start", "save", "submit", "withdraw"])
def test_response_is_taken_until_the_second_before_closing(
    request_: EngagementRequest, supplier: Organisation, bob: User, write: str
) -> None:
    make_market_question(request_)
    response = make_response(request_, supplier, bob, state=ResponseState.DRAFT, answer="Aerial pictures")
    with pytest.raises(Refused, match="closed"):
        response_writes(response, bob)[write](CLOSES)
    response_writes(response, bob)[write](CLOSES - SECOND)


def test_question_is_taken_until_the_second_before_its_deadline(
    request_: EngagementRequest, supplier: Organisation, bob: User
) -> None:
    def ask(now: datetime) -> None:
        ask_question(request=request_, supplier=supplier, text="When?", by=bob, now=now, submission_key=uuid4())

    deadline = request_.questions_close_at
    assert deadline is not None
    with pytest.raises(Refused, match="Questions on this request are closed"):
        ask(deadline)
    ask(deadline - SECOND)
    assert request_.questions.count() == 1


def test_authority_reads_no_response_before_the_closing_second(
    request_: EngagementRequest, supplier: Organisation, alice: User, bob: User
) -> None:
    response = make_response(request_, supplier, bob)
    assert list(responses_for_reading(request_, alice, CLOSES - SECOND)) == []
    assert list(responses_for_reading(request_, alice, CLOSES)) == [response]


def test_drafts_and_withdrawn_responses_are_never_read(
    request_: EngagementRequest, supplier: Organisation, alice: User, bob: User
) -> None:
    response = make_response(request_, supplier, bob, state=ResponseState.DRAFT)
    for state in (ResponseState.DRAFT, ResponseState.WITHDRAWN):
        Response.objects.filter(pk=response.pk).update(state=state)
        assert list(responses_for_reading(request_, alice, CLOSES)) == []


def test_close_stores_the_deadline_and_tells_once(request_: EngagementRequest, alice: User) -> None:
    assert close_request(request=request_, now=CLOSES - SECOND) is False
    assert close_request(request=request_, now=CLOSES + timedelta(minutes=5)) is True
    assert close_request(request=request_, now=CLOSES + timedelta(minutes=6)) is False
    request_.refresh_from_db()
    assert (request_.state, request_.closed_at) == (RequestState.CLOSED, CLOSES)
    assert Message.objects.filter(subject__startswith="Closed:").count() == 1


def test_outcome_waits_for_closing(request_: EngagementRequest, alice: User) -> None:
    with pytest.raises(Refused, match="after the request has closed"):
        save_outcome(request=request_, version=1, by=alice, now=CLOSES - SECOND, summary="We heard", next_steps="")
    save_outcome(request=request_, version=1, by=alice, now=CLOSES, summary="We heard", next_steps="")


def test_outcome_is_due_in_20_working_days(request_: EngagementRequest) -> None:
    # From Friday 20 November 2026: 20 working days later is Friday 18 December.
    due = request_.outcome_due_at
    assert due is not None
    assert due.date().isoformat() == "2026-12-18"
    assert request_.outcome_is_overdue(due) is False
    assert request_.outcome_is_overdue(due + SECOND) is True


def test_overdue_outcome_is_chased_once(request_: EngagementRequest, alice: User) -> None:
    due = request_.outcome_due_at
    assert due is not None
    close_request(request=request_, now=CLOSES)
    request_.refresh_from_db()
    assert chase_outcome(request=request_, now=due) is False
    assert chase_outcome(request=request_, now=due + SECOND) is True
    assert chase_outcome(request=request_, now=due + timedelta(days=3)) is True
    assert Message.objects.filter(subject__startswith="Outcome overdue").count() == 1


def test_deadline_in_summer_time_is_local(request_: EngagementRequest) -> None:
    # 17:00 in London on Tuesday 31 March 2026 is 16:00 UTC; one working day before is 17:00 on Monday 30,
    # and two before is 17:00 on Friday 27, when London was still on GMT.
    request_.closes_at = datetime.fromisoformat("2026-03-31T16:00+00:00")
    assert request_.answers_due_at == datetime.fromisoformat("2026-03-30T16:00+00:00")
    from portal.working_days import shift_working_days

    assert shift_working_days(request_.closes_at, -2) == datetime.fromisoformat("2026-03-27T17:00+00:00")
