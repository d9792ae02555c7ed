"""The standard's file, and what is made from it."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openpyxl import load_workbook

from reporting import standards
from reporting.standards import Field, Standard, Unsound
from reporting.standards.document import document
from reporting.standards.filing import read
from reporting.standards.schema import schema_of
from reporting.standards.values import Unfit, as_json, reader
from reporting.standards.workbooks import write_csv_templates, write_workbook

# A published version is never changed: returns are pinned to it. Make a new folder instead.
PUBLISHED = {"1": "95cbb03cb42ab27ceb1e378d29ea09db7e6f08750cf4f4a5c99188badf13e176"}


@pytest.fixture(scope="module")
def standard() -> Standard:
    return standards.latest()


def test_published_versions_never_change() -> None:
    assert {version: standards.load(version).digest for version in standards.versions()} == PUBLISHED


def test_unknown_version_is_told() -> None:
    with pytest.raises(KeyError):
        standards.load("99")


def test_every_fault_of_a_file_is_said() -> None:
    content = (standards.FOLDER / "v1" / "standard.toml").read_text()
    broken = content.replace('type = "yesno"', 'type = "maybe"', 1).replace('table = "kpi"', 'table = "kip"', 1)
    with pytest.raises(Unsound) as unsound:
        standards.read(broken.encode())
    assert len(str(unsound.value).splitlines()) == 2
    assert "return.nil_return: the type 'maybe' is not one of" in str(unsound.value)
    assert "there is no table 'kip'" in str(unsound.value)


def test_framework_adds_fields_and_changes_none(standard: Standard) -> None:
    extra = Field("carbon", "Carbon", "In kilograms.", "number", least="0")
    wider = standard.with_fields({"return": [extra]}, framework="G-Cloud 14")
    assert wider.table("return").field("carbon").added_by == "G-Cloud 14"
    assert "carbon" not in standard.table("return")
    with pytest.raises(Unsound):
        standard.with_fields({"return": [replace(extra, name="actual_spend")]}, framework="G-Cloud 14")


@pytest.mark.parametrize(
    ("type_", "cell", "value"),
    [
        ("money", "£1,234.50", Decimal("1234.50")),
        ("money", "(12.30)", Decimal("-12.30")),
        ("money", "+1.2e3", Decimal("1200.00")),
        ("money", "0e999999", Decimal("0.00")),
        ("money", 0.1 + 0.2, Decimal("0.30")),
        ("date", "31/03/2027", date(2027, 3, 31)),
        ("date", "2027-03-31", date(2027, 3, 31)),
        ("yesno", "Y", True),
        ("yesno", "no", False),
        ("count", 12.0, 12),
        ("percentage", "87.5%", Decimal("87.50")),
        ("text", 12.0, "12"),
        ("text", "  two   words ", "two words"),
        ("money", "  ", None),
    ],
)
def test_cells_are_read(type_: str, cell: object, value: object) -> None:
    item = Field("x", "X", "Help", type_, longest=20)
    assert reader(item, None)(cell) == value


@pytest.mark.parametrize(
    ("type_", "cell", "says"),
    [
        ("money", "ten", "Enter an amount in pounds, for example 1234.50"),
        ("money", "1.234", "Use 2 decimal places or fewer"),
        ("money", "1e99", "Enter an amount in pounds below 100 trillion"),
        ("money", "-1e1000000", "Enter an amount in pounds below 100 trillion"),
        ("money", "1" * 200, "Enter an amount in pounds below 100 trillion"),
        ("money", "1e-1000000", "Use 2 decimal places or fewer"),
        ("money", "1234567890123." + "0" * 30 + "1", "Use 2 decimal places or fewer"),
        ("money", "1e" + "9" * 30, "Enter an amount in pounds, for example 1234.50"),
        ("money", "NaN", "Enter an amount in pounds, for example 1234.50"),
        ("money", "1_000", "Enter an amount in pounds, for example 1234.50"),
        ("money", "\u0663\u0664", "Enter an amount in pounds, for example 1234.50"),
        ("count", "1_000", "Enter a whole number, for example"),
        ("date", "\u0663/3/2027", "Enter a date as day, month and year"),
        ("date", "31/02/2027", "Enter a date as day, month and year, for example 31/03/2027"),
        ("count", "1.5", "Enter a whole number"),
        ("yesno", "perhaps", "Enter yes or no"),
        ("text", "x" * 21, "Use 20 characters or fewer; it has 21"),
        ("text", "a\x00b", "Take out the characters that cannot be shown"),
    ],
)
def test_cells_that_cannot_be_read_say_how_to_mend_them(type_: str, cell: object, says: str) -> None:
    item = Field("x", "X", "Help", type_, longest=20)
    with pytest.raises(Unfit) as unfit:
        reader(item, None)(cell)
    assert says in str(unfit.value)


@given(st.one_of(st.none(), st.text(), st.floats(), st.integers(), st.booleans(), st.dates(), st.datetimes()))
def test_no_cell_breaks_a_reader(cell: object) -> None:
    standard = standards.latest()
    for table in standard.tables:
        for item in table.fields:
            with contextlib.suppress(Unfit):
                reader(item, standard.codes.get(item.codes))(cell)


# --- JSON Schema -----------------------------------------------------------------------------------

_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=30)
_CELLS = st.one_of(
    st.none(), _TEXTS, st.booleans(), st.integers(-(10**15), 10**15), st.dates().map(str),
    st.decimals(-(10**6), 10**6, places=2).map(str), st.sampled_from(["build", "run", "green", "met", "day", "sme"]),
)  # fmt: skip


def test_schema_is_sound(standard: Standard) -> None:
    Draft202012Validator.check_schema(schema_of(standard))


@given(st.data())
def test_what_the_schema_accepts_the_reader_accepts(data: st.DataObject) -> None:
    """And the reverse, for values in JSON's own words: each reads back as itself."""
    standard = standards.latest()
    table = data.draw(st.sampled_from(standard.tables))
    item = data.draw(st.sampled_from(table.fields))
    cell = data.draw(_CELLS)
    shape = schema_of(standard)["properties"][table.name]
    shape = (shape if table.is_single else shape["items"])["properties"][item.name]
    is_valid = Draft202012Validator(shape, format_checker=Draft202012Validator.FORMAT_CHECKER).is_valid(cell)
    try:
        value = reader(item, standard.codes.get(item.codes))(cell)
        is_read = value is not None or not item.required or item.unless_nil
    except Unfit:
        value, is_read = None, False
    if is_valid:
        assert is_read, (item.name, cell)
    if is_read and value is not None:
        validator = Draft202012Validator(shape, format_checker=Draft202012Validator.FORMAT_CHECKER)
        assert validator.is_valid(as_json(value)), (item.name, cell, as_json(value))


