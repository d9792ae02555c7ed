"""Each address against each person; and that an organisation of others looks like none at all."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.organisations.choices import Role
from portal.organisations.middleware import SESSION_KEY
from portal.organisations.models import EmailDomain, JoinRequest, Membership, Organisation
from portal.organisations.urls import urlpatterns
from tests.factories import make_member, make_supplier, make_user
from tests.organisations.makers import acting_for, body_of, cast, client_of, invite

pytestmark = pytest.mark.django_db
PEOPLE = ("owner", "editor", "viewer", "outsider", "staff", "anonymous")
SIGN_IN = 302

# What a GET answers to each of PEOPLE.
GETS = {
    "organisation-list": (200, 200, 200, 200, 200, SIGN_IN),
    "organisation-switch": (200, 200, 200, 200, 200, SIGN_IN),
    "organisation-create": (200, 200, 200, 200, 200, SIGN_IN),
    "public-body-create": (200, 200, 200, 200, 200, SIGN_IN),
    "supplier-create": (200, 200, 200, 200, 200, SIGN_IN),
    "organisation-detail": (200, 200, 200, 404, 200, SIGN_IN),
    "organisation-edit": (200, 403, 403, 404, 200, SIGN_IN),
    "member-list": (200, 200, 200, 404, 200, SIGN_IN),
    "member-edit": (200, 403, 403, 404, 200, SIGN_IN),
    "member-end": (200, 403, 200, 404, 200, SIGN_IN),  # the membership is the viewer's own
    "invitation-list": (200, 403, 403, 404, 200, SIGN_IN),
    "invitation-create": (200, 403, 403, 404, 200, SIGN_IN),
    "join-request-list": (200, 403, 403, 404, 200, SIGN_IN),
    "domain-list": (200, 403, 403, 404, 200, SIGN_IN),
    "domain-create": (200, 403, 403, 404, 200, SIGN_IN),
    "invitation-open": (404, 404, 404, 404, 404, 404),  # of a link that nobody made
}
# What an empty POST answers. None of them may do anything for those who get 403 or 404.
POSTS = {
    "organisation-edit": (200, 403, 403, 404, 200, SIGN_IN),
    "organisation-ask-again": (422, 403, 403, 404, 403, SIGN_IN),
    "member-edit": (200, 403, 403, 404, 200, SIGN_IN),
    "member-end": (302, 403, 302, 404, 302, SIGN_IN),
    "invitation-create": (200, 403, 403, 404, 200, SIGN_IN),
    "invitation-resend": (422, 403, 403, 404, 422, SIGN_IN),
    "invitation-revoke": (302, 403, 403, 404, 302, SIGN_IN),
    "invitation-accept": (404, 404, 404, 404, 404, SIGN_IN),  # sent to somebody else
    "join-request-create": (302, 302, 302, 404, 404, SIGN_IN),
    "join-request-approve": (422, 403, 403, 404, 422, SIGN_IN),
    "join-request-decline": (302, 403, 403, 404, 302, SIGN_IN),
    "domain-create": (200, 403, 403, 404, 200, SIGN_IN),
    "domain-trust": (302, 403, 403, 404, 302, SIGN_IN),
    "domain-remove": (302, 403, 403, 404, 302, SIGN_IN),
    "organisation-switch": (200, 200, 200, 200, 200, SIGN_IN),
    "public-body-create": (200, 200, 200, 200, 200, SIGN_IN),
    "supplier-create": (200, 200, 200, 200, 200, SIGN_IN),
    "invitation-open": (404, 404, 404, 404, 404, 404),
}


def scene() -> tuple[dict, dict[str, int | str]]:
    """A person in each position, and the ids that fill the addresses."""
    organisation = make_supplier()
    people = cast(organisation)
    parts = {
        "pk": organisation.pk,
        "member_pk": people["viewer"].memberships.get().pk,
        "invitation_pk": invite(organisation, people["owner"]).pk,
        "join_pk": JoinRequest.objects.create(organisation=organisation, user=make_user()).pk,
        "domain_pk": EmailDomain.objects.create(organisation=organisation, domain="larkspur.example").pk,
        "signed": "nobody.made-this",
    }
    return people, parts


def address(name: str, parts: dict) -> str:
    pattern = next(pattern for pattern in urlpatterns if pattern.name == name)
    wanted = pattern.pattern.converters
    return reverse(f"organisations:{name}", kwargs={key: parts[key] for key in wanted})


def test_every_address_is_in_the_matrix() -> None:
    assert {pattern.name for pattern in urlpatterns} == set(GETS) | set(POSTS)


@pytest.mark.parametrize("name", list(GETS))
def test_get_answers_each_person(name: str) -> None:
    people, parts = scene()

    answers = tuple(client_of(people[person]).get(address(name, parts)).status_code for person in PEOPLE)

    assert answers == GETS[name]


@pytest.mark.parametrize("name", list(POSTS))
def test_post_answers_each_person(name: str) -> None:
    people, parts = scene()
    answers = {}

    for person in PEOPLE:
        before = transaction.savepoint()
        answers[person] = client_of(people[person]).post(address(name, parts))
        transaction.savepoint_rollback(before)

    assert tuple(answer.status_code for answer in answers.values()) == POSTS[name]
    if POSTS[name][-1] == SIGN_IN:
        assert answers["anonymous"]["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("name", sorted(set(POSTS) - set(GETS)))
def test_get_of_an_action_is_not_allowed(name: str) -> None:
    people, parts = scene()

    assert client_of(people["owner"]).get(address(name, parts)).status_code == 405


OF_ONE = [p.name for p in urlpatterns if p.name in GETS and "pk" in p.pattern.converters]


@pytest.mark.parametrize("name", OF_ONE)
def test_anothers_organisation_looks_like_none(name: str) -> None:
    people, parts = scene()
    client = client_of(people["outsider"])

    theirs, none = (client.get(address(name, parts | {"pk": pk})) for pk in (parts["pk"], 999_999))

    assert (theirs.status_code, none.status_code) == (404, 404)
    assert body_of(theirs) == body_of(none)


# --- Lists -----------------------------------------------------------------------------------


def queries_of(url: str, user: object) -> int:
    client = client_of(user)  # type: ignore[arg-type]
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize("name", ["member-list", "invitation-list", "join-request-list", "domain-list"])
def test_list_costs_the_same_at_one_row_and_at_three(name: str) -> None:
    organisation = make_supplier()
    owner = make_member(organisation)
    url = reverse(f"organisations:{name}", args=[organisation.pk])

    def add(number: int) -> None:
        make_member(organisation, role=Role.VIEWER)
        invite(organisation, owner, f"person{number}@example.net")
        JoinRequest.objects.create(organisation=organisation, user=make_user())
        EmailDomain.objects.create(organisation=organisation, domain=f"d{number}.example")

    add(1)
    at_one = queries_of(url, owner)
    add(2)
    add(3)

    assert queries_of(url, owner) == at_one


def test_own_list_costs_the_same_at_one_row_and_at_three() -> None:
    user = make_member(make_supplier(), email="olive@larkspur.example")

    def add(number: int) -> None:
        inviting, joinable = make_supplier(f"Inviting {number}"), make_supplier(f"Joinable {number}")
        invite(inviting, make_member(inviting), user.email)
        EmailDomain.objects.create(organisation=joinable, domain=f"larkspur{number}.example")

    add(1)
    at_one = queries_of("/organisations/", user)
    Membership.objects.create(organisation=make_supplier("Second"), user=user, role=Role.VIEWER)
    Membership.objects.create(organisation=make_supplier("Third"), user=user, role=Role.VIEWER)
    add(2)
    add(3)

    assert queries_of("/organisations/", user) == at_one


def test_members_come_in_pages() -> None:
    organisation = make_supplier()
    owner = make_member(organisation)
    for number in range(20):
        make_member(organisation, role=Role.VIEWER, name=f"Viewer {number:02}")
    url = f"/organisations/{organisation.pk}/members/"

    pages = [client_of(owner).get(url, {"page": number}).context["page"] for number in (1, 2)]

    assert [len(page) for page in pages] == [20, 1]


# --- Whom one acts for -----------------------------------------------------------------------


def test_start_page_of_a_person_with_no_organisation() -> None:
    html = client_of(make_user("nora@example.org")).get("/organisations/").content.decode()

    assert "You do not belong to an organisation yet" in html
    assert "Register your organisation" in html
    assert "invite nora@example.org" in html


def test_switching_chooses_whom_one_acts_for() -> None:
    first, second = make_supplier("Fernhill Cloud Ltd"), make_supplier("Larkspur Systems Ltd")
    user = make_member(first)
    Membership.objects.create(organisation=second, user=user, role=Role.VIEWER)
    client = client_of(user)
    before = acting_for(client)
    assert before is not None
    assert before.organisation == first

    answer = client.post("/organisations/switch/", {"organisation": second.pk})

    assert (answer.status_code, answer["Location"]) == (302, second.get_absolute_url())
    membership = acting_for(client)
    assert membership is not None
    assert (membership.organisation, membership.role) == (second, Role.VIEWER)


def test_switching_to_anothers_organisation_is_refused() -> None:
    mine, theirs = make_supplier("Fernhill Cloud Ltd"), make_supplier("Larkspur Systems Ltd")
    client = client_of(make_member(mine))

    answer = client.post("/organisations/switch/", {"organisation": theirs.pk})

    assert "Choose one of the organisations that you belong to" in answer.content.decode()
    assert SESSION_KEY not in client.session


def test_forged_session_does_not_make_a_member() -> None:
    theirs = make_supplier("Larkspur Systems Ltd")
    client = client_of(make_member(make_supplier("Fernhill Cloud Ltd")))
    session = client.session
    session[SESSION_KEY] = theirs.pk
    session.save()

    membership = acting_for(client)

    assert membership is not None
    assert membership.organisation.name == "Fernhill Cloud Ltd"
    assert client.get(theirs.get_absolute_url()).status_code == 404


def test_staff_see_the_way_to_the_admin_and_members_do_not() -> None:
    organisation = make_supplier()
    page = organisation.get_absolute_url()

    assert "Verify, refuse or suspend" in client_of(make_user(is_staff=True)).get(page).content.decode()
    assert "Verify, refuse or suspend" not in client_of(make_member(organisation)).get(page).content.decode()


def test_visible_to_nobody_whose_account_is_closed() -> None:
    organisation = make_supplier()
    member = make_member(organisation, is_active=False)

    assert not Organisation.objects.visible_to(member).exists()
