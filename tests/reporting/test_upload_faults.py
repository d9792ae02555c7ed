"""Whatever is wrong with a file is said in plain words, and stops nothing else."""

from __future__ import annotations

import io
import json

import pytest
from openpyxl import load_workbook

from portal.refusals import Refused
from reporting import standards
from reporting.choices import UploadState
from reporting.models import UploadFinding
from reporting.standards.workbooks import write_workbook
from tests.files.samples import PROGRAM, make_zip, pdf
from tests.files.samples import ods as plain_ods
from tests.reporting.files import begin, csv_of, found, json_of, json_returns, ods, read, rows_of, xlsx, zip_of
from tests.reporting.makers import spend


@pytest.fixture(autouse=True)
def _quiet_pulse(monkeypatch) -> None:
    """Its own connection does not see what a test has not committed."""
    monkeypatch.setattr("reporting.uploads.pulse.EVERY", float("inf"))


def changed(content: bytes, change) -> bytes:
    """A workbook after somebody worked on it."""
    book = load_workbook(io.BytesIO(content))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# --- Headings and sheets -----------------------------------------------------------------------------


def test_headings_are_known_by_label_or_name_whatever_the_case(due, supplier, bob) -> None:
    def change(book) -> None:
        sheet = book["Spend lines"]
        sheet["C1"], sheet["D1"], sheet["E1"] = "DESCRIPTION", "cost  STAGE", " unit "
        sheet.title = "SPEND"

    assert found(read(begin(supplier, bob, changed(xlsx(rows_of(due[0])), change)))) == []


def test_wrong_headings_and_sheets_are_all_said(due, supplier, bob) -> None:
    def change(book) -> None:
        sheet = book["Spend lines"]
        sheet["E1"], sheet["F1"], sheet["I1"] = "Unti", "Quantity", "Our reference"
        book.create_sheet("Notes").append(["for ourselves"])

    upload = read(begin(supplier, bob, changed(xlsx(rows_of(due[0])), change)))
    # Without its unit the line is not checked against what it lacks: each heading is said once, not for every row.
    assert found(upload) == [
        ("unknown-heading", "Spend lines", 1, "Unti", ""),
        ("double-heading", "Spend lines", 1, "Quantity", ""),
        ("unknown-heading", "Spend lines", 1, "Our reference", ""),
        ("missing-heading", "Spend lines", 1, "unit", ""),
        ("missing-heading", "Spend lines", 1, "unit_price", ""),
        ("unknown-sheet", "Notes", 0, "", ""),
    ]
    assert [(one.state, one.errors_found) for one in upload.found.all()] == [("bad", 3)]


def test_file_without_a_known_table_is_not_read(supplier, bob) -> None:
    book = changed(xlsx({"spend": []}), lambda book: setattr(book["Spend lines"], "title", "Sheet1"))
    upload = read(begin(supplier, bob, book))
    assert upload.state == UploadState.FAILED
    assert upload.failure.startswith("We know none of its tables: Sheet1. A sheet or CSV file is named as in the")


@pytest.mark.parametrize("make", [xlsx, ods])
def test_unknown_version_is_told(make, due, supplier, bob) -> None:
    upload = read(begin(supplier, bob, make(rows_of(due[0]), version="9"), f"a.{make.__name__}"))
    assert (upload.state, upload.failure) == (
        UploadState.FAILED,
        "The file was made from version 9 of the standard, which we do not know. "
        "Download the template again and fill that in.",
    )
    assert not upload.found.exists()


def test_template_as_it_is_downloaded_is_read_and_holds_nothing(supplier, bob) -> None:
    out = io.BytesIO()
    write_workbook(standards.latest(), out)
    upload = read(begin(supplier, bob, out.getvalue()))
    assert upload.failure == "The file holds no returns. Fill in the template, and upload that."


def test_keys_that_cannot_be_read_are_said_for_each_row(due, supplier, bob) -> None:
    tables = rows_of(due[0], lines=[spend(), spend() | {"contract_id": None}, spend() | {"period_start": "soon"}])
    upload = read(begin(supplier, bob, xlsx(tables)))
    assert [one for one in found(upload) if one[1] == "Spend lines"] == [
        ("missing", "Spend lines", 3, "Contract number", ""),
        ("unreadable", "Spend lines", 4, "Period from", "soon"),
    ]


