"""Contracts, milestones and indicators by CSV: every fault at its row and column, and nothing made twice."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from time import perf_counter
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.audit.models import Event
from portal.organisations.choices import Role, Status
from portal.refusals import Refused
from reporting.actions.contract_files import Taken, take_contract_file
from reporting.contract_files.columns import CONTRACTS, KINDS, MOST_ROWS
from reporting.models import BaselineKpi, Contract, Scheme
from tests.factories import make_member, make_supplier
from tests.reporting.makers import NOW, make_contract
from tests.techmap.makers import make_capability

pytestmark = pytest.mark.django_db


@pytest.fixture
def hosting() -> Any:
    return make_capability()


GOOD = {
    "contract_number": "AVC-2026-020", "title": "Maps for planning", "supplier": "Larkspur Systems Ltd",
    "value": "£120,000.00", "start": "01/01/2027", "end": "2027-12-31",
}  # fmt: skip


def content(*rows: dict[str, str], columns: list[str] | None = None) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns or list(dict.fromkeys(key for row in rows for key in row)))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def take(buyer: Any, by: Any, *rows: dict[str, str], kind: str = "contracts", keep_good: bool = False) -> Taken:
    return take_raw(buyer, by, content(*rows), kind=kind, keep_good=keep_good)


def take_raw(buyer: Any, by: Any, raw: bytes, *, kind: str = "contracts", keep_good: bool = True) -> Taken:
    file = io.BytesIO(raw)
    return take_contract_file(
        buyer=buyer, kind=KINDS[kind], file=file, name="c.csv", keep_good=keep_good, by=by, now=NOW
    )


def said(taken: Taken) -> list[tuple[int, str, str, str]]:
    return [(fault.row, fault.column, fault.value, fault.says) for fault in taken.faults]


def test_rows_become_drafts_with_all_that_they_say(buyer, supplier, alice, hosting) -> None:
    scheme = Scheme.objects.create(code="homes", name="Homes for All", organisation=buyer)
    row = GOOD | {
        "Reporting period": "Quarterly", "scheme": "homes for all", "framework": "DS9", "lot": "2", "ocid": "ocds-x-1",
        "cpv_codes": "72212000, 72500000", "capabilities": hosting.name, "description": "Maps.",
    }  # fmt: skip
    assert (take(buyer, alice, row).made, Contract.objects.count()) == (1, 1)
    made = Contract.objects.get()
    assert (made.state, made.buyer, made.supplier, made.scheme, made.created_by) == (
        "draft", buyer, supplier, scheme, alice,
    )  # fmt: skip
    assert (made.baseline_value, made.current_value, made.baseline_start, made.current_end) == (
        Decimal("120000"), Decimal("120000"), date(2027, 1, 1), date(2027, 12, 31),
    )  # fmt: skip
    assert (made.rhythm, made.framework, made.lot, made.ocid) == ("quarterly", "DS9", "2", "ocds-x-1")
    assert (made.cpv_codes, list(made.capabilities.all())) == (["72212000", "72500000"], [hosting])
    assert Event.objects.get(name="reporting.contract.registered").actor == alice


def test_same_file_twice_makes_nothing_twice(buyer, supplier, alice) -> None:
    assert take(buyer, alice, GOOD).made == 1
    again = take(buyer, alice, GOOD | {"title": "Another title"})
    assert (again.made, again.held, again.faults) == (0, 1, [])
    assert Contract.objects.get().title == "Maps for planning"


@pytest.mark.parametrize(
    ("cells", "column", "says"),
    [
        ({"contract_number": ""}, "contract_number", "Contract number is missing. As you and the supplier call it."),
        ({"title": "x" * 201}, "title", "Use 200 characters or fewer; it has 201"),
        (
            {"supplier": "Nobody Ltd"},
            "supplier",
            "No supplier is called so. Enter its whole name, or its company number",
        ),
        ({"value": "much"}, "value", "Enter an amount in pounds, for example 1234.50"),
        ({"value": "-1"}, "value", "Enter 0 or more"),
        ({"start": "31/02/2027"}, "start", "Enter a date as day, month and year, for example 31/03/2027"),
        ({"end": "31/12/2026"}, "end", "The contract must end after it starts"),
        ({"end": "31/12/2058"}, "end", "The contract must last 30 years or less. Check the dates"),
        ({"reporting_period": "weekly"}, "reporting_period", "Choose one of: Monthly, Quarterly"),
        (
            {"scheme": "None such"},
            "scheme",
            "You have no scheme of this name. Make the scheme first, or leave it empty",
        ),
        ({"cpv_codes": "722"}, "cpv_codes", "This is not a CPV code. Enter 8 figures, for example 72212000"),
        ({"capabilities": "Magic"}, "capabilities", "The techmap has no such capability. Copy the name from there"),
    ],
)
def test_each_wrong_cell_is_told_at_its_row_and_column(buyer, supplier, alice, cells, column, says) -> None:
    taken = take(buyer, alice, GOOD, GOOD | {"contract_number": "2"} | cells)
    assert [(row, where) for row, where, _, _ in said(taken)] == [(3, column)]
    assert said(taken)[0][3].startswith(says)
    assert (taken.made, Contract.objects.count()) == (0, 0)


def test_all_faults_of_a_row_and_of_all_rows_are_told(buyer, supplier, alice) -> None:
    bad = GOOD | {"value": "x", "start": "y"}
    taken = take(buyer, alice, bad, bad, GOOD)
    assert [(row, column, value) for row, column, value, _ in said(taken)] == [
        (2, "value", "x"), (2, "start", "y"), (3, "value", "x"), (3, "start", "y"),
    ]  # fmt: skip
    assert taken.bad_rows == 2


def test_good_rows_are_kept_by_choice(buyer, supplier, alice) -> None:
    rows = [GOOD, GOOD | {"contract_number": "2", "value": "x"}]
    assert take(buyer, alice, *rows).made == 0
    assert take(buyer, alice, *rows, keep_good=True).made == 1
    assert Contract.objects.get().number == "AVC-2026-020"


def test_contract_that_stands_twice_in_the_file(buyer, supplier, alice) -> None:
    taken = take(buyer, alice, GOOD, GOOD)
    assert said(taken) == [(3, "contract_number", "AVC-2026-020", "Row 2 has this contract already. Take one out")]


def test_suppliers_of_one_name_are_told_apart_by_number(buyer, supplier, alice) -> None:
    make_supplier("LARKSPUR SYSTEMS LTD")
    taken = take(buyer, alice, GOOD)
    assert said(taken)[0][3] == "Several suppliers are called Larkspur Systems Ltd. Enter the company number instead"
    supplier.identifiers.create(scheme="GB-COH", value="01234567")
    assert take(buyer, alice, GOOD | {"supplier": "01234567"}).made == 1


def test_scheme_of_another_body_is_not_ours(buyer, supplier, alice) -> None:
    Scheme.objects.create(code="homes", name="Homes", organisation=supplier)
    assert said(take(buyer, alice, GOOD | {"scheme": "Homes"}))[0][1] == "scheme"


@pytest.mark.parametrize(
    ("raw", "row", "column", "says"),
    [
        (b"", 1, "contract_number", "The column contract_number is missing. Begin with the template"),
        (b"contract_number,title,supplier,start,end,end\n", 1, "end", "This column stands twice. Take one of them out"),
        (b"contract_number,title,supplier,start,end,colour\n", 1, "colour",
         "There is no such column. Take it out, or use a name of the template"),
    ],
)  # fmt: skip
def test_wrong_heading_is_told(buyer, alice, raw, row, column, says) -> None:
    taken = take_raw(buyer, alice, raw)
    assert (row, column, says) in [(row, column, words) for row, column, _, words in said(taken)]


def test_file_with_too_many_rows_is_refused_whole(buyer, supplier, alice) -> None:
    line = b"n,t,s,01/01/2027,02/01/2027\n"
    raw = b"contract_number,title,supplier,start,end\n" + line * (MOST_ROWS + 1)
    taken = take_raw(buyer, alice, raw)
    assert said(taken) == [(MOST_ROWS + 2, "", "", "A file may have 5,000 rows. Split it into several files")]


def test_only_writers_of_a_body_that_may_write(buyer, supplier, alice, bob) -> None:
    for person in (bob, make_member(buyer, role=Role.VIEWER)):
        with pytest.raises(PermissionDenied):
            take(buyer, person, GOOD)
    buyer.status, buyer.status_reason = Status.SUSPENDED, "It is not what it said"
    buyer.save()
    with pytest.raises(Refused, match="is suspended"):
        take(buyer, alice, GOOD)


def test_template_is_read_and_holds_every_column(client, buyer, supplier, alice) -> None:
    for kind in KINDS.values():
        raw = client.get(reverse("reporting:contract-file-template", args=[kind.name])).content
        assert next(csv.reader([raw.decode("utf-8-sig")])) == [item.name for item in kind.columns]
        taken = take_raw(buyer, alice, raw, kind=kind.name)
        assert (taken.rows, taken.faults) == (0, [])


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow_but_for_the_record(buyer, supplier, alice, count) -> None:
    rows = [GOOD | {"contract_number": str(number)} for number in range(count)]
    with CaptureQueriesContext(connection) as queries:
        assert take(buyer, alice, *rows).made == count
    assert len([one for one in queries if 'INSERT INTO "audit_event"' not in one["sql"]]) <= 14


def test_largest_file_is_taken_while_the_person_waits(buyer, supplier, alice) -> None:
    rows = [GOOD | {"contract_number": str(number)} for number in range(MOST_ROWS)]
    began = perf_counter()
    assert take(buyer, alice, *rows).made == MOST_ROWS
    assert perf_counter() - began < 60


# --- Milestones and indicators -------------------------------------------------------------------------

MILESTONE = {
    "contract_number": "AVC-2026-017", "supplier": "Larkspur Systems Ltd", "milestone_number": "M2",
    "title": "Beta", "type": "Delivery", "due": "30/11/2026",
}  # fmt: skip
INDICATOR = {
    "contract_number": "AVC-2026-017", "supplier": "Larkspur Systems Ltd", "indicator_number": "K1",
    "title": "Calls", "measured_in": "%", "target": "95", "direction": "Higher is better",
}  # fmt: skip


def test_milestones_and_indicators_join_the_draft_once(buyer, supplier, alice) -> None:
    draft = make_contract(buyer, supplier, alice, is_active=False)
    assert take(buyer, alice, MILESTONE, kind="milestones").made == 1
    assert take(buyer, alice, INDICATOR, kind="indicators").made == 1
    again = take(buyer, alice, MILESTONE, kind="milestones")
    assert (again.made, again.held) == (0, 1)
    changed = take(buyer, alice, INDICATOR | {"target": "96.5"}, kind="indicators")
    assert (changed.made, BaselineKpi.objects.get().target) == (1, Decimal("96.5"))
    assert list(draft.baseline_milestones.values_list("number", "type", "due")) == [
        ("M1", "delivery", date(2026, 9, 30)), ("M2", "delivery", date(2026, 11, 30)),
    ]  # fmt: skip
    assert Event.objects.filter(name="reporting.contract.baseline_added").count() == 3


def test_milestones_of_no_draft_are_told(buyer, supplier, alice) -> None:
    make_contract(buyer, supplier, alice)
    none = MILESTONE | {"contract_number": "X"}
    taken = take(buyer, alice, MILESTONE, none, MILESTONE, kind="milestones")
    assert [(row, column, words) for row, column, _, words in said(taken)] == [
        (2, "contract_number", "The baseline is frozen because the contract is active. Record an amendment instead"),
        (3, "contract_number",
         "You have no contract of this number with Larkspur Systems Ltd. Register the contract first"),
        (4, "contract_number", "The baseline is frozen because the contract is active. Record an amendment instead"),
    ]  # fmt: skip


# --- In the browser ----------------------------------------------------------------------------------


def post(client: Any, raw: bytes, keep: str = "nothing", name: str = "c.csv") -> str:
    sent = {"file": SimpleUploadedFile(name, raw, "text/csv"), "keep": keep}
    return client.post(reverse("reporting:contract-file"), sent).content.decode()


def test_page_says_what_came_of_the_file(client, buyer, supplier, alice) -> None:
    client.force_login(alice)
    page = client.get(reverse("reporting:contract-file")).content.decode()
    for item in CONTRACTS.columns:
        assert f"<code>{item.name}</code>" in page
    shown = post(client, content(GOOD, GOOD | {"contract_number": "2", "value": "<b>x"}))
    assert "Nothing was taken in. Mend the file and read it again." in shown
    assert "&lt;b&gt;x" in shown
    assert "<strong>1</strong> contracts taken in" in post(
        client, content(GOOD, GOOD | {"contract_number": "2", "value": "x"}), keep="good"
    )
    assert "<strong>0</strong> contracts taken in, 1 there already" in post(client, content(GOOD))
    assert "Choose a file" in client.post(reverse("reporting:contract-file"), {"keep": "good"}).content.decode()


def test_file_in_windows_1252_and_one_that_is_no_csv(client, buyer, supplier, alice) -> None:
    client.force_login(alice)
    row = GOOD | {"title": "Café menus", "contract_number": str(uuid4())[:8]}
    assert "<strong>1</strong>" in post(client, content(row).decode().encode("cp1252"))
    assert Contract.objects.get().title == "Café menus"
    assert "The file is damaged, or is no CSV file" in post(client, b"PK\x03\x04" + bytes(range(256)))


def test_unknown_kind_is_not_there(client, buyer, alice) -> None:
    client.force_login(alice)
    assert client.get(reverse("reporting:baseline-file", args=["prices"])).status_code == 404
