"""Files of open data after a decision: what is taken back, held back or cannot be written is not in them."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from portal.accounts.models import User
from portal.organisations.models import Organisation
from reporting.actions import open_data
from reporting.actions.open_data import BEING_WRITTEN, sweep_open_files, write_open_files
from reporting.models import Contract, OpenReportFile, Return
from tests.reporting.makers import NOW, make_contract, make_field, make_framework, make_returns, spend
from tests.reporting.publication_makers import accept, file_return, hold, publish, take_back

pytestmark = pytest.mark.django_db
HOLDERS = ("releases.jsonl.gz", "records.jsonl.gz", "contracts-csv.zip", "SHA256SUMS")


@pytest.fixture(autouse=True)
def _own_storage(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    cache.delete(BEING_WRITTEN)


@pytest.fixture
def published(contract: Contract, due: list[Return], alice: User, bob: User) -> Contract:
    accept(file_return(due[0], bob), alice)
    publish(contract, alice)
    return contract


@pytest.fixture
def other(buyer: Organisation, supplier: Organisation, alice: User, bob: User) -> Contract:
    contract = make_contract(buyer, supplier, alice, number="LOT-2")
    accept(file_return(make_returns(contract)[0], bob), alice)
    publish(contract, alice)
    return contract


def taken(client: Client, name: str) -> bytes:
    response = client.get(f"/reporting/open-data/{name}")
    assert response.status_code == 200
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]


def everything(client: Client) -> str:
    words = [gzip.decompress(taken(client, name)).decode() for name in HOLDERS[:2]]
    with zipfile.ZipFile(io.BytesIO(taken(client, "contracts-csv.zip"))) as packed:
        return "".join([*words, *(packed.read(name).decode() for name in packed.namelist())])


def rows(client: Client, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(io.BytesIO(taken(client, "contracts-csv.zip"))) as packed:
        return list(csv.DictReader(io.StringIO(packed.read(name).decode("utf-8-sig"), newline="")))


# --- Taken back ----------------------------------------------------------------------------------------


def test_files_are_not_offered_once_something_is_taken_back(client: Client, published: Contract, alice: User) -> None:
    write_open_files(now=NOW)
    take_back(published, alice)
    for name in HOLDERS:
        response = client.get(f"/reporting/open-data/{name}")
        assert (response.status_code, response["Retry-After"]) == (503, "300")
    assert "being written anew" in client.get("/reporting/open-data/").content.decode()


def test_files_are_not_offered_once_more_is_held_back(client: Client, published: Contract, alice: User) -> None:
    write_open_files(now=NOW)
    publish(published, alice, hold("kpi"))
    assert client.get("/reporting/open-data/releases.jsonl.gz").status_code == 503


def test_files_stay_where_nothing_more_is_held_back(
    client: Client, published: Contract, other: Contract, alice: User
) -> None:
    publish(published, alice, hold("kpi"))
    take_back(other, alice)
    write_open_files(now=NOW)
    publish(published, alice)
    publish(other, alice)
    assert published.reference in gzip.decompress(taken(client, "releases.jsonl.gz")).decode()


def test_imported_contract_that_holds_something_back_first_withdraws_the_files(
    client: Client, contract: Contract, alice: User
) -> None:
    Contract.objects.update(is_published=True, is_imported=True)
    write_open_files(now=NOW)
    publish(contract, alice, hold("return", "current_value"), hold("change", "value_change"))
    assert client.get("/reporting/open-data/releases.jsonl.gz").status_code == 503


def test_sweep_writes_them_anew_without_what_is_hidden(
    client: Client, published: Contract, other: Contract, alice: User
) -> None:
    write_open_files(now=NOW)
    take_back(published, alice)
    assert sweep_open_files(now=NOW) is True
    assert published.reference not in everything(client)
    assert other.reference in everything(client)
    assert sweep_open_files(now=NOW) is False


def test_sweep_leaves_them_to_the_worker_that_writes(published: Contract) -> None:
    cache.add(BEING_WRITTEN, "yes", 60)
    assert sweep_open_files(now=NOW) is False
    assert OpenReportFile.objects.count() == 0


def test_run_under_way_while_it_is_decided_writes_all_once_more(
    client: Client, published: Contract, alice: User, monkeypatch: Any
) -> None:
    write, runs = open_data._write_tables, []

    def decided_meanwhile(file: Any) -> int:
        runs.append(write(file))
        if len(runs) == 1:
            take_back(published, alice)
        return runs[-1]

    monkeypatch.setattr(open_data, "_write_tables", decided_meanwhile)
    write_open_files(now=NOW)
    assert len(runs) == 2
    assert published.reference not in everything(client)


# --- One that cannot be written ------------------------------------------------------------------------


def test_contract_that_cannot_be_written_is_left_out_whole(
    client: Client, published: Contract, other: Contract, monkeypatch: Any
) -> None:
    lines = open_data.line_rows

    def broken(filed: Any, *more: Any) -> Any:
        yield from lines(filed, *more)
        if filed.contract == published:
            raise ValueError("odd")

    monkeypatch.setattr(open_data, "line_rows", broken)
    write_open_files(now=NOW)
    for name in ("contracts.csv", "returns.csv", "spends.csv"):
        assert {row["contract_reference"] for row in rows(client, name)} == {other.reference}


def test_contract_that_cannot_be_told_leaves_the_rest(
    client: Client, contract: Contract, other: Contract, monkeypatch: Any
) -> None:
    Contract.objects.filter(pk=contract.pk).update(is_published=True, is_imported=True)

    def broken(**_: Any) -> Any:
        raise ValueError("odd")

    monkeypatch.setattr(open_data, "tell_releases", broken)
    write_open_files(now=NOW)
    [record] = [json.loads(line) for line in gzip.decompress(taken(client, "records.jsonl.gz")).splitlines()]
    assert other.reference in record["ocid"]


def test_record_that_cannot_be_made_leaves_the_rest(
    client: Client, published: Contract, other: Contract, monkeypatch: Any
) -> None:
    make = open_data.record_of

    def broken(releases: Any) -> Any:
        if published.reference in releases[0]["ocid"]:
            raise ValueError("odd")
        return make(releases)

    monkeypatch.setattr(open_data, "record_of", broken)
    write_open_files(now=NOW)
    [record] = [json.loads(line) for line in gzip.decompress(taken(client, "records.jsonl.gz")).splitlines()]
    assert other.reference in record["ocid"]


# --- Flat tables ---------------------------------------------------------------------------------------


def test_credits_are_numbers(client: Client, contract: Contract, due: list[Return], alice: User, bob: User) -> None:
    credit = spend(unit_price="-100", quantity="1", amount="-100")
    accept(file_return(due[0], bob, to_date="8900", spend=[spend(), credit]), alice)
    publish(contract, alice)
    write_open_files(now=NOW)
    assert [row["amount"] for row in rows(client, "spends.csv")] == ["9000.00", "-100.00"]


def test_return_with_a_field_of_its_framework_has_the_columns_of_all(
    client: Client, contract: Contract, due: list[Return], alice: User, bob: User
) -> None:
    make_field(make_framework())
    Contract.objects.update(framework="RM9001")
    contract.refresh_from_db()
    accept(file_return(due[0], bob), alice)
    publish(contract, alice)
    write_open_files(now=NOW)
    [row] = rows(client, "returns.csv")
    assert None not in row
