"""Registering an organisation, and taking over a record made from published notices."""

from __future__ import annotations

import uuid

import pytest

from portal.organisations.actions import verify_organisation
from portal.organisations.choices import Kind, Role, Status
from portal.organisations.models import Identifier, Membership, Organisation
from portal.refusals import Refused
from tests.factories import make_member, make_supplier, make_user
from tests.organisations.makers import NOW, client_of, details, events, form_data, make_imported, register, told

pytestmark = pytest.mark.django_db


def reasons_of(**fields: object) -> set[tuple[str | None, str]]:
    with pytest.raises(Refused) as refused:
        register(make_user(), **fields)
    return {(reason.field, reason.message) for reason in refused.value.reasons}


def test_register_makes_a_pending_organisation_with_its_owner() -> None:
    staff, alice = make_user(is_staff=True), make_user()

    organisation = register(alice)

    organisation.refresh_from_db()
    assert (organisation.status, organisation.kind, organisation.is_imported) == (Status.PENDING, Kind.SUPPLIER, False)
    assert list(organisation.identifiers.values_list("scheme", "value")) == [("GB-COH", "01234567")]
    assert list(organisation.memberships.values_list("user", "role")) == [(alice.pk, Role.OWNER)]
    assert events(organisation) == ["organisation.registered"]
    assert (told(staff), told(alice)) == (["Brambling Data Ltd waits to be verified"], [])


def test_register_tidies_what_was_written() -> None:
    organisation = register(make_user(), details=details(name="  Brambling \n Data ", postal_code=" ls1  4ab"))

    assert (organisation.name, organisation.postal_code) == ("Brambling Data", "LS1 4AB")


@pytest.mark.parametrize(
    ("changed", "field", "message"),
    [
        ({"name": " "}, "name", "Enter the organisation's name"),
        ({"name": "Win at https://bad.example"}, "name", "The name must not hold a web address or the signs < and >"),
        ({"size": ""}, "size", "Choose the size of your organisation"),
        ({"region": "XXX"}, "region", "Choose a region from the list"),
        ({"website": "javascript:alert(1)"}, "website", "Enter a web address, like https://www.example.org"),
        ({"name": "x" * 201}, "name", "This must be 200 characters or fewer"),
    ],
)
def test_register_refuses_bad_details(changed: dict[str, str], field: str, message: str) -> None:
    assert reasons_of(details=details(**changed)) == {(field, message)}


def test_register_says_everything_that_is_wrong_at_once() -> None:
    found = reasons_of(details=details(name="", size=""), identifiers={"GB-COH": "x", "GB-PPON": "y"})

    assert {field for field, _ in found} == {"name", "size", "gb_coh", "gb_ppon"}


def test_register_needs_a_number() -> None:
    message = "Enter at least one number, so that we can check who you are"

    assert reasons_of(identifiers={"GB-COH": " "}) == {("gb_coh", message)}


def test_register_of_a_public_body_has_no_size() -> None:
    found = reasons_of(kind=Kind.PUBLIC_BODY, identifiers={"GB-PPON": "PABC-1234-DEFG"})

    assert found == {("size", "A public body has no size")}


def test_duplicate_number_is_refused_with_what_to_do_and_no_names() -> None:
    register(make_user(name="Alice Okafor"))

    [(field, message)] = reasons_of(identifiers={"GB-COH": "1234567"}, details=details(name="Another"))

    assert field == "gb_coh"
    assert "ask to join it" in message
    assert "Alice" not in message
    assert "Brambling" not in message
    assert Organisation.objects.count() == 1


def test_register_twice_with_the_same_form_makes_one() -> None:
    alice, key = make_user(), uuid.uuid4()

    first, second = register(alice, submission_key=key), register(alice, submission_key=key)

    assert first == second
    assert (Organisation.objects.count(), Membership.objects.count()) == (1, 1)


def test_register_with_somebody_elses_form_key_shows_nothing_of_theirs() -> None:
    key = uuid.uuid4()
    register(make_user(), submission_key=key)

    found = reasons_of(submission_key=key, identifiers={"GB-COH": "07654321"})

    assert found == {(None, "This form was used before. Open it again")}


def test_claim_takes_over_an_imported_record_as_pending() -> None:
    imported = make_imported(locality="Bradford", region="")
    alice = make_user()

    claimed = register(alice)

    claimed.refresh_from_db()
    assert claimed == imported
    assert (claimed.name, claimed.locality) == ("Brambling Data Limited", "Bradford")
    assert (claimed.size, claimed.region) == ("", "")
    assert (claimed.street_address, claimed.website) == ("4 Mill Lane", "https://brambling.example")
    assert (claimed.status, claimed.version) == (Status.PENDING, 2)
    assert events(claimed) == ["organisation.claimed"]
    assert list(claimed.memberships.values_list("user", "role")) == [(alice.pk, Role.OWNER)]


