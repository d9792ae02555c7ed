"""Changing the details: who may, what stays fixed, and two people saving at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from portal.audit.models import Event
from portal.organisations.actions import edit_organisation
from portal.organisations.choices import Kind, Role, Status
from portal.organisations.models import Identifier, Organisation
from portal.refusals import Refused, StaleWrite
from tests.factories import make_member, make_public_body, make_supplier, make_user
from tests.organisations.makers import client_of, details, events, form_data, make_imported, register, told

pytestmark = pytest.mark.django_db


def edit(
    organisation: Organisation, by: Any, *, version: int = 1, numbers: dict[str, str] | None = None, **fields: str
) -> None:
    edit_organisation(
        organisation=organisation, details=details(**fields), identifiers=numbers or {}, version=version, by=by
    )


@pytest.fixture
def organisation() -> Organisation:
    return register(make_user(name="Alice Okafor", mfa=True))


def owner_of(organisation: Organisation) -> Any:
    return organisation.memberships.get(role=Role.OWNER).user


def test_edit_writes_records_only_what_changed_and_tells_the_other_owners(organisation: Organisation) -> None:
    other, alice = make_member(organisation), organisation.memberships.order_by("pk")[0].user

    edit(organisation, alice, name="Brambling Ltd", numbers={"GB-COH": "7654321", "GB-PPON": "PABC-1234-DEFG"})

    organisation.refresh_from_db()
    event = Event.objects.about(organisation)[0]
    assert (organisation.name, organisation.version) == ("Brambling Ltd", 2)
    assert event.new == {"name": "Brambling Ltd", "GB-COH": "07654321", "GB-PPON": "PABC-1234-DEFG"}
    assert event.old == {"name": "Brambling Data Ltd", "GB-COH": "01234567", "GB-PPON": ""}
    assert (told(other), told(alice)) == (["The details of Brambling Ltd were changed"], [])


def test_edit_that_changes_nothing_says_nothing(organisation: Organisation) -> None:
    edit(organisation, owner_of(organisation))

    assert events(organisation) == ["organisation.registered"]


def test_edit_keeps_the_numbers_of_lists_that_the_form_does_not_show(organisation: Organisation) -> None:
    Identifier.objects.create(organisation=organisation, scheme="GB-SRS", value="register.example/jxfb36Bw")

    edit(organisation, owner_of(organisation), numbers={"GB-COH": "", "GB-PPON": "PABC-1234-DEFG"})

    assert dict(organisation.identifiers.values_list("scheme", "value")) == {
        "GB-PPON": "PABC-1234-DEFG",
        "GB-SRS": "register.example/jxfb36Bw",
    }


def test_edit_cannot_take_the_last_number_away(organisation: Organisation) -> None:
    with pytest.raises(Refused, match="Enter at least one number"):
        edit(organisation, owner_of(organisation), numbers={"GB-COH": ""})


def test_edit_to_anothers_number_is_refused(organisation: Organisation) -> None:
    make_imported(number="07654321")

    with pytest.raises(Refused, match="is already registered"):
        edit(organisation, owner_of(organisation), numbers={"GB-COH": "07654321"})


@pytest.mark.parametrize("role", [Role.EDITOR, Role.VIEWER])
def test_edit_is_for_owners(organisation: Organisation, role: Role) -> None:
    with pytest.raises(PermissionDenied):
        edit(organisation, make_member(organisation, role=role))


@pytest.mark.parametrize("changed", [{"name": "HM Treasury"}, {"numbers": {"GB-COH": "07654321"}}])
def test_edit_of_name_and_numbers_ends_with_verification(organisation: Organisation, changed: dict[str, Any]) -> None:
    Organisation.objects.update(status=Status.VERIFIED)

    with pytest.raises(Refused, match="checked when the organisation was verified"):
        edit(organisation, owner_of(organisation), **changed)
    edit(organisation, owner_of(organisation), locality="Wakefield")
    edit(organisation, make_user(is_staff=True), version=2, **changed)

    organisation.refresh_from_db()
    assert organisation.version == 3


def test_edit_of_an_imported_name_is_for_staff() -> None:
    make_imported()
    claimed = register(make_user())

    with pytest.raises(Refused, match="come from published notices"):
        edit(claimed, owner_of(claimed), version=2, name="Rude words")


@pytest.mark.parametrize("known", ["", "large"])
def test_edit_of_an_imported_size_and_region_waits_for_verification(known: str) -> None:
    make_imported(size=known, region="")
    claimed = register(make_user())
    owner, as_noticed = owner_of(claimed), {"size": known, "region": ""}

    with pytest.raises(Refused) as refused:
        edit(claimed, owner, version=2, name=claimed.name, size="micro", region="TLI")
    edit(claimed, owner, version=2, name=claimed.name, locality="Hull", **as_noticed)

    claimed.refresh_from_db()
    assert [item.field for item in refused.value.reasons] == ["size", "region"]
    assert "or nothing, until Brambling Data Limited is verified" in refused.value.reasons[0].message
    assert (claimed.size, claimed.region, claimed.locality) == (known, "", "Hull")
    Organisation.objects.filter(pk=claimed.pk).update(status=Status.VERIFIED)
    edit(claimed, owner, version=3, name=claimed.name, size="micro", region="TLI")
    claimed.refresh_from_db()
    assert (claimed.size, claimed.region) == ("micro", "TLI")


def test_staff_edit_an_imported_size() -> None:
    make_imported()
    claimed = register(make_user())

    edit(claimed, make_user(is_staff=True), version=2, name=claimed.name, size="micro", region="TLI")

    claimed.refresh_from_db()
    assert (claimed.size, claimed.region) == ("micro", "TLI")


def test_page_of_a_claimed_record_asks_for_no_size_and_no_region() -> None:
    make_imported(region="TLE")
    claimed = register(make_user(mfa=True))
    client, path = client_of(owner_of(claimed)), f"/organisations/{claimed.pk}/edit/"

    html = client.get(path).content.decode()
    sent = form_data(version=2, locality="Hull", size="micro", region="TLI")
    answer = client.post(path, sent)

    claimed.refresh_from_db()
    assert ('name="size"' in html, 'name="region"' in html) == (False, False)
    assert "size and region come from published notices until the organisation is verified" in html
    assert (answer.status_code, claimed.locality, claimed.size, claimed.region) == (302, "Hull", "", "TLE")


def test_edit_of_a_suspended_name_is_for_staff(organisation: Organisation) -> None:
    Organisation.objects.update(status=Status.SUSPENDED, status_reason="It was dissolved.")

    with pytest.raises(Refused, match="while the organisation is suspended"):
        edit(organisation, owner_of(organisation), name="Phoenix Ltd")


def test_second_of_two_editors_is_told(organisation: Organisation) -> None:
    alice = owner_of(organisation)
    edit(organisation, alice, locality="Wakefield")

    with pytest.raises(StaleWrite):
        edit(organisation, alice, locality="Hull")

    organisation.refresh_from_db()
    assert organisation.locality == "Wakefield"


# --- Pages -----------------------------------------------------------------------------------


def test_page_saves(organisation: Organisation) -> None:
    client, url = client_of(owner_of(organisation)), f"/organisations/{organisation.pk}/edit/"
    version = client.get(url).context["form"]["version"].value()

    answer = client.post(url, form_data(locality="Wakefield", version=version, status="verified"))

    organisation.refresh_from_db()
    assert (answer.status_code, organisation.locality, organisation.status) == (302, "Wakefield", Status.PENDING)


def test_page_of_the_second_editor_shows_both_versions(organisation: Organisation) -> None:
    client, url = client_of(owner_of(organisation)), f"/organisations/{organisation.pk}/edit/"
    client.post(url, form_data(locality="Wakefield", version=1))

    answer = client.post(url, form_data(locality="Hull", version=1))

    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Wakefield" in html
    assert "Hull" in html


def test_page_of_a_verified_organisation_ignores_a_forged_name(organisation: Organisation) -> None:
    Organisation.objects.update(status=Status.VERIFIED)
    client, url = client_of(owner_of(organisation)), f"/organisations/{organisation.pk}/edit/"

    answer = client.post(url, form_data(name="HM Treasury", gb_coh="07654321", locality="Wakefield", version=1))

    organisation.refresh_from_db()
    assert answer.status_code == 302
    assert (organisation.name, organisation.locality) == ("Brambling Data Ltd", "Wakefield")
    assert organisation.identifiers.get().value == "01234567"
    assert "Ask us to change them" in client.get(url).content.decode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"name": ""}, "Enter the organisation&#x27;s name"),
        ({"street_address": ""}, "Enter the street address"),
        ({"locality": ""}, "Enter the town or city"),
        ({"postal_code": ""}, "Enter the postcode"),
        ({"country_name": ""}, "Enter the country"),
        ({"size": ""}, "Choose the size of your organisation"),
        ({"website": "not a site"}, "Enter a valid URL"),
        ({"gb_coh": "12"}, ""),
        ({"gb_coh": "x"}, "Enter a Companies House number of 8 characters"),
    ],
)
def test_page_says_what_to_mend(organisation: Organisation, data: dict[str, str], message: str) -> None:
    url = f"/organisations/{organisation.pk}/edit/"

    answer = client_of(owner_of(organisation)).post(url, form_data(version=1, **data))

    assert message in answer.content.decode()
    assert answer.status_code == (200 if message else 302)


# --- Constraints -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"kind": "club"}, "organisation_kind_known"),
        ({"status": "lost"}, "organisation_status_known"),
        ({"size": "small", "kind": Kind.PUBLIC_BODY}, "organisation_size_of_supplier"),
    ],
)
def test_database_refuses_what_no_action_writes(changed: dict[str, str], constraint: str) -> None:
    make_public_body()

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Organisation.objects.update(**changed)


def test_database_gives_a_number_to_one_organisation(organisation: Organisation) -> None:
    with pytest.raises(IntegrityError, match="identifier_names_one_organisation"), transaction.atomic():
        Identifier.objects.create(organisation=make_supplier(), scheme="GB-COH", value="01234567")


def test_history_is_for_members_and_staff(organisation: Organisation) -> None:
    viewer = make_member(organisation, role=Role.VIEWER)

    assert organisation.history_visible_to(viewer)
    assert organisation.history_visible_to(make_user(is_staff=True))
    assert not organisation.history_visible_to(make_user())
