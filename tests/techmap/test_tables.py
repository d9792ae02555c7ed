"""The search as a table and as files: what stands in them, in which order, and at what cost."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from portal.organisations.choices import Size, Status
from portal.organisations.models import Organisation
from techmap.actions import record_evidence
from techmap.exports import ExportThrottle
from techmap.models import Accreditation, Capability, CapabilityClaim, Contact
from techmap.queries.published import published_in_chunks
from techmap.search import index
from tests.factories import make_supplier
from tests.techmap.makers import make_claim, make_profile

pytestmark = pytest.mark.django_db
TABLE = "/techmap/?view=table"


@pytest.fixture(autouse=True)
def _fresh_limits(db: None) -> None:
    cache.clear()


def listed(name: str, *capabilities: Capability, **fields: Any) -> Organisation:
    """A supplier that claims these, as the search knows it."""
    supplier = make_supplier(name, **fields)
    make_profile(supplier)
    for capability in capabilities:
        make_claim(supplier, capability)
    index.refresh([supplier.pk])
    return supplier


def award(supplier: Organisation, capability: Capability, dated: date) -> None:
    record_evidence(
        supplier=supplier,
        kind="award",
        source=f"ocds-{supplier.pk}-{dated}",
        title="Hosting of the register",
        dated=dated,
        capabilities=[capability],
        guessed=False,
    )
    index.refresh([supplier.pk])


def names_in(client: Client, address: str) -> list[str]:
    return [supplier.name for supplier in client.get(address).context["suppliers"]]


def lines(response: Any) -> list[list[str]]:
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content, newline="")))


def test_table_shows_each_column(client: Client, hosting: Capability, backup: Capability) -> None:
    supplier = listed("Larkspur Systems Ltd", hosting, backup)
    award(supplier, hosting, date.today())
    Accreditation.objects.create(profile=supplier.supplier_profile, kind="iso-27001")
    Accreditation.objects.create(profile=supplier.supplier_profile, kind="soc-2", expires_on=date(2020, 1, 1))
    page = client.get(TABLE).content.decode()
    [row] = client.get(TABLE).context["suppliers"]
    assert (row.size_words, row.region_words) == ("Small", "North West, Yorkshire and The Humber")
    assert (len(row.claims), row.verified_claims, row.latest_evidence) == (2, 1, date.today())
    assert "ISO 27001</td>" in page
    assert "SOC 2</td>" not in page


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("name", ["Alder Ltd", "Birch Ltd", "Cedar Ltd"]),
        ("-name", ["Cedar Ltd", "Birch Ltd", "Alder Ltd"]),
        ("size", ["Birch Ltd", "Alder Ltd", "Cedar Ltd"]),
        ("-capabilities", ["Cedar Ltd", "Alder Ltd", "Birch Ltd"]),
        ("-evidence", ["Birch Ltd", "Alder Ltd", "Cedar Ltd"]),
        ("evidence", ["Alder Ltd", "Birch Ltd", "Cedar Ltd"]),
    ],
)
def test_table_sorts_by_a_column(
    client: Client, hosting: Capability, backup: Capability, sort: str, expected: list[str]
) -> None:
    listed("Cedar Ltd", hosting, backup, size=Size.LARGE)
    award(listed("Alder Ltd", hosting, size=Size.SMALL), hosting, date(2025, 1, 1))
    award(listed("Birch Ltd", size=Size.MICRO), hosting, date(2026, 1, 1))
    response = client.get(f"{TABLE}&sort={sort}")
    assert [supplier.name for supplier in response.context["suppliers"]] == expected
    assert f'aria-sort="{"descending" if sort.startswith("-") else "ascending"}"' in response.content.decode()


def test_table_counts_only_guesses_of_those_unverified(client: Client, hosting: Capability, backup: Capability) -> None:
    imported = make_supplier("Imported Ltd", status=Status.PENDING, is_imported=True)
    make_claim(imported, hosting, guessed=True)
    make_claim(imported, backup)
    award(imported, hosting, date(2026, 1, 1))
    listed("Verified Ltd", hosting, backup)
    assert names_in(client, f"{TABLE}&sort=-capabilities") == ["Verified Ltd", "Imported Ltd"]
    found = {supplier.name: supplier for supplier in client.get(TABLE).context["suppliers"]}
    assert [claim.name for claim in found["Imported Ltd"].claims] == ["Cloud hosting"]
    assert (found["Imported Ltd"].summary, found["Imported Ltd"].website) == ("", "")


def test_unknown_sort_is_the_order_of_the_search(client: Client, hosting: Capability) -> None:
    listed("Larkspur Systems Ltd", hosting)
    response = client.get(f"{TABLE}&sort=password")
    assert (response.status_code, response.context["own_order"]) == (200, True)


def test_table_costs_the_same_for_one_and_three(
    client: Client, hosting: Capability, django_assert_num_queries: Any
) -> None:
    supplier = listed("Alder Ltd", hosting)
    award(supplier, hosting, date(2026, 1, 1))
    client.get(TABLE)

    with CaptureQueriesContext(connection) as one:
        client.get(TABLE)
        cost = len(one)
    for name in ("Birch Ltd", "Cedar Ltd"):
        award(listed(name, hosting), hosting, date(2026, 1, 1))
    client.get(TABLE)
    with django_assert_num_queries(cost):
        assert len(names_in(client, TABLE)) == 3


# --- Files ------------------------------------------------------------------------------------------


def test_csv_has_all_that_match(client: Client, hosting: Capability) -> None:
    for number in range(25):
        listed(f"Supplier {number:02}", hosting)
    listed("Elsewhere Ltd")
    page = client.get(f"{TABLE}&capability=cloud-hosting").content.decode()
    assert "CSV, all 25 suppliers" in page
    table = lines(client.get("/techmap/suppliers.csv?capability=cloud-hosting"))
    assert sorted(row[1] for row in table[1:]) == [f"Supplier {number:02}" for number in range(25)]


def test_files_never_hold_a_formula_or_a_contact(client: Client, hosting: Capability) -> None:
    supplier = listed('=HYPERLINK("http://x")', hosting)
    Contact.objects.create(profile=supplier.supplier_profile, role="sales", name="Secret Person", email="s@x.example")
    table = lines(client.get("/techmap/suppliers.csv"))
    assert table[1][1] == '\'=HYPERLINK("http://x")'
    workbook = load_workbook(io.BytesIO(b"".join(client.get("/techmap/suppliers.xlsx").streaming_content)))
    cell = workbook.active["B2"]
    assert (cell.value, cell.data_type) == ('=HYPERLINK("http://x")', "s")
    everything = str(table) + str([[cell.value for cell in row] for row in workbook.active.rows])
    assert "Secret Person" not in everything
    assert "s@x.example" not in everything


def test_csv_is_read_in_chunks(
    client: Client, hosting: Capability, monkeypatch: Any, django_assert_num_queries: Any
) -> None:
    for number in range(6):
        listed(f"Supplier {number}", hosting)
    pks = list(Organisation.objects.values_list("pk", flat=True))
    with django_assert_num_queries(6):
        assert len(list(published_in_chunks(pks, date.today()))) == 6
    with django_assert_num_queries(12):
        assert len(list(published_in_chunks(pks, date.today(), size=3))) == 6


def test_too_many_files_are_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ExportThrottle, "THROTTLE_RATES", {"exports": "2/min"})
    codes = [client.get("/techmap/suppliers.csv").status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    refused = client.get("/techmap/landscape.svg")
    assert (refused.status_code, refused.has_header("Retry-After")) == (429, True)


def test_claims_in_a_file_are_told_apart(client: Client, hosting: Capability, backup: Capability) -> None:
    supplier = listed("Larkspur Systems Ltd", hosting)
    make_claim(supplier, backup, guessed=True)
    award(supplier, hosting, date.today())
    heading, row = lines(client.get("/techmap/suppliers.csv"))
    told = dict(zip(heading, row, strict=True))
    assert told["Capabilities claimed"] == "Cloud hosting"
    assert told["Of these verified"] == "Cloud hosting"
    assert told["Guessed from notices"] == "Backup and recovery"
    assert CapabilityClaim.objects.count() == 2


@pytest.mark.parametrize("path", ["/techmap/market/download/xlsx/", "/techmap/compare/?supplier={}&download=xlsx"])
def test_too_many_workbooks_are_refused(client: Client, hosting: Capability, monkeypatch: Any, path: str) -> None:
    path = path.format(listed("Larkspur Systems Ltd", hosting).pk)
    monkeypatch.setattr(ExportThrottle, "THROTTLE_RATES", {"exports": "2/min"})
    answers = [client.get(path) for _ in range(3)]
    for answer in answers:
        answer.getvalue()
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert client.get(path.partition("?")[0].replace("download/xlsx/", "")).status_code == 200
