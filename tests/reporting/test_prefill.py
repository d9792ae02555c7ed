"""A return begins with what the last one, or else the contract's baseline, says; a nil one begins with nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from reporting.actions import add_kpi, save_return, submit_return
from reporting.actions.prefill import begin_return
from reporting.choices import ReturnState
from reporting.models import Contract, Return
from reporting.queries.returns import filing_of
from tests.reporting.makers import NOW, head, make_contract, make_returns
from tests.reporting.test_returns import file

pytestmark = pytest.mark.django_db

MILESTONE = {
    "milestone_id": "M1", "type": "delivery", "title": "Live", "baseline_due": "2026-09-30",
    "forecast_due": "2026-11-30", "status": "scheduled",
}  # fmt: skip
KPI = {
    "kpi_id": "K1", "title": "Calls answered", "measured_in": "%", "target": "95", "direction": "higher",
    "actual": "93.5", "rating_supplier": "slightlyBelow",
}  # fmt: skip
CHANGES = [
    {"change_id": "C1", "dated": "2026-07-09", "reason": "Maps", "value_change": "900", "days_change": "0",
     "status": "proposed"},
    {"change_id": "C2", "dated": "2026-07-10", "reason": "Forms", "value_change": "100", "days_change": "0",
     "status": "agreed"},
]  # fmt: skip


@pytest.fixture
def due(buyer, supplier, alice) -> list[Return]:
    draft = make_contract(buyer, supplier, alice, is_active=False)
    add_kpi(contract=draft, number="K1", title="Calls answered", measured_in="%", target=Decimal("95"),
            direction="higher", by=alice)  # fmt: skip
    Contract.objects.update(state="active", reports_from=draft.baseline_start)
    return make_returns(draft)


def file_first(filed: Return, by: Any) -> None:
    given = {
        "return": [head(filed, phase="beta")],
        "milestone": [MILESTONE],
        "kpi": [KPI],
        "change": CHANGES,
    }
    save_return(filed=filed, version=filed.version, given=given, by=by, now=NOW)
    filed.refresh_from_db()
    submit_return(filed=filed, version=filed.version, by=by, now=NOW)


def begin(filed: Return, by: Any) -> dict[str, Any]:
    begin_return(filed=filed, version=filed.version, by=by, now=NOW)
    filed.refresh_from_db()
    return {
        name: [{key: str(value) for key, value in row.items() if value is not None} for row in rows]
        for name, rows in filing_of(filed).rows.items()
        if rows
    }


def test_first_return_begins_with_the_baseline(due, bob) -> None:
    rows = begin(due[0], bob)
    assert rows["return"][0] | {} == {
        "contract_id": "AVC-2026-017", "period_start": "2026-07-01", "period_end": "2026-07-31",
        "nil_return": "False", "current_value": "120000.00",
    }  # fmt: skip
    assert rows["milestone"] == [
        {"milestone_id": "M1", "type": "delivery", "title": "Live", "baseline_due": "2026-09-30", "status": "scheduled"}
    ]
    assert rows["kpi"] == [
        {"kpi_id": "K1", "title": "Calls answered", "measured_in": "%", "target": "95.0000", "direction": "higher"}
    ]
    assert "change" not in rows


def test_next_return_begins_with_how_the_last_one_left_things(due, bob) -> None:
    file_first(due[0], bob)
    rows = begin(due[1], bob)
    assert rows["milestone"] == [MILESTONE]
    assert rows["kpi"] == [
        {"kpi_id": "K1", "title": "Calls answered", "measured_in": "%", "target": "95.0000", "direction": "higher"}
    ]
    assert [row["change_id"] for row in rows["change"]] == ["C1"]
    told = rows["return"][0]
    assert (told["phase"], told["forecast_at_completion"], told["current_value"]) == ("beta", "118000.00", "120000.00")
    assert "actual_spend" not in told
    assert "spend_to_date" not in told


def test_spend_to_date_of_the_last_return_stands_as_a_hint(client, due, bob) -> None:
    file_first(due[0], bob)
    client.force_login(bob)
    page = client.get(reverse("reporting:return-edit", args=[due[1].public_id])).content.decode()
    assert "It was £9,000.00 to 31 July 2026, as you last reported." in page
    assert 'value="118000.00"' in page
    assert due[1].lines.count() == 0  # looking writes nothing


def test_return_before_a_nil_one_counts(due, bob) -> None:
    from reporting.actions import file_nil_returns

    file_first(due[0], bob)
    file_nil_returns(returns=[due[1]], by=bob, now=NOW)
    assert begin(due[2], bob)["milestone"] == [MILESTONE]


def test_nil_return_begins_with_nothing(client, due, bob) -> None:
    file_first(due[0], bob)
    client.force_login(bob)
    client.post(reverse("reporting:return-nil"), {"return": str(due[1].public_id)})
    assert due[1].lines.count() == 0
    path = reverse("reporting:return-edit", args=[due[2].public_id])
    assert client.post(path, {"version": "1", "nil_return": "yes"}).status_code == 302
    assert due[2].lines.count() == 0


def test_begun_return_that_is_nil_after_all_loses_what_nobody_touched(client, due, bob) -> None:
    file_first(due[0], bob)
    begin(due[1], bob)
    client.force_login(bob)
    path = reverse("reporting:return-edit", args=[due[1].public_id])
    assert client.post(path, {"version": due[1].version, "nil_return": "yes"}).status_code == 302
    due[1].refresh_from_db()
    assert (due[1].lines.count(), due[1].state) == (0, ReturnState.READY)


def test_begun_return_that_is_nil_keeps_what_somebody_wrote(client, due, bob) -> None:
    begin(due[0], bob)
    given = {"milestone": [MILESTONE | {"title": "Live for all"}]}
    save_return(filed=due[0], version=due[0].version, given=given, by=bob, now=NOW)
    due[0].refresh_from_db()
    client.force_login(bob)
    path = reverse("reporting:return-edit", args=[due[0].public_id])
    client.post(path, {"version": due[0].version, "nil_return": "yes"})
    assert list(due[0].lines.values_list("table", flat=True)) == ["milestone"]


def test_first_save_in_the_browser_brings_the_tables(client, due, bob) -> None:
    client.force_login(bob)
    path = reverse("reporting:return-edit", args=[due[0].public_id])
    sent = {"version": "1", "nil_return": "no", "actual_spend": "1", "spend_to_date": "1"}
    assert client.post(path, sent).status_code == 302
    assert sorted(due[0].lines.values_list("table", flat=True)) == ["kpi", "milestone"]
    due[0].refresh_from_db()
    client.post(path, sent | {"version": due[0].version})
    assert due[0].lines.count() == 2


def test_button_begins_it_once(client, due, bob) -> None:
    client.force_login(bob)
    assert "Begin the return" in client.get(due[0].get_absolute_url()).content.decode()
    path = reverse("reporting:return-begin", args=[due[0].public_id])
    for _ in range(2):
        assert client.post(path)["Location"] == reverse("reporting:return-edit", args=[due[0].public_id])
    assert due[0].lines.count() == 2
    due[0].refresh_from_db()
    assert due[0].started_at is not None
    assert "Begin the return" not in client.get(due[0].get_absolute_url()).content.decode()


def test_submitted_return_is_not_begun_again(client, due, bob) -> None:
    file(due[0], bob)
    client.force_login(bob)
    client.post(reverse("reporting:return-begin", args=[due[0].public_id]))
    assert due[0].lines.count() == 0


def test_milestone_that_the_last_return_left_out_comes_from_the_baseline(due, bob) -> None:
    file(due[0], bob)
    assert [row["milestone_id"] for row in begin(due[1], bob)["milestone"]] == ["M1"]
