"""Pages of returns that people live in: tabs, long tables, errors that lead to their form, corrections, downloads."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import timedelta
from decimal import Decimal

import openpyxl
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reporting.actions import save_return, start_correction, submit_return
from reporting.choices import ReturnState
from reporting.models import Return, ReturnLine
from reporting.queries.changes import changes_of
from reporting.queries.returns import filing_of
from reporting.queries.standards import standard_of
from tests.reporting.makers import NOW, head, make_contract, make_returns, spend
from tests.reporting.test_returns import file, save


def url(name, *args) -> str:
    return reverse(f"reporting:{name}", args=args)


def read(answer) -> bytes:
    return b"".join(answer.streaming_content)


def queries(client, path) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def lines_of(filed, number, **cells):
    data = {"description": "Senior developer", "cost_stage": "build", "unit": "day", "unit_price": "600.00",
            "quantity": "1.000", "amount": "600.00"}  # fmt: skip
    ReturnLine.objects.bulk_create(
        ReturnLine(supplier_id=filed.supplier_id, filed=filed, table="spend", number=one, data=data | cells)
        for one in range(1, number + 1)
    )


# --- The list ----------------------------------------------------------------------------------------


def test_tabs_part_what_is_to_do_from_what_is_filed(client, due, bob) -> None:
    file(due[0], bob)
    client.force_login(bob)
    to_do = client.get(url("return-list")).context["page"].object_list
    filed = client.get(url("return-list"), {"show": "filed"}).context["page"].object_list
    assert [one.pk for one in to_do] == [one.pk for one in due[1:]]
    assert [one.pk for one in filed] == [due[0].pk]


def test_buyer_begins_with_what_was_filed(client, due, alice, bob) -> None:
    file(due[0], bob)
    client.force_login(alice)
    assert client.get(url("return-list")).context["shows_filed"] is True


def test_late_returns_are_marked_counted_and_filtered(client, due, bob) -> None:
    client.force_login(bob)
    with time_machine.travel(due[1].due_at + timedelta(hours=1)):
        page = client.get(url("return-list"), {"late": "on"})
    assert [one.pk for one in page.context["page"]] == [due[0].pk, due[1].pk]
    assert page.context["counts"]["late"] == 2
    assert page.content.decode().count(">Late</strong>") == 2


def test_filter_of_one_tab_keeps_the_tab(client, due, bob) -> None:
    file(due[0], bob)
    client.force_login(bob)
    page = client.get(url("return-list"), {"show": "filed", "state": "accepted"})
    assert list(page.context["page"]) == []
    assert '<input type="hidden" name="show" value="filed"' in page.content.decode()


@pytest.mark.parametrize("show", ["todo", "filed"])
def test_list_asks_as_often_for_three_as_for_one(client, buyer, supplier, alice, bob, show) -> None:
    contract = make_contract(buyer, supplier, alice)
    first, *others = make_returns(contract)
    if show == "filed":
        file(first, bob)
    else:
        Return.objects.filter(pk__in=[one.pk for one in others]).delete()
    client.force_login(bob)
    path = f"{url('return-list')}?show={show}"
    client.get(path)
    one = queries(client, path)
    if show == "filed":
        for number, other in enumerate(others[:2], start=2):
            file(other, bob, spend_to_date=str(9000 * number))
    else:
        make_returns(contract)
    assert queries(client, path) == one


# --- Nil ---------------------------------------------------------------------------------------------


def test_all_that_nobody_has_begun_are_offered_as_nil(client, due, bob) -> None:
    save(due[0], bob)
    client.force_login(bob)
    offered = client.get(url("return-nil"), {"all": "on"}).context["returns"]
    assert [one.pk for one in offered] == [one.pk for one in due[1:]]
    answer = client.post(url("return-nil"), {"return": [one.public_id for one in offered[:2]]}, follow=True)
    assert "2 nil returns are submitted" in answer.content.decode()
    assert Return.objects.filter(state=ReturnState.SUBMITTED, is_nil=True).count() == 2


def test_nil_page_asks_as_often_for_three_as_for_one(client, due, bob) -> None:
    client.force_login(bob)
    path = url("return-nil")
    client.get(path, {"return": due[0].public_id})
    one = queries(client, f"{path}?return={due[0].public_id}")
    assert queries(client, path + "?" + "&".join(f"return={each.public_id}" for each in due[:3])) == one


def test_nil_of_anothers_return_is_not_found(client, due, charlie) -> None:
    client.force_login(charlie)
    assert client.get(url("return-nil"), {"return": due[0].public_id}).status_code == 404
    assert client.get(url("return-nil"), {"all": "on"}).status_code == 422


# --- One return --------------------------------------------------------------------------------------


def test_long_table_is_shown_in_part_and_page_by_page(client, due, bob) -> None:
    lines_of(due[0], 1234)
    client.force_login(bob)
    page = client.get(due[0].get_absolute_url()).content.decode()
    assert page.count("Senior developer") == 10
    assert "All 1,234 rows" in page
    table = client.get(url("return-table", due[0].public_id, "spend"), {"page": 13})
    assert [line.number for line in table.context["shown"].lines] == list(range(1201, 1235))


def test_return_asks_as_often_for_long_tables_as_for_short_ones(client, due, bob) -> None:
    lines_of(due[0], 1)
    lines_of(due[1], 3000)
    client.force_login(bob)
    client.get(due[0].get_absolute_url())
    assert queries(client, due[0].get_absolute_url()) == queries(client, due[1].get_absolute_url())
    paths = [url("return-table", one.public_id, "spend") for one in due[:2]]
    assert queries(client, paths[0]) == queries(client, paths[1])


def test_error_leads_to_its_box(client, due, bob) -> None:
    save(due[0], bob, lines=[spend(), spend(amount="9,100")], actual_spend="18100", spend_to_date="18100")
    client.force_login(bob)
    page = client.get(due[0].get_absolute_url()).content.decode()
    target = url("line-edit", due[0].public_id, "spend", 2)
    assert f'href="{target}#id_amount"' in page
    assert 'id="id_amount"' in client.get(target).content.decode()


def test_table_that_the_standard_has_not_is_not_found(client, due, bob) -> None:
    client.force_login(bob)
    assert client.get(url("return-table", due[0].public_id, "return")).status_code == 404
    assert client.get(url("return-table", due[0].public_id, "nothing")).status_code == 404
    assert client.get(url("return-export", due[0].public_id, "pdf")).status_code == 404


# --- Corrections -------------------------------------------------------------------------------------


def milestone(number, **cells):
    given = {"milestone_id": number, "type": "delivery", "title": f"Step {number}", "status": "scheduled",
             "baseline_due": "2026-09-30", "forecast_due": "2026-09-30"}  # fmt: skip
    return given | cells


def corrected(filed, bob, before, after):
    """A submitted return with the tables `before`, and the draft of its correction with `after`."""
    save_return(filed=filed, version=filed.version, given={"return": [head(filed)]} | before, by=bob, now=NOW)
    filed.refresh_from_db()
    submit_return(filed=filed, version=filed.version, by=bob, now=NOW)
    filed.refresh_from_db()
    correction = start_correction(filed=filed, reason="A step was left out", by=bob, now=NOW)
    save_return(filed=correction, version=correction.version, given=after, by=bob, now=NOW)
    return Return.objects.select_related("replaces", "contract").get(pk=correction.pk)


def said(correction):
    changes = changes_of(correction, standard_of(correction)).shown
    return [(change.place, change.was, change.now) for change in changes]


def test_milestones_are_compared_by_their_number(due, bob) -> None:
    before = {"milestone": [milestone("M1"), milestone("M2"), milestone("M3")]}
    after = {"milestone": [milestone("M1"), milestone("M3", forecast_due="2026-10-31")]}
    correction = corrected(due[0], bob, before, after)
    assert said(correction) == [
        ("Milestones, M2: Milestone number", "M2", ""),
        ("Milestones, M2: Type", "Delivery", ""),
        ("Milestones, M2: Title", "Step M2", ""),
        ("Milestones, M2: Due by the baseline", "30 September 2026", ""),
        ("Milestones, M2: Due by your forecast", "30 September 2026", ""),
        ("Milestones, M2: Status", "Scheduled", ""),
        ("Milestones, M3: Due by your forecast", "30 September 2026", "31 October 2026"),
    ]


def test_line_that_only_moved_has_not_changed(due, bob) -> None:
    a, b, c = (spend(description=name, quantity="5", amount="3000") for name in "ABC")
    correction = corrected(due[0], bob, {"spend": [a, b, c]}, {"spend": [c, a, b | {"unit": "each"}]})
    assert said(correction) == [("Spend lines, row 3: Unit", "Day", "Each")]


def test_line_that_stands_twice_now_is_a_change(due, bob) -> None:
    a = spend(description="A", quantity="5", amount="3000")
    correction = corrected(due[0], bob, {"spend": [a, a, a]}, {"spend": [a, a]})
    assert [place for place, _, now in said(correction) if not now][:1] == ["Spend lines, row 3: Role or product"]


def test_long_correction_asks_as_often_and_says_that_there_is_more(due, bob, client) -> None:
    correction = corrected(due[0], bob, {}, {})
    lines_of(correction, 2000)
    assert changes_of(correction, standard_of(correction)).has_more is True
    client.force_login(bob)
    assert "more than can be shown" in client.get(correction.get_absolute_url()).content.decode()


# --- Downloads ---------------------------------------------------------------------------------------


@pytest.fixture
def filled(due, bob) -> Return:
    hostile = spend(description="=HYPERLINK(1)", quantity="5", amount="3000")
    save_return(
        filed=due[0],
        version=due[0].version,
        given={
            "return": [head(due[0], delivery_confidence="green")],
            "spend": [hostile, spend(description="Two\nlines", quantity="10", amount="6000")],
            "milestone": [milestone("M1")],
        },
        by=bob,
        now=NOW,
    )
    return Return.objects.select_related("contract").get(pk=due[0].pk)


def test_workbook_holds_the_return_in_the_templates_shape(client, filled, bob) -> None:
    client.force_login(bob)
    book = openpyxl.load_workbook(io.BytesIO(read(client.get(url("return-export", filled.public_id, "xlsx")))))
    sheet = book["Spend lines"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][:5] == ["Contract number", "Period from", "Role or product", "Cost stage", "Unit"]
    assert rows[1][2:] == ["=HYPERLINK(1)", "Build: developing or changing the service", "Day", 600, 5, 3000]
    assert sheet["C2"].data_type == "s"
    assert [cell.value for cell in book["Standard"]["A"]][:1] == ["standard"]
    assert book["Standard"].sheet_state == "hidden"


def test_csv_files_say_the_same_as_the_return(client, filled, bob) -> None:
    client.force_login(bob)
    archive = zipfile.ZipFile(io.BytesIO(read(client.get(url("return-export", filled.public_id, "csv")))))
    rows = list(csv.DictReader(io.StringIO(archive.read("spend.csv").decode("utf-8-sig"))))
    assert [row["description"] for row in rows] == ["'=HYPERLINK(1)", "Two lines"]
    head_row = next(csv.DictReader(io.StringIO(archive.read("return.csv").decode("utf-8-sig"))))
    assert (head_row["nil_return"], head_row["actual_spend"]) == ("no", "9000.00")


def test_json_is_the_return_as_the_schema_has_it(client, filled, bob) -> None:
    client.force_login(bob)
    data = json.loads(read(client.get(url("return-export", filled.public_id, "json"))))
    assert data["return"]["contract_id"] == filled.contract.number
    assert data["spend"][0]["amount"] == "3000.00"
    filing = filing_of(filled)
    assert Decimal(data["spend"][1]["amount"]) == filing.rows["spend"][1]["amount"]
    assert data["kpi"] == []


def test_downloads_are_for_those_who_see_the_return(client, filled, alice, charlie) -> None:
    for person in (alice, charlie):
        client.force_login(person)
        assert client.get(url("return-export", filled.public_id, "json")).status_code == 404
