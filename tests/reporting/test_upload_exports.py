"""What is exported and imported again is the same; and what the template takes the JSON Schema takes."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from portal.sheets import safe_cell
from reporting import standards
from reporting.standards import RETURN, Field, Standard, Table
from reporting.standards.filing import RowReader
from reporting.standards.schema import schema_of
from reporting.standards.values import as_json, as_words
from reporting.uploads.copying import json_of as text_of
from reporting.uploads.layout import layout_of, table_named
from reporting.uploads.objects import JsonFile
from reporting.uploads.ods import Spreadsheet
from reporting.uploads.tables import ZipOfCsv
from reporting.uploads.xlsx import Workbook
from tests.files.samples import make_zip
from tests.reporting import files

STANDARD = standards.latest()
_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=30)


def values_of(item: Field, standard: Standard) -> st.SearchStrategy[Any]:
    """Any value of a field, as its reader gives it."""
    match item.type:
        case "date":
            value: st.SearchStrategy[Any] = st.dates(date(1990, 1, 1), date(2100, 12, 31))
        case "yesno":
            value = st.booleans()
        case "code":
            value = st.sampled_from([code for code, _ in standard.codes[item.codes].values])
        case "text":
            value = st.from_regex(item.pattern, fullmatch=True) if item.pattern else _texts(item)
        case "count":
            value = st.integers(int(item.least or 0), 10**9)
        case _:
            places = item.decimals if item.type == "number" else 2
            most = Decimal(item.most or 10**9)
            value = st.decimals(Decimal(item.least or -(10**9)), most, places=places)
            value = value.map(int) if places == 0 else value
    return value if item.required and not item.unless_nil else st.none() | value


def _texts(item: Field) -> st.SearchStrategy[str]:
    return _TEXT.map(lambda text: text.strip() if item.long else " ".join(text.split())).filter(bool)


def row_of(table: Table, standard: Standard) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({item.name: values_of(item, standard) for item in table.fields})


@st.composite
def tables(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    """One return with lines in every table."""
    drawn = {RETURN: [draw(row_of(STANDARD.table(RETURN), STANDARD))]}
    keys = {item.name: drawn[RETURN][0][item.name] for item in STANDARD.keys}
    for table in STANDARD.tables:
        if table.name != RETURN:
            rows = draw(st.lists(row_of(table, STANDARD), min_size=1, max_size=2))
            drawn[table.name] = [keys | row for row in rows]
    return drawn


def read_back(source: Any) -> dict[str, list[dict[str, Any]]]:
    """The rows of a file by table, read as the portal reads them."""
    back: dict[str, list[dict[str, Any]]] = {}
    for sheet in source.sheets():
        table = table_named(sheet.name, STANDARD)
        if table is None:
            continue
        rows = iter(sheet.rows)
        number, heading = next(rows)
        layout = layout_of(table, sheet.name, number, heading, STANDARD)
        readers = RowReader(table, STANDARD), RowReader(STANDARD.table(RETURN), STANDARD)
        for _, cells in rows:
            by_name = {name: cells[place] if place < len(cells) else None for name, place in layout.places.items()}
            values, faults = readers[0](by_name)
            assert faults == []
            keys, _ = readers[1](by_name)
            back.setdefault(table.name, []).append({item.name: keys[item.name] for item in STANDARD.keys} | values)
    return back


def exported(cells: dict[str, list[dict[str, Any]]], cell_of: Any) -> dict[str, list[dict[str, Any]]]:
    """The values as an export writes them into cells."""
    return {
        table: [
            {name: cell_of(_field(table, name), value) for name, value in row.items() if value is not None}
            for row in rows
        ]
        for table, rows in cells.items()
    }


def _field(table: str, name: str) -> Field:
    own = STANDARD.table(table)
    return own.field(name) if name in own else STANDARD.table(RETURN).field(name)


def in_words(item: Field, value: Any) -> Any:
    """As a workbook has it: labels, dates and figures."""
    if item.type in ("code", "yesno"):
        return as_words(value, item, STANDARD.codes.get(item.codes))
    return float(value) if isinstance(value, Decimal) else value


@settings(max_examples=25, deadline=None)
@given(tables())
def test_workbook_gives_back_what_went_into_it(drawn) -> None:
    book = files.xlsx(exported(drawn, in_words))
    assert read_back(Workbook(io.BytesIO(book))) == drawn


@settings(max_examples=25, deadline=None)
@given(tables())
def test_spreadsheet_gives_back_what_went_into_it(drawn) -> None:
    book = files.ods(exported(drawn, in_words))
    assert read_back(Spreadsheet(io.BytesIO(book))) == drawn


@settings(max_examples=25, deadline=None)
@given(tables())
def test_csv_gives_back_what_went_into_it(drawn) -> None:
    cells = exported(drawn, lambda _item, value: safe_cell(as_json(value)))
    archive = make_zip({f"{table}.csv": files.csv_of(table, rows) for table, rows in cells.items()})
    assert read_back(ZipOfCsv(io.BytesIO(archive))) == drawn


@settings(max_examples=25, deadline=None)
@given(tables())
def test_json_gives_back_what_went_into_it_and_fits_the_schema(drawn) -> None:
    cells = exported(drawn, lambda _item, value: as_json(value))
    returned = files.json_returns(cells)[0]
    Draft202012Validator(schema_of(STANDARD), format_checker=Draft202012Validator.FORMAT_CHECKER).validate(returned)
    source = JsonFile(io.BytesIO(json.dumps([returned]).encode()))
    for item in source.items():
        if item.number:
            values, faults = RowReader(STANDARD.table(item.table), STANDARD)(item.row)
            expected = drawn[item.table][item.number - 1]
            assert (values, faults) == ({name: expected[name] for name in values}, [])


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_rows_are_written_as_json_has_them(data) -> None:
    table = data.draw(st.sampled_from(STANDARD.tables))
    row = data.draw(row_of(table, STANDARD))
    written = json.loads(text_of(row))
    assert written == {name: as_json(value) for name, value in row.items() if value is not None}
