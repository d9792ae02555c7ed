"""Claims of a supplier, guesses from notices, and evidence."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.urls import reverse

from portal.accounts.models import User
from portal.audit.models import Event
from portal.organisations.choices import Status
from portal.organisations.models import Organisation
from portal.refusals import Refused
from techmap.actions import confirm_claim, guess_claims, record_evidence, remove_claim, save_capabilities
from techmap.choices import ClaimOrigin, EvidenceKind
from techmap.models import Capability, CapabilityClaim, Evidence, RemovedClaim, SupplierProfile
from tests.factories import make_member, make_public_body
from tests.organisations.makers import client_of
from tests.techmap.makers import make_claim, make_profile
from tests.techmap.merge_makers import make_imported


def origins(supplier) -> dict[str, str]:
    claims = CapabilityClaim.objects.filter(profile__organisation=supplier)
    return dict(claims.values_list("capability__name", "origin"))


AWARD = {
    "kind": EvidenceKind.AWARD,
    "source": "ocds-b5fd17-1",
    "title": "Hosting of a register",
    "dated": date(2026, 3, 2),
}


def test_guess_claims_are_marked_and_made_once(larkspur, hosting, backup) -> None:
    assert len(guess_claims(supplier=larkspur, capabilities=[hosting, backup])) == 2
    assert guess_claims(supplier=larkspur, capabilities=[hosting, hosting]) == []
    assert origins(larkspur) == {"Cloud hosting": "guessed", "Backup and recovery": "guessed"}
    assert Event.objects.filter(name="techmap.claims.guessed").count() == 1


def test_guess_claims_leaves_the_suppliers_own_claim_alone(larkspur, hosting) -> None:
    make_claim(larkspur, hosting)
    guess_claims(supplier=larkspur, capabilities=[hosting])
    assert origins(larkspur) == {"Cloud hosting": "supplier"}


def test_guess_claims_skips_parents(larkspur, cloud) -> None:
    assert guess_claims(supplier=larkspur, capabilities=[cloud]) == []


def test_guess_claims_are_for_suppliers(db, hosting) -> None:
    with pytest.raises(Refused, match="Ashford Vale Council is not a supplier"):
        guess_claims(supplier=make_public_body(), capabilities=[hosting])


def test_confirm_claim_makes_it_the_suppliers_own(larkspur, alice, hosting) -> None:
    profile = make_claim(larkspur, hosting, guessed=True).profile
    confirm_claim(profile=profile, capability=hosting, by=alice)
    confirm_claim(profile=profile, capability=hosting, by=alice)
    assert origins(larkspur) == {"Cloud hosting": "supplier"}
    [event] = Event.objects.about(profile)
    assert (event.name, event.actor, event.new) == ("techmap.claim.confirmed", alice, {"capability": "Cloud hosting"})
    assert SupplierProfile.objects.get().version == 2


def test_confirm_claim_that_is_gone(larkspur, alice, hosting) -> None:
    with pytest.raises(Refused, match="This suggestion has been removed"):
        confirm_claim(profile=make_profile(larkspur), capability=hosting, by=alice)


def test_remove_claim_for_good(larkspur, alice, hosting) -> None:
    profile = make_claim(larkspur, hosting, guessed=True).profile
    remove_claim(profile=profile, capability=hosting, by=alice)
    remove_claim(profile=profile, capability=hosting, by=alice)
    assert guess_claims(supplier=larkspur, capabilities=[hosting]) == []
    assert origins(larkspur) == {}
    assert [event.name for event in Event.objects.about(profile)] == ["techmap.claim.removed"]


@pytest.mark.parametrize("action", [confirm_claim, remove_claim])
@pytest.mark.parametrize("person", ["bob", "charlie"])
def test_claims_are_the_writers_alone(request, action, person, larkspur, hosting) -> None:
    profile = make_claim(larkspur, hosting, guessed=True).profile
    with pytest.raises(PermissionDenied):
        action(profile=profile, capability=hosting, by=request.getfixturevalue(person))
    assert origins(larkspur) == {"Cloud hosting": "guessed"}


def test_evidence_is_recorded_once_for_each_capability(larkspur, hosting, backup) -> None:
    first = record_evidence(supplier=larkspur, capabilities=[hosting, backup], **AWARD)
    second = record_evidence(supplier=larkspur, capabilities=[backup, hosting], **AWARD)
    assert {row.pk for row in first} == {row.pk for row in second}
    assert Evidence.objects.count() == 2
    [event] = Event.objects.about(larkspur)
    assert event.name == "techmap.evidence.recorded"
    assert event.new == {
        "kind": "award", "source": "ocds-b5fd17-1", "guessed": False,
        "capabilities": ["Cloud hosting", "Backup and recovery"],
    }  # fmt: skip


def test_evidence_without_a_capability_is_recorded_once(larkspur) -> None:
    record_evidence(supplier=larkspur, capabilities=[], **AWARD)
    [row] = record_evidence(supplier=larkspur, capabilities=[], **AWARD)
    assert (row.capability, row.dated) == (None, date(2026, 3, 2))
    assert Evidence.objects.count() == 1


def test_evidence_that_was_guessed_becomes_firm_and_never_back(larkspur, hosting) -> None:
    record_evidence(supplier=larkspur, capabilities=[hosting], guessed=True, **AWARD)
    [row] = record_evidence(supplier=larkspur, capabilities=[hosting], **AWARD)
    assert row.is_guessed is False
    [row] = record_evidence(supplier=larkspur, capabilities=[hosting], guessed=True, **AWARD)
    assert row.is_guessed is False


def test_evidence_makes_no_claim(larkspur, hosting) -> None:
    record_evidence(supplier=larkspur, capabilities=[hosting], **AWARD)
    assert origins(larkspur) == {}


def test_evidence_refuses_addresses_that_run(larkspur, hosting) -> None:
    with pytest.raises(Refused, match="must begin with https:// or http://"):
        record_evidence(supplier=larkspur, capabilities=[hosting], url="javascript:alert(1)", **AWARD)


def test_evidence_is_for_suppliers(db, hosting) -> None:
    with pytest.raises(Refused, match="is not a supplier"):
        record_evidence(supplier=make_public_body(), capabilities=[hosting], **AWARD)


def test_evidence_cuts_a_long_title(larkspur) -> None:
    [row] = record_evidence(supplier=larkspur, capabilities=[], **{**AWARD, "title": "x" * 400})
    assert len(row.title) == 300


# --- Of an imported supplier whose people nobody has verified ---------------------------------------


@pytest.fixture
def memset(hosting) -> Organisation:
    """An imported supplier with a guess, which Mallory only says is hers."""
    supplier = make_imported(name="Memset Ltd")
    make_member(supplier, name="Mallory Vane", email="mallory@memset.example")
    make_claim(supplier, hosting, guessed=True)
    return supplier


def member_of(supplier) -> User:
    return supplier.memberships.get().user


def public_names(client, supplier) -> list[str]:
    """The capabilities that everybody may read."""
    return [claim["name"] for claim in client.get(f"/api/v1/suppliers/{supplier.pk}/").json()["claims"]]


WHY_NOT = "You can confirm or remove what notices suggest once Memset Ltd is verified."


@pytest.mark.parametrize("action", ["confirm", "remove"])
def test_guess_stands_until_the_claimant_is_verified(client, memset, hosting, action) -> None:
    own, page = client_of(member_of(memset)), reverse("techmap:supplier-detail", args=[memset.pk])
    url = reverse(f"techmap:claim-{action}", args=[memset.pk, hosting.code])
    response = own.post(url)
    assert (response.status_code, WHY_NOT in response.content.decode()) == (422, True)
    assert f'action="{url}"' not in own.get(page).content.decode()
    assert (origins(memset), public_names(client, memset)) == ({"Cloud hosting": "guessed"}, ["Cloud hosting"])
    assert "Cloud hosting" in client.get(page).content.decode()

    Organisation.objects.filter(pk=memset.pk).update(status=Status.VERIFIED)
    assert f'action="{url}"' in own.get(page).content.decode()
    own.post(url)
    assert origins(memset) == ({"Cloud hosting": "supplier"} if action == "confirm" else {})


def test_capabilities_take_over_no_guess_until_verified(client, memset, hosting, backup) -> None:
    facts = {"organisation": memset, "version": 1, "by": member_of(memset)}
    with pytest.raises(Refused) as refused:
        save_capabilities(capabilities=[hosting, backup], **facts)
    assert [(reason.message, reason.field) for reason in refused.value.reasons] == [(WHY_NOT, "capabilities")]
    save_capabilities(capabilities=[backup], **facts)
    assert origins(memset) == {"Cloud hosting": "guessed", "Backup and recovery": "supplier"}
    assert public_names(client, memset) == ["Cloud hosting"]


@pytest.mark.parametrize("drop", ["at once", "in the list", "not"])
def test_claimant_hides_nothing_that_a_later_notice_suggests(client, memset, backup, drop) -> None:
    mallory = member_of(memset)
    profile = save_capabilities(organisation=memset, version=1, capabilities=[backup], by=mallory)
    if drop == "at once":
        remove_claim(profile=profile, capability=backup, by=mallory)
    elif drop == "in the list":
        save_capabilities(organisation=memset, version=2, capabilities=[], by=mallory)
    guess_claims(supplier=memset, capabilities=[backup])
    assert public_names(client, memset) == ["Cloud hosting", "Backup and recovery"]


# --- What the database holds by itself --------------------------------------------------------------


def test_database_holds_one_claim_a_capability(larkspur, hosting) -> None:
    profile = make_claim(larkspur, hosting).profile
    with pytest.raises(IntegrityError, match="claim_once_per_capability"):
        CapabilityClaim.objects.create(profile=profile, capability=hosting)


def test_database_knows_the_origins(larkspur, hosting) -> None:
    with pytest.raises(IntegrityError, match="claim_origin_known"):
        CapabilityClaim.objects.create(profile=make_profile(larkspur), capability=hosting, origin="rumour")


@pytest.mark.parametrize("named", [True, False])
def test_database_holds_evidence_once(larkspur, hosting, named) -> None:
    row = {"supplier": larkspur, "capability": hosting if named else None, **AWARD}
    Evidence.objects.create(**row)
    with pytest.raises(IntegrityError, match="evidence_once"):
        Evidence.objects.create(**row)


def test_database_knows_the_kinds_of_evidence(larkspur) -> None:
    with pytest.raises(IntegrityError, match="evidence_kind_known"):
        Evidence.objects.create(supplier=larkspur, **{**AWARD, "kind": "rumour"})


def test_database_holds_one_removal(larkspur, hosting) -> None:
    profile = make_profile(larkspur)
    RemovedClaim.objects.create(profile=profile, capability=hosting)
    with pytest.raises(IntegrityError, match="removed_claim_once"):
        RemovedClaim.objects.create(profile=profile, capability=hosting)


def test_database_refuses_a_capability_as_its_own_parent(cloud) -> None:
    with pytest.raises(IntegrityError, match="capability_not_its_own_parent"):
        Capability.objects.filter(pk=cloud.pk).update(parent=cloud.pk)


def test_claim_origins_have_words() -> None:
    assert ClaimOrigin.GUESSED.label == "Guessed from a published notice"
