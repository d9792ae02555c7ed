"""Makers of uploads as they stand after they were read."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from portal.accounts.models import User
from portal.organisations.models import Organisation
from reporting.choices import FoundState, UploadState
from reporting.models import FoundReturn, Upload, UploadFinding
from tests.reporting.makers import NOW


def make_upload(supplier: Organisation, by: User, state: str = UploadState.CHECKED, **fields: Any) -> Upload:
    given: dict[str, Any] = {
        "name": "returns-october.xlsx",
        "sha256": "0" * 64,
        "format": "xlsx",
        "standard": "1",
        "rows_read": 48,
        "rows_expected": 120,
        "failure": "The file is locked with a password. Save it without one." if state == UploadState.FAILED else "",
        "uploaded_at": NOW - timedelta(minutes=4),
    }
    return Upload.objects.create(supplier=supplier, uploaded_by=by, state=state, **(given | fields))


def make_found(upload: Upload, number: str, state: str = FoundState.GOOD, **fields: Any) -> FoundReturn:
    given: dict[str, Any] = {"period_start": date(2026, 10, 1), "rows": 12}
    return FoundReturn.objects.create(upload=upload, contract_number=number, state=state, **(given | fields))


def make_finding(upload: Upload, found: FoundReturn | None = None, **fields: Any) -> UploadFinding:
    """An amount that is not what the price and the quantity make, in the third row of its sheet."""
    given: dict[str, Any] = {
        "check_id": "line-adds-up",
        "severity": "error",
        "sheet": "Spend lines",
        "sheet_row": 3,
        "column": "Amount",
        "column_number": 8,
        "table": "spend",
        "row": 2,
        "field": "amount",
        "value": "£9,100.00",
        "says": "The amount is not the price times the quantity",
        "mend": "Enter £9,000.00, or correct the price or the quantity",
    }
    return UploadFinding.objects.create(upload=upload, found=found, **(given | fields))


def make_question(upload: Upload, found: FoundReturn | None = None, **fields: Any) -> UploadFinding:
    given: dict[str, Any] = {
        "check_id": "spend-within-value",
        "severity": "question",
        "sheet": "Return",
        "sheet_row": 2,
        "column": "Spend to date",
        "column_number": 8,
        "table": "return",
        "row": 1,
        "field": "spend_to_date",
        "value": "£130,000.00",
        "says": "More was spent than the contract is worth",
        "mend": "Say why, or correct the sum",
    }
    return make_finding(upload, found, **(given | fields))


def make_mixed(supplier: Organisation, by: User, **fields: Any) -> Upload:
    """A file with two good returns and a bad one, errors of three kinds and a question."""
    upload = make_upload(supplier, by, errors_found=4, questions_found=1, **fields)
    make_found(upload, "AVC-2026-018")
    good = make_found(upload, "AVC-2026-019", questions_found=1)
    bad = make_found(upload, "AVC-2026-020", FoundState.BAD, errors_found=3, why_not="It has errors.")
    make_finding(upload, bad)
    make_finding(upload, bad, sheet_row=9, row=8)
    make_finding(
        upload, bad, check_id="unreadable", field="quantity", column="Quantity", column_number=7, sheet_row=4, row=3,
        value="fifteen", says="Enter a number, for example 1234.50", mend="Enter a number, for example 1234.50",
    )  # fmt: skip
    make_finding(
        upload, check_id="unknown-sheet", table="", field="", column="", column_number=None, sheet="Notes", sheet_row=0,
        row=0, value="", says="There is no table called Notes", mend="Take the sheet out, or give it a table's name",
    )  # fmt: skip
    make_question(upload, good)
    return upload
