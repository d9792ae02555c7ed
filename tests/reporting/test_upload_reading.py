"""Files of every format are read to the same returns, and each thing that is wrong is said at its cell."""

from __future__ import annotations

import pytest

from reporting.choices import FoundState, UploadState
from reporting.models import FoundRow
from tests.reporting.files import NAMES, begin, found, joined, made_as, read, rows_of
from tests.reporting.makers import spend


@pytest.fixture(autouse=True)
def _quiet_pulse(monkeypatch) -> None:
    """Its own connection does not see what a test has not committed."""
    monkeypatch.setattr("reporting.uploads.pulse.EVERY", float("inf"))


@pytest.mark.parametrize("format_", ["xlsx", "ods", "zip", "json", "jsonl"])
def test_every_format_gives_the_same_returns(format_, due, supplier, bob) -> None:
    tables = joined(*(rows_of(one) for one in due[:2]))
    upload = read(begin(supplier, bob, made_as(format_, tables), NAMES[format_]))

    assert (upload.state, upload.failure, found(upload)) == (UploadState.CHECKED, "", [])
    assert (upload.rows_read, upload.format) == (4, format_)
    assert [(one.filed, one.state, one.rows) for one in upload.found.all()] == [
        (due[0], FoundState.GOOD, 2), (due[1], FoundState.GOOD, 2),
    ]  # fmt: skip
    first = upload.found.first()
    assert first.head == {
        "period_end": "2026-07-31", "nil_return": False, "actual_spend": "9000.00", "spend_to_date": "9000.00",
        "forecast_at_completion": "118000.00",
    }  # fmt: skip
    rows = FoundRow.objects.filter(found=first).values_list("table", "number", "sheet_row", "data")
    assert list(rows) == [
        ("spend", 1, 2, {
            "description": "Senior developer", "cost_stage": "build", "unit": "day", "unit_price": "600.00",
            "quantity": "15.0000", "amount": "9000.00",
        }),
    ]  # fmt: skip


@pytest.mark.parametrize("format_", ["xlsx", "ods", "zip", "json", "jsonl"])
def test_every_format_says_each_error_at_its_cell(format_, due, supplier, bob) -> None:
    lines = [spend(), spend(unit="pound", amount="9000"), spend(amount="9,100"), spend(quantity="", amount="x")]
    tables = rows_of(due[0], lines=lines, actual_spend="36000", spend_to_date="36000")
    upload = read(begin(supplier, bob, made_as(format_, tables), NAMES[format_]))

    sheet = "spend.csv" if format_ == "zip" else "Spend lines"
    labelled = format_ in ("xlsx", "ods")
    unit, amount, quantity = ("Unit", "Amount", "Quantity") if labelled else ("unit", "amount", "quantity")
    assert found(upload) == [
        ("unreadable", sheet, 3, unit, "pound"),
        ("line-adds-up", sheet, 4, amount, "£9,100.00"),
        ("unreadable", sheet, 5, amount, "x"),
        ("missing", sheet, 5, quantity, ""),
    ]
    only = upload.found.get()
    assert (only.state, only.errors_found, upload.errors_found) == (FoundState.BAD, 4, 4)
    assert not FoundRow.objects.exists()
