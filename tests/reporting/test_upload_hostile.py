"""Files made to harm, and people who may no longer act: refused soon, in little memory, in plain words."""

from __future__ import annotations

import io
import tracemalloc
from contextlib import contextmanager

import pytest
from django.urls import reverse

from portal.organisations.choices import Status
from portal.refusals import Refused
from reporting.actions import answer_question, end_contract, save_return, start_correction, submit_return
from reporting.actions.uploads import drop_upload, keep_upload, submit_kept
from reporting.choices import ContractState, FoundState, ReturnState, UploadState
from reporting.models import Upload
from reporting.standards.values import Illegible
from reporting.uploads.cells import DAMAGED, place_of
from reporting.uploads.objects import JsonFile
from reporting.uploads.ods import DAMAGED as DAMAGED_ODS
from reporting.uploads.ods import Spreadsheet
from reporting.uploads.sheets import TOO_LONG, Unreadable
from reporting.uploads.tables import CsvFile
from reporting.uploads.xlsx import Workbook
from techmap.exports import ExportThrottle
from tests.factories import make_supplier
from tests.files.samples import make_zip
from tests.reporting.files import begin, csv_of, read, rows_of, xlsx
from tests.reporting.makers import NOW, head, make_contract, make_returns


@pytest.fixture(autouse=True)
def _quiet_pulse(monkeypatch) -> None:
    """Its own connection does not see what a test has not committed."""
    monkeypatch.setattr("reporting.uploads.pulse.EVERY", float("inf"))


def put_to(organisation, status: str) -> None:
    organisation.status, organisation.status_reason = status, "we are looking into a complaint"
    organisation.save(update_fields=["status", "status_reason"])


# --- Who may act -------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.REFUSED])
def test_suspended_or_refused_supplier_sends_nothing_in(status, due, supplier, bob) -> None:
    put_to(supplier, status)
    with pytest.raises(Refused, match="we are looking into a complaint"):
        begin(supplier, bob, xlsx(rows_of(due[0])))
    assert not Upload.objects.exists()


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.REFUSED])
def test_suspended_or_refused_supplier_keeps_nothing_but_drops(status, due, supplier, bob) -> None:
    upload = read(begin(supplier, bob, xlsx(rows_of(due[0]))))
    put_to(supplier, status)
    upload = Upload.objects.get(pk=upload.pk)
    with pytest.raises(Refused, match="we are looking into a complaint"):
        keep_upload(upload=upload, version=upload.version, by=bob, now=NOW)
    due[0].refresh_from_db()
    assert due[0].state == ReturnState.DUE
    drop_upload(upload=upload, version=upload.version, by=bob, now=NOW)


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.REFUSED])
def test_suspended_or_refused_supplier_writes_no_drafts_and_starts_no_correction(status, due, supplier, bob) -> None:
    save_return(filed=due[0], version=due[0].version, given=rows_of(due[0]), by=bob, now=NOW)
    due[0].refresh_from_db()
    submit_return(filed=due[0], version=due[0].version, by=bob, now=NOW)
    put_to(supplier, status)
    with pytest.raises(Refused, match="we are looking into a complaint"):
        save_return(filed=due[1], version=due[1].version, given=rows_of(due[1]), by=bob, now=NOW)
    with pytest.raises(Refused, match="we are looking into a complaint"):
        answer_question(filed=due[1], check_id="x", table="spend", row=1, text="So it is", by=bob)
    with pytest.raises(Refused, match="we are looking into a complaint"):
        start_correction(filed=due[0], reason="A wrong price", by=bob, now=NOW)


def test_supplier_that_waits_to_be_verified_prepares_its_returns(due, supplier, bob) -> None:
    put_to(supplier, Status.PENDING)
    upload = read(begin(supplier, bob, xlsx(rows_of(due[0]))))
    assert keep_upload(upload=upload, version=upload.version, by=bob, now=NOW) == 1
    save_return(filed=due[1], version=due[1].version, given=rows_of(due[1]), by=bob, now=NOW)
    with pytest.raises(Refused, match="is waiting to be verified"):
        submit_kept(upload=upload, by=bob, now=NOW)


