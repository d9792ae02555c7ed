"""Trust row 13: what goes out as a table comes in again as the same text, numbers and dates, and acts on nothing."""

from __future__ import annotations

import csv
import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from portal.sheets import LONGEST_TEXT, clean_text, csv_response, file_name, safe_cell, xlsx_response

# A download that is closed ends the request, which looks at the database's connections.
pytestmark = pytest.mark.django_db

HOSTILE = ["=1+1", "+44 20", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "=cmd|' /C calc'!A0"]  # noqa: RUF001
TEXTS = st.text(st.characters(exclude_categories=()), max_size=30)


def csv_of(rows: Any, columns: list[str] | None = None) -> list[list[str]]:
    response = csv_response("Suppliers", columns or ["Name"], rows)
    text = b"".join(response).decode("utf-8-sig")  # type: ignore[arg-type]
    return list(csv.reader(io.StringIO(text, newline="")))


def xlsx_bytes(rows: Any, columns: list[str] | None = None) -> io.BytesIO:
    response = xlsx_response("Suppliers", columns or ["Name"], rows)
    content = io.BytesIO(b"".join(response))  # type: ignore[arg-type]
    response.file_to_stream.close()  # `close` would end a request, and there was none
    return content


def xlsx_of(rows: Any, columns: list[str] | None = None) -> Any:
    return load_workbook(xlsx_bytes(rows, columns)).active


@pytest.mark.parametrize("text", HOSTILE)
def test_formula_reopens_as_text(text: str) -> None:
    assert csv_of([[text]])[1] == ["'" + text]
    cell = xlsx_of([[text]])["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text.replace("\r", "\n"), "s", True)


@pytest.mark.parametrize("text", HOSTILE)
def test_formula_in_a_heading_is_text(text: str) -> None:
    assert csv_of([], [text])[0] == ["'" + text]
    assert xlsx_of([], [text])["A1"].data_type == "s"


def test_workbook_holds_no_formula() -> None:
    with zipfile.ZipFile(xlsx_bytes([[text] for text in [*HOSTILE, "#N/A", "TRUE"]])) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert sheet.count('t="inlineStr"') == len(HOSTILE) + 3  # the heading is one too


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_any_text_comes_back(text: str) -> None:
    read = csv_of([[text, "end"]])[1][0]
    assert read.removeprefix("'") == clean_text(text).removeprefix("'")
    assert read[:1] not in ("=", "+", "-", "@", "\t", "\r")
    cell = xlsx_of([[text]])["A2"]
    expected = clean_text(text).replace("\r\n", "\n").replace("\r", "\n")
    assert (cell.value or "", cell.data_type) == (expected, "s" if expected else "n")


def test_numbers_and_dates_keep_their_type() -> None:
    at = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
    row = [-5, Decimal("-1200.50"), 2.5, date(2026, 12, 3), at, True, None]
    assert csv_of([row])[1] == ["-5", "-1200.50", "2.5", "2026-12-03", "2026-07-01 13:30:00", "True", ""]
    cells = list(xlsx_of([row])[2])
    assert [cell.value for cell in cells[:6]] == [
        -5, -1200.5, 2.5, datetime(2026, 12, 3), datetime(2026, 7, 1, 13, 30), True,
    ]  # fmt: skip
    assert [cell.is_date for cell in cells[3:5]] == [True, True]


def test_what_excel_would_spoil_is_text() -> None:
    row = [10**15, float("nan"), date(1850, 1, 2), "x" * (LONGEST_TEXT + 5), "00012345"]
    assert [cell.value for cell in xlsx_of([row])[2]] == [
        "1000000000000000", "nan", "1850-01-02", "x" * LONGEST_TEXT, "00012345",
    ]  # fmt: skip


def test_safe_cell_leaves_values_that_are_no_text() -> None:
    assert [safe_cell(value) for value in (-3, Decimal("-0.5"), None, "Larkspur")] == [
        -3,
        Decimal("-0.5"),
        None,
        "Larkspur",
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Suppliers in Wales", "Suppliers-in-Wales.csv"),
        ('../../etc/pass"wd\r\nX: 1', "etc-pass-wd-X-1.csv"),
        ("⚡", "table.csv"),
        ("a" * 300, "a" * 80 + ".csv"),
    ],
)
def test_file_name_is_safe(name: str, expected: str) -> None:
    assert file_name(name, "csv") == expected


def test_downloads_are_attachments() -> None:
    assert csv_response("Suppliers", ["A"], [])["Content-Disposition"] == 'attachment; filename="Suppliers.csv"'
    response = xlsx_response("Suppliers", ["A"], [])
    assert response["Content-Disposition"] == 'attachment; filename="Suppliers.xlsx"'
    response.file_to_stream.close()


def many(number: int) -> Iterator[list[Any]]:
    return ([f"Supplier {index}", index, "Hosting for councils"] for index in range(number))


def test_long_tables_take_little_memory() -> None:
    tracemalloc.start()
    response = csv_response("Suppliers", ["A", "B", "C"], many(50_000))
    size = sum(len(part) for part in response)  # type: ignore[arg-type,misc]
    with_workbook = xlsx_response("Suppliers", ["A", "B", "C"], many(5_000))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    with_workbook.file_to_stream.close()
    assert size > 1_500_000
    assert peak < 2_000_000


def test_a_fault_in_the_rows_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def broken() -> Iterator[list[Any]]:
        yield ["Larkspur"]
        raise ValueError("gone")

    with pytest.raises(ValueError, match="gone"):
        xlsx_response("Suppliers", ["A"], broken())
    assert list(tmp_path.iterdir()) == []
