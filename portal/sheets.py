"""Tables as files: CSV and XLSX that a spreadsheet opens as what they say, and that no cell can make act.

A text that begins like a formula would be worked out by the program that opens the file (CSV injection;
OWASP ASVS 5.0, 1.2.10). In CSV it gets an apostrophe before it; in XLSX it is typed as text.
"""

from __future__ import annotations

import csv
import math
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import IO, Any

from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

Rows = Iterable[Sequence[Any]]

# The full-width forms are taken for the plain ones by some programs.
STARTS_A_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")  # noqa: RUF001
# What XML 1.0 does not allow, lone surrogates among it; UTF-8 does not have those either.
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LONGEST_TEXT = 32_767  # characters in a cell, as Excel has it
MOST_DIGITS = 10**15  # Excel rounds whole numbers from here on
FIRST_YEAR = 1900  # of Excel's calendar
WIDEST, NARROWEST = 50, 10  # characters
CHUNK = 64 * 1024  # characters of CSV sent at once
BOM = "\ufeff"  # by which Excel knows UTF-8
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def safe_cell(value: Any) -> Any:
    """The value as a CSV file may hold it: numbers and dates as they are, in London time; texts never as a formula."""
    if value is None or isinstance(value, int | float | Decimal):
        return value
    if isinstance(value, datetime):
        return _local(value).replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
    text = clean_text(value)
    return f"'{text}" if STARTS_A_FORMULA.match(text) else text


def clean_text(value: Any) -> str:
    """Without characters that XML and UTF-8 forbid."""
    return NOT_IN_XML.sub("", value.isoformat() if isinstance(value, date | time) else str(value))


def file_name(name: str, extension: str) -> str:
    """A name that every system takes: letters, digits, hyphens and dots, 80 characters at most."""
    stem = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:80].strip("-")
    return f"{stem or 'table'}.{extension}"


# --- CSV -----------------------------------------------------------------------------------------


def csv_lines(columns: Sequence[str], rows: Rows) -> Iterator[str]:
    """Line by line, as RFC 4180 has it."""
    writer = csv.writer(_Echo())
    yield writer.writerow([safe_cell(column) for column in columns])
    for row in rows:
        yield writer.writerow([safe_cell(value) for value in row])


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_response(name: str, columns: Sequence[str], rows: Rows) -> StreamingHttpResponse:
    """The table as a download, sent while it is read: memory stays the same however long it is."""
    response = StreamingHttpResponse(_in_chunks(csv_lines(columns, rows)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, file_name(name, "csv"))
    return response


def _in_chunks(lines: Iterable[str]) -> Iterator[bytes]:
    chunk, size = [BOM], 1
    for line in lines:
        chunk.append(line)
        size += len(line)
        if size >= CHUNK:
            yield "".join(chunk).encode()
            chunk, size = [], 0
    yield "".join(chunk).encode()


# --- XLSX ----------------------------------------------------------------------------------------


def write_xlsx(file: IO[bytes], title: str, columns: Sequence[str], rows: Rows) -> None:
    """Write a workbook of one sheet, row by row through a temporary file."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(re.sub(r"[\[\]:*?/\\']+", " ", clean_text(title)).strip()[:31] or "Table")
    sheet.freeze_panes = "A2"
    for number, column in enumerate(columns, 1):
        width = min(max(len(column) + 2, NARROWEST), WIDEST)
        sheet.column_dimensions[get_column_letter(number)].width = width
    try:
        sheet.append([_heading(sheet, column) for column in columns])
        for row in rows:
            sheet.append([sheet_cell(sheet, value) for value in row])
    except BaseException:
        sheet.close()
        sheet._writer.cleanup()  # openpyxl's own temporary file, which `save` would have taken away
        raise
    workbook.save(file)


def xlsx_response(name: str, columns: Sequence[str], rows: Rows) -> FileResponse:
    """The table as a workbook to download. It is written to a temporary file, which goes when it is sent."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        write_xlsx(file, name, columns, rows)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=file_name(name, "xlsx"), content_type=XLSX)


def _heading(sheet: Any, column: str) -> Any:
    cell = text_cell(sheet, column)
    cell.font = Font(bold=True)
    return cell


def sheet_cell(sheet: Any, value: Any) -> Any:
    """Numbers and dates keep their type where Excel has it; all else is text."""
    if value is None:
        return None
    if isinstance(value, bool | timedelta):
        return value
    if isinstance(value, int | float | Decimal):
        return value if math.isfinite(value) and -MOST_DIGITS < value < MOST_DIGITS else text_cell(sheet, str(value))
    if isinstance(value, date) and value.year >= FIRST_YEAR:  # a datetime is one too
        return _local(value).replace(tzinfo=None) if isinstance(value, datetime) else value
    text = clean_text(value)
    return text_cell(sheet, text) if text else None


def text_cell(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, text.replace("\r\n", "\n").replace("\r", "\n")[:LONGEST_TEXT])
    cell.data_type = "s"  # openpyxl would make a formula or an error of it
    if STARTS_A_FORMULA.match(text):
        cell.quotePrefix = True  # so that it stays text when somebody edits the cell
    return cell


def _local(value: datetime) -> datetime:
    return timezone.localtime(value) if timezone.is_aware(value) else value
