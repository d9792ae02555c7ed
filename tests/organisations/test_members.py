"""Roles, leaving, ending: who may, who is told, and that an owner always remains."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from portal.accounts.models import User
from portal.organisations.actions import change_role, end_membership
from portal.organisations.choices import Role
from portal.organisations.models import Membership, Organisation
from portal.organisations.queries import people_of
from portal.refusals import Refused
from tests.factories import make_member, make_supplier, make_user
from tests.organisations.makers import NOW, acting_for, client_of, events, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def organisation() -> Organisation:
    return make_supplier()


@pytest.fixture
def owner(organisation: Organisation) -> User:
    return make_member(organisation, name="Olive Owner")


@pytest.fixture
def viewer(organisation: Organisation) -> User:
    return make_member(organisation, role=Role.VIEWER, name="Vera Viewer")


def membership_of(user: User) -> Membership:
    return user.memberships.get()


@pytest.mark.parametrize("role", [Role.EDITOR, Role.OWNER])
def test_role_changes_is_recorded_and_told(organisation: Organisation, owner: User, viewer: User, role: Role) -> None:
    change_role(membership=membership_of(viewer), role=role, by=owner)

    assert membership_of(viewer).role == role
    assert events(organisation) == ["membership.role_changed"]
    assert told(viewer) == [f"You are now an {role} of Larkspur Systems Ltd"]


def test_role_that_stays_says_nothing(organisation: Organisation, owner: User, viewer: User) -> None:
    change_role(membership=membership_of(viewer), role=Role.VIEWER, by=owner)

    assert (events(organisation), told(viewer)) == ([], [])


def test_role_that_does_not_exist_is_an_error(owner: User, viewer: User) -> None:
    with pytest.raises(ValueError, match="emperor"):
        change_role(membership=membership_of(viewer), role="emperor", by=owner)


def test_role_is_changed_by_owners_and_staff_alone(organisation: Organisation, owner: User, viewer: User) -> None:
    editor = make_member(organisation, role=Role.EDITOR)
    for user in (viewer, editor, make_user(), make_member(make_supplier("Fernhill Cloud Ltd"))):
        with pytest.raises(PermissionDenied):
            change_role(membership=membership_of(viewer), role=Role.OWNER, by=user)

    change_role(membership=membership_of(viewer), role=Role.EDITOR, by=make_user(is_staff=True))

    assert membership_of(viewer).role == Role.EDITOR


def test_last_owner_cannot_step_down(owner: User, viewer: User) -> None:
    with pytest.raises(Refused, match="Olive Owner is the only owner of Larkspur Systems Ltd"):
        change_role(membership=membership_of(owner), role=Role.EDITOR, by=owner)

    assert membership_of(owner).role == Role.OWNER


@pytest.mark.parametrize("is_staff", [False, True])
def test_last_owner_cannot_leave_or_be_ended(owner: User, viewer: User, is_staff: bool) -> None:
    by = make_user(is_staff=True) if is_staff else owner

    with pytest.raises(Refused, match="Make another member an owner first"):
        end_membership(membership=membership_of(owner), by=by, now=NOW)


def test_owner_whose_account_is_closed_counts_for_nothing(organisation: Organisation, owner: User) -> None:
    make_member(organisation, is_active=False)

    with pytest.raises(Refused, match="only owner"):
        end_membership(membership=membership_of(owner), by=owner, now=NOW)


def test_leaving_is_recorded_and_the_owners_are_told(organisation: Organisation, owner: User, viewer: User) -> None:
    end_membership(membership=membership_of(viewer), by=viewer, now=NOW)

    assert membership_of(viewer).ended_at == NOW
    assert events(organisation) == ["membership.left"]
    assert (told(owner), told(viewer)) == (["Vera Viewer left Larkspur Systems Ltd"], [])


def test_ending_is_recorded_and_the_person_is_told(organisation: Organisation, owner: User, viewer: User) -> None:
    end_membership(membership=membership_of(viewer), by=owner, now=NOW)

    assert events(organisation) == ["membership.ended"]
    assert told(viewer) == ["You no longer belong to Larkspur Systems Ltd"]
    assert list(people_of(organisation)) == [owner]


def test_ending_twice_is_refused(owner: User, viewer: User) -> None:
    end_membership(membership=membership_of(viewer), by=owner, now=NOW)

    with pytest.raises(Refused, match="no longer belongs"):
        end_membership(membership=membership_of(viewer), by=owner, now=NOW)
    with pytest.raises(Refused, match="no longer belongs"):
        change_role(membership=membership_of(viewer), role=Role.OWNER, by=owner)


def test_ending_anothers_membership_needs_an_owner(organisation: Organisation, owner: User, viewer: User) -> None:
    editor = make_member(organisation, role=Role.EDITOR)

    for user in (editor, make_user()):
        with pytest.raises(PermissionDenied):
            end_membership(membership=membership_of(viewer), by=user, now=NOW)


def test_ended_membership_is_refused_at_the_next_request(organisation: Organisation, owner: User, viewer: User) -> None:
    client = client_of(viewer)
    page = organisation.get_absolute_url()
    assert client.get(page).status_code == 200

    end_membership(membership=membership_of(viewer), by=owner, now=NOW)

    assert client.get(page).status_code == 404
    assert acting_for(client) is None


def test_lost_ownership_is_refused_at_the_next_request(organisation: Organisation, owner: User) -> None:
    second = make_member(organisation)
    client = client_of(second)
    page = f"/organisations/{organisation.pk}/invitations/"
    assert client.get(page).status_code == 200

    change_role(membership=membership_of(second), role=Role.VIEWER, by=owner)

    assert client.get(page).status_code == 403


def test_membership_stands_once_at_a_time_in_the_database(organisation: Organisation, owner: User) -> None:
    with pytest.raises(IntegrityError, match="membership_once_at_a_time"), transaction.atomic():
        Membership.objects.create(organisation=organisation, user=owner, role=Role.VIEWER)


def test_membership_role_is_known_to_the_database(owner: User) -> None:
    with pytest.raises(IntegrityError, match="membership_role_known"), transaction.atomic():
        Membership.objects.filter(user=owner).update(role="emperor")


# --- Pages -----------------------------------------------------------------------------------


def test_page_changes_a_role(organisation: Organisation, owner: User, viewer: User) -> None:
    url = f"/organisations/{organisation.pk}/members/{membership_of(viewer).pk}/role/"

    answer = client_of(owner).post(url, {"role": "editor", "user": owner.pk, "organisation": 1})

    assert answer.status_code == 302
    assert (membership_of(viewer).role, membership_of(viewer).organisation) == (Role.EDITOR, organisation)


def test_page_refuses_the_last_owner_on_the_form(organisation: Organisation, owner: User) -> None:
    url = f"/organisations/{organisation.pk}/members/{membership_of(owner).pk}/role/"

    answer = client_of(owner).post(url, {"role": "viewer"})

    assert "Make another member an owner first" in answer.content.decode()
    assert membership_of(owner).role == Role.OWNER


def test_page_of_leaving_asks_before_it_acts(organisation: Organisation, owner: User, viewer: User) -> None:
    client, url = client_of(viewer), f"/organisations/{organisation.pk}/members/{membership_of(viewer).pk}/end/"

    asked = client.get(url)
    assert "Leave Larkspur Systems Ltd?" in asked.content.decode()
    assert membership_of(viewer).ended_at is None

    answer = client.post(url)
    assert (answer.status_code, answer["Location"]) == (302, "/organisations/")
    assert membership_of(viewer).ended_at is not None


def test_page_of_leaving_says_why_not(organisation: Organisation, owner: User) -> None:
    url = f"/organisations/{organisation.pk}/members/{membership_of(owner).pk}/end/"

    answer = client_of(owner).post(url)

    assert answer.status_code == 422
    assert "only owner" in answer.content.decode()


def test_member_of_another_organisation_is_not_found_here(organisation: Organisation, owner: User) -> None:
    stranger = membership_of(make_member(make_supplier("Fernhill Cloud Ltd"), role=Role.VIEWER))

    for action in ("role", "end"):
        url = f"/organisations/{organisation.pk}/members/{stranger.pk}/{action}/"
        assert client_of(owner).post(url, {"role": "editor"}).status_code == 404


def test_list_shows_owners_first(organisation: Organisation, viewer: User, owner: User) -> None:
    make_member(organisation, role=Role.EDITOR, name="Edie Editor")

    page = client_of(viewer).get(f"/organisations/{organisation.pk}/members/").context["page"]

    assert [str(member.user) for member in page] == ["Olive Owner", "Edie Editor", "Vera Viewer"]