def test_a_return_that_stands_twice_or_has_only_lines(due, supplier, bob) -> None:
    tables = rows_of(due[0])
    tables["return"] *= 2
    tables["spend"] += rows_of(due[1])["spend"]
    upload = read(begin(supplier, bob, xlsx(tables)))
    assert [one[:3] for one in found(upload)] == [("return-twice", "Return", 3), ("no-return-row", "Spend lines", 3)]


def test_last_day_of_another_period_is_told(due, supplier, bob) -> None:
    upload = read(begin(supplier, bob, xlsx(rows_of(due[0], period_end="2026-07-30"))))
    assert found(upload) == [("period-end", "Return", 2, "Period to", "30 July 2026")]
    assert UploadFinding.objects.get().mend == "Enter 31 July 2026"


# --- Cells of a spreadsheet --------------------------------------------------------------------------


def test_formulas_dates_and_shares_are_read_by_their_values(due, supplier, bob) -> None:
    def change(book) -> None:
        own = book["Return"]
        own["B2"], own["B2"].number_format = 46204, "General"  # 1 July 2026 as a number
        own.cell(2, 18, 0.875).number_format = "0.0%"
        lines = book["Spend lines"]
        lines["H2"] = "=F2*G2"

    upload = read(begin(supplier, bob, changed(xlsx(rows_of(due[0])), change)))
    assert [one[:4] for one in found(upload)] == [("unreadable", "Spend lines", 2, "Amount")]
    assert UploadFinding.objects.get().says.startswith("This cell holds a formula that was never worked out")
    assert upload.found.get().head["completion_rate"] == "87.50"


# --- CSV ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("delimiter", "encoding"), [(";", "utf-8"), ("\t", "utf-16"), (",", "utf-8-sig")])
def test_csv_is_read_however_it_was_saved(delimiter, encoding, due, supplier, bob) -> None:
    tables = rows_of(due[0], lines=[spend(description="Café, rôle; “senior”\nor so")])
    names = {"return": "return.csv", "spend": "Spend lines.csv"}
    content = make_zip({
        names[table]: csv_of(table, rows, delimiter=delimiter, encoding=encoding) for table, rows in tables.items()
    })  # fmt: skip
    upload = read(begin(supplier, bob, content, "a.zip"))
    assert (upload.failure, found(upload)) == ("", [])
    assert upload.found.get().lines.get().data["description"] == "Café, rôle; “senior” or so"


def test_windows_1252_is_read_with_a_note(due, supplier, bob) -> None:
    rows = rows_of(due[0], lines=[spend(description="Café")])["spend"]
    upload = read(begin(supplier, bob, csv_of("spend", rows, encoding="cp1252"), "spend.csv"))
    note = upload.findings.get(check_id="encoding")
    assert (note.severity, note.says) == (
        "note",
        "‘spend.csv’ is not in UTF-8, so we read it as Windows-1252. "
        "See that names with accents and pound signs are right",
    )
    assert upload.errors_found == 1  # it has only lines


def test_broken_row_stops_nothing(due, supplier, bob) -> None:
    lines = csv_of("spend", rows_of(due[0], lines=[spend(), spend(), spend()])["spend"], encoding="utf-8").decode()
    rows = lines.splitlines(keepends=True)
    rows[2] = rows[2].replace("Senior", '"Senior')
    upload = read(begin(supplier, bob, "".join(rows).encode(), "spend.csv"))
    kinds = [(one.check_id, one.sheet_row) for one in upload.findings.all() if one.check_id != "no-return-row"]
    assert kinds == [("broken-row", 3)]
    assert upload.found.get().rows == 2


# --- JSON --------------------------------------------------------------------------------------------


def test_json_of_every_shape_is_read(due, supplier, bob) -> None:
    one = json_returns(rows_of(due[0]))[0]
    last_first = {"standard": "1", "returns": [dict(reversed(one.items()))]}
    for name, content in (("one", one), ("list", [one]), ("sorted", last_first)):
        upload = read(begin(supplier, bob, json.dumps(content, default=str).encode(), f"{name}.json"))
        assert (upload.failure, found(upload), upload.found.get().rows) == ("", [], 2), name


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "a name in quotes is missing"),
        (b'{"return": {"contract_id": }}', "Expecting value"),
        (b"[1]", "“{” is missing"),
        (b'{"returns": []} x', "There is something after the end of the JSON"),
        (b'{"return": {"contract_id": NaN}}', "a value cannot be read"),
        (b'{"return": ' + b"[" * 100_000 + b"}", "a value cannot be read"),
        (b'{"return": "\xe9"}', "not in UTF-8"),
        (b" ", "The file holds nothing"),
    ],
)
def test_broken_json_says_what_and_where(content, says, due, supplier, bob) -> None:
    upload = read(begin(supplier, bob, content, "a.json"))
    assert upload.state == UploadState.FAILED
    assert says in upload.failure