# --- Files to fill in ------------------------------------------------------------------------------


def test_workbook_has_a_sheet_for_each_table_with_its_headings(standard: Standard) -> None:
    file = io.BytesIO()
    write_workbook(standard, file)
    book = load_workbook(file)
    assert book.sheetnames == ["Read me", *(table.label for table in standard.tables), "Codes", "Standard"]
    spend = book["Spend lines"]
    assert [cell.value for cell in spend[1]] == [
        "Contract number", "Period from", "Role or product", "Cost stage", "Unit", "Price of one unit", "Quantity",
        "Amount",
    ]  # fmt: skip
    assert spend.protection.sheet
    assert spend["A1"].protection.locked
    assert not spend.column_dimensions["A"].protection.locked
    assert {str(choice.sqref): choice.formula1 for choice in spend.data_validations.dataValidation} == {
        "D2:D2000": "=codes_cost_stage", "E2:E2000": "=codes_unit",
    }  # fmt: skip
    assert [row[0].value for row in book["Standard"]["B1:B2"]] == [standard.version, standard.digest]


def test_csv_templates_have_a_file_for_each_table(standard: Standard) -> None:
    file = io.BytesIO()
    write_csv_templates(standard, file)
    with zipfile.ZipFile(file) as archive:
        assert archive.namelist() == [f"{table.name}.csv" for table in standard.tables]
        first = archive.read("failure.csv").decode("utf-8-sig").strip()
    assert first == "contract_id,period_start,description,events,remedy,value"


def test_filing_says_where_each_cell_is_wrong(standard: Standard) -> None:
    given_cells = {"return": [{}], "spend": [{"amount": "1"}, {"amount": "one", "unit": "pound"}]}
    _, found = read(standard, given_cells)
    assert [(one.table, one.row, one.field, one.value) for one in found] == [
        ("spend", 2, "unit", "pound"),
        ("spend", 2, "amount", "one"),
    ]


def test_schema_can_be_written(standard: Standard) -> None:
    assert json.loads(json.dumps(schema_of(standard)))["required"] == ["return"]


def test_documentation_is_made_from_the_standard(settings: Any) -> None:
    """`manage.py document_standard` writes it anew."""
    written = (settings.BASE_DIR / "docs" / "reporting-fields.md").read_text()
    assert written == document(standards.latest())
    assert "| `actual_spend` | Actual spend in the period | GBP, 2 decimal places | unless nil |" in written
