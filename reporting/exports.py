"""A return as the files that the portal takes in: a workbook, a zip of CSV files, or JSON.

Each is in the shape of its standard, so that it can be uploaded again and says the same. Lines are read and written
in pieces; what cannot be sent piece by piece is written to a temporary file first.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import IO, Any

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from portal.sheets import BOM, XLSX, file_name, safe_cell, sheet_cell, text_cell
from reporting.models import Return
from reporting.queries.lines import head_of, iterate_lines
from reporting.queries.standards import standard_of
from reporting.standards import RETURN, Field, Standard, Table
from reporting.standards.values import Value, as_json, as_words, reader
from reporting.standards.workbooks import ABOUT

Cells = Iterator[list[Any]]


def as_workbook(filed: Return) -> FileResponse:
    """A sheet for each table, headed as in the template; codes and yes or no as people read them."""
    return _written(filed, "xlsx", XLSX, _write_workbook)


def as_csv(filed: Return) -> FileResponse:
    """A file for each table, headed by the names of the fields."""
    return _written(filed, "zip", "application/zip", _write_csv)


def as_json_file(filed: Return) -> StreamingHttpResponse:
    """The shape of the standard's JSON Schema."""
    response = StreamingHttpResponse(_json_pieces(filed, standard_of(filed)), content_type="application/json")
    response["Content-Disposition"] = content_disposition_header(True, _name(filed, "json"))
    return response


FORMS: dict[str, Callable[[Return], HttpResponseBase]] = {"xlsx": as_workbook, "csv": as_csv, "json": as_json_file}


def _name(filed: Return, extension: str) -> str:
    return file_name(f"{filed.contract.number} {filed.period_start:%Y-%m} return {filed.revision}", extension)


def _written(filed: Return, extension: str, media_type: str, write: Callable[..., None]) -> FileResponse:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        write(filed, standard_of(filed), file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=_name(filed, extension), content_type=media_type)


# --- What they hold ----------------------------------------------------------------------------------


def _rows(filed: Return, table: Table, fields: Sequence[Field], standard: Standard) -> Iterator[list[Value]]:
    """The table's rows as values, the keys of the return in each."""
    readers = [(item.name, reader(item, standard.codes.get(item.codes))) for item in fields]
    head = head_of(filed)
    keys = {item.name: head[item.name] for item in standard.keys}
    rows: Iterator[Mapping[str, Any]] = iter([head]) if table.name == RETURN else iterate_lines(filed, table)
    for row in rows:
        cells = {**row, **keys}
        yield [read(cells.get(name)) for name, read in readers]


def _write_workbook(filed: Return, standard: Standard, file: IO[bytes]) -> None:
    book = Workbook(write_only=True)
    for table in standard.tables:
        fields = standard.columns(table)
        sheet = book.create_sheet(table.label)
        sheet.freeze_panes = "C2"
        for number, item in enumerate(fields, start=1):
            sheet.column_dimensions[get_column_letter(number)].width = max(14, min(40, len(item.label) + 4))
        sheet.append([text_cell(sheet, item.label) for item in fields])
        for row in _rows(filed, table, fields, standard):
            sheet.append([_in_a_sheet(sheet, *pair, standard) for pair in zip(fields, row, strict=True)])
    about = book.create_sheet(ABOUT)
    about.append(["standard", standard.version])
    about.append(["digest", standard.digest])
    about.sheet_state = "hidden"
    book.save(file)


def _in_a_sheet(sheet: Any, item: Field, value: Value, standard: Standard) -> Any:
    if isinstance(value, bool) or item.type == "code":
        value = as_words(value, item, standard.codes.get(item.codes))
    return sheet_cell(sheet, value)


def _write_csv(filed: Return, standard: Standard, file: IO[bytes]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in standard.tables:
            fields = standard.columns(table)
            with archive.open(f"{table.name}.csv", "w", force_zip64=True) as raw:
                text = io.TextIOWrapper(raw, encoding="utf-8", newline="")
                text.write(BOM)
                writer = csv.writer(text)
                writer.writerow([item.name for item in fields])
                for row in _rows(filed, table, fields, standard):
                    writer.writerow([_in_csv(value) for value in row])
                text.flush()
                text.detach()


def _in_csv(value: Value) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(value, "f")
    return safe_cell(value)


# --- JSON --------------------------------------------------------------------------------------------


def _json_pieces(filed: Return, standard: Standard) -> Iterator[str]:
    for number, table in enumerate(standard.tables):
        yield f"{',' if number else '{'}\n{json.dumps(table.name)}: "
        rows = _json_rows(filed, table, standard)
        if table.is_single:
            yield _dumped(next(rows))
        else:
            yield "["
            yield from (f"{',' if place else ''}\n{_dumped(row)}" for place, row in enumerate(rows))
            yield "]"
    yield "\n}\n"


def _json_rows(filed: Return, table: Table, standard: Standard) -> Iterator[dict[str, Any]]:
    names = [item.name for item in table.fields]
    for row in _rows(filed, table, table.fields, standard):
        yield {name: as_json(value) for name, value in zip(names, row, strict=True) if value is not None}


def _dumped(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False)
