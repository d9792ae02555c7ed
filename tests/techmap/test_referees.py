"""Referees: the one link, the one answer, and what becomes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.audit.models import Event
from portal.notifications.models import Delivery, Message
from portal.organisations.models import EmailDomain
from portal.organisations.tokens import sign_token
from portal.refusals import Refused
from techmap.actions.case_studies import remove_case_study, save_case_study
from techmap.actions.referees import answer_question, ask_referee
from techmap.choices import Support
from techmap.models import CaseStudy, Evidence, RefereeRequest
from techmap.support import support_by_claim
from tests.factories import make_public_body
from tests.organisations.makers import NOW, client_of
from tests.techmap.makers import make_case_study

pytestmark = pytest.mark.django_db
REFEREE = "dana@ashfordvale.gov.uk"


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def study(larkspur, hosting, backup) -> CaseStudy:
    return make_case_study(larkspur, [hosting, backup])


def ask(study: CaseStudy, by: User, email: str = REFEREE, **fields: Any) -> RefereeRequest:
    return ask_referee(study=study, email=email, by=by, **{"now": NOW, "submission_key": uuid4(), **fields})


def answer(question: RefereeRequest, **fields: Any) -> RefereeRequest:
    given = {"answer": "confirmed", "name": "Dana Reed", "role": "Head of digital", "comment": "", "now": NOW}
    return answer_question(question=question, **{**given, **fields})


def confirm(study: CaseStudy, by: User) -> RefereeRequest:
    return answer(ask(study, by))


def link_to(email: str = REFEREE) -> str:
    body = Delivery.objects.filter(email=email).latest("pk").message.body
    found = re.search(r"https?://\S+?(/techmap/referees/\S+)", body)
    assert found
    return found[1]


def post(client: Client, link: str, **fields: str) -> Any:
    return client.post(link, {"answer": "confirmed", "name": "Dana Reed", "role": "Head of digital", **fields})


# --- The link ----------------------------------------------------------------------------------------


def test_link_shows_what_is_asked_and_writes_nothing(study, alice) -> None:
    ask(study, alice)
    before = list(RefereeRequest.objects.values())

    for _ in range(2):
        response = client_of(None).get(link_to())
        assert response.status_code == 200
    html = response.content.decode()

    for words in ("Moved the planning archive", "12 years of drawings", "Cloud hosting", "31 March 2026"):
        assert words in html
    assert "everybody sees “Confirmed by”, your role, and ashfordvale.gov.uk" in html
    assert "no-store" in response.headers["Cache-Control"]
    assert list(RefereeRequest.objects.values()) == before
    assert not Evidence.objects.exists()


def test_confirmation_is_evidence_and_shows_role_and_body_but_no_name(study, larkspur, hosting, backup, alice) -> None:
    council = make_public_body()
    EmailDomain.objects.create(organisation=council, domain="ashfordvale.gov.uk")
    ask(study, alice)

    response = post(client_of(None), link_to(), comment="Well done, all of it")

    assert "confirmed by Head of digital at Ashford Vale Council" in response.content.decode()
    rows = Evidence.objects.all()
    assert {(row.capability, row.kind, row.dated, row.buyer, row.title, row.is_guessed) for row in rows} == {
        (item, "case_study", study.finished_on, council, study.title, False) for item in (hosting, backup)
    }
    assert support_by_claim([larkspur], NOW.date())[larkspur.pk, hosting.pk] == Support.VERIFIED
    public = client_of(None).get(study.get_absolute_url()).content.decode()
    assert "by Head of digital at Ashford Vale Council" in public
    for secret in ("Dana Reed", REFEREE, "Well done, all of it"):
        assert secret not in public
        assert secret in client_of(alice).get(study.get_absolute_url()).content.decode()
        assert secret not in str(list(Event.objects.values()))


def test_supplier_is_told_of_the_answer(study, larkspur, alice, bob) -> None:
    confirm(study, alice)

    [message] = Message.objects.filter(kind="organisation")
    assert message.subject == "Your referee confirmed “Moved the planning archive”"
    assert [delivery.recipient for delivery in message.deliveries.all()] == [alice]
    assert "Dana" not in message.body


def test_declined_question_is_no_evidence_and_needs_no_name(study, alice) -> None:
    ask(study, alice)

    response = post(client_of(None), link_to(), answer="declined", name="", role="", comment="Not ours")

    assert "Nothing is shown as confirmed" in response.content.decode()
    assert not Evidence.objects.exists()
    assert RefereeRequest.objects.get().answer == "declined"
    assert "Not confirmed" in client_of(None).get(study.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"answer": ""}, "Select whether you can confirm it"),
        ({"answer": "maybe"}, "Select a valid choice"),
        ({"name": " "}, "Enter your name"),
        ({"role": ""}, "Enter your role"),
        ({"role": "x" * 121}, "Your role must be 120 characters or fewer"),
        ({"comment": "x" * 1001}, "must be 1000 characters or fewer"),
    ],
)
def test_answer_that_lacks_something_says_what(study, alice, given, words) -> None:
    ask(study, alice)
    html = post(client_of(None), link_to(), **given).content.decode()

    assert words in html
    assert "There is a problem" in html
    assert RefereeRequest.objects.get().answer == ""


def test_link_works_once(study, alice) -> None:
    ask(study, alice)
    link, client = link_to(), client_of(None)
    post(client, link)

    again = post(client, link, answer="declined")

    for response in (again, client.get(link)):
        assert response.status_code == 410
        assert "This question was already answered" in response.content.decode()
    assert RefereeRequest.objects.get().answer == "confirmed"


def test_two_answers_at_once_leave_the_first(study, alice) -> None:
    question = ask(study, alice)
    opened_twice = RefereeRequest.objects.select_related("case_study__profile").get()
    answer(question)

    with pytest.raises(Refused, match="already answered"):
        answer(opened_twice, answer="declined")


@pytest.mark.parametrize(
    ("age", "status"), [(timedelta(days=30) - timedelta(seconds=1), 200), (timedelta(days=30), 410)]
)
def test_link_expires_after_30_days(study, alice, age, status) -> None:
    question = ask(study, alice)
    with time_machine.travel(NOW + age, tick=False):
        response = client_of(None).get(link_to())
        assert response.status_code == status
        assert post(client_of(None), link_to()).status_code == status
    if status == 410:
        assert "This link has expired" in response.content.decode()
        with pytest.raises(Refused, match="expired"):
            answer(question, now=NOW + age)


def test_link_says_when_the_case_study_has_changed(study, alice) -> None:
    question = ask(study, alice)
    save_case_study(study=study, version=1, fields={"summary": "Something else"}, by=alice, today=NOW.date())

    for response in (client_of(None).get(link_to()), post(client_of(None), link_to())):
        assert response.status_code == 410
        assert "has changed the case study" in response.content.decode()
    with pytest.raises(Refused, match="has changed the case study"):
        answer(question)
    assert not Evidence.objects.exists()


def test_link_of_a_removed_case_study_says_so(study, alice) -> None:
    ask(study, alice)
    remove_case_study(study=study, by=alice)

    response = client_of(None).get(link_to())

    assert response.status_code == 410
    assert "taken this question back" in response.content.decode()


@pytest.mark.parametrize(
    "spoil", [lambda link: link[:-5] + "/", lambda link: link.replace("/referees/", "/referees/x")]
)
def test_link_that_is_cut_short_or_forged(study, alice, spoil) -> None:
    ask(study, alice)

    response = client_of(None).get(spoil(link_to()))

    assert response.status_code == 404
    assert "This link is not complete" in response.content.decode()


def test_another_rooms_token_opens_nothing(study, alice) -> None:
    ask(study, alice)
    link = reverse("techmap:referee-answer", args=[sign_token("another-token")])
    assert client_of(None).get(link).status_code == 410


def test_answer_without_the_forms_token_is_refused(study, alice) -> None:
    ask(study, alice)
    client = Client(enforce_csrf_checks=True)

    assert post(client, link_to()).status_code == 403
    client.get(link_to())
    assert post(client, link_to(), csrfmiddlewaretoken=client.cookies["csrftoken"].value).status_code == 200


def test_one_confirmation_stands_beside_a_refusal(study, alice) -> None:
    confirm(study, alice)
    answer(ask(study, alice, "other@wexbridge.gov.uk"), answer="declined")

    assert Evidence.objects.count() == 2


# --- Pages and the database --------------------------------------------------------------------------


def test_ask_page_says_what_will_be_public_and_puts_reasons_on_the_field(study, alice) -> None:
    client = client_of(alice)
    url = reverse("techmap:referee-ask", args=[study.profile.organisation_id, study.pk])
    page = client.get(url)
    assert "The name and the address stay with you" in page.content.decode()
    key = page.context["form"]["submission_key"].value()

    wrong = client.post(url, {"email": "eve@evilgov.uk", "submission_key": key}).content.decode()
    right = client.post(url, {"email": REFEREE, "submission_key": key})

    assert "Enter a work e-mail address at a public body" in wrong
    assert right.headers["Location"] == study.get_absolute_url()
    assert "Waiting for an answer" in client.get(study.get_absolute_url()).content.decode()
    assert REFEREE not in client_of(None).get(study.get_absolute_url()).content.decode()


def test_database_holds_one_open_question_to_one_referee(study, alice) -> None:
    first = ask(study, alice)
    with pytest.raises(IntegrityError, match="referee_asked_once_at_a_time"):
        RefereeRequest.objects.create(
            case_study=study, email=REFEREE, token_hash="x", asked_by=alice, asked_at=NOW, expires_at=first.expires_at
        )


def test_database_holds_an_answer_with_its_time(study, alice) -> None:
    question = ask(study, alice)
    with pytest.raises(IntegrityError, match="referee_answered_at_a_time"):
        RefereeRequest.objects.filter(pk=question.pk).update(answer="confirmed")
