"""Referees: who may be asked, the one link, the one answer, and what becomes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.audit.models import Event
from portal.notifications.models import Delivery, Message
from portal.organisations.choices import Role, Status
from portal.organisations.models import EmailDomain
from portal.organisations.tokens import hash_token, sign_token
from portal.refusals import Refused
from techmap.actions.case_studies import remove_case_study, save_case_study
from techmap.actions.referees import answer_question, ask_referee
from techmap.choices import Support
from techmap.models import CaseStudy, Evidence, RefereeRequest
from techmap.queries.case_studies import is_of_public_body, is_under
from techmap.support import support_by_claim
from tests.factories import make_member, make_public_body, make_supplier
from tests.organisations.makers import DAY, NOW, client_of
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


# --- Who may be asked --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("domain", "suffix", "is_so"),
    [
        ("gov.uk", "gov.uk", True),
        ("wexbridge.gov.uk", "gov.uk", True),
        ("it.wexbridge.gov.uk", "gov.uk", True),
        ("WEXBRIDGE.GOV.UK", "gov.uk", True),
        ("wexbridge.gov.uk", ".GOV.uk", True),
        ("evilgov.uk", "gov.uk", False),
        ("gov.uk.evil.example", "gov.uk", False),
        ("uk", "gov.uk", False),
        ("wexbridge-gov.uk", "gov.uk", False),
        ("wexbridge.gov.uk", "", False),
        ("", "gov.uk", False),
    ],
)
def test_suffix_is_compared_label_by_label(domain, suffix, is_so) -> None:
    assert is_under(domain, suffix) is is_so


@pytest.mark.parametrize(
    "domain", ["kent.police.uk", "hill.sch.uk", "nhs.net", "leeds.ac.uk", "parliament.uk", "x.mod.uk"]
)
def test_public_bodies_by_suffix(domain) -> None:
    assert is_of_public_body(domain)


def test_public_bodies_by_a_domain_of_their_own() -> None:
    council = make_public_body()
    EmailDomain.objects.create(organisation=council, domain="ashfordvale.example")
    EmailDomain.objects.create(organisation=make_supplier("A Ltd"), domain="a.example")
    pending = make_public_body("Birch Vale Council", status=Status.PENDING)
    EmailDomain.objects.create(organisation=pending, domain="birchvale.example")

    found = {name: is_of_public_body(f"{name}.example") for name in ("ashfordvale", "a", "birchvale", "it.ashfordvale")}

    assert found == {"ashfordvale": True, "a": False, "birchvale": False, "it.ashfordvale": False}


@pytest.mark.parametrize(
    "email", ["eve@evilgov.uk", "eve@gov.uk.evil.example", "eve@example.org", "eve@gov.uk@evil.example"]
)
def test_address_outside_public_bodies_is_refused(study, alice, email) -> None:
    with pytest.raises(Refused, match="work e-mail address at a public body"):
        ask(study, alice, email)
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    "email",
    [
        "sales@larkspur.gov.uk",
        "sales@eu.larkspur.gov.uk",
        "bob@council.gov.uk",
        "BOB+x@Council.gov.uk",
        "bob@old.gov.uk",
    ],
)
def test_supplier_is_not_its_own_referee(study, larkspur, alice, email) -> None:
    EmailDomain.objects.create(organisation=larkspur, domain="larkspur.gov.uk")
    bob = make_member(larkspur, role=Role.VIEWER, email="bob@council.gov.uk")
    bob.emailaddress_set.create(email="bob@old.gov.uk", verified=True)  # type: ignore[attr-defined]

    with pytest.raises(Refused, match="belongs to your own organisation"):
        ask(study, alice, email)


def test_only_a_complete_case_study_is_asked_about(larkspur, alice) -> None:
    with pytest.raises(Refused, match="Finish the case study"):
        ask(make_case_study(larkspur), alice)


@pytest.mark.parametrize("status", [Status.PENDING, Status.REFUSED, Status.SUSPENDED])
def test_only_a_verified_supplier_asks(study, larkspur, alice, status) -> None:
    larkspur.status, larkspur.status_reason = status, "Checks go on."
    larkspur.save()

    with pytest.raises(Refused):
        ask(study, alice)
    assert not RefereeRequest.objects.exists()


@pytest.mark.parametrize("person", ["bob", "charlie"])
def test_asking_is_the_writers_alone(request, study, person) -> None:
    with pytest.raises(PermissionDenied):
        ask(study, request.getfixturevalue(person))


# --- Asking ------------------------------------------------------------------------------------------


def test_question_goes_out_once_with_a_link_whose_secret_is_nowhere_else(study, alice) -> None:
    key = uuid4()
    first = ask(study, alice, " Dana@AshfordVale.gov.uk ", submission_key=key)
    again = ask(study, alice, submission_key=key)

    [delivery] = Delivery.objects.all()
    assert (first, delivery.email, first.email) == (again, REFEREE, REFEREE)
    assert "Larkspur Systems Ltd" in delivery.message.subject
    assert delivery.message.erase_when_sent
    token = link_to().rstrip("/").rpartition("/")[2].rpartition(".")[0]
    assert first.token_hash == hash_token(token)
    assert token not in str(list(RefereeRequest.objects.values()) + list(Event.objects.values()))
    assert first.expires_at - first.asked_at == timedelta(days=30)
    [event] = Event.objects.about(study.profile)
    assert (event.name, event.new) == (
        "techmap.referee.asked", {"case_study": "Moved the planning archive", "domain": "ashfordvale.gov.uk"},
    )  # fmt: skip


def test_referee_is_asked_once_while_the_question_is_open(study, alice) -> None:
    ask(study, alice)

    with pytest.raises(Refused, match="has been asked already"):
        ask(study, alice)


@pytest.mark.parametrize("said", ["confirmed", "declined"])
def test_referee_who_answered_is_not_asked_the_same_again(study, alice, said) -> None:
    answer(ask(study, alice), answer=said)

    with pytest.raises(Refused, match="has answered this question already"):
        ask(study, alice)


def test_referee_who_did_not_answer_in_time_can_be_asked_again(study, alice) -> None:
    ask(study, alice)
    old = link_to()
    later = NOW + timedelta(days=30)

    with time_machine.travel(later, tick=False):
        ask(study, alice, now=later)
        assert RefereeRequest.objects.count() == 1
        assert client_of(None).get(old).status_code == 410
        assert client_of(None).get(link_to()).status_code == 200


def test_referee_can_be_asked_again_about_what_has_changed(study, alice) -> None:
    confirm(study, alice)
    save_case_study(study=study, version=1, fields={"title": "Another title"}, by=alice, today=NOW.date())

    answer(ask(study, alice))

    assert {row.title for row in Evidence.objects.all()} == {"Another title"}


def test_five_questions_about_one_case_study_are_open_at_most(study, alice) -> None:
    for number in range(5):
        ask(study, alice, f"referee{number}@wexbridge.gov.uk")

    with pytest.raises(Refused, match="5 questions about this case study are open"):
        ask(study, alice)
    answer(RefereeRequest.objects.get(email="referee0@wexbridge.gov.uk"), answer="declined")
    ask(study, alice)


def test_ten_questions_a_day_at_most_even_where_case_studies_come_and_go(larkspur, hosting, alice) -> None:
    for number in range(10):
        study = make_case_study(larkspur, [hosting])
        ask(study, alice, f"referee{number}@wexbridge.gov.uk")
        remove_case_study(study=study, by=alice)
    study = make_case_study(larkspur, [hosting])

    with pytest.raises(Refused, match="You have asked 10 times in the last 24 hours"):
        ask(study, alice)
    other = make_supplier("Charnwood Digital Ltd")
    ask(make_case_study(other, [hosting]), make_member(other))
    with time_machine.travel(NOW + DAY, tick=False):
        ask(study, alice, now=NOW + DAY)


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
