"""Pages of early engagement: who may open which, what they say, and how many queries a list takes."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from engagement.models import EngagementRequest, Question, Response
from portal.accounts.models import User
from portal.organisations.choices import Role
from portal.organisations.models import Organisation
from tests.engagement.makers import (
    CLOSES,
    NOW,
    make_authority,
    make_capability,
    make_market_question,
    make_question,
    make_request,
    make_response,
)
from tests.factories import make_member

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_second_day() -> Any:
    with time_machine.travel(NOW + timedelta(days=1), tick=True):
        yield


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(name: str, request: EngagementRequest, *args: Any) -> str:
    return reverse(f"engagement:{name}", args=[request.reference, *args])


def test_list_takes_the_same_queries_at_1_and_at_3_rows(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_request()
    path = reverse("engagement:request-list")
    client.get(path)
    for wanted in (1, 3):
        while EngagementRequest.objects.count() < wanted:
            make_request(make_authority(f"Council {wanted}"))
        with django_assert_num_queries(2):
            assert len(client.get(path).context["page"].object_list) == wanted


def test_search_takes_the_same_queries_at_1_and_at_3_rows(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    path = reverse("engagement:request-list") + "?q=empty+homes"
    for wanted in (1, 3):
        while EngagementRequest.objects.count() < wanted:
            make_request(make_authority(f"Council {wanted}"))
        client.get(path)
        with django_assert_num_queries(2):
            assert len(client.get(path).context["page"].object_list) == wanted


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=homes", ["Empty homes"]),
        ("q=%22school%20meals%22", ["Meals"]),
        ("state=open", ["Empty homes", "Meals"]),
        ("state=closed", ["Bins"]),
        ("state=withdrawn", []),
        ("capability=gis", ["Meals"]),
        ("capability=maps-all", ["Meals"]),
        ("stage=idea", ["Bins"]),
        ("region=TLL", ["Meals"]),
        ("order=closing", ["Meals", "Empty homes", "Bins"]),
        ("q=homes&state=closed", []),
        ("q=%00", ["Empty homes", "Meals", "Bins"]),
    ],
)
def test_list_is_filtered(client: Client, query: str, found: list[str]) -> None:
    make_request(
        title="Bins",
        problem="Lorries",
        outcome_wanted="Told by noon",
        stage="idea",
        state="published",
        closes_at=NOW + timedelta(hours=1),
        questions_close_at=None,
        published_at=NOW - timedelta(days=20),
        opens_at=None,
    )
    meals = make_request(
        title="Meals",
        problem="The cost of school meals",
        outcome_wanted="Hot food",
        region="TLL",
        closes_at=CLOSES - timedelta(days=1),
        published_at=NOW - timedelta(minutes=2),
    )
    meals.request_capabilities.create(capability=make_capability("GIS", parent="Maps"))
    make_request(title="Empty homes", problem="Homes stand empty")
    make_request(title="Secret draft about homes", state="draft")
    page = client.get(f"{reverse('engagement:request-list')}?{query}").context["page"]
    assert [str(item) for item in page] == found


def test_draft_is_hidden_from_everyone_else(client: Client, draft: EngagementRequest, alice: User, bob: User) -> None:
    path = draft.get_absolute_url()
    assert signed_in(alice).get(path).status_code == 200
    missing = reverse("engagement:request-detail", args=["nosuchthing"])
    for visitor in (client, signed_in(bob)):
        hidden, absent = visitor.get(path), visitor.get(missing)
        assert (hidden.status_code, absent.status_code) == (404, 404)
        assert body_of(hidden, path) == body_of(absent, missing)


def body_of(response: Any, path: str) -> str:
    """The page without what differs at every visit: its own address and the form token."""
    return re.sub(r'value="\w{64}"', "", response.content.decode().replace(path, ""))


AUTHORITY_PAGES = ["question-list", "response-list", "request-withdraw"]


@pytest.mark.parametrize("name", AUTHORITY_PAGES)
def test_pages_of_the_authority_are_its_own(
    client: Client, request_: EngagementRequest, authority: Organisation, alice: User, bob: User, name: str
) -> None:
    path = url(name, request_)
    viewer = make_member(authority, role=Role.VIEWER)
    assert signed_in(alice).get(path).status_code == 200
    assert signed_in(viewer).get(path).status_code == (403 if name == "request-withdraw" else 200)
    assert signed_in(bob).get(path).status_code == 404
    assert client.get(path).status_code == 302


@pytest.mark.parametrize("step", ["about", "capabilities", "process", "value", "dates", "contact"])
def test_each_step_shows_and_saves(draft: EngagementRequest, alice: User, bob: User, step: str) -> None:
    path = url("request-step", draft, step)
    alice_client = signed_in(alice)
    form = alice_client.get(path).context["form"]
    data = {name: value for name, value in posted(form).items() if value is not None}
    assert signed_in(bob).post(path, data).status_code == 404
    response = alice_client.post(path, data)
    assert (response.status_code, response.headers.get("Location")) == (302, url("request-edit", draft))
    before = {field: getattr(draft, field) for field in ("title", "problem", "closes_at", "methods", "value_high")}
    draft.refresh_from_db()
    assert {field: getattr(draft, field) for field in before} == before


def posted(form: Any) -> dict[str, Any]:
    """What a browser would send back of the form as it is shown."""
    data: dict[str, Any] = {}
    for bound in form:
        widget, value = bound.field.widget, bound.value()
        if hasattr(widget, "decompress"):
            parts = widget.decompress(value) if not isinstance(value, list) else value
            names = getattr(widget, "widgets_names", [f"_{i}" for i in range(len(parts))])
            data.update({bound.html_name + name: part for name, part in zip(names, parts, strict=True)})
        else:
            data[bound.html_name] = value
    return data


def test_second_editor_sees_both_versions(draft: EngagementRequest, alice: User) -> None:
    path = url("request-step", draft, "contact")
    client = signed_in(alice)
    data = {"version": draft.version, "contact_name": "Ada's team", "contact_email": "a@ashfordvale.example"}
    client.post(path, data)
    response = client.post(path, {**data, "contact_name": "Bea's team"})
    assert response.status_code == 409
    assert "Ada&#x27;s team" in response.content.decode()
    assert "Bea&#x27;s team" in response.content.decode()


def test_publish_page_names_what_is_missing(draft: EngagementRequest, alice: User) -> None:
    EngagementRequest.objects.filter(pk=draft.pk).update(outcome_wanted="", closes_at=None, questions_close_at=None)
    response = signed_in(alice).post(url("request-publish", draft))
    assert response.status_code == 422
    assert [reason.field for reason in response.context["reasons"]] == ["outcome_wanted", "closes_at"]


def test_forged_state_and_owner_are_ignored(draft: EngagementRequest, alice: User, supplier: Organisation) -> None:
    client = signed_in(alice)
    data = {"version": 1, "contact_name": "Ada", "contact_email": "a@ashfordvale.example"}
    client.post(
        url("request-step", draft, "contact"),
        {**data, "state": "published", "authority": supplier.pk, "published_at": "2026-11-01"},
    )
    draft.refresh_from_db()
    assert (draft.contact_name, draft.state, draft.authority_id == supplier.pk) == ("Ada", "draft", False)


def test_asker_is_shown_to_nobody(
    client: Client, request_: EngagementRequest, supplier: Organisation, alice: User, bob: User, charlie: User
) -> None:
    make_question(request_, supplier, bob)
    make_question(request_, supplier, bob, "What is the budget?", state="answered")
    for visitor in (signed_in(alice), signed_in(charlie), client):
        for path in (request_.get_absolute_url(), url("question-list", request_)):
            page = visitor.get(path, follow=True).content.decode()
            assert supplier.name not in page
            assert bob.name not in page


def test_ask_through_the_page(request_: EngagementRequest, bob: User, alice: User) -> None:
    path = url("question-ask", request_)
    client = signed_in(bob)
    key = client.get(path).context["form"]["submission_key"].value()
    for _ in range(2):
        response = client.post(path, {"text": "Is it open?", "submission_key": key})
        assert response.headers["Location"] == request_.get_absolute_url()
    assert request_.questions.count() == 1
    assert signed_in(alice).get(path).status_code == 403


def test_response_from_start_to_submission(request_: EngagementRequest, bob: User, charlie: User, alice: User) -> None:
    needed = make_market_question(request_, is_required=True)
    client = signed_in(bob)
    edit = client.post(url("response-start", request_)).headers["Location"]
    refused = client.post(edit, {"version": 1, f"answer_{needed.pk}": "", "do": "submit"})
    assert refused.status_code == 200
    assert "Answer the question: What would you try first?" in refused.content.decode()
    version = refused.context["form"].data["version"]
    done = client.post(edit, {"version": version, f"answer_{needed.pk}": "Aerial pictures", "do": "submit"})
    response = Response.objects.get()
    assert (done.headers["Location"], response.state) == (response.get_absolute_url(), "submitted")
    for outsider in (charlie, alice):
        assert signed_in(outsider).get(response.get_absolute_url()).status_code == 404
        assert signed_in(outsider).get(edit).status_code == 404


def test_authority_reads_at_the_closing_second(
    request_: EngagementRequest, supplier: Organisation, alice: User, bob: User
) -> None:
    make_market_question(request_)
    response = make_response(request_, supplier, bob, answer="Aerial pictures")
    with time_machine.travel(CLOSES - timedelta(seconds=1), tick=False):
        client = signed_in(alice)
        assert client.get(response.get_absolute_url()).status_code == 404
        assert supplier.name not in client.get(url("response-list", request_)).content.decode()
    with time_machine.travel(CLOSES, tick=False):
        assert "Aerial pictures" in client.get(response.get_absolute_url()).content.decode()
        assert supplier.name in client.get(url("response-list", request_)).content.decode()


def test_page_says_what_was_left_open_at_closing(
    client: Client, request_: EngagementRequest, supplier: Organisation, bob: User
) -> None:
    make_question(request_, supplier, bob)
    with time_machine.travel(CLOSES, tick=False):
        page = client.get(request_.get_absolute_url()).content.decode()
    assert "1 question was not answered before this request closed" in page


def test_page_says_that_the_outcome_is_overdue(client: Client, request_: EngagementRequest) -> None:
    due = request_.outcome_due_at
    assert due is not None
    with time_machine.travel(due, tick=False):
        assert "Outcome overdue" not in client.get(request_.get_absolute_url()).content.decode()
    with time_machine.travel(due + timedelta(seconds=1), tick=False):
        assert "Outcome overdue" in client.get(request_.get_absolute_url()).content.decode()


def test_outcome_pages(
    request_: EngagementRequest, supplier: Organisation, alice: User, bob: User, client: Client
) -> None:
    response = make_response(request_, supplier, bob)
    with time_machine.travel(CLOSES + timedelta(days=1), tick=False):
        alice_client = signed_in(alice)
        theme = alice_client.get(url("theme-create", request_)).context["form"]["submission_key"].value()
        alice_client.post(
            url("theme-create", request_),
            {
                "heard": "Data is late",
                "decision": "changed",
                "explanation": "Monthly now.",
                "responses": [response.pk],
                "version": 1,
                "submission_key": theme,
            },
        )
        words = {"version": 1, "summary": "Fresh data matters.", "do": "publish"}
        for _ in range(2):  # pressed twice
            answer = alice_client.post(url("outcome-edit", request_), words)
        assert answer.status_code in (302, 404)
        page = client.get(request_.get_absolute_url()).content.decode()
        assert "Fresh data matters." in page
        assert "Raised in 1 response" in page
        assert supplier.name not in page
        assert "yours among them" in signed_in(bob).get(request_.get_absolute_url()).content.decode()


def test_outcome_page_before_closing_is_not_there(request_: EngagementRequest, alice: User) -> None:
    assert signed_in(alice).get(url("outcome-edit", request_)).status_code == 404


def test_imported_notice_takes_no_part(request_: EngagementRequest, bob: User, alice: User) -> None:
    EngagementRequest.objects.filter(pk=request_.pk).update(is_imported=True)
    assert signed_in(bob).post(url("response-start", request_)).status_code == 422
    assert signed_in(alice).get(url("request-withdraw", request_)).status_code == 403


def test_question_of_another_request_is_not_found(
    request_: EngagementRequest, supplier: Organisation, alice: User, bob: User
) -> None:
    other = make_question(make_request(make_authority("Other Council")), supplier, bob)
    for name in ("question-answer", "question-decline", "question-merge"):
        assert signed_in(alice).post(url(name, request_, other.pk), {"answer": "x", "reason": "x"}).status_code == 404
    assert Question.objects.get(pk=other.pk).state == "received"


def test_feed_lists_public_requests_with_the_same_filters(client: Client, request_: EngagementRequest) -> None:
    make_request(request_.authority, title="Hidden", state="draft")
    path = reverse("engagement:request-feed")
    feed = client.get(path)
    assert feed.headers["Content-Type"].startswith("application/atom+xml")
    assert (b"Finding empty homes" in feed.content, b"Hidden" in feed.content) == (True, False)
    assert b"Finding empty homes" not in client.get(f"{path}?q=submarines").content


def test_work_page_for_each_side(request_: EngagementRequest, supplier: Organisation, alice: User, bob: User) -> None:
    make_question(request_, supplier, bob)
    make_response(request_, supplier, bob, state="draft")
    path = reverse("engagement:work")
    assert "Answer 1 question" in signed_in(alice).get(path).content.decode()
    assert "Your responses" in signed_in(bob).get(path).content.decode()


def test_market_question_is_added_changed_and_removed(draft: EngagementRequest, alice: User) -> None:
    client = signed_in(alice)
    path = url("market-question-create", draft)
    key = client.get(path).context["form"]["submission_key"].value()
    wrong = client.post(
        path, {"text": "Which?", "answer_type": "choice", "options": "One", "submission_key": key, "version": 1}
    )
    assert "Enter at least two choices, one a line" in wrong.content.decode()
    for _ in range(2):
        client.post(
            path,
            {"text": "Which?", "answer_type": "choice", "options": "One\nTwo", "submission_key": key, "version": 1},
        )
    question = draft.market_questions.get()
    assert question.options == ["One", "Two"]
    client.post(
        url("market-question-edit", draft, question.pk), {"text": "How much?", "answer_type": "money", "version": 1}
    )
    question.refresh_from_db()
    assert (question.text, question.options) == ("How much?", [])
    client.post(url("market-question-remove", draft, question.pk))
    assert draft.market_questions.count() == 0


@pytest.mark.parametrize("state", ["draft", "outcome_published", "withdrawn"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_withdrawing_what_cannot_be_withdrawn_says_so_at_once(
    authority: Organisation, alice: User, state: str, method: str
) -> None:
    request = make_request(authority, by=alice, state=state)

    answer = getattr(signed_in(alice), method)(url("request-withdraw", request))

    assert answer.status_code == 422
    assert "can be withdrawn" in answer.content.decode()
    assert "<textarea" not in answer.content.decode()


@pytest.mark.parametrize(("role", "links"), [(Role.EDITOR, True), (Role.VIEWER, False)])
def test_work_offers_viewers_nothing_that_they_may_not_do(authority: Organisation, role: Role, links: bool) -> None:
    person = make_member(authority, role=role, email="reader@ashfordvale.example")
    draft = make_request(authority, state="draft")
    closed = make_request(authority, state="closed")
    page = signed_in(person).get(reverse("engagement:work")).content.decode()

    assert (url("request-edit", draft) in page) == links
    assert (url("request-preview", draft) in page) != links
    assert (url("outcome-edit", closed) in page) == links
    assert "The outcome is due" in page or links
