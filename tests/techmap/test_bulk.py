"""The nightly files: whole, true to their schema and hash, bounded in memory, and nothing that is not public."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker

from portal.organisations.choices import Status
from techmap.actions import bulk, record_evidence
from techmap.actions.bulk import DATA, write_bulk_files
from techmap.models import Accreditation, BulkFile, Capability, Contact, Framework, FrameworkPlace
from techmap.queries import published as facts
from techmap.tasks import write_open_data
from tests.factories import make_supplier
from tests.techmap.crowd import make_crowd
from tests.techmap.makers import make_claim, make_profile

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
NAMES = ["suppliers.jsonl.gz", "suppliers.csv", "supplier.schema.json", "licence.txt"]


@pytest.fixture(autouse=True)
def _own_storage(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def taken(client: Client, name: str) -> bytes:
    response = client.get(f"/techmap/open-data/{name}")
    assert response.status_code == 200
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]


def suppliers_in(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(content).splitlines()]


def full_supplier(hosting: Capability) -> Any:
    """One that has something in every field."""
    supplier = make_supplier(website="https://larkspur.example")
    profile = make_profile(
        supplier,
        sectors=["health"],
        is_vcse=True,
        technologies=["PostgreSQL"],
        reviewed_at=NOW,
        links=["https://x.example"],
    )
    make_claim(supplier, hosting)
    Accreditation.objects.create(profile=profile, kind="soc-2", expires_on=date(2020, 1, 1), number="7")
    framework = Framework.objects.create(code="g-cloud", name="G-Cloud", reference="RM1557.14", lots=["Hosting"])
    FrameworkPlace.objects.create(profile=profile, framework=framework, lots=["Hosting"])
    Contact.objects.create(profile=profile, role="sales", name="Secret Person", email="secret@x.example")
    record_evidence(
        supplier=supplier, kind="award", source="ocds-1", title="Hosting", dated=date(2026, 3, 1), guessed=False,
        capabilities=[hosting], value=Decimal("1200.5"), buyer_name="Ashford Vale Council", region="TLL", url="https://n.example/1",
    )  # fmt: skip
    return supplier


def test_every_line_is_valid(client: Client, hosting: Capability, backup: Capability) -> None:
    full_supplier(hosting)
    make_crowd(30, date(2026, 11, 22))
    write_open_data()
    schema = json.loads(taken(client, "supplier.schema.json"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    found = suppliers_in(taken(client, "suppliers.jsonl.gz"))
    assert len(found) == 31
    assert [error.message for line in found for error in validator.iter_errors(line)] == []


def test_a_line_that_is_wrong_is_seen(hosting: Capability) -> None:
    schema = json.loads((DATA / "supplier.schema.json").read_text())
    assert list(Draft202012Validator(schema).iter_errors({"id": 1, "email": "x@x.example"})) != []


def test_line_holds_what_is_public_and_no_contact(client: Client, hosting: Capability) -> None:
    supplier = full_supplier(hosting)
    write_bulk_files(now=NOW)
    [line] = suppliers_in(taken(client, "suppliers.jsonl.gz"))
    assert (line["id"], line["name"], line["is_vcse"]) == (supplier.pk, "Larkspur Systems Ltd", True)
    assert line["evidence"][0]["value"] == "1200.50"
    assert line["accreditations"][0]["is_expired"] is True
    assert "ecret" not in json.dumps(line)
    assert "ecret" not in taken(client, "suppliers.csv").decode()


def test_those_not_public_are_left_out(client: Client, hosting: Capability) -> None:
    for status in (Status.PENDING, Status.SUSPENDED, Status.REFUSED):
        make_claim(make_supplier(f"{status} Ltd", status=status), hosting)
    imported = make_supplier("Imported Ltd", status=Status.PENDING, is_imported=True, website="https://typed.example")
    make_profile(imported, summary="Typed by somebody unverified")
    evidence: dict[str, Any] = {
        "kind": "award",
        "source": "ocds-1",
        "title": "Hosting",
        "dated": NOW.date(),
        "guessed": False,
    }
    record_evidence(supplier=imported, capabilities=[hosting], **evidence)
    write_bulk_files(now=NOW)
    [line] = suppliers_in(taken(client, "suppliers.jsonl.gz"))
    assert (line["name"], line["summary"], line["website"], line["is_verified"]) == ("Imported Ltd", "", "", False)


def test_hash_size_and_number_are_those_of_the_file(client: Client, hosting: Capability) -> None:
    make_crowd(12, date(2026, 11, 22))
    write_bulk_files(now=NOW)
    assert list(BulkFile.objects.values_list("name", flat=True)) == NAMES
    for file in BulkFile.objects.all():
        content = taken(client, file.name)
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.size, file.sha256)
    table = csv.reader(io.StringIO(taken(client, "suppliers.csv").decode("utf-8-sig"), newline=""))
    assert len(list(table)) == 13
    assert BulkFile.objects.get(name="suppliers.csv").suppliers == 12
    page = client.get("/techmap/open-data/").content.decode()
    assert BulkFile.objects.get(name="suppliers.jsonl.gz").sha256 in page


def test_downloads_are_attachments_anybody_may_take(client: Client, hosting: Capability) -> None:
    write_bulk_files(now=NOW)
    response = client.get("/techmap/open-data/suppliers.jsonl.gz")
    assert response["Content-Disposition"] == 'attachment; filename="suppliers.jsonl.gz"'
    assert (response["Access-Control-Allow-Origin"], response["X-Content-Type-Options"]) == ("*", "nosniff")
    assert b"".join(response.streaming_content)[:2] == b"\x1f\x8b"  # type: ignore[attr-defined]
    assert client.get("/techmap/open-data/").status_code == 200
    assert client.get("/techmap/open-data/../settings.py").status_code == 404
    assert client.get("/techmap/open-data/unknown.csv").status_code == 404


def test_a_night_that_fails_leaves_yesterdays_files(client: Client, hosting: Capability, monkeypatch: Any) -> None:
    make_crowd(3, date(2026, 11, 22))
    write_bulk_files(now=NOW)
    before = list(BulkFile.objects.values())

    def broken(*args: Any, **kwargs: Any) -> Any:
        yield from list(bulk_all)[:1]
        raise OSError("gone")

    bulk_all = list(bulk.all_published(date(2026, 11, 23)))
    monkeypatch.setattr(bulk, "all_published", broken)
    with pytest.raises(OSError, match="gone"):
        write_bulk_files(now=NOW + timedelta(days=1))
    assert list(BulkFile.objects.values()) == before
    assert len(suppliers_in(taken(client, "suppliers.jsonl.gz"))) == 3


def test_old_files_go_after_a_day(hosting: Capability) -> None:
    write_bulk_files(now=NOW)
    first = set(BulkFile.objects.values_list("path", flat=True))
    for path in first:
        os.utime(Path(settings.MEDIA_ROOT) / path, (NOW.timestamp(), NOW.timestamp()))
    write_bulk_files(now=NOW + timedelta(hours=12))
    assert all(default_storage.exists(path) for path in first)
    write_bulk_files(now=NOW + timedelta(hours=25))
    assert not any(default_storage.exists(path) for path in first)
    assert all(default_storage.exists(path) for path in BulkFile.objects.values_list("path", flat=True))


def test_written_in_chunks(hosting: Capability, django_assert_num_queries: Any) -> None:
    make_crowd(6, date(2026, 11, 22))
    with django_assert_num_queries(3 + 2 * 8):  # the numbers of each chunk, and eight queries for what is in it
        assert len(list(bulk.all_published(date(2026, 11, 22), size=3))) == 6


def test_no_more_evidence_at_once_than_memory_holds(hosting: Capability, monkeypatch: Any) -> None:
    make_crowd(4, date(2026, 11, 22))
    whole = list(bulk.all_published(date(2026, 11, 22)))
    read: list[int] = []

    def counted(pks: Any, *args: Any, **kwargs: Any) -> Any:
        read.append(len(pks))
        return kept(pks, *args, **kwargs)

    kept = facts.published
    monkeypatch.setattr(facts, "published", counted)
    monkeypatch.setattr(facts, "MOST_PIECES", 1)
    assert list(bulk.all_published(date(2026, 11, 22))) == whole
    assert (sum(read), len(read) > 1, any(one.evidence for one in whole)) == (4, True, True)
