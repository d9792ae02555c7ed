"""Staff in the admin: everything read, nothing changed but by the actions."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from portal.accounts.models import User
from portal.organisations.choices import Role, Status
from portal.organisations.models import EmailDomain, JoinRequest, Membership, Organisation
from tests.factories import make_member, make_supplier, make_user
from tests.organisations.makers import client_of, events, invite, told

pytestmark = pytest.mark.django_db
MODELS = [
    model for model in apps.get_app_config("organisations").get_models() if not model.__name__.endswith("Event")
]  # fmt: skip


@pytest.fixture
def staff() -> User:
    return make_user(is_staff=True, name="Stella Staff")


def rows() -> dict[str, int]:
    """One row of each model; returns their ids by the model's name."""
    organisation = make_supplier(status=Status.PENDING)
    owner = make_member(organisation)
    return {
        "organisation": organisation.pk,
        "identifier": organisation.identifiers.create(scheme="GB-COH", value="01234567").pk,
        "emaildomain": EmailDomain.objects.create(organisation=organisation, domain="larkspur.example").pk,
        "membership": owner.memberships.get().pk,
        "invitation": invite(organisation, owner).pk,
        "joinrequest": JoinRequest.objects.create(organisation=organisation, user=make_user()).pk,
    }


def decide(organisation: Organisation, decision: str) -> str:
    return reverse("admin:organisations_organisation_decide", args=[organisation.pk, decision])


@pytest.mark.parametrize("model", MODELS)
def test_each_model_is_listed_searched_and_shown(model: type, staff: User) -> None:
    name, client = model.__name__.lower(), client_of(staff)
    pk = rows()[name]

    listed = client.get(reverse(f"admin:organisations_{name}_changelist"), {"q": "larkspur"})
    shown = client.get(reverse(f"admin:organisations_{name}_change", args=[pk]))

    assert (listed.status_code, shown.status_code) == (200, 200)
    assert [row.pk for row in listed.context["cl"].result_list] == [pk]
    assert admin.site._registry[model].list_filter


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("is_superuser", [False, True])
def test_no_model_is_added_changed_or_deleted(model: type, is_superuser: bool) -> None:
    name = model.__name__.lower()
    pk = rows()[name]
    client = client_of(make_user(is_staff=True, is_superuser=is_superuser))

    answers = [
        client.post(reverse(f"admin:organisations_{name}_{page}", args=args), {"name": "x", "status": "verified"})
        for page, args in (("add", []), ("change", [pk]), ("delete", [pk]))
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert Organisation.objects.get().status == Status.PENDING


def test_admin_shows_no_token(staff: User) -> None:
    pk = rows()["invitation"]

    html = client_of(staff).get(reverse("admin:organisations_invitation_change", args=[pk])).content.decode()

    shown = html[html.index('id="content-main"') :]  # beside it the menu names the tokens of the API
    assert "oken" not in shown.replace("csrfmiddlewaretoken", "")


def test_change_page_offers_what_the_table_allows(staff: User) -> None:
    client = client_of(staff)

    def offered(status: Status) -> list[str]:
        organisation = make_supplier(status=status)
        html = client.get(reverse("admin:organisations_organisation_change", args=[organisation.pk])).content.decode()
        return [word for word in ("verify", "refuse", "suspend") if decide(organisation, word) in html]

    assert {status: offered(status) for status in Status} == {
        Status.PENDING: ["verify", "refuse"],
        Status.VERIFIED: ["suspend"],
        Status.REFUSED: ["verify"],
        Status.SUSPENDED: ["verify"],
    }


@pytest.mark.parametrize(
    ("start", "decision", "end"),
    [
        (Status.PENDING, "verify", Status.VERIFIED),
        (Status.PENDING, "refuse", Status.REFUSED),
        (Status.VERIFIED, "suspend", Status.SUSPENDED),
    ],
)
def test_decision_page_asks_then_acts_and_tells(staff: User, start: Status, decision: str, end: Status) -> None:
    organisation = make_supplier(status=start)
    owner, client = make_member(organisation), client_of(staff)

    asked = client.get(decide(organisation, decision))
    organisation.refresh_from_db()
    assert (asked.status_code, organisation.status) == (200, start)

    answer = client.post(decide(organisation, decision), {"reason": "We could not reach you."})

    organisation.refresh_from_db()
    assert (answer.status_code, organisation.status) == (302, end)
    assert (len(told(owner)), events(organisation)) == (1, [f"organisation.{end}"])


def test_decision_without_a_reason_says_what_is_missing(staff: User) -> None:
    organisation = make_supplier()

    answer = client_of(staff).post(decide(organisation, "suspend"), {"reason": ""})

    assert answer.status_code == 422
    assert "Enter the reason" in answer.content.decode()


def test_decision_that_does_not_exist_is_not_found(staff: User) -> None:
    assert client_of(staff).post(decide(make_supplier(), "crown")).status_code == 404


@pytest.mark.parametrize("is_member", [True, False])
def test_decision_page_is_for_staff(is_member: bool) -> None:
    organisation = make_supplier(status=Status.PENDING)
    user = make_member(organisation) if is_member else None

    answer = client_of(user).post(decide(organisation, "verify"))

    organisation.refresh_from_db()
    assert (answer.status_code in (302, 403), organisation.status) == (True, Status.PENDING)


def run(staff: User, model: str, action: str, *pks: int) -> str:
    url = reverse(f"admin:organisations_{model}_changelist")
    return client_of(staff).post(url, {"action": action, "_selected_action": pks}, follow=True).content.decode()


def test_bulk_verification_says_which_could_not_be(staff: User) -> None:
    pending, suspended = make_supplier("Pending Ltd", status=Status.PENDING), make_supplier("Verified Ltd")

    html = run(staff, "organisation", "verify_chosen", pending.pk, suspended.pk)

    pending.refresh_from_db()
    assert pending.status == Status.VERIFIED
    assert "Verified: 1." in html
    assert "Verified Ltd is now: verified. It cannot become: verified" in html


def test_bulk_ending_keeps_the_last_owner(staff: User) -> None:
    organisation = make_supplier()
    owner, viewer = make_member(organisation), make_member(organisation, role=Role.VIEWER)

    html = run(staff, "membership", "end_chosen", *Membership.objects.values_list("pk", flat=True))

    assert (owner.memberships.get().ended_at is None, viewer.memberships.get().ended_at is None) == (True, False)
    assert "only owner" in html


def test_bulk_revoking_takes_invitations_back(staff: User) -> None:
    organisation = make_supplier()
    invitation = invite(organisation, make_member(organisation))

    run(staff, "invitation", "revoke_chosen", invitation.pk)

    invitation.refresh_from_db()
    assert invitation.revoked_at is not None