def test_suspended_supplier_is_told_on_the_pages(client, due, supplier, bob) -> None:
    save_return(filed=due[0], version=due[0].version, given=rows_of(due[0]), by=bob, now=NOW)
    due[0].refresh_from_db()
    put_to(supplier, Status.SUSPENDED)
    client.force_login(bob)
    remove = reverse("reporting:line-remove", args=[due[0].public_id, "spend"])
    answer = client.post(remove, {"version": due[0].version, "number": 1})
    assert "we are looking into a complaint" in answer.content.decode()
    cells = {"nil_return": "no", "actual_spend": "9000", "spend_to_date": "9000", "forecast_at_completion": "118000"}
    path = reverse("reporting:return-edit", args=[due[0].public_id])
    edit = client.post(path, cells | {"version": due[0].version})
    assert "we are looking into a complaint" in edit.content.decode()


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.REFUSED])
def test_suspended_or_refused_buyer_ends_no_contract(status, contract, buyer, alice) -> None:
    put_to(buyer, status)
    with pytest.raises(Refused, match="we are looking into a complaint"):
        end_contract(contract=contract, by=alice)
    contract.refresh_from_db()
    assert contract.state == ContractState.ACTIVE


def test_return_whose_contract_went_to_another_supplier_is_not_kept(buyer, due, contract, supplier, alice, bob) -> None:
    other = make_returns(make_contract(buyer, supplier, alice, number="N2"))
    content = csv_of("return", [head(due[0]), head(other[0])])
    upload = read(begin(supplier, bob, content, "return.csv"))
    taker = make_supplier("Charnwood Digital Ltd")
    contract.supplier = due[0].supplier = taker
    contract.save(update_fields=["supplier"])
    due[0].save(update_fields=["supplier"])

    assert keep_upload(upload=upload, version=upload.version, by=bob, now=NOW) == 1
    due[0].refresh_from_db()
    assert (due[0].state, due[0].data) == (ReturnState.DUE, {})
    left = upload.found.get(state=FoundState.BAD)
    assert left.why_not.startswith("Its contract went to another supplier after the file was read")


# --- How often ---------------------------------------------------------------------------------------


def test_marked_workbooks_and_exports_are_limited(client, due, supplier, bob, monkeypatch) -> None:
    upload = read(begin(supplier, bob, xlsx(rows_of(due[0]))))
    assert upload.state == UploadState.CHECKED
    monkeypatch.setattr(ExportThrottle, "THROTTLE_RATES", {"exports": "2/min"})
    client.force_login(bob)
    marked = reverse("reporting:upload-annotated", args=[upload.public_id])
    export = reverse("reporting:return-export", args=[due[0].public_id, "xlsx"])
    answers = [client.get(path) for path in (marked, export, marked, export)]
    for answer in answers:
        answer.getvalue()
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]


# --- OpenDocument spreadsheets -----------------------------------------------------------------------


