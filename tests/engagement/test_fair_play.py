"""What must not happen between people: two saves of one thing, two sides in one hand, a name that leaks."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile

from engagement.actions.outcomes import publish_outcome, save_outcome, save_theme
from engagement.actions.questions import ask_question
from engagement.actions.requests import save_market_question
from engagement.actions.responses import Given, remove_file, save_response, start_response
from engagement.choices import Decision
from engagement.forms.responses import ResponseForm
from engagement.models import EngagementRequest, MarketQuestion, Theme
from portal.accounts.models import User
from portal.audit.models import Event
from portal.files.models import StoredFile
from portal.govuk.pages import rows_of, side_by_side
from portal.organisations.choices import Role, Status
from portal.organisations.models import Membership, Organisation
from portal.refusals import Refused, StaleWrite
from tests.engagement.makers import CLOSES, NOW, make_market_question, make_response

pytestmark = pytest.mark.django_db

THEME = {"heard": "Data is late", "decision": Decision.CHANGED, "explanation": "Monthly now."}


def test_second_save_of_a_market_question_is_told(draft: EngagementRequest, alice: User) -> None:
    question = make_market_question(draft)
    fields = {"text": "First", "answer_type": "long_text", "options": [], "is_required": False}

    def save(text: str) -> MarketQuestion:
        stored = MarketQuestion(pk=question.pk)
        return save_market_question(
            request=draft, question=stored, version=1, by=alice, fields={**fields, "text": text}
        )

    save("First")
    save("First")  # the same form sent twice
    with pytest.raises(StaleWrite):
        save("Second")
    question.delete()
    with pytest.raises(Refused, match="removed this question"):
        save("Third")


def test_second_save_of_a_theme_is_told(request_: EngagementRequest, alice: User) -> None:
    theme = save_theme(request=request_, by=alice, now=CLOSES, fields=THEME, responses=[], submission_key=uuid4())

    def save(heard: str) -> Theme:
        fields = {**THEME, "heard": heard}
        return save_theme(request=request_, theme=theme, version=1, by=alice, now=CLOSES, fields=fields, responses=[])

    save("First")
    save("First")
    with pytest.raises(StaleWrite):
        save("Second")


def test_member_of_the_authority_takes_no_part_for_a_supplier(
    request_: EngagementRequest, authority: Organisation, supplier: Organisation, bob: User
) -> None:
    Membership.objects.create(organisation=authority, user=bob, role=Role.VIEWER)
    with pytest.raises(Refused, match="a colleague must take part"):
        start_response(request=request_, supplier=supplier, by=bob, now=NOW)
    with pytest.raises(Refused, match="a colleague must take part"):
        ask_question(request=request_, supplier=supplier, text="When?", by=bob, now=NOW, submission_key=uuid4())


def test_no_record_of_a_question_names_who_asked(
    request_: EngagementRequest, supplier: Organisation, bob: User
) -> None:
    ask_question(request=request_, supplier=supplier, text="When?", by=bob, now=NOW, submission_key=uuid4())
    assert Event.objects.get(name="engagement.question.asked").actor is None
    assert [model.__name__ for model in apps.get_models() if model.__name__ == "QuestionEvent"] == []


def test_suspended_supplier_changes_nothing_it_submitted(
    request_: EngagementRequest, supplier: Organisation, bob: User
) -> None:
    question = make_market_question(request_)
    response = make_response(request_, supplier, bob, answer="Drones")
    Organisation.objects.filter(pk=supplier.pk).update(status=Status.SUSPENDED, status_reason="Under review")
    with pytest.raises(Refused, match="is suspended: Under review"):
        save_response(response=response, version=1, given=[Given(question, "Maps")], by=bob, now=NOW)
    assert response.answers.get().value == "Drones"


def test_suspended_authority_publishes_no_outcome(
    request_: EngagementRequest, authority: Organisation, alice: User
) -> None:
    save_outcome(request=request_, version=1, by=alice, now=CLOSES, summary="Nobody answered.", next_steps="")
    Organisation.objects.filter(pk=authority.pk).update(status=Status.SUSPENDED, status_reason="Under review")
    with pytest.raises(Refused, match="is suspended: Under review"):
        publish_outcome(request=request_, by=alice, now=CLOSES)


def test_refused_save_keeps_no_file(request_: EngagementRequest, supplier: Organisation, bob: User) -> None:
    question = make_market_question(request_, is_required=True)
    response = make_response(request_, supplier, bob, answer="Drones")
    upload = SimpleUploadedFile("plan.txt", b"A plan in words.", content_type="text/plain")
    before = stored_names()
    with pytest.raises(Refused, match="Answer the question"):
        save_response(response=response, version=1, given=[Given(question, "")], uploads=[upload], by=bob, now=NOW)
    assert (StoredFile.objects.count(), stored_names()) == (0, before)


def stored_names() -> list[str]:
    """What lies in the storage, by its path."""
    storage: Any = StoredFile._meta.get_field("content").storage  # type: ignore[union-attr]
    try:
        folders, _ = storage.listdir("uploads")
    except FileNotFoundError:
        return []
    return sorted(f"{folder}/{name}" for folder in folders for name in storage.listdir(f"uploads/{folder}")[1])


def test_removed_file_is_deleted_and_what_is_submitted_stays_complete(
    request_: EngagementRequest, supplier: Organisation, bob: User
) -> None:
    question = make_market_question(request_)
    response = make_response(request_, supplier, bob)
    uploads = [SimpleUploadedFile(f"plan-{number}.txt", b"A plan in words.") for number in (1, 2)]
    save_response(response=response, version=1, given=[Given(question, "")], uploads=uploads, by=bob, now=NOW)
    first, second = response.files.order_by("name")
    remove_file(response=response, stored_file=first, by=bob, now=NOW)
    assert [file.name for file in StoredFile.objects.all()] == ["plan-2.txt"]
    with pytest.raises(Refused, match="attach a file"):
        remove_file(response=response, stored_file=second, by=bob, now=NOW)
    assert StoredFile.objects.count() == 1


def test_conflict_shows_every_box_of_both_versions(
    request_: EngagementRequest, supplier: Organisation, bob: User
) -> None:
    make_market_question(request_, "What first?")
    make_market_question(request_, "What next?")
    response = make_response(request_, supplier, bob, answer="Maps")
    rows = rows_of(ResponseForm(response=response))
    assert len(list(side_by_side(rows, rows))) == len(rows) == 5
    sent = [("What first? (optional)", "Drones")]
    assert [current for _, current, _ in side_by_side(rows, sent)] == [value for _, value in rows]


def test_work_page_puts_open_requests_first(request_: EngagementRequest, supplier: Organisation, bob: User) -> None:
    from engagement.queries import responses_to_work_on
    from tests.engagement.makers import make_request

    closed = make_request(request_.authority, title="Closed long ago", published_at=NOW)
    EngagementRequest.objects.filter(pk=closed.pk).update(
        closes_at=NOW, opens_at=None, questions_close_at=None, state="closed"
    )
    make_response(closed, supplier, bob)
    make_response(request_, supplier, bob, state="draft")
    titles = [str(response.request) for response in responses_to_work_on(bob, NOW)]
    assert titles == [request_.title, "Closed long ago"]
