"""Files with returns, as suppliers make them, in every format."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import date
from itertools import chain
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape, quoteattr

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from portal.accounts.models import User
from portal.organisations.models import Organisation
from reporting.actions.ingest import read_upload
from reporting.actions.uploads import begin_upload
from reporting.models import Return, Upload
from reporting.standards import RETURN, latest
from tests.files.samples import make_zip
from tests.reporting.makers import NOW, head, spend

Tables = dict[str, list[dict[str, Any]]]
NAMES = {"xlsx": "returns.xlsx", "ods": "returns.ods", "csv": "spend.csv", "zip": "returns.zip", "json": "returns.json",
         "jsonl": "returns.jsonl"}  # fmt: skip


def rows_of(filed: Return, *, lines: Sequence[dict[str, Any]] | None = None, **cells: Any) -> Tables:
    """The rows of a return that passes every check, each with its keys."""
    keys = {"contract_id": filed.contract.number, "period_start": filed.period_start}
    return {RETURN: [head(filed, **cells)], "spend": [keys | line for line in ([spend()] if lines is None else lines)]}


def joined(*several: Tables) -> Tables:
    tables: Tables = {}
    for one in several:
        for table, rows in one.items():
            tables.setdefault(table, []).extend(rows)
    return tables


def _columns(table: str, rows: list[dict[str, Any]]) -> list[str]:
    known = [item.name for item in latest().columns(latest().table(table))]
    return known + [name for row in rows for name in row if name not in known]


def _label(table: str, name: str) -> str:
    labels = {item.name: item.label for item in latest().columns(latest().table(table))}
    return labels.get(name, name)


def xlsx(tables: Tables, *, version: str = "1") -> bytes:
    book = Workbook()
    book.remove(book.active)
    for table, rows in tables.items():
        sheet = book.create_sheet(latest().table(table).label)
        columns = _columns(table, rows)
        sheet.append([_label(table, name) for name in columns])
        for row in rows:
            sheet.append([row.get(name) for name in columns])
        for cell in chain.from_iterable(sheet.iter_rows()):
            if isinstance(cell.value, str):
                cell.data_type = "s"  # openpyxl would make a formula of "=" or an error of "#N/A"
    about = book.create_sheet("Standard")
    about.append(["standard", version])
    about.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv_of(table: str, rows: list[dict[str, Any]], *, delimiter: str = ",", encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO(newline="")
    columns = _columns(table, rows)
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(columns)
    writer.writerows([["" if row.get(name) is None else row[name] for name in columns] for row in rows])
    return out.getvalue().encode(encoding)


def zip_of(tables: Tables) -> bytes:
    return make_zip({f"{table}.csv": csv_of(table, rows) for table, rows in tables.items()})


def json_returns(tables: Tables) -> list[dict[str, Any]]:
    """The same as objects: one for each contract and period."""
    keys = ("contract_id", "period_start")
    returns = []
    for own in tables[RETURN]:
        one: dict[str, Any] = {RETURN: own}
        for table, rows in tables.items():
            if table != RETURN:
                of_it = [row for row in rows if all(str(row[key]) == str(own[key]) for key in keys)]
                one[table] = [{name: value for name, value in row.items() if name not in keys} for row in of_it]
        returns.append(one)
    return returns


def json_of(tables: Tables, *, lines: bool = False) -> bytes:
    returns = json_returns(tables)
    if lines:
        return "\n".join(json.dumps(one, default=str) for one in returns).encode()
    return json.dumps({"returns": returns}, default=str).encode()


def ods(tables: Tables, *, version: str = "1") -> bytes:
    sheets = []
    for table, rows in tables.items():
        columns = _columns(table, rows)
        all_rows = [[_label(table, name) for name in columns], *([row.get(name) for name in columns] for row in rows)]
        sheets.append(_ods_sheet(latest().table(table).label, all_rows))
    sheets.append(_ods_sheet("Standard", [["standard", version]]))
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f"{''.join(sheets)}</office:spreadsheet></office:body></office:document-content>"
    )
    return make_zip({
        "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": content.encode(),
        "META-INF/manifest.xml": b"<manifest/>",
    })  # fmt: skip


def _ods_sheet(name: str, rows: list[list[Any]]) -> str:
    body = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
    end = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    return f"<table:table table:name={quoteattr(name)}>{body}{end}</table:table>"


def _ods_cell(value: Any) -> str:
    if value is None or value == "":
        return "<table:table-cell/>"
    if isinstance(value, date):
        return f'<table:table-cell office:value-type="date" office:date-value="{value}"/>'
    if isinstance(value, int | float):
        return (
            f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>x</text:p></table:table-cell>'
        )
    return f'<table:table-cell office:value-type="string"><text:p>{escape(str(value))}</text:p></table:table-cell>'


def made_as(format_: str, tables: Tables) -> bytes:
    """The content of a file of this format; a CSV file holds the spend lines alone."""
    match format_:
        case "xlsx":
            return xlsx(tables)
        case "ods":
            return ods(tables)
        case "csv":
            return csv_of("spend", tables["spend"])
        case "zip":
            return zip_of(tables)
    return json_of(tables, lines=format_ == "jsonl")


def begin(supplier: Organisation, by: User, content: bytes, name: str = "returns.xlsx", **more: Any) -> Upload:
    file = SimpleUploadedFile(name, content)
    return begin_upload(supplier=supplier, upload=file, submission_key=uuid4(), by=by, now=NOW, **more)


def read(upload: Upload) -> Upload:
    """As a worker reads it."""
    read_upload(upload_id=upload.pk, now=NOW)
    upload.refresh_from_db()
    return upload


def found(upload: Upload) -> list[tuple[Any, ...]]:
    """What was found, as (kind, sheet, row, column, value)."""
    return [(one.check_id, one.sheet, one.sheet_row, one.column, one.value) for one in upload.findings.order_by("pk")]