@contextmanager
def in_memory(most: int):
    """What is held inside goes never over `most` bytes."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < most


def ods_file(*sheets: tuple[str, str]) -> io.BytesIO:
    body = "".join(f'<table:table table:name="{name}">{rows}</table:table>' for name, rows in sheets)
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f"{body}</office:spreadsheet></office:body></office:document-content>"
    )
    return io.BytesIO(make_zip({
        "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": content.encode(),
        "META-INF/manifest.xml": b"<manifest/>",
    }))  # fmt: skip


def ods_row(inside: str = "<text:p>a</text:p>", *, times: int = 1, cell: str = "") -> str:
    cell = f'<table:table-cell office:value-type="string"{cell}>{inside}</table:table-cell>'
    return f'<table:table-row table:number-rows-repeated="{times}">{cell}</table:table-row>'


def all_of(source) -> list:
    return [cells for sheet in source.sheets() for _, cells in sheet.rows]


@pytest.mark.parametrize(
    "row",
    [
        ods_row('<text:p>a<text:s text:c="10000000000"/></text:p>'),
        ods_row("<text:p>" + '<text:s text:c="30000"/>' * 2_000 + "</text:p>"),
        ods_row("<text:p/>" * 100_000),
        ods_row("<text:p>" + "a" * 800_000 + "</text:p>"),
        ods_row(cell=f' office:string-value="{"a" * 40_000}"'),
    ],
)
def test_cell_of_an_ods_file_is_no_longer_than_excel_takes(row) -> None:
    with in_memory(16_000_000):
        [[cell]] = all_of(Spreadsheet(ods_file(("Return", row))))
    assert isinstance(cell, Illegible)
    assert cell.says == TOO_LONG


def test_longest_cell_of_an_ods_file_is_taken() -> None:
    text = "a" * 32_767
    assert all_of(Spreadsheet(ods_file(("Return", ods_row(f"<text:p>{text}</text:p>"))))) == [[text]]


@pytest.mark.parametrize("name", ["Return", "Notes", "Standard"])
def test_rows_that_an_ods_file_repeats_are_counted_together_in_whatever_sheet(name, monkeypatch) -> None:
    monkeypatch.setattr("reporting.uploads.ods.MOST_ROWS", 5_000)
    beats = []
    file = ods_file((name, ods_row() + ods_row(times=2_000) * 3))
    with pytest.raises(Unreadable, match="more than 2,000,000 rows with something in them"):
        list(map(next, (sheet.rows for sheet in Spreadsheet(file, lambda: beats.append(1)).sheets())))
    assert len(beats) > 4  # a thousand rows are nothing to be silent for, read or passed over


def test_ods_file_beats_for_every_piece_though_it_holds_no_row() -> None:
    beats = []
    file = ods_file(("Return", "<table:table-row/>" * 50_000))
    assert all_of(Spreadsheet(file, lambda: beats.append(1))) == []
    assert len(beats) >= 900_000 // (64 * 1024)


@pytest.mark.parametrize(
    "rows",
    [
        ods_row(times=99_999_999_999),
        '<table:table-row table:number-rows-repeated="99999999999"/>' + ods_row(),
        "<text:a>" * 500 + "</text:a>" * 500,
        f'<table:table-row a="{"a" * 3_000_000}"/>',
    ],
    ids=["repeated", "numbered", "deep", "attribute"],
)
def test_ods_file_that_no_program_makes_is_damaged(rows) -> None:
    with pytest.raises(Unreadable, match=DAMAGED_ODS):
        all_of(Spreadsheet(ods_file(("Return", rows))))


# --- Excel workbooks ---------------------------------------------------------------------------------


def book_of(*parts: str, sheets: str = "", relations: str = "", texts: str = "") -> io.BytesIO:
    """A workbook whose sheets have this XML each. `texts` are the shared ones."""
    listed = "".join(f'<sheet name="Sheet{number}" r:id="s{number}"/>' for number in range(len(parts)))
    related = "".join(
        f'<Relationship Id="s{number}" Type="x/worksheet" Target="sheet{number}.xml"/>' for number in range(len(parts))
    )
    content = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": '<R><Relationship Id="a" Type="x/officeDocument" Target="xl/w.xml"/></R>',
        "xl/w.xml": f'<workbook xmlns:r="u"><sheets>{listed}{sheets}</sheets></workbook>',
        "xl/_rels/w.xml.rels": f'<Relationships>{related}{relations}<Relationship Id="t" Type="x/sharedStrings" '
        'Target="t.xml"/></Relationships>',
        "xl/t.xml": f"<sst>{texts}</sst>",
    } | {f"xl/sheet{number}.xml": f"<worksheet>{part}</worksheet>" for number, part in enumerate(parts)}
    return io.BytesIO(make_zip({name: text.encode() for name, text in content.items()}))


def sheet_data(cell: str, *, row: str = ' r="1"') -> str:
    return f"<sheetData><row{row}>{cell}</row></sheetData>"


LONG = "a b " * 8_192  # one more than a cell may have


@pytest.mark.parametrize(
    ("cell", "texts"),
    [
        (f'<c r="A1" t="inlineStr"><is><t>{LONG}</t></is></c>', ""),
        (f'<c r="A1" t="inlineStr"><is><t>{LONG * 1_000}</t></is></c>', ""),
        (f'<c r="A1" t="inlineStr"><is>{"<r><t>abcd</t></r>" * 10_000}</is></c>', ""),
        (f'<c r="A1" t="str"><v>{LONG * 10}</v></c>', ""),
        ('<c r="A1" t="s"><v>0</v></c>', f"<si><t>{LONG * 500}</t></si>"),
    ],
    ids=["little", "giant", "rich", "formula", "shared"],
)
def test_cell_of_a_workbook_is_no_longer_than_excel_takes(cell, texts) -> None:
    file = book_of(sheet_data(cell), texts=texts)
    with in_memory(16_000_000):
        [[value]] = all_of(Workbook(file))
    assert isinstance(value, Illegible)
    assert value.says == TOO_LONG


def test_longest_cell_of_a_workbook_is_taken() -> None:
    text = LONG[1:]
    file = book_of(sheet_data(f'<c r="A1" t="str"><v>{text}</v></c>'))
    assert all_of(Workbook(file)) == [[text]]


@pytest.mark.parametrize(
    "part",
    [
        sheet_data('<c r="A1"><v>1</v></c>', row=' r="99999999999"'),
        sheet_data('<c r="A1"><v>1</v></c>', row=' r="1048577"'),
        sheet_data('<c r="A1"><v>1</v></c>', row=' r="-5"'),
        sheet_data(f'<c r="{"A" * 200_000}1"><v>1</v></c>'),
        "<a>" * 500 + "</a>" * 500,
        f'<sheetData a="{"a" * 3_000_000}"/>',
    ],
    ids=["row", "next row", "negative", "column", "deep", "attribute"],
)
def test_workbook_that_no_program_makes_is_damaged(part) -> None:
    with pytest.raises(Unreadable, match=DAMAGED):
        all_of(Workbook(book_of(part)))


def test_last_row_and_column_of_excel_are_read() -> None:
    file = book_of(sheet_data('<c r="A1048576"><v>1</v></c>', row=' r="1048576"'))
    assert [number for sheet in Workbook(file).sheets() for number, _ in sheet.rows] == [1_048_576]
    assert place_of("XFD") == 16_383


def test_each_part_of_a_workbook_is_one_sheet() -> None:
    file = book_of(sheet_data('<c r="A1"><v>1</v></c>'), sheets='<sheet name="Again" r:id="s0"/>' * 100_000)
    assert [sheet.name for sheet in Workbook(file).sheets()] == ["Sheet0"]
    again = '<Relationship Id="s9" Type="x/worksheet" Target="sheet0.xml"/>'
    with pytest.raises(Unreadable, match=DAMAGED):
        Workbook(book_of(sheet_data(""), sheets='<sheet name="Again" r:id="s9"/>', relations=again))


def test_workbook_with_far_too_many_sheets_is_told() -> None:
    with pytest.raises(Unreadable, match="more than 250 sheets"):
        Workbook(book_of(*["<sheetData/>"] * 251))


def test_workbook_beats_for_every_piece_of_texts_and_of_rows_without_cells() -> None:
    beats = []
    file = book_of("<sheetData>" + "<row/>" * 200_000 + "</sheetData>", texts="<si><t>a</t></si>" * 70_000)
    book = Workbook(file, lambda: beats.append(1))
    of_texts = len(beats)
    assert of_texts >= 1_000_000 // (64 * 1024)
    assert all_of(book) == []
    assert len(beats) - of_texts >= 1_000_000 // (64 * 1024)


# --- JSON and CSV ------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"[" + b"{}," * 2_000_000 + b"{}]", b'{"returns":[' + b"{}," * 9_999 + b"{}]}"])
def test_json_with_more_returns_than_are_allowed_is_refused_at_once(content) -> None:
    with in_memory(8_000_000), pytest.raises(Unreadable, match="holds more than 5,000 returns"):
        JsonFile(io.BytesIO(content)).heads()


def test_json_with_more_rows_than_are_allowed_is_refused_at_once(settings) -> None:
    settings.RETURNS_UPLOAD_ROWS = 500
    content = b'{"anything":[' + b"1," * 1_000 + b"1]}"
    with pytest.raises(Unreadable, match="has more than 500 rows"):
        JsonFile(io.BytesIO(content)).heads()


def test_only_keys_of_json_returns_are_held() -> None:
    own = b'{"return":{"contract_id":"N1","period_start":[' + b"[]," * 20_000 + b"[]]," + b'"other":"'
    content = b"[" + b",".join([own + b"a" * 10_000 + b'"}}'] * 10) + b"]"
    file = io.BytesIO(content)
    with in_memory(6_000_000):
        heads = JsonFile(file).heads()
    assert {tuple(sorted(head)) for head in heads} == {("contract_id", "period_start")}


def test_json_beats_over_what_it_does_not_know(supplier, bob, monkeypatch) -> None:
    beats = []
    monkeypatch.setattr("reporting.uploads.pulse.Pulse.beat", lambda *_: beats.append(1))
    read(begin(supplier, bob, b'{"x":[' + b"1," * 4_000 + b"1]}", "a.json"))
    assert len(beats) >= 8 + 20


def test_fields_that_json_does_not_know_are_said_of_each_row_up_to_a_limit(due, supplier, bob) -> None:
    fields = ",".join(f'"f{number}":1' for number in range(1_000))
    upload = read(begin(supplier, bob, f'{{"return":{{{fields}}}}}'.encode(), "a.json"))
    assert upload.findings.filter(check_id="unknown-field").count() == 50


def test_csv_file_beats_over_blank_rows() -> None:
    beats = []
    assert all_of(CsvFile(io.BytesIO(b",,\n" * 10_000), "spend.csv", lambda: beats.append(1))) == []
    assert len(beats) == 10


def test_blank_rows_are_counted_too(due, supplier, bob, monkeypatch) -> None:
    monkeypatch.setattr("reporting.uploads.ingest.MOST_BLANK", 500)
    rows = csv_of("spend", rows_of(due[0])["spend"]) + b",, \n" * 1_000
    assert read(begin(supplier, bob, rows, "spend.csv")).failure.startswith("The file has more than 500 blank rows.")


def test_file_with_far_too_many_sheets_is_told(supplier, bob) -> None:
    content = ods_file(*[("Notes", ods_row())] * 251).getvalue()
    assert read(begin(supplier, bob, content, "a.ods")).failure.startswith("The file has more than 250 sheets.")
