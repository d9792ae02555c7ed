"""The contract performance notice: what it says, what it lacks, and that it is sound OCDS 1.1.5."""

from __future__ import annotations

import copy
import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.urls import reverse

from reporting import uk9
from reporting.choices import Breach
from reporting.models import Assessment
from tests.reporting.assessing import LATER, filed_with_kpis, kpi, make_final, make_shared

pytestmark = pytest.mark.django_db

STANDARD = Path(__file__).resolve().parents[3] / "shared" / "data" / "ocds-standard-1.1.5.zip"
BREACH = {"breach": "The portal was down for nine days.", "breach_on": date(2027, 3, 1)}


@pytest.fixture
def final(contract, due, alice, bob) -> Assessment:
    filed_with_kpis(due[0], bob, kpis=[kpi(), kpi(kpi_id="K2", title="Calls answered", actual="")])
    return make_final(contract, alice, bob)


def release(assessment: Assessment) -> dict[str, Any]:
    return uk9.release_of(assessment, url="https://threepoint.example/notice")


# --- The release ---------------------------------------------------------------------------------------


def test_release_has_targets_results_ratings_and_the_notice(final, contract) -> None:
    (said,) = release(final)["contracts"]
    assert said["agreedMetrics"][0] == {
        "id": "K1",
        "title": "Availability",
        "observations": [
            {
                "id": "K1-target",
                "period": {"startDate": "2026-07-01T00:00:00Z", "endDate": "2027-06-30T23:59:59Z"},
                "measure": "99.5",
                "unit": {"name": "%"},
            }
        ],
    }
    (observation,) = said["implementation"]["metrics"][0]["observations"]
    assert (observation["measure"], observation["measureClassification"]) == (
        "99.1", {"scheme": uk9.RATINGS, "id": "slightlyBelow", "description": "Approaching target"},
    )  # fmt: skip
    (document,) = said["implementation"]["documents"]
    assert (document["documentType"], document["noticeType"]) == ("implementationNotice", "UK9")
    assert "performanceFailures" not in said["implementation"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Breach.PART_ENDED, {"penaltyDate": "2027-03-01T00:00:00Z", "partialTermination": BREACH["breach"]}),
        (Breach.DAMAGES, {"penaltyDate": "2027-03-01T00:00:00Z", "penaltyType": "imposed"}),
        (Breach.SETTLED, {"penaltyDate": "2027-03-01T00:00:00Z", "penaltyType": "negotiated"}),
        (Breach.NOT_IMPROVED, {"decisionDate": "2027-03-01T00:00:00Z"}),
    ],
)
def test_breach_is_a_performance_failure(contract, alice, bob, kind, expected) -> None:
    made = make_final(contract, alice, bob, breach_kind=kind, **BREACH)
    (failure,) = release(made)["contracts"][0]["implementation"]["performanceFailures"]
    shared = {"id", "period", "description", "suppliers"}
    assert {name: value for name, value in failure.items() if name not in shared} == expected
    assert failure["suppliers"][0]["name"] == contract.supplier.name


def test_package_declares_the_extensions_that_it_uses(final) -> None:
    package = uk9.package_of(final, url="https://threepoint.example/notice", now=LATER)
    assert package["extensions"] == uk9.EXTENSIONS
    assert any("ocds_uk_extension" in url for url in package["extensions"])


def schemas() -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of a release with what the extensions add, and that of a package."""
    with zipfile.ZipFile(STANDARD) as archive:
        held = {Path(name).name: archive.read(name) for name in archive.namelist() if name.endswith(".json")}
    return json.loads(held["release-schema.json"]), json.loads(held["release-package-schema.json"])


@pytest.mark.skipif(not STANDARD.exists(), reason="The OCDS schema is not on this machine: its check did not run")
@pytest.mark.parametrize("words", [{}, {"breach_kind": Breach.DAMAGES, **BREACH}])
def test_release_is_sound_ocds(contract, due, alice, bob, words) -> None:
    filed_with_kpis(due[0], bob)
    made = make_final(contract, alice, bob, **words)
    schema, package = schemas()
    package["properties"]["releases"]["items"] = {"type": "object"}
    said = uk9.package_of(made, url="https://threepoint.example/notice", now=LATER)
    checker = jsonschema.Draft4Validator.FORMAT_CHECKER
    for one, content in ((schema, said["releases"][0]), (package, said)):
        errors = jsonschema.Draft4Validator(one, format_checker=checker).iter_errors(content)
        assert [f"{list(error.path)}: {error.message}" for error in errors] == []


@pytest.mark.skipif(not STANDARD.exists(), reason="The OCDS schema is not on this machine: its check did not run")
def test_check_finds_a_broken_release(final) -> None:
    schema, _ = schemas()
    broken = copy.deepcopy(release(final))
    del broken["contracts"][0]["awardID"]
    assert [error.message for error in jsonschema.Draft4Validator(schema).iter_errors(broken)]


# --- For people ----------------------------------------------------------------------------------------


def test_missing_things_are_said(contract, alice) -> None:
    shared = make_shared(contract, alice)
    missing = "\n".join(uk9.missing_from(shared))
    for words in ("not final", "no OCID", "no key performance indicators", "e-mail address", "unique identifier"):
        assert words in missing


def test_whole_notice_lacks_nothing_of_the_assessment(contract, final) -> None:
    contract.ocid = "ocds-h6vhtk-04fc0b"
    contract.save()
    final = Assessment.objects.get(pk=final.pk)
    assert not [words for words in uk9.missing_from(final) if "here" not in words]


def test_page_has_each_part_of_the_regulation(client, contract, final, alice) -> None:
    client.force_login(alice)
    page = client.get(reverse("reporting:assessment-notice", args=[final.public_id])).content.decode()
    for words in (
        "Contracting authority", "Title of the procurement", "Unique identifier of the procurement (OCID)",
        "Unique identifier of the contract", "This notice sets out the contracting authority", "Period that it applies",
        "1 July 2026 to 30 June 2027", "Approaching target", "Performance is close to meeting", "Nothing is published",
    ):  # fmt: skip
        assert words in page
    assert "section 71(5)" not in page.lower()


def test_page_has_the_breach(client, contract, alice, bob) -> None:
    made = make_final(contract, alice, bob, breach_kind=Breach.DAMAGES, **BREACH)
    client.force_login(alice)
    page = client.get(reverse("reporting:assessment-notice", args=[made.public_id])).content.decode()
    for words in ("Section 71(5)", "damages were awarded", "1 March 2027", "nine days"):
        assert words in page


def test_notice_is_for_the_parties_alone(client, contract, final, alice, bob, charlie) -> None:
    contract.is_published = True
    contract.save()
    for name in ("assessment-notice", "assessment-notice-json"):
        url = reverse(f"reporting:{name}", args=[final.public_id])
        for person, status in ((alice, 200), (bob, 200), (charlie, 404)):
            client.force_login(person)
            assert client.get(url).status_code == status


def test_json_is_a_download(client, final, alice) -> None:
    client.force_login(alice)
    answer = client.get(reverse("reporting:assessment-notice-json", args=[final.public_id]))
    assert answer["Content-Disposition"].startswith('attachment; filename="uk9-')
    assert json.loads(answer.content)["releases"][0]["tag"] == ["implementation"]