def test_json_that_the_schema_does_not_know_is_told(due, supplier, bob) -> None:
    one = json_returns(rows_of(due[0]))[0]
    one["spend"][0] |= {"colour": "red", "unit": ["day"]}
    one["extras"] = [{"a": 1}]
    upload = read(begin(supplier, bob, json.dumps(one, default=str).encode(), "a.json"))
    assert {one.check_id for one in upload.findings.all()} == {"unknown-field", "unreadable", "unknown-table"}


# --- Limits and dangers ------------------------------------------------------------------------------


def test_more_rows_than_are_allowed_are_told(due, supplier, bob, settings) -> None:
    settings.RETURNS_UPLOAD_ROWS = 5
    upload = read(begin(supplier, bob, zip_of(rows_of(due[0], lines=[spend()] * 6)), "a.zip"))
    assert upload.failure == "The file has more than 5 rows. Split it, and upload each part."


def test_repeated_rows_of_a_spreadsheet_are_stopped_at_the_limit(due, supplier, bob, settings) -> None:
    settings.RETURNS_UPLOAD_ROWS = 500
    made = make_zip({
        "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": _content(ods(rows_of(due[0]))).replace(
            b"<table:table-row>", b'<table:table-row table:number-rows-repeated="900000">'
        ),
        "META-INF/manifest.xml": b"<manifest/>",
    })  # fmt: skip
    upload = read(begin(supplier, bob, made, "a.ods"))
    assert upload.failure.startswith("The file has more than 500 rows.")


def _content(made: bytes) -> bytes:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        return archive.read("content.xml")


def test_more_returns_than_are_allowed_are_told(due, supplier, bob, monkeypatch) -> None:
    monkeypatch.setattr("reporting.uploads.targets.MOST_RETURNS", 2)
    lines = [spend() | {"contract_id": f"X{number}"} for number in range(3)]
    upload = read(begin(supplier, bob, zip_of(rows_of(due[0], lines=lines)), "a.zip"))
    assert upload.failure == "The file holds more than 2 returns. Split it, and upload each part."


def test_findings_beyond_the_limit_are_counted(due, supplier, bob, monkeypatch) -> None:
    monkeypatch.setattr("reporting.uploads.copying.MOST_FINDINGS", 2)
    upload = read(begin(supplier, bob, zip_of(rows_of(due[0], lines=[spend(unit="pound")] * 5)), "a.zip"))
    assert (upload.errors_found, upload.findings.count()) == (6, 2)


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (PROGRAM, "a.xlsx", "is a program"),
        (pdf(), "a.csv", "by its content it is a file of the type PDF"),
        (make_zip({"a.csv": b"a", "b.exe": PROGRAM}), "a.zip", "which is no CSV file"),
        (make_zip({"a.csv": PROGRAM}), "a.zip", "has a program inside it"),
        (make_zip({"a.txt": b"a"}), "a.zip", "holds no CSV file"),
        (plain_ods(), "a.zip", "OpenDocument spreadsheet"),
        (b"0" * 100, "a.pdf", "Save it as XLSX, ODS, CSV, a zip of CSV files, JSON or JSON Lines"),
        (make_zip({"a.csv": b"0" * 50_000_000}), "a.zip", "times its size"),
        (b"", "a.csv", "is empty"),
    ],
)  # fmt: skip
def test_dangerous_files_are_refused_at_the_door(content, name, says, supplier, bob) -> None:
    with pytest.raises(Refused, match=says):
        begin(supplier, bob, content, name)


def test_one_byte_over_the_limit_is_refused(supplier, bob, settings) -> None:
    settings.RETURNS_UPLOAD_BYTES = 10
    with pytest.raises(Refused, match=r"is 11 bytes. The largest file we can take is 10 bytes"):
        begin(supplier, bob, b"01234567890", "a.csv")


def test_stored_file_that_is_gone_is_told(due, supplier, bob) -> None:
    upload = begin(supplier, bob, json_of(rows_of(due[0])), "a.json")
    upload.file.content.storage.delete(upload.file.content.name)
    assert read(upload).failure == "The file itself is no longer there. Upload it again."
