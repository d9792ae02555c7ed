"""Awards are evidence of what a supplier can do; what it can do is guessed from them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from portal.ocds.importing import Outcome
from portal.organisations.models import Organisation
from techmap.choices import ClaimOrigin, EvidenceKind
from techmap.models import Capability, CapabilityClaim, Evidence, SupplierProfile
from tests.ocds.makers import details, import_all, make_award, make_party, make_release, make_supplier_party, reasons

pytestmark = pytest.mark.django_db


@pytest.fixture
def case_work() -> Capability:
    parent = Capability.objects.create(code="software", name="Software")
    return Capability.objects.create(code="case-work", name="Case work system", parent=parent, position=1)


def test_award_is_evidence_and_suggests_a_capability(case_work):
    (result,) = import_all(make_award())

    evidence = Evidence.objects.get()
    assert result.outcome is Outcome.IMPORTED
    assert (evidence.supplier.name, evidence.kind, evidence.source) == (
        "Larkspur Systems Ltd", EvidenceKind.AWARD, "ocds-test01-0001",
    )  # fmt: skip
    assert (evidence.title, evidence.dated) == ("Case work system", date(2025, 4, 1))
    assert (evidence.capability, evidence.is_guessed) == (case_work, True)
    assert evidence.url == "https://notices.example/award/1"
    assert CapabilityClaim.objects.get().origin == ClaimOrigin.GUESSED


def test_award_of_nothing_known_is_evidence_without_a_claim():
    import_all(make_award())

    assert Evidence.objects.get().capability is None
    assert not SupplierProfile.objects.exists()


def test_award_imported_again_changes_nothing(case_work):
    import_all(make_award())

    (again,) = import_all(make_award())

    assert again.outcome is Outcome.UNCHANGED
    assert (Evidence.objects.count(), CapabilityClaim.objects.count()) == (1, 1)


def test_each_supplier_of_an_award_gets_evidence():
    import_all(make_award(suppliers=[make_supplier_party(f"GB-CFS-{n}", f"Firm {n}") for n in range(3)]))

    assert Evidence.objects.values("supplier").distinct().count() == 3


@pytest.mark.parametrize(
    ("award", "reason", "count"),
    [
        ({"status": "cancelled"}, [], 0),
        ({"date": None}, ["An award without a date"], 0),
        ({"date": "soon"}, ["Not a date", "An award without a date"], 0),
        ({"suppliers": [{"id": "99", "name": "Nobody"}]}, ["A supplier that is no party"], 0),
        ({"suppliers": "Larkspur"}, ["Wrong type"], 0),
        ({"date": "2026-05-12T00:00:00Z"}, ["An award dated after its notice"], 1),
    ],
)
def test_unsound_award_is_listed(award, reason, count):
    release = make_award()
    release["awards"][0] |= award

    (result,) = import_all(release)

    assert (reasons(result), Evidence.objects.count()) == (reason, count)


def test_award_dated_after_its_notice_counts_from_the_notice():
    import_all(make_award(date="2026-05-12T00:00:00Z"))

    assert Evidence.objects.get().dated == date(2025, 5, 12)


def test_public_body_that_wins_an_award_is_listed():
    import_all(make_release(parties=[make_party("GB-CFS-7", "University of Ashford")]))

    (result,) = import_all(make_award(2, suppliers=[make_supplier_party("GB-CFS-7", "University of Ashford")]))

    assert details(result).startswith("University of Ashford won the award, but is a public body here")
    assert not Evidence.objects.exists()
    assert Organisation.objects.filter(name="University of Ashford").count() == 1


def test_tender_is_no_evidence():
    import_all(make_award() | {"tag": ["tender"]})

    assert not Evidence.objects.exists()


# --- What it was worth, to whom and where ------------------------------------------------------------

POUNDS = {"amount": 375_200, "currency": "GBP"}


def test_award_says_what_it_was_worth_to_whom_and_where(case_work):
    release = make_award(value=POUNDS)
    release["tender"]["items"] = [{"id": "1", "deliveryAddresses": [{"region": "Wales"}]}]
    import_all(release)

    evidence = Evidence.objects.get()
    assert (evidence.value, evidence.region) == (Decimal(375_200), "TLL")
    assert (evidence.buyer.name, evidence.buyer_name) == ("Ashford Vale Council", "Ashford Vale Council")


def test_award_whose_value_comes_later_is_completed_once(case_work):
    import_all(make_award())

    first, second = import_all(make_award(value=POUNDS), make_award(value=POUNDS))

    assert [first.outcome, second.outcome] == [Outcome.UPDATED, Outcome.UNCHANGED]
    assert Evidence.objects.get().value == Decimal(375_200)


def test_lots_of_one_notice_add_up(case_work):
    release = make_award(value=POUNDS)
    release["awards"].append(release["awards"][0] | {"id": "2", "value": {"amount": 800, "currency": "GBP"}})
    release["awards"].append(release["awards"][0] | {"id": "3", "value": {"amount": 0, "currency": "GBP"}})

    _, again = import_all(release, release)

    assert Evidence.objects.get().value == Decimal(376_000)
    assert again.outcome is Outcome.UNCHANGED


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"amount": 0, "currency": "GBP"}, []),  # how publishers write "not known"
        ({"currency": "GBP"}, []),
        ({}, []),
        ({"amount": 5_000, "currency": "EUR"}, ["A sum in another currency"]),
        ({"amount": 1, "currency": "GBP"}, ["A value that cannot be meant"]),
        ({"amount": 0.01, "currency": "GBP"}, ["A value that cannot be meant"]),
        ({"amount": 100_000_000_001, "currency": "GBP"}, ["A value that cannot be meant"]),
        ({"amount": 10**15, "currency": "GBP"}, ["Not a sum of money"]),
        ({"amount": -5, "currency": "GBP"}, ["Not a sum of money"]),
        ({"amount": "lots", "currency": "GBP"}, ["Wrong type"]),
        ("5000", ["Wrong type"]),
    ],
)
def test_award_without_a_sound_value_is_evidence_all_the_same(value, reason):
    (result,) = import_all(make_award(value=value))

    assert (reasons(result), Evidence.objects.get().value) == (reason, None)


@pytest.mark.parametrize("amount", [2, 100_000_000_000])
def test_least_and_largest_value(amount):
    (result,) = import_all(make_award(value={"amount": amount}))

    assert (reasons(result), Evidence.objects.get().value) == ([], Decimal(amount))
