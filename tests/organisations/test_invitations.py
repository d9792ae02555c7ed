"""Invitations by e-mail: sending, the link, accepting, expiry."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from portal.accounts.models import User
from portal.notifications.models import Delivery, Message
from portal.organisations.actions import accept_invitation, resend_invitation, revoke_invitation
from portal.organisations.choices import Role, Status
from portal.organisations.models import Invitation, Membership, Organisation
from portal.organisations.tokens import sign_token
from portal.refusals import Refused
from tests.factories import make_member, make_supplier, make_user
from tests.organisations.makers import DAY, NOW, client_of, events, invite, link_in_mail, told

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def organisation() -> Organisation:
    return make_supplier()


@pytest.fixture
def owner(organisation: Organisation) -> User:
    return make_member(organisation, name="Olive Owner")


def dana() -> User:
    return make_user("dana@example.net", name="Dana Reed", mfa=True)


# --- Sending ---------------------------------------------------------------------------------


def test_invitation_to_a_stranger_is_an_account_email_with_a_link(organisation: Organisation, owner: User) -> None:
    invitation = invite(organisation, owner, "Dana@Example.net ")

    delivery = Delivery.objects.get(email="dana@example.net")
    assert (delivery.recipient, delivery.in_inbox) == (None, False)
    assert delivery.message.subject == "Olive Owner invites you to join Larkspur Systems Ltd"
    assert link_in_mail("dana@example.net").startswith("/organisations/invitation/")
    assert (invitation.email, invitation.expires_at) == ("dana@example.net", NOW + 7 * DAY)
    assert events(organisation) == ["invitation.sent"]


def test_invitation_to_a_person_with_an_account_is_a_notice_without_the_token(
    organisation: Organisation, owner: User
) -> None:
    person = dana()

    invite(organisation, owner)

    message = Message.objects.get(deliveries__recipient=person)
    assert told(person) == ["Olive Owner invites you to join Larkspur Systems Ltd"]
    assert (message.path, "/invitation/" in message.body) == ("/organisations/", False)
    assert "Larkspur Systems Ltd" in client_of(person).get("/organisations/").content.decode()


def test_invitation_keeps_only_a_hash_of_the_token(organisation: Organisation, owner: User) -> None:
    invitation = invite(organisation, owner)

    token = link_in_mail("dana@example.net").split("/")[3].split(".")[0]
    assert len(token) >= 40
    assert token not in "".join(str(value) for value in Invitation.objects.values_list().get(pk=invitation.pk))


def test_invitation_form_sent_twice_invites_once(organisation: Organisation, owner: User) -> None:
    key = uuid.uuid4()

    first = invite(organisation, owner, submission_key=key)
    second = invite(organisation, owner, submission_key=key)

    assert (first, Delivery.objects.count()) == (second, 1)


def test_invitation_of_a_member_is_refused(organisation: Organisation, owner: User) -> None:
    with pytest.raises(Refused, match="already belongs"):
        invite(organisation, owner, owner.email)


def test_invitation_of_an_invited_address_is_refused(organisation: Organisation, owner: User) -> None:
    invite(organisation, owner)

    with pytest.raises(Refused, match="already invited"):
        invite(organisation, owner, "DANA@example.net")


def test_invitation_that_ran_out_makes_room_for_a_new_one(organisation: Organisation, owner: User) -> None:
    old = invite(organisation, owner)

    new = invite(organisation, owner, now=NOW + 7 * DAY)

    old.refresh_from_db()
    assert (old.revoked_at, new.revoked_at) == (NOW + 7 * DAY, None)


def test_invitation_from_a_suspended_organisation_is_refused(organisation: Organisation, owner: User) -> None:
    Organisation.objects.update(status=Status.SUSPENDED, status_reason="It was dissolved.")

    with pytest.raises(Refused, match="is suspended"):
        invite(organisation, owner)


def test_unverified_organisation_has_five_open_invitations_at_most(organisation: Organisation, owner: User) -> None:
    Organisation.objects.update(status=Status.PENDING)
    for number in range(5):
        invite(organisation, owner, f"person{number}@example.net")

    with pytest.raises(Refused, match="You have 5 open invitations"):
        invite(organisation, owner)


@pytest.mark.parametrize("role", [Role.EDITOR, Role.VIEWER])
def test_invitations_are_for_owners_and_staff(organisation: Organisation, owner: User, role: Role) -> None:
    invitation = invite(organisation, owner, now=NOW - DAY)
    member = make_member(organisation, role=role)

    for refused in (
        lambda: invite(organisation, member, "eli@example.net"),
        lambda: resend_invitation(invitation=invitation, by=member, now=NOW),
        lambda: revoke_invitation(invitation=invitation, by=member, now=NOW),
    ):
        with pytest.raises(PermissionDenied):
            refused()
    assert invite(organisation, make_user(is_staff=True), "eli@example.net").pk


def test_resending_makes_a_new_link_and_kills_the_old(organisation: Organisation, owner: User) -> None:
    invitation = invite(organisation, owner)
    old = link_in_mail("dana@example.net")

    with time_machine.travel(NOW + DAY):
        resend_invitation(invitation=invitation, by=owner, now=NOW + DAY)
        new = link_in_mail("dana@example.net")
        statuses = [client_of(None).get(link).status_code for link in (old, new)]

    invitation.refresh_from_db()
    assert (statuses, invitation.expires_at) == ([404, 200], NOW + 8 * DAY)


def test_resending_within_five_minutes_is_refused(organisation: Organisation, owner: User) -> None:
    invitation = invite(organisation, owner)

    with pytest.raises(Refused, match="Wait 5 minutes"):
        resend_invitation(invitation=invitation, by=owner, now=NOW + timedelta(minutes=5) - SECOND)
    resend_invitation(invitation=invitation, by=owner, now=NOW + timedelta(minutes=5))


def test_resending_revives_an_expired_invitation(organisation: Organisation, owner: User) -> None:
    invitation = invite(organisation, owner)

    resend_invitation(invitation=invitation, by=owner, now=NOW + 30 * DAY)

    assert accept_invitation(invitation=invitation, by=dana(), now=NOW + 31 * DAY).role == Role.EDITOR


# --- Accepting -------------------------------------------------------------------------------


def test_accepting_makes_a_member_and_tells_the_owners(organisation: Organisation, owner: User) -> None:
    invitation, person = invite(organisation, owner, role=Role.OWNER), dana()

    membership = accept_invitation(invitation=invitation, by=person, now=NOW)

    assert (membership.user, membership.role, membership.organisation) == (person, Role.OWNER, organisation)
    assert events(organisation) == ["invitation.sent", "invitation.accepted"]
    assert told(owner) == ["Dana Reed joined Larkspur Systems Ltd"]


def test_accepting_twice_answers_the_same_membership(organisation: Organisation, owner: User) -> None:
    invitation, person = invite(organisation, owner), dana()

    first, second = (accept_invitation(invitation=invitation, by=person, now=NOW) for _ in range(2))

    assert (first, Membership.objects.filter(user=person).count()) == (second, 1)


def test_accepting_needs_the_invited_address_verified(organisation: Organisation, owner: User) -> None:
    invitation, person = invite(organisation, owner), make_user("else@example.net")
    EmailAddress.objects.create(user=person, email="dana@example.net", verified=False)

    with pytest.raises(Refused, match="sent to another e-mail address"):
        accept_invitation(invitation=invitation, by=person, now=NOW)

    EmailAddress.objects.filter(email="dana@example.net").update(verified=True)
    assert accept_invitation(invitation=invitation, by=person, now=NOW).user == person


def test_accepting_ends_with_the_seventh_day(organisation: Organisation, owner: User) -> None:
    invitation, person = invite(organisation, owner), dana()

    with pytest.raises(Refused, match="This invitation has expired"):
        accept_invitation(invitation=invitation, by=person, now=NOW + 7 * DAY)

    assert accept_invitation(invitation=invitation, by=person, now=NOW + 7 * DAY - SECOND).user == person


def test_accepting_what_was_taken_back_is_refused(organisation: Organisation, owner: User) -> None:
    invitation = revoke_invitation(invitation=invite(organisation, owner), by=owner, now=NOW)

    with pytest.raises(Refused, match="taken back"):
        accept_invitation(invitation=invitation, by=dana(), now=NOW)
    assert events(organisation) == ["invitation.sent", "invitation.revoked"]


def test_used_invitation_does_not_let_an_ended_member_back_in(organisation: Organisation, owner: User) -> None:
    invitation, person = invite(organisation, owner), dana()
    accept_invitation(invitation=invitation, by=person, now=NOW)
    person.memberships.update(ended_at=NOW)

    with pytest.raises(Refused, match="already used"):
        accept_invitation(invitation=invitation, by=person, now=NOW)


def test_answered_invitation_is_neither_resent_nor_taken_back(organisation: Organisation, owner: User) -> None:
    invitation = invite(organisation, owner)
    accept_invitation(invitation=invitation, by=dana(), now=NOW)

    with pytest.raises(Refused, match="can no longer be sent: accepted"):
        resend_invitation(invitation=invitation, by=owner, now=NOW + DAY)
    with pytest.raises(Refused, match="can no longer be taken back: accepted"):
        revoke_invitation(invitation=invitation, by=owner, now=NOW + DAY)


def test_accepting_into_a_suspended_organisation_is_refused(organisation: Organisation, owner: User) -> None:
    invitation = invite(organisation, owner)
    Organisation.objects.update(status=Status.SUSPENDED, status_reason="It was dissolved.")

    with pytest.raises(Refused, match="is suspended"):
        accept_invitation(invitation=invitation, by=dana(), now=NOW)


def test_accepting_as_a_member_is_refused(organisation: Organisation, owner: User) -> None:
    invitation, person = invite(organisation, owner), dana()
    Membership.objects.create(organisation=organisation, user=person, role=Role.VIEWER)

    with pytest.raises(Refused, match="already belongs"):
        accept_invitation(invitation=invitation, by=person, now=NOW)


# --- Constraints -----------------------------------------------------------------------------


def test_database_holds_one_unanswered_invitation_an_address(organisation: Organisation, owner: User) -> None:
    invite(organisation, owner)

    with pytest.raises(IntegrityError, match="invitation_once_unanswered"), transaction.atomic():
        Invitation.objects.create(
            organisation=organisation, email="DANA@example.net", token_hash="x", invited_by=owner, sent_at=NOW,
            expires_at=NOW + DAY,
        )  # fmt: skip


def test_database_lets_an_invitation_be_answered_once(organisation: Organisation, owner: User) -> None:
    invitation = invite(organisation, owner)

    with pytest.raises(IntegrityError, match="invitation_answered_once"), transaction.atomic():
        Invitation.objects.filter(pk=invitation.pk).update(accepted_at=NOW, revoked_at=NOW)


def test_forged_link_is_not_found(organisation: Organisation, owner: User) -> None:
    invite(organisation, owner)
    link = link_in_mail("dana@example.net")

    for forged in (
        link[:-3] + "/",
        f"/organisations/invitation/{sign_token('guess')}/",
        "/organisations/invitation/x/",
    ):
        assert client_of(None).get(forged).status_code == 404
