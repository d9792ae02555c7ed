"""Two people at the same moment, each on a database connection of their own."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from portal.organisations.actions import (
    accept_invitation,
    approve_join_request,
    ask_to_join,
    change_role,
    decline_join_request,
    end_membership,
)
from portal.organisations.choices import JoinState, Role
from portal.organisations.models import EmailDomain, JoinRequest, Membership, Organisation
from portal.organisations.queries import owners_of
from portal.refusals import Refused
from tests.factories import make_member, make_public_body, make_supplier, make_user
from tests.organisations.makers import NOW, events, invite, make_imported, register

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = range(4)


def at_once(calls: Sequence[Callable[[], object]]) -> list[object]:
    """Run all at the same moment. Returns what each returned, or the refusal that it raised."""
    start = Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        connection.ensure_connection()
        start.wait(10)
        try:
            return call()
        except Refused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def refusals(results: list[object]) -> list[str]:
    return [str(result) for result in results if isinstance(result, Refused)]


@pytest.mark.parametrize("_round", ROUNDS)
def test_one_person_accepting_in_two_windows_becomes_a_member_once(_round: int) -> None:
    organisation = make_supplier()
    owner, dana = make_member(organisation), make_user("dana@example.net")
    invitation = invite(organisation, owner)

    results = at_once([lambda: accept_invitation(invitation=invitation, by=dana, now=NOW)] * 4)

    assert len(set(results)) == 1
    assert Membership.objects.filter(user=dana).count() == 1
    assert events(organisation).count("invitation.accepted") == 1


def test_two_people_accepting_one_invitation_make_one_member() -> None:
    organisation = make_supplier()
    owner, dana, other = make_member(organisation), make_user("dana@example.net"), make_user()
    invitation = invite(organisation, owner)

    results = at_once([partial(accept_invitation, invitation=invitation, by=by, now=NOW) for by in (dana, other)])

    assert [result.user for result in results if isinstance(result, Membership)] == [dana]
    assert ["another e-mail address" in text for text in refusals(results)] == [True]
    assert organisation.memberships.count() == 2


@pytest.mark.parametrize("_round", ROUNDS)
def test_of_two_owners_who_leave_at_once_one_stays(_round: int) -> None:
    organisation = make_supplier()
    memberships = [make_member(organisation).memberships.get() for _ in "ab"]

    results = at_once([partial(end_membership, membership=m, by=m.user, now=NOW) for m in memberships])

    assert len(refusals(results)) == 1
    assert owners_of(organisation).count() == 1


@pytest.mark.parametrize("_round", ROUNDS)
def test_of_two_owners_who_demote_each_other_one_stays(_round: int) -> None:
    organisation = make_supplier()
    first, second = (make_member(organisation).memberships.get() for _ in "ab")

    at_once(
        [
            lambda: _demote(first, second),
            lambda: _demote(second, first),
        ]
    )

    assert owners_of(organisation).count() == 1


def _demote(membership: Membership, by: Membership) -> None:
    """The one who comes second has no right left: 403 is as good an answer as a refusal."""
    try:
        change_role(membership=membership, role=Role.VIEWER, by=by.user)
    except PermissionDenied:
        return


@pytest.mark.parametrize("_round", ROUNDS)
def test_of_two_who_register_one_number_one_is_refused(_round: int) -> None:
    people = [make_user() for _ in "ab"]

    results = at_once([partial(register, by) for by in people])

    assert Organisation.objects.count() == 1
    assert ["is already registered" in text for text in refusals(results)] == [True]
    assert Membership.objects.count() == 1


@pytest.mark.parametrize("_round", ROUNDS)
def test_of_two_who_claim_one_record_one_is_refused(_round: int) -> None:
    imported = make_imported()

    results = at_once([partial(register, by) for by in [make_user(), make_user()]])

    assert len(refusals(results)) == 1
    assert imported.memberships.count() == 1


@pytest.mark.parametrize("_round", ROUNDS)
def test_form_sent_twice_at_once_makes_one(_round: int) -> None:
    alice, key = make_user(), uuid.uuid4()

    results = at_once([lambda: register(alice, submission_key=key)] * 2)

    assert (len(set(results)), Organisation.objects.count(), Membership.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("_round", ROUNDS)
def test_of_two_answers_to_one_request_one_stands(_round: int) -> None:
    council = make_public_body()
    owner, carl = make_member(council), make_user()
    asked = JoinRequest.objects.create(organisation=council, user=carl)

    results = at_once(
        [
            lambda: approve_join_request(join_request=asked, role=Role.VIEWER, by=owner, now=NOW),
            lambda: decline_join_request(join_request=asked, by=owner, now=NOW),
        ]
    )

    asked.refresh_from_db()
    assert len(refusals(results)) == 1
    assert carl.memberships.exists() == (asked.state == JoinState.APPROVED)


@pytest.mark.parametrize("_round", ROUNDS)
def test_invitation_and_trusted_domain_at_once_make_one_membership(_round: int) -> None:
    council = make_public_body()
    owner, carl = make_member(council), make_user("carl@ashfordvale.example")
    EmailDomain.objects.create(organisation=council, domain="ashfordvale.example", is_trusted=True)
    invitation = invite(council, owner, carl.email)

    results = at_once(
        [
            lambda: accept_invitation(invitation=invitation, by=carl, now=NOW),
            lambda: ask_to_join(organisation=council, by=carl, now=NOW),
        ]
    )

    assert len(refusals(results)) == 1
    assert carl.memberships.count() == 1
