"""The nightly files, the feed and the public pages: whole, true to the database, and nothing that is private."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from jsonschema import Draft202012Validator

from portal.accounts.models import User
from portal.organisations.models import Organisation
from reporting.actions import open_data
from reporting.actions.open_data import write_open_files
from reporting.models import Contract, OpenReportFile, Return
from reporting.tasks import write_open_data
from tests.reporting.makers import NOW, make_contract, make_returns, spend
from tests.reporting.publication_makers import accept, file_return, hold, publish, take_back

pytestmark = pytest.mark.django_db
SECRETS = ("Hush contract", "Secret role", "Secret answer")


@pytest.fixture(autouse=True)
def _own_storage(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    caches["template_fragments"].clear()


@pytest.fixture
def published(contract: Contract, due: list[Return], alice: User, bob: User) -> Contract:
    accept(file_return(due[0], bob), alice)
    publish(contract, alice)
    return contract


@pytest.fixture
def private(buyer: Organisation, supplier: Organisation, alice: User, bob: User) -> Contract:
    """It has an accepted return, and nobody outside may learn a word of it."""
    contract = make_contract(buyer, supplier, alice, number="HUSH-1", title="Hush contract")
    accept(file_return(make_returns(contract)[0], bob, spend=[spend(description="Secret role")]), alice)
    return contract


def taken(client: Client, name: str) -> bytes:
    response = client.get(f"/reporting/open-data/{name}")
    assert response.status_code == 200
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]


def lines_of(client: Client, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(taken(client, name)).splitlines()]


def tables_of(client: Client) -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(io.BytesIO(taken(client, "contracts-csv.zip"))) as packed:
        return {
            name: list(csv.DictReader(io.StringIO(packed.read(name).decode("utf-8-sig"), newline="")))
            for name in packed.namelist()
        }


# --- Files ---------------------------------------------------------------------------------------------


def test_files_hold_what_is_published(client: Client, published: Contract) -> None:
    write_open_data()
    releases, [record] = lines_of(client, "releases.jsonl.gz"), lines_of(client, "records.jsonl.gz")
    assert [release["tag"] for release in releases] == [["award", "contract"], ["implementation"]]
    assert record["releases"] == releases
    tables = tables_of(client)
    assert {name: len(rows) for name, rows in tables.items()} == {
        "contracts.csv": 1, "returns.csv": 1, "spends.csv": 1, "milestones.csv": 1, "kpis.csv": 1, "failures.csv": 0,
        "changes.csv": 0, "subcontractors.csv": 2,
    }  # fmt: skip
    [row] = tables["spends.csv"]
    assert (row["contract_reference"], row["unit_price"], row["row"]) == (published.reference, "600.00", "1")
    assert [row["name"] for row in tables["subcontractors.csv"]] == ["held back", "Alder Works Ltd"]


def test_hashes_are_those_of_the_files(client: Client, published: Contract) -> None:
    write_open_files(now=NOW)
    sums = dict(line.split("  ")[::-1] for line in taken(client, "SHA256SUMS").decode().splitlines())
    for file in OpenReportFile.objects.exclude(name="SHA256SUMS"):
        content = taken(client, file.name)
        assert hashlib.sha256(content).hexdigest() == file.sha256 == sums.pop(file.name)
        assert len(content) == file.size
    assert sums == {}


def test_held_back_is_said_in_tables(client: Client, published: Contract, alice: User) -> None:
    publish(published, alice, hold("kpi"), hold("return", "forecast_at_completion"))
    write_open_files(now=NOW)
    tables = tables_of(client)
    assert tables["kpis.csv"] == []
    assert tables["returns.csv"][0]["forecast_at_completion"] == "held back"
    assert "Key performance indicators: Commercially sensitive" in tables["contracts.csv"][0]["held_back"]


def test_rows_fit_their_schema(client: Client, published: Contract) -> None:
    write_open_files(now=NOW)
    schema = json.loads(taken(client, "tables.schema.json"))
    Draft202012Validator.check_schema(schema)
    for name, rows in tables_of(client).items():
        validator = Draft202012Validator({**schema, "$ref": f"#/$defs/{name.removesuffix('.csv')}"})
        assert [error.message for row in rows for error in validator.iter_errors(row)] == []


def test_formulas_are_text(client: Client, contract: Contract, due: list[Return], alice: User, bob: User) -> None:
    accept(file_return(due[0], bob, spend=[spend(description="=HYPERLINK(1)")]), alice)
    publish(contract, alice)
    write_open_files(now=NOW)
    assert tables_of(client)["spends.csv"][0]["description"] == "'=HYPERLINK(1)"


def test_imported_contract_gets_its_release_at_night(client: Client, contract: Contract) -> None:
    Contract.objects.update(is_published=True, is_imported=True)
    write_open_files(now=NOW)
    assert [release["tag"] for release in lines_of(client, "releases.jsonl.gz")] == [["award", "contract"]]
    write_open_files(now=NOW + timedelta(days=1))
    assert len(lines_of(client, "releases.jsonl.gz")) == 1


def test_contracts_of_one_process_share_a_record(
    client: Client, contract: Contract, buyer: Organisation, supplier: Organisation, alice: User
) -> None:
    other = make_contract(buyer, supplier, alice, number="LOT-2")
    Contract.objects.update(ocid="ocds-b5fd17-abc")
    for one in (contract, other):
        publish(one, alice)
    write_open_files(now=NOW)
    [record] = lines_of(client, "records.jsonl.gz")
    assert [one["id"] for one in record["compiledRelease"]["contracts"]] == ["AVC-2026-017", "LOT-2"]


def test_a_night_that_fails_leaves_yesterdays_files(client: Client, published: Contract, monkeypatch: Any) -> None:
    write_open_files(now=NOW)
    before = list(OpenReportFile.objects.values())

    def broken() -> Any:
        raise OSError("gone")

    monkeypatch.setattr(open_data, "_rows", broken)
    with pytest.raises(OSError, match="gone"):
        write_open_files(now=NOW + timedelta(days=1))
    assert list(OpenReportFile.objects.values()) == before
    assert len(lines_of(client, "releases.jsonl.gz")) == 2


def test_downloads_are_attachments_with_conditions(client: Client, published: Contract) -> None:
    write_open_files(now=NOW)
    address = "/reporting/open-data/releases.jsonl.gz"
    response = client.get(address)
    b"".join(response.streaming_content)  # type: ignore[attr-defined]
    assert response["Content-Disposition"] == 'attachment; filename="releases.jsonl.gz"'
    assert (response["Access-Control-Allow-Origin"], response["X-Content-Type-Options"]) == ("*", "nosniff")
    assert client.get(address, HTTP_IF_NONE_MATCH=response["ETag"]).status_code == 304
    assert client.get("/reporting/open-data/secret.csv").status_code == 404


def all_rows() -> list[Any]:
    return [row for _, rows in open_data._rows() for row in rows]


def test_queries_do_not_grow_with_contracts(
    contract: Contract, due: list[Return], buyer: Organisation, supplier: Organisation, alice: User, bob: User,
    django_assert_num_queries: Any,
) -> None:  # fmt: skip
    """A query a return for its lines, and none for anything else."""
    accept(file_return(due[0], bob), alice)
    publish(contract, alice)
    with django_assert_num_queries(8):
        assert len(all_rows()) > 1
    for number in range(2):
        other = make_contract(buyer, supplier, alice, number=f"N{number}")
        accept(file_return(make_returns(other)[0], bob), alice)
        publish(other, alice)
    with django_assert_num_queries(8 + 2):
        all_rows()


# --- Nothing private -----------------------------------------------------------------------------------


def everything(client: Client, contract: Contract) -> str:
    """Every word that the public gets: pages, files, feed."""
    address = f"/reporting/contracts/{contract.reference}"
    pages = ["/reporting/", "/reporting/open-data/", "/reporting/feed/", f"{address}/", f"{address}/public/",
             f"{address}/2026-07/", f"{address}/2026-07/spend/", f"{address}/ocds.json", f"{address}/record.json",
             f"{address}/spend.svg"]  # fmt: skip
    words = [client.get(page).content.decode() for page in pages]
    for name in ("releases.jsonl.gz", "records.jsonl.gz"):
        words.append(gzip.decompress(taken(client, name)).decode())
    return "".join([*words, json.dumps(tables_of(client))])


def test_no_word_of_a_private_contract(client: Client, published: Contract, private: Contract) -> None:
    write_open_files(now=NOW)
    for contract in (published, private):
        words = everything(client, contract)
        assert [
            secret for secret in (*SECRETS, private.reference) if secret in words.replace(contract.reference, "")
        ] == ([])
    assert published.title in everything(client, published)


def test_no_word_of_what_is_not_accepted(client: Client, published: Contract, due: list[Return], bob: User) -> None:
    file_return(due[1], bob, to_date="18000", spend=[spend(description="Secret role")])
    write_open_files(now=NOW)
    assert "Secret role" not in everything(client, published)
    assert client.get(f"/reporting/contracts/{published.reference}/2026-08/").status_code == 404


def test_taken_back_leaves_the_reason_alone(client: Client, published: Contract, alice: User) -> None:
    take_back(published, alice, "It named a person")
    write_open_files(now=NOW)
    address = f"/reporting/contracts/{published.reference}"
    for page in ("/", "/public/", "/2026-07/", "/2026-07/spend/"):
        response = client.get(address + page)
        assert response.status_code == 410
        assert "It named a person" in response.content.decode()
        assert published.title not in response.content.decode()
    assert client.get(f"{address}/ocds.json").status_code == 404
    assert published.title not in everything(client, published)


def test_feed_tells_what_is_new(client: Client, published: Contract, private: Contract) -> None:
    feed = client.get("/reporting/feed/").content.decode()
    assert f"{published}: contract published" in feed
    assert f"{published}: return for July 2026" in feed
    assert "Hush" not in feed
