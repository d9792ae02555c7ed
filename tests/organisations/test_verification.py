"""Staff verify, refuse and suspend; an owner asks again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from portal.accounts.models import User
from portal.organisations.actions import ask_again, refuse_organisation, suspend_organisation, verify_organisation
from portal.organisations.choices import STATUS_TRANSITIONS, Role, Status
from portal.organisations.models import Membership, Organisation
from portal.organisations.permissions import why_not_act
from portal.refusals import Refused
from tests.factories import make_member, make_public_body, make_supplier, make_user
from tests.organisations.makers import NOW, client_of, events, told

pytestmark = pytest.mark.django_db

DECISIONS: dict[Status, Callable[[Organisation, User], Organisation]] = {
    Status.VERIFIED: lambda organisation, by: verify_organisation(organisation=organisation, by=by, now=NOW),
    Status.REFUSED: lambda organisation, by: refuse_organisation(
        organisation=organisation, reason="The number is another's.", by=by, now=NOW
    ),
    Status.SUSPENDED: lambda organisation, by: suspend_organisation(
        organisation=organisation, reason="It was dissolved.", by=by, now=NOW
    ),
}
MOVES = [(old, new) for old in Status for new in DECISIONS]
LEGAL = [(old, new) for old, new in MOVES if new in STATUS_TRANSITIONS[old]]


@pytest.mark.parametrize(("old", "new"), LEGAL)
def test_decision_moves_records_and_tells(old: Status, new: Status) -> None:
    organisation, staff = make_supplier(status=old), make_user(is_staff=True)
    member = make_member(organisation, role=Role.VIEWER)

    DECISIONS[new](organisation, staff)

    organisation.refresh_from_db()
    assert organisation.status == new
    assert bool(organisation.status_reason) == (new != Status.VERIFIED)
    assert events(organisation) == [f"organisation.{new}"]
    assert len(told(member)) == 1


@pytest.mark.parametrize(("old", "new"), [move for move in MOVES if move not in LEGAL])
def test_decision_that_the_table_forbids_is_refused(old: Status, new: Status) -> None:
    organisation = make_supplier(status=old)

    with pytest.raises(Refused, match="It cannot become"):
        DECISIONS[new](organisation, make_user(is_staff=True))

    organisation.refresh_from_db()
    assert (organisation.status, events(organisation)) == (old, [])


@pytest.mark.parametrize("new", list(DECISIONS))
def test_decision_is_for_staff_alone(new: Status) -> None:
    organisation = make_supplier(status=Status.PENDING)

    for user in (make_member(organisation), make_user(), make_user(is_staff=True, is_active=False)):
        with pytest.raises(PermissionDenied):
            DECISIONS[new](organisation, user)


def test_decision_on_ones_own_organisation_is_refused() -> None:
    organisation, staff = make_supplier(status=Status.PENDING), make_user(is_staff=True)
    Membership.objects.create(organisation=organisation, user=staff, role=Role.VIEWER)

    with pytest.raises(Refused, match="another member of staff must decide"):
        verify_organisation(organisation=organisation, by=staff, now=NOW)


def test_verification_is_dated() -> None:
    organisation = make_supplier(status=Status.PENDING)

    verify_organisation(organisation=organisation, by=make_user(is_staff=True), now=NOW)

    organisation.refresh_from_db()
    assert (organisation.verified_at, organisation.version) == (NOW, 2)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_refusal_needs_a_reason_that_fits(reason: str) -> None:
    organisation = make_supplier(status=Status.PENDING)

    with pytest.raises(Refused) as refused:
        refuse_organisation(organisation=organisation, reason=reason, by=make_user(is_staff=True), now=NOW)

    assert [given.field for given in refused.value.reasons] == ["reason"]


def test_refusal_tells_the_reason() -> None:
    organisation = make_supplier(status=Status.PENDING)
    owner = make_member(organisation)

    DECISIONS[Status.REFUSED](organisation, make_user(is_staff=True))

    body = owner.deliveries.get().message.body
    assert "The number is another's." in body
    assert told(owner) == ["Larkspur Systems Ltd was not verified"]


def test_status_without_a_reason_is_refused_by_the_database() -> None:
    organisation = make_supplier()

    with pytest.raises(IntegrityError, match="organisation_refusal_has_reason"), transaction.atomic():
        Organisation.objects.filter(pk=organisation.pk).update(status=Status.SUSPENDED)


# --- Asking again ----------------------------------------------------------------------------


def test_owner_of_a_refused_organisation_asks_again() -> None:
    organisation, staff = make_supplier(status=Status.REFUSED), make_user(is_staff=True)

    ask_again(organisation=organisation, by=make_member(organisation), now=NOW)

    organisation.refresh_from_db()
    assert (organisation.status, organisation.status_reason) == (Status.PENDING, "")
    assert events(organisation) == ["organisation.asked_again"]
    assert told(staff) == ["Larkspur Systems Ltd asks again to be verified"]


@pytest.mark.parametrize("status", [Status.PENDING, Status.VERIFIED, Status.SUSPENDED])
def test_asking_again_is_only_for_the_refused(status: Status) -> None:
    organisation = make_supplier(status=status)

    with pytest.raises(Refused, match="Only an organisation that was refused asks again"):
        ask_again(organisation=organisation, by=make_member(organisation), now=NOW)

    organisation.refresh_from_db()
    assert organisation.status == status


@pytest.mark.parametrize("role", [Role.EDITOR, Role.VIEWER])
def test_asking_again_is_for_owners(role: Role) -> None:
    organisation = make_supplier(status=Status.REFUSED)

    with pytest.raises(PermissionDenied):
        ask_again(organisation=organisation, by=make_member(organisation, role=role), now=NOW)


def test_page_asks_again() -> None:
    organisation = make_supplier(status=Status.REFUSED)

    answer = client_of(make_member(organisation)).post(f"/organisations/{organisation.pk}/ask-again/")

    organisation.refresh_from_db()
    assert (answer.status_code, organisation.status) == (302, Status.PENDING)


def test_page_that_may_not_ask_again_says_why() -> None:
    organisation = make_supplier()

    answer = client_of(make_member(organisation)).post(f"/organisations/{organisation.pk}/ask-again/")

    assert answer.status_code == 422
    assert "Only an organisation that was refused asks again" in answer.content.decode()


# --- What it means ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.PENDING, "is waiting to be verified"),
        (Status.REFUSED, "was not verified: The number belongs to another company."),
        (Status.SUSPENDED, "is suspended: The company was dissolved."),
    ],
)
def test_writer_of_an_unverified_organisation_is_told_why_not(status: Status, words: str) -> None:
    organisation = make_public_body(status=status)
    editor = make_member(organisation, role=Role.EDITOR)

    why = why_not_act(editor, organisation)

    assert why is not None
    assert words in why


def test_only_writers_of_a_verified_organisation_act_for_it() -> None:
    organisation = make_supplier()

    assert why_not_act(make_member(organisation), organisation) is None
    assert why_not_act(make_member(organisation, role=Role.EDITOR), organisation) is None
    assert why_not_act(make_member(organisation, role=Role.VIEWER), organisation) == (
        "You may read for Larkspur Systems Ltd but not write. Ask an owner to make you an editor."
    )
    assert why_not_act(make_user(is_staff=True), organisation) == "You do not belong to this organisation."


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.PENDING, "is waiting to be verified"),
        (Status.REFUSED, "Ask to be verified again"),
        (Status.SUSPENDED, "This organisation is suspended"),
    ],
)
def test_page_says_what_is_awaited(status: Status, words: str) -> None:
    organisation = make_supplier(status=status)

    html = client_of(make_member(organisation)).get(organisation.get_absolute_url()).content.decode()

    assert words in html
