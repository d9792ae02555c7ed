"""Referees: who may be asked, how often, and by whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import PermissionDenied

from portal.audit.models import Event
from portal.notifications.models import Delivery
from portal.organisations.choices import Role, Status
from portal.organisations.models import EmailDomain
from portal.organisations.tokens import hash_token
from portal.refusals import Refused
from techmap.actions.case_studies import remove_case_study, save_case_study
from techmap.models import CaseStudy, Evidence, RefereeRequest
from techmap.queries.case_studies import is_of_public_body, is_under
from tests.factories import make_member, make_public_body, make_supplier
from tests.organisations.makers import DAY, NOW, client_of
from tests.techmap.makers import make_case_study
from tests.techmap.test_referees import REFEREE, answer, ask, confirm, link_to

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def study(larkspur, hosting, backup) -> CaseStudy:
    return make_case_study(larkspur, [hosting, backup])


# --- What the mail may quote -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"title": "Sign in at www.bad.example"}, "The title of the case study must not hold a web address"),
        ({"customer": "A council\nSign in here"}, "The customer of the case study must not hold line breaks"),
        ({"name": "Ann at http://bad.example"}, "Your own name must not hold a web address"),
        ({"name": "Ann\n\nSign in here"}, "Your own name must not hold line breaks"),
    ],
)
def test_nothing_is_sent_that_could_pass_for_a_link(study, alice, fields, reason) -> None:
    for holder in (study, alice):
        type(holder).objects.filter(pk=holder.pk).update(**{k: v for k, v in fields.items() if hasattr(holder, k)})
        holder.refresh_from_db()
    with pytest.raises(Refused, match=reason):
        ask(study, alice)
    assert not Delivery.objects.filter(email=REFEREE).exists()


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
