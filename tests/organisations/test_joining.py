"""Joining by a verified e-mail domain, and looking after the domains."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from portal.accounts.models import User
from portal.organisations.actions import (
    add_domain,
    approve_join_request,
    ask_to_join,
    decline_join_request,
    end_membership,
    remove_domain,
    set_domain_trust,
)
from portal.organisations.choices import JoinState, Role, Status
from portal.organisations.models import EmailDomain, JoinRequest, Membership, Organisation
from portal.refusals import Refused
from tests.factories import make_member, make_public_body, make_supplier, make_user
from tests.organisations.makers import DAY, NOW, body_of, client_of, events, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def council() -> Organisation:
    return make_public_body()


@pytest.fixture
def owner(council: Organisation) -> User:
    return make_member(council, email="olive@ashfordvale.example", name="Olive Owner")


@pytest.fixture
def domain(council: Organisation, owner: User) -> EmailDomain:
    return EmailDomain.objects.create(organisation=council, domain="ashfordvale.example")


def colleague(email: str = "carl@ashfordvale.example") -> User:
    return make_user(email, name="Carl Colleague")


# --- Asking ----------------------------------------------------------------------------------


def test_asking_waits_for_an_owner_who_is_told(council: Organisation, owner: User, domain: EmailDomain) -> None:
    carl = colleague()

    made = [ask_to_join(organisation=council, by=carl, now=NOW) for _ in range(2)]

    join_request = JoinRequest.objects.get()
    assert made == [join_request, join_request]
    assert (join_request.state, carl.memberships.count()) == (JoinState.WAITING, 0)
    assert events(council) == ["join_request.made"]
    assert told(owner) == ["Carl Colleague asks to join Ashford Vale Council"]


def test_asking_at_a_trusted_domain_joins_at_once_as_a_viewer(
    council: Organisation, owner: User, domain: EmailDomain
) -> None:
    carl = colleague()
    ask_to_join(organisation=council, by=carl, now=NOW)
    set_domain_trust(email_domain=domain, is_trusted=True, by=owner)

    ask_to_join(organisation=council, by=carl, now=NOW)

    assert (carl.memberships.get().role, JoinRequest.objects.get().state) == (Role.VIEWER, JoinState.APPROVED)
    assert told(owner)[-1] == "Carl Colleague joined Ashford Vale Council"


def test_trusted_domain_does_not_undo_an_ending(council: Organisation, owner: User, domain: EmailDomain) -> None:
    EmailDomain.objects.update(is_trusted=True)
    carl = colleague()
    membership = ask_to_join(organisation=council, by=carl, now=NOW)
    assert isinstance(membership, Membership)
    end_membership(membership=membership, by=owner, now=NOW)

    again = ask_to_join(organisation=council, by=carl, now=NOW)

    assert isinstance(again, JoinRequest)
    assert not carl.memberships.filter(ended_at=None).exists()


def test_asking_needs_a_verified_address_at_the_domain(council: Organisation, domain: EmailDomain) -> None:
    unverified = make_user("x@elsewhere.example")
    EmailAddress.objects.create(user=unverified, email="x@ashfordvale.example", verified=False)

    for user in (unverified, make_user("y@sub.ashfordvale.example"), make_user("z@notashfordvale.example")):
        with pytest.raises(Refused, match="only with a verified e-mail address"):
            ask_to_join(organisation=council, by=user, now=NOW)


@pytest.mark.parametrize("status", [Status.PENDING, Status.REFUSED, Status.SUSPENDED])
def test_asking_needs_a_verified_organisation(domain: EmailDomain, status: Status) -> None:
    Organisation.objects.update(status=status, status_reason="A reason.")

    with pytest.raises(Refused, match="only with a verified e-mail address"):
        ask_to_join(organisation=domain.organisation, by=colleague(), now=NOW)


def test_asking_as_a_member_is_refused(council: Organisation, owner: User, domain: EmailDomain) -> None:
    with pytest.raises(Refused, match="already belong"):
        ask_to_join(organisation=council, by=owner, now=NOW)


# --- Answering -------------------------------------------------------------------------------


@pytest.fixture
def asked(council: Organisation, domain: EmailDomain) -> JoinRequest:
    made = ask_to_join(organisation=council, by=colleague(), now=NOW)
    assert isinstance(made, JoinRequest)
    return made


def test_approving_lets_in_with_the_role(council: Organisation, owner: User, asked: JoinRequest) -> None:
    approve_join_request(join_request=asked, role=Role.EDITOR, by=owner, now=NOW)

    asked.refresh_from_db()
    assert (asked.state, asked.decided_by, asked.decided_at) == (JoinState.APPROVED, owner, NOW)
    assert asked.user.memberships.get().role == Role.EDITOR
    assert events(council) == ["join_request.made", "join_request.approved"]
    assert told(asked.user) == ["You have joined Ashford Vale Council"]


def test_declining_tells_and_holds_for_30_days(council: Organisation, owner: User, asked: JoinRequest) -> None:
    decline_join_request(join_request=asked, by=owner, now=NOW)

    assert told(asked.user) == ["You were not let in to Ashford Vale Council"]
    assert not asked.user.memberships.exists()
    with pytest.raises(Refused, match="said no in the last 30 days"):
        ask_to_join(organisation=council, by=asked.user, now=NOW + 30 * DAY - timedelta(seconds=1))
    assert ask_to_join(organisation=council, by=asked.user, now=NOW + 30 * DAY)


def test_answering_twice_is_refused(owner: User, asked: JoinRequest) -> None:
    decline_join_request(join_request=asked, by=owner, now=NOW)

    with pytest.raises(Refused, match="already answered: declined"):
        approve_join_request(join_request=asked, role=Role.OWNER, by=owner, now=NOW)
    with pytest.raises(Refused, match="already answered: declined"):
        decline_join_request(join_request=asked, by=owner, now=NOW)


def test_answering_is_for_owners_and_staff(council: Organisation, owner: User, asked: JoinRequest) -> None:
    for user in (make_member(council, role=Role.EDITOR), asked.user, make_member(make_supplier())):
        with pytest.raises(PermissionDenied):
            approve_join_request(join_request=asked, role=Role.OWNER, by=user, now=NOW)
        with pytest.raises(PermissionDenied):
            decline_join_request(join_request=asked, by=user, now=NOW)

    approve_join_request(join_request=asked, role=Role.VIEWER, by=make_user(is_staff=True), now=NOW)


def test_database_holds_one_waiting_request_a_person(asked: JoinRequest) -> None:
    with pytest.raises(IntegrityError, match="join_request_once_waiting"), transaction.atomic():
        JoinRequest.objects.create(organisation=asked.organisation, user=asked.user)


def test_database_wants_to_know_who_decided(asked: JoinRequest) -> None:
    with pytest.raises(IntegrityError, match="join_request_decided_by_somebody"), transaction.atomic():
        JoinRequest.objects.update(state=JoinState.APPROVED)


# --- Domains ---------------------------------------------------------------------------------


def test_owner_adds_the_domain_of_their_own_address(council: Organisation, owner: User) -> None:
    second = make_member(council, name="Oscar Owner")

    added = [add_domain(organisation=council, domain="AshfordVale.example", is_trusted=True, by=owner) for _ in "ab"]

    assert added[0] == added[1] == EmailDomain.objects.get()
    assert (added[0].domain, added[0].is_trusted) == ("ashfordvale.example", True)
    assert events(council) == ["email_domain.added"]
    assert (told(second), told(owner)) == (["An e-mail domain of Ashford Vale Council was changed"], [])


@pytest.mark.parametrize(
    ("domain", "message"),
    [
        ("gmail.com", "gmail.com is shared by people of many organisations. Enter a domain that only yours uses"),
        ("elsewhere.example", "Enter the domain of one of your own verified e-mail addresses"),
        ("nonsense", "Enter an e-mail domain, like ashfordvale.gov.uk"),
    ],
)
def test_page_refuses_a_domain_that_is_not_ones_own(
    council: Organisation, owner: User, domain: str, message: str
) -> None:
    EmailAddress.objects.create(user=owner, email="olive@gmail.com", verified=True)

    answer = client_of(owner).post(f"/organisations/{council.pk}/domains/new/", {"domain": domain})

    assert message in answer.content.decode()
    assert not EmailDomain.objects.exists()


def test_domain_of_another_organisation_is_refused(owner: User, council: Organisation) -> None:
    EmailDomain.objects.create(organisation=make_supplier(), domain="ashfordvale.example")

    with pytest.raises(Refused, match="Another organisation already uses this domain"):
        add_domain(organisation=council, domain="ashfordvale.example", is_trusted=False, by=owner)


def test_domain_is_added_once_the_organisation_is_verified(council: Organisation, owner: User) -> None:
    Organisation.objects.update(status=Status.PENDING)

    with pytest.raises(Refused, match="must be verified before"):
        add_domain(organisation=council, domain="ashfordvale.example", is_trusted=False, by=owner)


def test_staff_add_a_domain_that_is_not_theirs(council: Organisation, owner: User) -> None:
    staff = make_user(is_staff=True)

    assert add_domain(organisation=council, domain="avc.example", is_trusted=False, by=staff).organisation == council


def test_trust_and_removal_are_recorded(council: Organisation, owner: User, domain: EmailDomain) -> None:
    for _ in range(2):
        set_domain_trust(email_domain=domain, is_trusted=True, by=owner)
    remove_domain(email_domain=domain, by=owner)

    assert events(council) == ["email_domain.trust_changed", "email_domain.removed"]
    assert not EmailDomain.objects.exists()


def test_domains_are_for_owners(council: Organisation, owner: User, domain: EmailDomain) -> None:
    editor = make_member(council, role=Role.EDITOR, email="ed@ashfordvale.example")

    for refused in (
        lambda: add_domain(organisation=council, domain="avc.example", is_trusted=True, by=editor),
        lambda: set_domain_trust(email_domain=domain, is_trusted=True, by=editor),
        lambda: remove_domain(email_domain=domain, by=editor),
    ):
        with pytest.raises(PermissionDenied):
            refused()


def test_database_holds_domains_in_lower_case_and_once(council: Organisation, domain: EmailDomain) -> None:
    for name, constraint in [("Upper.example", "email_domain_lower_case"), ("ashfordvale.example", "domain")]:
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            EmailDomain.objects.create(organisation=council, domain=name)


# --- Pages -----------------------------------------------------------------------------------


def test_pages_ask_approve_and_decline(council: Organisation, owner: User, domain: EmailDomain) -> None:
    carl, cora = colleague(), colleague("cora@ashfordvale.example")
    base = f"/organisations/{council.pk}/"
    assert "Ask to join" in client_of(carl).get("/organisations/").content.decode()

    for user in (carl, carl, cora):
        assert client_of(user).post(f"{base}join/").status_code == 302
    first, second = JoinRequest.objects.order_by("pk")
    boss = client_of(owner)
    assert boss.post(f"{base}join-requests/{first.pk}/approve/", {"role": "editor"}).status_code == 302
    assert boss.post(f"{base}join-requests/{first.pk}/approve/", {"role": "owner"}).status_code == 422
    assert boss.post(f"{base}join-requests/{second.pk}/approve/", {}).status_code == 422
    assert boss.post(f"{base}join-requests/{second.pk}/decline/").status_code == 302

    assert (carl.memberships.get().role, cora.memberships.count()) == (Role.EDITOR, 0)
    assert client_of(carl).post(f"{base}join/")["Location"] == base
    assert client_of(cora).post(f"{base}join/").status_code == 422


def test_page_of_joining_does_not_show_that_others_exist(council: Organisation, owner: User) -> None:
    client = client_of(make_user())

    answers = [client.post(f"/organisations/{pk}/join/") for pk in (council.pk, 999_999)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert body_of(answers[0]) == body_of(answers[1])


def test_pages_trust_and_remove_a_domain(council: Organisation, owner: User, domain: EmailDomain) -> None:
    client, url = client_of(owner), f"/organisations/{council.pk}/domains/{domain.pk}/"

    trusted = [client.post(f"{url}trust/", {"is_trusted": "yes"}).status_code for _ in range(2)]

    domain.refresh_from_db()
    assert (trusted, domain.is_trusted) == ([302, 302], True)
    assert client.post(f"{url}remove/").status_code == 302
    assert client.post(f"{url}remove/").status_code == 404
