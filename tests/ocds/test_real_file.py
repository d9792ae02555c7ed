"""The 201 real releases: each is imported or listed, and importing them again changes nothing."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from engagement.choices import RequestState
from engagement.models import EngagementRequest, RequestCapability
from portal.audit.models import Event
from portal.notifications.models import Delivery
from portal.ocds.importing import Outcome
from portal.ocds.regions import Region
from portal.organisations.choices import Kind, Status
from portal.organisations.models import Identifier, Organisation
from techmap.actions import load_taxonomy
from techmap.models import CapabilityClaim, Evidence, SupplierProfile
from techmap.taxonomy import read_taxonomy
from tests.ocds.makers import NOW, import_file

REAL = Path(__file__).resolve().parents[3] / "shared/data/contracts-finder-releases.json"
pytestmark = [
    pytest.mark.django_db,  # without it pytest prepares no database where these tests run alone
    pytest.mark.skipif(not REAL.exists(), reason="the real releases lie beside the checkout, and are not here"),
]
KEPT = (
    Organisation, Identifier, EngagementRequest, RequestCapability, Evidence, SupplierProfile, CapabilityClaim, Event,
)  # fmt: skip


def snapshot() -> dict[str, list[tuple]]:
    return {model.__name__: sorted(model.objects.order_by("pk").values_list(), key=str) for model in KEPT}


@pytest.fixture(scope="module", autouse=True)
def results(django_db_setup, django_db_blocker):
    """One import for all the tests here, taken back at the end."""
    if not REAL.exists():
        yield []
        return
    with django_db_blocker.unblock(), transaction.atomic():
        load_taxonomy(entries=read_taxonomy())
        yield import_file(REAL)
        transaction.set_rollback(True)


def test_real_file_is_imported_but_for_the_damaged_release(results):
    assert Counter(result.outcome for result in results) == {
        Outcome.IMPORTED: 171,
        Outcome.UPDATED: 1,
        Outcome.UNCHANGED: 28,
        Outcome.NOT_IMPORTED: 1,
    }
    assert [result.number for result in results] == list(range(1, 202))
    left_out = {result.number: [problem.reason for problem in result.problems] for result in results}
    assert {number: found for number, found in left_out.items() if found} == {
        27: ["Not a web address"],
        44: ["Not a number of its list"],
        60: ["Not a web address", "An award dated after its notice"],
        82: ["Two parties with one id"],
        201: ["A key has stray spaces"],
    }
    assert (results[200].ocid, results[200].release_id) == ("ocds-kuma6s-148458", "ocds-kuma6s-148458-release-148458")
    assert "Proactis" in results[200].problems[0].detail


def test_real_file_gives_its_organisations():
    assert Counter(Organisation.objects.values_list("kind", flat=True)) == {Kind.PUBLIC_BODY: 150, Kind.SUPPLIER: 157}
    assert set(Organisation.objects.values_list("status", "is_imported")) == {(Status.PENDING, True)}
    assert Counter(Identifier.objects.values_list("scheme", flat=True)) == {
        "GB-CFS": 173, "GB-COH": 63, "GB-SRS": 26, "GB-GOR": 1, "GB-LAE": 2,
    }  # fmt: skip
    # One name, six numbers: six organisations, until somebody says that they are one.
    assert Organisation.objects.filter(name="Ministry of Defence").count() == 6
    # No number, but the same name and postcode in five releases: one organisation.
    assert Organisation.objects.filter(name="Isle of Anglesey County Council").count() == 1
    assert not Organisation.objects.filter(name__in=["High Court", "Proactis Tenders Limited"]).exists()
    assert Identifier.objects.get(scheme="GB-COH", value="07590785").organisation.kind == Kind.SUPPLIER


def test_real_file_gives_its_four_requests():
    requests = {request.authority.name: request for request in EngagementRequest.objects.all()}
    assert set(requests) == {
        "North Northamptonshire Council",
        "GALLIFORD TRY INFRASTRUCTURE LIMITED",
        "Ministry of Defence",
        "Walsall Healthcare NHS Trust",
    }
    assert {request.state for request in requests.values()} == {RequestState.CLOSED}
    assert all(request.is_imported and request.ocid.startswith("ocds-b5fd17-") for request in requests.values())
    barrier = requests["GALLIFORD TRY INFRASTRUCTURE LIMITED"]
    assert barrier.title == "A47 Tuddenham to Easton - ACOUSTIC BARRIER"
    assert barrier.region == Region.EAST
    assert barrier.authority.kind == Kind.PUBLIC_BODY
    assert barrier.closes_at.isoformat() == "2025-03-18T23:59:59+00:00"
    assert barrier.source_url.endswith("/02a1502e-7f22-46e1-92b3-60999d4ed4e5")
    assert barrier.problem.startswith("NOTIFICATION OF SUBCONTRACT PACKAGE\n\nA47 North Tuddenham to Easton Scheme:\n")
    assert requests["Ministry of Defence"].region == ""
    assert not Delivery.objects.exists()


def test_real_file_gives_evidence_to_the_suppliers_of_its_awards():
    assert Evidence.objects.values("supplier").distinct().count() == 157
    assert set(Evidence.objects.values_list("is_guessed", flat=True)) == {True}
    assert CapabilityClaim.objects.exists()


def test_real_file_gives_what_each_contract_was_worth_and_to_whom():
    contracts = dict(Evidence.objects.values_list("source", "value"))
    assert (len(contracts), sum(value is not None for value in contracts.values())) == (96, 91)
    assert (min(filter(None, contracts.values())), max(filter(None, contracts.values()))) == (98, 400_000_000)
    assert not Evidence.objects.filter(buyer=None).exists()
    assert not Evidence.objects.filter(buyer_name="").exists()
    assert set(Evidence.objects.values_list("buyer__kind", flat=True)) == {Kind.PUBLIC_BODY}
    design = Evidence.objects.filter(title="Wavertree High Street - Design").first()
    assert design
    assert (design.value, design.buyer_name, design.region) == (375_200, "Liverpool City Council", "")
    assert Evidence.objects.exclude(region="").exists()


def test_real_file_imported_again_changes_nothing_with_few_queries():
    before = snapshot()

    with CaptureQueriesContext(connection) as queries:
        results = import_file(REAL, now=NOW + timedelta(days=400))

    assert Counter(result.outcome for result in results) == {Outcome.UNCHANGED: 200, Outcome.NOT_IMPORTED: 1}
    assert snapshot() == before
    assert len(queries) < 201 * 10
