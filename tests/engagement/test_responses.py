"""Responses: one for each supplier, changed until closing, handed in complete."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from engagement.actions.responses import Given, save_response, start_response, submit_response, withdraw_response
from engagement.choices import ResponseState
from engagement.models import Answer, EngagementRequest, Response
from engagement.queries import numbers_of
from portal.accounts.models import User
from portal.notifications.models import Delivery
from portal.organisations.choices import Role, Status
from portal.organisations.models import Organisation
from portal.refusals import Refused, StaleWrite
from tests.engagement.makers import NOW, make_market_question, make_request, make_response
from tests.factories import make_member, make_supplier

pytestmark = pytest.mark.django_db


def test_start_twice_gives_the_same_response(request_: EngagementRequest, supplier: Organisation, bob: User) -> None:
    first = start_response(request=request_, supplier=supplier, by=bob, now=NOW)
    second = start_response(request=request_, supplier=supplier, by=bob, now=NOW)
    assert first == second
    assert Response.objects.count() == 1


def test_database_holds_one_response_for_each_supplier(
    request_: EngagementRequest, supplier: Organisation, bob: User
) -> None:
    make_response(request_, supplier, bob)
    with pytest.raises(IntegrityError, match="response_once_per_supplier"), transaction.atomic():
        make_response(request_, supplier, bob)


def test_save_then_submit(request_: EngagementRequest, supplier: Organisation, bob: User) -> None:
    question = make_market_question(request_, is_required=True)
    response = start_response(request=request_, supplier=supplier, by=bob, now=NOW)
    saved = save_response(
        response=response, version=1, given=[Given(question, "Council tax data", True)], by=bob, now=NOW
    )
    submit_response(response=saved, by=bob, now=NOW)
    response.refresh_from_db()
    assert (response.state, response.submitted_by, response.submitted_at) == (ResponseState.SUBMITTED, bob, NOW)
    assert list(response.answers.values_list("value", "is_confidential")) == [("Council tax data", True)]
    assert Delivery.objects.filter(recipient=bob, message__subject__startswith="Response submitted").exists()


def test_submit_names_each_required_question_without_an_answer(
    request_: EngagementRequest, supplier: Organisation, bob: User
) -> None:
    needed = make_market_question(request_, "What does it cost?", is_required=True)
    make_market_question(request_, "Anything else?")
    response = start_response(request=request_, supplier=supplier, by=bob, now=NOW)
    with pytest.raises(Refused) as refused:
        submit_response(response=response, by=bob, now=NOW)
    assert [(r.message, r.field) for r in refused.value.reasons] == [
        ("Answer the question: What does it cost?", f"answer_{needed.pk}")
    ]


def test_submitted_response_must_stay_complete(request_: EngagementRequest, supplier: Organisation, bob: User) -> None:
    question = make_market_question(request_, is_required=True)
    response = make_response(request_, supplier, bob, answer="Drones")
    with pytest.raises(Refused, match="Answer the question"):
        save_response(response=response, version=1, given=[Given(question, "")], by=bob, now=NOW)
    assert response.answers.get().value == "Drones"


def test_submit_refused_to_unverified_suppliers_and_the_draft_stays(request_: EngagementRequest) -> None:
    pending = make_supplier("Newcomer Ltd", status=Status.PENDING)
    dana = make_member(pending)
    response = start_response(request=request_, supplier=pending, by=dana, now=NOW)
    with pytest.raises(Refused, match="waiting to be verified"):
        submit_response(response=response, by=dana, now=NOW)
    response.refresh_from_db()
    assert response.state == ResponseState.DRAFT


def test_answers_to_another_request_are_not_written(
    request_: EngagementRequest, authority: Organisation, supplier: Organisation, bob: User
) -> None:
    foreign = make_market_question(make_request(authority))
    response = start_response(request=request_, supplier=supplier, by=bob, now=NOW)
    save_response(response=response, version=1, given=[Given(foreign, "Forged")], by=bob, now=NOW)
    assert Answer.objects.count() == 0


def test_second_of_two_colleagues_is_told(request_: EngagementRequest, supplier: Organisation, bob: User) -> None:
    question = make_market_question(request_)
    response = start_response(request=request_, supplier=supplier, by=bob, now=NOW)
    save_response(response=response, version=1, given=[Given(question, "First")], by=bob, now=NOW)
    with pytest.raises(StaleWrite):
        save_response(response=response, version=1, given=[Given(question, "Second")], by=bob, now=NOW)
    assert response.answers.get().value == "First"


def test_withdraw_and_start_again_keeps_the_answers(
    request_: EngagementRequest, supplier: Organisation, bob: User
) -> None:
    make_market_question(request_)
    response = make_response(request_, supplier, bob, answer="Drones")
    withdraw_response(response=response, by=bob, now=NOW)
    response.refresh_from_db()
    assert (response.state, response.submitted_at) == (ResponseState.WITHDRAWN, None)
    with pytest.raises(Refused, match="withdrawn already"):
        withdraw_response(response=response, by=bob, now=NOW)
    again = start_response(request=request_, supplier=supplier, by=bob, now=NOW)
    assert (again, again.state, again.answers.get().value) == (response, ResponseState.DRAFT, "Drones")


def test_withdrawn_response_is_not_saved(request_: EngagementRequest, supplier: Organisation, bob: User) -> None:
    response = make_response(request_, supplier, bob, state=ResponseState.WITHDRAWN)
    with pytest.raises(Refused, match="withdrawn"):
        save_response(response=response, version=1, given=[], by=bob, now=NOW)
    with pytest.raises(Refused, match="withdrawn"):
        submit_response(response=response, by=bob, now=NOW)


def test_writes_forbidden_to_viewers_outsiders_and_the_authority(
    request_: EngagementRequest, supplier: Organisation, alice: User, bob: User, charlie: User
) -> None:
    response = make_response(request_, supplier, bob, state=ResponseState.DRAFT)
    for person in (make_member(supplier, role=Role.VIEWER), charlie, alice):
        with pytest.raises(PermissionDenied):
            start_response(request=request_, supplier=supplier, by=person, now=NOW)
        with pytest.raises(PermissionDenied):
            save_response(response=response, version=1, given=[], by=person, now=NOW)
        with pytest.raises(PermissionDenied):
            submit_response(response=response, by=person, now=NOW)


def test_numbers_show_small_and_large_firms_apart(
    request_: EngagementRequest, supplier: Organisation, bob: User, charlie: User
) -> None:
    large = make_supplier("Castlegate plc", size="large")
    make_response(request_, supplier, bob)
    make_response(request_, large, make_member(large))
    make_response(request_, charlie.memberships.get().organisation, charlie, state=ResponseState.DRAFT)
    numbers = numbers_of(request_)
    assert (numbers.responses, numbers.responses_sme, numbers.responses_large) == (2, 1, 1)
