"""Awards are evidence of what a supplier can do; what it can do is guessed from them."""

from __future__ import annotations

from datetime import date

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
