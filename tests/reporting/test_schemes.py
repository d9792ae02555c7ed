"""Schemes that public bodies make, contracts in them, and contracts that end and go on."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from portal.organisations.choices import Role, Status
from portal.refusals import Refused, StaleWrite
from reporting.actions import create_contract, end_contract, reopen_contract, save_contract
from reporting.actions.schemes import create_scheme, save_scheme
from reporting.choices import ContractState, PartyRole
from reporting.models import Contract, ContractParty, Scheme
from tests.factories import make_member, make_public_body
from tests.reporting.makers import NOW, details, make_contract

pytestmark = pytest.mark.django_db
WORDS = {"name": "Homes for All", "category": "ICT", "aims": "More homes, sooner."}


@pytest.fixture
def scheme(buyer, alice) -> Scheme:
    return create_scheme(organisation=buyer, submission_key=uuid4(), by=alice, **WORDS)


def test_writers_of_a_body_make_a_scheme_once(client, buyer, alice) -> None:
    client.force_login(alice)
    sent = WORDS | {"version": "0", "submission_key": str(uuid4())}
    for _ in range(2):
        answer = client.post(reverse("reporting:scheme-create"), sent)
        assert answer["Location"] == reverse("reporting:scheme-detail", args=["homes-for-all"])
    made = Scheme.objects.get()
    assert (made.organisation, made.department, made.aims, made.is_imported) == (
        buyer, buyer.name, "More homes, sooner.", False,
    )  # fmt: skip
    page = client.get(made.get_absolute_url()).content.decode()
    assert reverse("reporting:scheme-edit", args=[made.code]) in page
    assert reverse("audit:history", args=["reporting", "scheme", made.pk]) in page


def test_same_name_twice_is_refused(buyer, alice, scheme) -> None:
    with pytest.raises(Refused, match="You have a scheme called homes for all already"):
        create_scheme(organisation=buyer, submission_key=uuid4(), by=alice, **WORDS | {"name": "homes for  all"})


def test_two_bodies_may_have_schemes_of_one_name(scheme) -> None:
    other = make_public_body("Bryn County Council")
    made = create_scheme(
        organisation=other, submission_key=uuid4(), by=make_member(other, role=Role.EDITOR, name="Dai"), **WORDS
    )
    assert made.code == "homes-for-all-2"


def test_scheme_without_a_name_is_refused(buyer, alice) -> None:
    with pytest.raises(Refused, match="Enter the name of the scheme"):
        create_scheme(organisation=buyer, submission_key=uuid4(), by=alice, **WORDS | {"name": " "})


def test_body_that_waits_makes_no_scheme(client, buyer, alice) -> None:
    buyer.status = Status.PENDING
    buyer.save()
    with pytest.raises(Refused, match="is waiting to be verified"):
        create_scheme(organisation=buyer, submission_key=uuid4(), by=alice, **WORDS)
    client.force_login(alice)
    assert "You cannot make a scheme" in client.get(reverse("reporting:scheme-create")).content.decode()


def test_others_make_and_change_none(buyer, bob, scheme) -> None:
    for person in (bob, make_member(buyer, role=Role.VIEWER)):
        with pytest.raises(PermissionDenied):
            create_scheme(organisation=buyer, submission_key=uuid4(), by=person, **WORDS)
        with pytest.raises(PermissionDenied):
            save_scheme(scheme=scheme, version=1, by=person, **WORDS)


def test_imported_scheme_belongs_to_nobody(alice) -> None:
    imported = Scheme.objects.create(code="a", name="A", is_imported=True)
    with pytest.raises(PermissionDenied):
        save_scheme(scheme=imported, version=1, by=alice, **WORDS)


def test_second_to_save_is_told(client, alice, scheme) -> None:
    save_scheme(scheme=scheme, version=1, by=alice, **WORDS | {"aims": "Fewer words."})
    with pytest.raises(StaleWrite):
        save_scheme(scheme=scheme, version=1, by=alice, **WORDS)
    client.force_login(alice)
    answer = client.post(reverse("reporting:scheme-edit", args=[scheme.code]), WORDS | {"version": "1"})
    assert answer.status_code == 409
    assert "Fewer words." in answer.content.decode()


def test_contract_form_offers_the_schemes_of_the_body(client, buyer, supplier, alice, scheme) -> None:
    Scheme.objects.create(code="theirs", name="Theirs", organisation=make_public_body("Bryn County Council"))
    client.force_login(alice)
    page = client.get(reverse("reporting:contract-create")).content.decode()
    assert "Homes for All" in page
    assert "Theirs" not in page


def test_changed_draft_keeps_its_scheme(client, buyer, supplier, alice, scheme) -> None:
    draft = make_contract(buyer, supplier, alice, is_active=False, scheme=scheme)
    client.force_login(alice)
    form = client.get(reverse("reporting:contract-edit", args=[draft.reference])).context["form"]
    assert form["scheme"].value() == scheme.pk


def test_scheme_of_another_body_is_refused(buyer, supplier, alice) -> None:
    other = Scheme.objects.create(code="theirs", name="Theirs", organisation=make_public_body("Bryn County Council"))
    with pytest.raises(Refused, match="Choose one of your own schemes"):
        create_contract(buyer=buyer, details=details(supplier, scheme=other), submission_key=uuid4(), by=alice, now=NOW)
    draft = make_contract(buyer, supplier, alice, is_active=False)
    Contract.objects.filter(pk=draft.pk).update(scheme=other)  # as it was put there before
    save_contract(contract=draft, version=draft.version, details=details(supplier, scheme=other), by=alice)


# --- Ended, and active again ----------------------------------------------------------------------------


def test_ended_contract_is_made_active_again(client, contract, alice) -> None:
    end_contract(contract=contract, by=alice)
    client.force_login(alice)
    assert "Make it active again" in client.get(contract.get_absolute_url()).content.decode()
    assert client.post(reverse("reporting:contract-reopen", args=[contract.reference])).status_code == 302
    contract.refresh_from_db()
    assert contract.state == ContractState.ACTIVE


def test_contract_that_has_not_ended_is_not_reopened(contract, alice, bob) -> None:
    with pytest.raises(Refused, match="Only one that has ended is reopened"):
        reopen_contract(contract=contract, by=alice)
    with pytest.raises(PermissionDenied):
        reopen_contract(contract=contract, by=bob)


def test_buyer_that_is_not_verified_reopens_nothing(contract, buyer, alice) -> None:
    end_contract(contract=contract, by=alice)
    buyer.status, buyer.status_reason = Status.SUSPENDED, "It is not what it said"
    buyer.save()
    with pytest.raises(Refused, match="is suspended"):
        reopen_contract(contract=contract, by=alice)


def test_further_parties_are_shown(client, contract, alice) -> None:
    payer = make_public_body("Bryn County Council")
    ContractParty.objects.create(contract=contract, organisation=payer, role=PartyRole.PAYER)
    client.force_login(alice)
    page = client.get(contract.get_absolute_url()).content.decode()
    assert "Bryn County Council" in page
    assert "Payer" in page