def test_claim_of_a_verified_record_waits_for_verification_again() -> None:
    imported = make_imported()
    verify_organisation(organisation=imported, by=make_user(is_staff=True), now=NOW)

    claimed = register(make_user())

    assert (claimed.pk, claimed.status, claimed.verified_at) == (imported.pk, Status.PENDING, None)


def test_claim_twice_is_refused_to_the_second() -> None:
    make_imported()
    register(make_user())

    assert [field for field, _ in reasons_of()] == ["gb_coh"]


def test_claim_is_refused_where_somebody_ever_belonged() -> None:
    imported = make_imported()
    Membership.objects.create(organisation=imported, user=make_user(), role=Role.OWNER, ended_at=NOW)

    assert [field for field, _ in reasons_of()] == ["gb_coh"]


def test_claim_is_refused_while_suspended() -> None:
    make_imported(status=Status.SUSPENDED)

    assert [field for field, _ in reasons_of()] == ["gb_coh"]


def test_claim_under_another_kind_is_refused() -> None:
    make_imported()

    found = reasons_of(kind=Kind.PUBLIC_BODY, details=details(size=""))

    assert found == {
        ("gb_ppon", "Published notices name this organisation as a supplier. Register it so"),
    }


def test_claim_of_two_records_at_once_is_refused() -> None:
    make_imported()
    other = make_supplier("Other", is_imported=True)
    Identifier.objects.create(organisation=other, scheme="GB-PPON", value="PABC-1234-DEFG")

    found = reasons_of(identifiers={"GB-COH": "01234567", "GB-PPON": "PABC-1234-DEFG"})

    assert {field for field, _ in found} == {"gb_coh", "gb_ppon"}


def test_page_registers_and_acts_for_the_new_organisation() -> None:
    alice = make_user(mfa=True)
    make_member(make_supplier("Fernhill Cloud Ltd"))
    client = client_of(alice)

    answer = client.post("/organisations/register/supplier/", form_data())

    organisation = Organisation.objects.get(name="Brambling Data Ltd")
    assert (answer.status_code, answer["Location"]) == (302, f"/organisations/{organisation.pk}/")
    assert client.session["organisation_id"] == organisation.pk
    assert "waiting to be verified" in client.get(answer["Location"]).content.decode()


def test_page_ignores_forged_fields() -> None:
    client = client_of(make_user())
    forged = {"status": "verified", "is_imported": "on", "verified_at": "2026-01-01", "kind": "public_body", "id": "7"}

    client.post("/organisations/register/supplier/", form_data(**forged))

    organisation = Organisation.objects.get()
    assert (organisation.status, organisation.is_imported, organisation.verified_at, organisation.kind) == (
        Status.PENDING, False, None, Kind.SUPPLIER,
    )  # fmt: skip


def test_page_sent_twice_makes_one_and_the_same_redirect() -> None:
    client, data = client_of(make_user(mfa=True)), form_data()

    answers = [client.post("/organisations/register/supplier/", data) for _ in range(2)]

    assert answers[0]["Location"] == answers[1]["Location"]
    assert Organisation.objects.count() == 1


def test_page_shows_a_refusal_at_its_field() -> None:
    answer = client_of(make_user()).post("/organisations/register/supplier/", form_data(gb_coh="12", gb_ppon="12"))

    html = answer.content.decode()
    assert answer.status_code == 200
    assert "<title>Error: Register a supplier" in " ".join(html.split())
    assert "Enter a Public Procurement Organisation Number of 4 letters" in html


def test_page_says_everything_that_is_missing_at_once() -> None:
    empty = dict.fromkeys(form_data(), "")

    answer = client_of(make_user()).post("/organisations/register/supplier/", empty)

    assert {field for field, errors in answer.context["form"].errors.items() if field != "submission_key"} == {
        *("name", "gb_coh", "size", "street_address", "locality", "country_name", "region"),
    }


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ({"region": "outside", "postal_code": "", "country_name": "Ireland"}, {}),
        ({"postal_code": ""}, {"postal_code": ["Enter the postcode"]}),
        ({"region": ""}, {"region": ["Choose a region"]}),
    ],
)
def test_page_asks_a_postcode_within_the_country(data: dict[str, str], errors: dict[str, list[str]]) -> None:
    answer = client_of(make_user()).post("/organisations/register/supplier/", form_data(**data))

    assert (answer.context["form"].errors if answer.context else {}) == errors
    assert list(Organisation.objects.values_list("region", flat=True)) == ([] if errors else [""])


def test_page_of_suppliers_states_the_sme_test() -> None:
    html = client_of(make_user()).get("/organisations/register/supplier/").content.decode()

    assert "under 250 staff, and either a turnover of up to £44 million" in html
    assert "What verification is" in html


def test_page_of_public_bodies_asks_no_size() -> None:
    client = client_of(make_user())

    answer = client.post(
        "/organisations/register/public-body/", form_data(gb_coh="", gb_ppon="PABC-1234-DEFG", size="large")
    )

    assert answer.status_code == 302
    assert Organisation.objects.get().size == ""
