"""Questions: asked without a name, answered to everyone."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from engagement.actions.questions import answer_question, ask_question, decline_question, merge_question
from engagement.choices import QuestionState
from engagement.models import EngagementRequest, Question
from portal.accounts.models import User
from portal.notifications.models import Delivery
from portal.organisations.choices import Role, Status
from portal.organisations.models import Organisation
from portal.refusals import Refused
from tests.engagement.makers import NOW, make_question
from tests.factories import make_member, make_supplier

pytestmark = pytest.mark.django_db


def told(subject: str) -> set[str]:
    return set(Delivery.objects.filter(message__subject__startswith=subject).values_list("email", flat=True))


def test_ask_tells_the_authority_and_names_nobody(
    request_: EngagementRequest, supplier: Organisation, alice: User, bob: User
) -> None:
    ask_question(request=request_, supplier=supplier, text="Is it open?", by=bob, now=NOW, submission_key=uuid4())
    assert told("New question") == {alice.email}
    body = Delivery.objects.get(email=alice.email).message.body
    assert "Is it open?" in body
    assert supplier.name not in body
    assert bob.name not in body


def test_ask_twice_makes_one_question(request_: EngagementRequest, supplier: Organisation, bob: User) -> None:
    key = uuid4()
    for _ in range(2):
        ask_question(request=request_, supplier=supplier, text="When?", by=bob, now=NOW, submission_key=key)
    assert request_.questions.count() == 1


def test_ask_refused_to_unverified_suppliers(request_: EngagementRequest) -> None:
    pending = make_supplier("Newcomer Ltd", status=Status.PENDING)
    dana = make_member(pending)
    with pytest.raises(Refused, match="waiting to be verified"):
        ask_question(request=request_, supplier=pending, text="When?", by=dana, now=NOW, submission_key=uuid4())


def test_ask_forbidden_to_viewers_outsiders_and_authorities(
    request_: EngagementRequest, supplier: Organisation, authority: Organisation, alice: User, charlie: User
) -> None:
    viewer = make_member(supplier, role=Role.VIEWER)
    for person, organisation in ((viewer, supplier), (charlie, supplier), (alice, authority)):
        with pytest.raises(PermissionDenied):
            ask_question(
                request=request_, supplier=organisation, text="When?", by=person, now=NOW, submission_key=uuid4()
            )


def test_ask_about_a_draft_is_forbidden(draft: EngagementRequest, supplier: Organisation, bob: User) -> None:
    with pytest.raises(PermissionDenied):
        ask_question(request=draft, supplier=supplier, text="When?", by=bob, now=NOW, submission_key=uuid4())


def test_answer_goes_to_all_who_take_part(
    request_: EngagementRequest, supplier: Organisation, alice: User, bob: User, charlie: User
) -> None:
    other = charlie.memberships.get().organisation
    make_question(request_, other, charlie, "What is the budget?")
    question = make_question(request_, supplier, bob)
    answer_question(question=question, answer="Yes, from next month.", by=alice, now=NOW)
    question.refresh_from_db()
    assert (question.state, question.answer, question.decided_by) == ("answered", "Yes, from next month.", alice)
    assert told("A question was answered") == {bob.email, charlie.email}


def test_decline_gives_everyone_the_reason(
    request_: EngagementRequest, supplier: Organisation, alice: User, bob: User
) -> None:
    question = make_question(request_, supplier, bob)
    decline_question(question=question, reason="It is a matter for the tender.", by=alice, now=NOW)
    question.refresh_from_db()
    assert (question.state, question.answer) == ("declined", "It is a matter for the tender.")
    assert told("A question was answered") == {bob.email}


def test_merge_moves_earlier_merges_along(
    request_: EngagementRequest, supplier: Organisation, alice: User, bob: User
) -> None:
    first, second, third = (make_question(request_, supplier, bob, text) for text in ("One?", "Two?", "Three?"))
    merge_question(question=first, into=second, by=alice, now=NOW)
    merge_question(question=second, into=third, by=alice, now=NOW)
    assert set(Question.objects.values_list("text", "state", "merged_into__text")) == {
        ("One?", "merged", "Three?"),
        ("Two?", "merged", "Three?"),
        ("Three?", "received", None),
    }


def test_merge_into_itself_or_another_request_is_refused(
    request_: EngagementRequest, draft: EngagementRequest, supplier: Organisation, alice: User, bob: User
) -> None:
    question, elsewhere = make_question(request_, supplier, bob), make_question(draft, supplier, bob)
    for into in (question, elsewhere):
        with pytest.raises(Refused, match="same request"):
            merge_question(question=question, into=into, by=alice, now=NOW)


@pytest.mark.parametrize("state", [QuestionState.ANSWERED, QuestionState.DECLINED])
def test_settled_question_is_not_decided_again(
    request_: EngagementRequest, supplier: Organisation, alice: User, bob: User, state: str
) -> None:
    question = make_question(request_, supplier, bob, state=state)
    with pytest.raises(Refused, match="answered this question already"):
        answer_question(question=question, answer="No", by=alice, now=NOW)
    with pytest.raises(Refused, match="answered this question already"):
        decline_question(question=question, reason="No", by=alice, now=NOW)


def test_supplier_may_not_answer(request_: EngagementRequest, supplier: Organisation, bob: User) -> None:
    question = make_question(request_, supplier, bob)
    with pytest.raises(PermissionDenied):
        answer_question(question=question, answer="Yes", by=bob, now=NOW)


def test_database_holds_that_an_answered_question_has_an_answer(
    request_: EngagementRequest, supplier: Organisation, bob: User
) -> None:
    question = make_question(request_, supplier, bob)
    with pytest.raises(IntegrityError, match="question_answer_when_decided"), transaction.atomic():
        Question.objects.filter(pk=question.pk).update(state=QuestionState.ANSWERED)
    with pytest.raises(IntegrityError, match="question_merged_into_one"), transaction.atomic():
        Question.objects.filter(pk=question.pk).update(state=QuestionState.MERGED)
