"""The reference check of OCDS finds no structural error in anything that is published; ours neither."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from portal.accounts.models import User
from portal.ocds.checking import Schemas, check_file
from portal.organisations.models import Identifier, Organisation
from reporting.actions import amend_contract, end_contract
from reporting.models import Contract, Return
from reporting.publication.merging import compiled
from tests.reporting.makers import END, NOW, spend
from tests.reporting.publication_makers import accept, correct, file_return, hold, publish

ROOT = Path(settings.BASE_DIR)
ARCHIVE = ROOT.parent / "shared/data/ocds-standard-1.1.5.zip"
COVE = ROOT / ".cove/bin/libcoveocds"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not ARCHIVE.exists(), reason="The archive of the standard is not at hand."),
]
needs_cove = pytest.mark.skipif(not COVE.exists(), reason="libcoveocds could not be fetched: make dev tries again.")


@pytest.fixture
def lived(contract: Contract, due: list[Return], alice: User, bob: User) -> Contract:
    """A contract with everything: identifiers, held back fields, amendments, corrections, changes, an end."""
    Identifier.objects.create(organisation=contract.buyer, scheme="GB-PPON", value="PABC-1234-DEFG")
    Identifier.objects.create(organisation=contract.supplier, scheme="GB-COH", value="01234567")
    Organisation.objects.update(street_address="1 Mill Lane", locality="Ashford", postal_code="AS1 1AA", region="TLJ")
    Contract.objects.update(cpv_codes=["72000000", "72200000"], framework="G-Cloud", lot="Lot 1")
    changes = [{"change_id": "C1", "dated": "2026-07-20", "reason": "More users", "value_change": "5000",
                "days_change": "0", "status": "agreed"}]  # fmt: skip
    first = accept(file_return(due[0], bob, change=changes, spend=[spend(), spend(description="Tester")],
                               to_date="18000"), alice)  # fmt: skip
    publish(contract, alice, hold("kpi", "target"))
    accept(file_return(due[1], bob, to_date="27000"), alice)
    correct(first, bob, alice, kpi=[], spend=[spend(unit_price="1200", amount="18000")], to_date="18000")
    contract.refresh_from_db()
    amend_contract(
        contract=contract, version=contract.version,
        dated=NOW.date(), reason="More users", value_change=5000, end_after=END,  # type: ignore[arg-type]
        submission_key=uuid4(), by=alice,
    )  # fmt: skip
    end_contract(contract=contract, by=alice)
    return contract


@pytest.fixture
def files(lived: Contract, client: Client, tmp_path: Path) -> list[Path]:
    paths = []
    for name in ("ocds.json", "record.json"):
        paths.append(tmp_path / name)
        paths[-1].write_bytes(client.get(f"/reporting/contracts/{lived.reference}/{name}").content)
    return paths


def test_our_check_finds_nothing(files: list[Path]) -> None:
    schemas = Schemas(ARCHIVE)
    assert [str(fault) for file in files for fault in check_file(str(file), schemas)] == []


@needs_cove
@pytest.mark.slow
def test_reference_check_finds_nothing(files: list[Path], tmp_path: Path) -> None:
    """A record's compiled release is handed over as a release: for records it asks the network for a schema."""
    package, record = (json.loads(file.read_text()) for file in files)
    package["releases"] = [record["records"][0]["compiledRelease"]]
    merged = tmp_path / "compiled.json"
    merged.write_text(json.dumps(package))
    for file in (files[0], merged):
        found = reference_check(file)
        assert found["validation_errors"] == []
        assert not found["deprecated_fields"]
        assert not found["additional_closed_codelist_values"]


@needs_cove
@pytest.mark.slow
def test_reference_check_sees_what_is_wrong(files: list[Path]) -> None:
    package = json.loads(files[0].read_text())
    del package["releases"][0]["contracts"][0]["awardID"]
    files[0].write_text(json.dumps(package))
    assert [error["path"] for error in reference_check(files[0])["validation_errors"]] == ["releases/0/contracts/0"]
    assert [fault.path for fault in check_file(str(files[0]), Schemas(ARCHIVE))] == ["releases/0/contracts/0"]


def reference_check(file: Path) -> dict[str, Any]:
    """By its command line: it is under the AGPL, and never imported."""
    command = [str(COVE), "--standard-zip", str(ARCHIVE), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def test_merging_agrees_with_the_reference(files: list[Path]) -> None:
    """ocdsmerge by the schema itself, where it is installed with the development packages."""
    ocdsmerge = pytest.importorskip("ocdsmerge", reason="ocdsmerge is not installed.")
    releases = json.loads(files[0].read_text())["releases"]
    import zipfile

    with zipfile.ZipFile(ARCHIVE) as packed:
        schema = json.loads(packed.read("standard-1__1__5/schema/release-schema.json"))
    theirs = ocdsmerge.Merger(schema).create_compiled_release(releases)
    assert compiled(releases) == theirs
