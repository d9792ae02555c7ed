"""The link in the e-mail, one's own list of invitations, and the owner's list."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from portal.accounts.models import User
from portal.organisations.actions import revoke_invitation
from portal.organisations.choices import Role
from portal.organisations.models import Invitation, Membership, Organisation
from tests.factories import make_member, make_supplier, make_user
from tests.organisations.makers import DAY, NOW, client_of, invite, link_in_mail

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW):
        yield


@pytest.fixture
def organisation() -> Organisation:
    return make_supplier()


@pytest.fixture
def owner(organisation: Organisation) -> User:
    return make_member(organisation, name="Olive Owner")


@pytest.fixture
def link(organisation: Organisation, owner: User) -> str:
    invite(organisation, owner)
    return link_in_mail("dana@example.net")


def dana() -> User:
    return make_user("dana@example.net", name="Dana Reed")


def test_link_asks_a_stranger_to_sign_in_and_comes_back(link: str) -> None:
    html = client_of(None).get(link).content.decode()

    assert "Join Larkspur Systems Ltd" in html
    assert f"/accounts/signup/?next={link}" in html
    assert "d…@example.net" in html
    assert "dana@example.net" not in html


def test_link_opened_changes_no_row(link: str) -> None:
    person = dana()
    before = list(Invitation.objects.values())

    for client in (client_of(None), client_of(person)):
        client.get(link)
        client.head(link)

    assert list(Invitation.objects.values()) == before
    assert not Membership.objects.filter(user=person).exists()


def test_link_posted_accepts_and_acts_for_the_organisation(link: str, organisation: Organisation) -> None:
    client = client_of(dana())
    assert "Accept the invitation" in client.get(link).content.decode()

    answer = client.post(link, {"role": "owner", "organisation": 999})

    membership = Membership.objects.get(user__email="dana@example.net")
    assert (answer.status_code, membership.role, membership.organisation) == (302, Role.EDITOR, organisation)
    assert client.session["organisation_id"] == organisation.pk


def test_link_posted_by_a_stranger_asks_to_sign_in(link: str) -> None:
    answer = client_of(None).post(link)

    assert (answer.status_code, answer["Location"]) == (302, link)
    assert Invitation.objects.get().accepted_at is None


def test_link_says_to_another_address_whose_it_is_not(link: str) -> None:
    client = client_of(make_user("else@example.net"))

    html = client.get(link).content.decode()
    answer = client.post(link)

    assert "This invitation was sent to another e-mail address" in html
    assert "Accept the invitation" not in html
    assert answer.status_code == 422
    assert "sent to another e-mail address" in answer.content.decode()


def test_link_that_expired_says_so(link: str) -> None:
    person = dana()

    with time_machine.travel(NOW + 7 * DAY):
        client = client_of(person)
        opened, posted = client.get(link), client.post(link)

    assert (opened.status_code, posted.status_code) == (410, 422)
    assert "This invitation has expired" in opened.content.decode()


def test_link_that_was_taken_back_says_so(link: str, owner: User) -> None:
    revoke_invitation(invitation=Invitation.objects.get(), by=owner, now=NOW)

    opened = client_of(dana()).get(link)

    assert opened.status_code == 410
    assert "This invitation was taken back" in opened.content.decode()


def test_link_that_was_used_says_so(link: str) -> None:
    client = client_of(dana())
    client.post(link)

    opened = client.get(link)

    assert opened.status_code == 410
    assert "This invitation was already used" in opened.content.decode()


def test_own_list_accepts_without_the_link(organisation: Organisation, owner: User) -> None:
    person = dana()
    invitation, client = invite(organisation, owner), client_of(person)
    assert "Invitations for you" in client.get("/organisations/").content.decode()

    answer = client.post(f"/organisations/invitations/{invitation.pk}/accept/")

    assert (answer.status_code, person.memberships.get().organisation) == (302, organisation)
    assert "Invitations for you" not in client.get("/organisations/").content.decode()


def test_own_list_does_not_know_anothers_invitation(organisation: Organisation, owner: User) -> None:
    invitation = invite(organisation, owner)

    answer = client_of(make_user()).post(f"/organisations/invitations/{invitation.pk}/accept/")

    assert answer.status_code == 404


def test_owner_invites_resends_and_takes_back(organisation: Organisation, owner: User) -> None:
    client, base = client_of(owner), f"/organisations/{organisation.pk}/invitations/"
    form = client.get(f"{base}new/").context["form"]
    data = {"email": "Eli@example.net", "role": "viewer", "submission_key": form["submission_key"].value()}

    sent = [client.post(f"{base}new/", data) for _ in range(2)]

    invitation = Invitation.objects.get()
    assert [answer.status_code for answer in sent] == [302, 302]
    assert (invitation.email, invitation.role, invitation.invited_by) == ("eli@example.net", Role.VIEWER, owner)
    assert client.post(f"{base}{invitation.pk}/send/").status_code == 422
    with time_machine.travel(NOW + DAY):
        assert client_of(owner).post(f"{base}{invitation.pk}/send/").status_code == 302
    client = client_of(owner)
    assert client.post(f"{base}{invitation.pk}/revoke/").status_code == 302
    assert "Taken back" in client.get(base).content.decode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"email": ""}, "Enter an e-mail address"),
        ({"email": "dana"}, "Enter an e-mail address in the correct format"),
        ({"role": "emperor"}, "emperor is not one of the available choices"),
        ({"role": ""}, "Choose a role"),
    ],
)
def test_owner_is_told_what_to_mend(
    organisation: Organisation, owner: User, data: dict[str, str], message: str
) -> None:
    client, url = client_of(owner), f"/organisations/{organisation.pk}/invitations/new/"
    key = client.get(url).context["form"]["submission_key"].value()

    answer = client.post(url, {"email": "dana@example.net", "role": "editor", "submission_key": key, **data})

    assert message in answer.content.decode()
    assert not Invitation.objects.exists()


def test_invitation_of_another_organisation_is_not_found_here(organisation: Organisation, owner: User) -> None:
    other = make_supplier("Fernhill Cloud Ltd")
    theirs = invite(other, make_member(other))

    for action in ("send", "revoke"):
        url = f"/organisations/{organisation.pk}/invitations/{theirs.pk}/{action}/"
        assert client_of(owner).post(url).status_code == 404
