"""Pages of files with returns: sent in, watched, decided on, and given back marked."""

from __future__ import annotations

import io
from decimal import Decimal
from uuid import uuid4

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.organisations.choices import Role
from reporting.actions.ingest import read_upload
from reporting.choices import FoundState, ReturnState, UploadState
from reporting.models import Return, Upload, UploadFinding
from reporting.standards import latest
from reporting.standards.workbooks import workbook_of
from reporting.uploads import annotated
from tests.factories import make_member, make_user
from tests.reporting.found_makers import make_finding, make_found, make_mixed, make_upload
from tests.reporting.makers import NOW, make_contract, make_returns

HOSTILE = "<script>alert(1)</script>.csv"


def url(name, *args) -> str:
    return reverse(f"reporting:{name}", args=args)


def template(contracts, **wrong) -> bytes:
    """The template filled in: for each contract its July, with one line; `wrong` gives cells of the last one."""
    book = openpyxl.load_workbook(io.BytesIO(workbook_of(latest())))
    for contract in contracts:
        keys = [contract.number, "01/07/2026"]
        book["Return"].append([*keys, "31/07/2026", "No", None, None, 9000, 9000, 118000])
        cells = {"description": "Senior developer", "price": 600, "quantity": 15, "amount": 9000}
        cells |= wrong if contract is contracts[-1] else {}
        book["Spend lines"].append(
            [*keys, cells["description"], "Build: developing or changing the service", "Day", cells["price"],
             cells["quantity"], cells["amount"]]
        )  # fmt: skip
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def send(client, content, name="returns.xlsx", **fields):
    given = {"file": SimpleUploadedFile(name, content), "submission_key": uuid4()}
    return client.post(url("upload-create"), given | fields)


def sent(client, content, **fields) -> Upload:
    """An upload that was sent in and read."""
    before = set(Upload.objects.values_list("pk", flat=True))
    assert send(client, content, **fields).status_code == 302
    upload = Upload.objects.exclude(pk__in=before).get()
    read_upload(upload_id=upload.pk, now=NOW)
    upload.refresh_from_db()
    return upload


@pytest.fixture
def media(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def contracts(buyer, supplier, alice):
    made = [make_contract(buyer, supplier, alice, number=f"AVC-{number}") for number in (1, 2, 3)]
    for contract in made:
        make_returns(contract)
    return made


# --- From a mixed file to submitted returns ----------------------------------------------------------


def test_mixed_file_is_mended_in_the_marked_workbook_and_filed(client, contracts, bob, media) -> None:
    client.force_login(bob)
    upload = sent(client, template(contracts, amount=9100, quantity="fifteen"))
    page = client.get(upload.get_absolute_url())
    assert (page.context["counts"]["good"], page.context["counts"]["bad"]) == (2, 1)

    answer = client.get(url("upload-annotated", upload.public_id))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    sheet = book["Spend lines"]
    marked = {cell.coordinate for row in sheet.iter_rows() for cell in row if cell.fill.fgColor.rgb == "FFF4B6B0"}
    assert "G4" in marked
    assert "Enter a number" in sheet["G4"].comment.text
    assert sheet["G4"].value == "fifteen"
    assert not marked & {"G2", "G3", "H2", "H3"}
    links = {cell.hyperlink.location for row in book["Errors"].iter_rows() for cell in row if cell.hyperlink}
    assert "'Spend lines'!G4" in links

    sheet["G4"], sheet["H4"] = 15, 9000
    file = io.BytesIO()
    book.save(file)
    mended = sent(client, file.getvalue())
    assert (mended.state, mended.errors_found) == (UploadState.CHECKED, 0)
    said = client.post(url("upload-keep", mended.public_id), {"version": mended.version}, follow=True).content.decode()
    assert "3 returns are kept as drafts." in said
    said = client.post(url("upload-submit", mended.public_id), follow=True).content.decode()
    assert "3 returns are submitted." in said
    filed = Return.objects.filter(state=ReturnState.SUBMITTED)
    assert sorted(filed.values_list("contract__number", "actual_spend")) == [
        (f"AVC-{number}", Decimal("9000.00")) for number in (1, 2, 3)
    ]


def test_good_returns_are_kept_while_bad_ones_wait(client, contracts, bob, media) -> None:
    client.force_login(bob)
    upload = sent(client, template(contracts, amount=9100))
    assert client.post(url("upload-keep", upload.public_id), {"version": upload.version}).status_code == 302
    assert sorted(upload.found.values_list("state", flat=True)) == [FoundState.BAD, FoundState.KEPT, FoundState.KEPT]
    page = client.get(upload.get_absolute_url()).content.decode()
    assert "Submit those that are ready" in page
    assert "Keep the good ones" not in page


def test_same_file_is_said_and_read_again_only_when_asked(client, contracts, bob, media) -> None:
    client.force_login(bob)
    content = template(contracts)
    first = sent(client, content)
    answer = send(client, content, follow=True)
    assert answer.headers["Location"] == url("upload-again", first.public_id)
    assert Upload.objects.count() == 1
    page = client.get(answer.headers["Location"])
    assert "Exactly the same file was uploaded by Bob Larkin" in page.content.decode()
    key = page.context["form"]["submission_key"].value()
    for _ in range(2):  # the button pressed twice
        client.post(answer.headers["Location"], {"submission_key": key})
    assert Upload.objects.count() == 2


def test_form_sent_twice_makes_one_upload(client, contracts, bob, media) -> None:
    client.force_login(bob)
    key, content = uuid4(), template(contracts)
    answers = [send(client, content, submission_key=key) for _ in range(2)]
    assert Upload.objects.count() == 1
    assert {answer.headers["Location"] for answer in answers} == {Upload.objects.get().get_absolute_url()}


def test_file_that_is_no_table_is_refused_beside_its_field(client, supplier, bob, media) -> None:
    client.force_login(bob)
    page = send(client, b"%PDF-1.7 not a table", "returns.pdf").content.decode()
    assert "There is a problem" in page
    assert Upload.objects.count() == 0


def test_forged_fields_are_ignored(client, contracts, charlie, bob, media) -> None:
    client.force_login(bob)
    foreign = charlie.memberships.get().organisation
    upload = sent(client, template(contracts), supplier=foreign.pk, state="kept", errors_found=7)
    assert (upload.supplier, upload.errors_found) == (contracts[0].supplier, 0)


# --- Watching ----------------------------------------------------------------------------------------


def test_bar_says_how_far_it_is(client, supplier, bob) -> None:
    upload = make_upload(supplier, bob, UploadState.READING)
    client.force_login(bob)
    page = client.get(upload.get_absolute_url()).content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert '"allowEval":false' in page
    bar = client.get(url("upload-progress", upload.public_id), {"said": "0"}).content.decode()
    assert ("<strong>48</strong> of about 120 rows read, 40%" in bar, 'value="40"' in bar) == (True, True)
    assert "25% of the rows are read." in bar
    assert "hx-swap-oob" not in client.get(url("upload-progress", upload.public_id), {"said": "25"}).content.decode()


@pytest.mark.parametrize("said", ["²", "9" * 5000, "-1", "x\0"])
def test_bar_takes_whatever_was_said(client, supplier, bob, said) -> None:
    client.force_login(bob)
    upload = make_upload(supplier, bob, UploadState.READING)
    assert client.get(url("upload-progress", upload.public_id), {"said": said}).status_code == 200


def test_page_is_fetched_anew_when_the_reading_is_over(client, supplier, bob) -> None:
    upload = make_upload(supplier, bob)
    client.force_login(bob)
    assert client.get(url("upload-progress", upload.public_id)).headers["HX-Refresh"] == "true"
    client.logout()
    answer = client.get(url("upload-progress", upload.public_id), headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (204, "true")
    assert client.get(url("upload-progress", upload.public_id)).status_code == 302


def test_failed_file_says_why_and_what_to_do(client, supplier, bob) -> None:
    client.force_login(bob)
    page = client.get(make_upload(supplier, bob, UploadState.FAILED).get_absolute_url()).content.decode()
    assert "The file is locked with a password" in page
    assert "upload it again" in page


# --- What was found ----------------------------------------------------------------------------------


def test_findings_are_grouped_by_kind_and_opened_cell_by_cell(client, supplier, bob) -> None:
    upload = make_mixed(supplier, bob)
    client.force_login(bob)
    kinds = client.get(upload.get_absolute_url()).context["kinds"]
    assert [(kind.severity, kind.check_id, kind.cells) for kind in kinds] == [
        ("error", "line-adds-up", 2),
        ("error", "unknown-sheet", 1),
        ("error", "unreadable", 1),
        ("question", "spend-within-value", 1),
    ]
    cells = client.get(kinds[0].url).context["cells"]
    assert [cell.place for cell in cells] == ["H3", "H9"]
    bad = upload.found.get(state=FoundState.BAD)
    assert len(client.get(url("upload-findings", upload.public_id), {"found": bad.pk}).context["cells"]) == 3


def test_limit_of_the_list_is_said(client, supplier, bob) -> None:
    upload = make_mixed(supplier, bob)
    Upload.objects.filter(pk=upload.pk).update(errors_found=123_456)
    client.force_login(bob)
    page = client.get(upload.get_absolute_url()).content.decode()
    assert "123,456 errors to mend" in page
    assert "The first 4 are listed." in page


@pytest.mark.parametrize("query", ["found=²", "found=99999999999999999999", "check_id=%00", "severity=x", "page=x"])
def test_filter_that_cannot_be_read_breaks_nothing(client, supplier, bob, query) -> None:
    upload = make_mixed(supplier, bob)
    client.force_login(bob)
    assert client.get(f"{url('upload-findings', upload.public_id)}?{query}").status_code == 200
    assert client.get(f"{upload.get_absolute_url()}?{query}").status_code == 200


def test_pages_ask_as_often_for_three_as_for_one(client, supplier, bob) -> None:
    upload = make_upload(supplier, bob, errors_found=1)
    make_finding(upload, make_found(upload, "AVC-0", FoundState.BAD))
    client.force_login(bob)
    paths = [url("upload-list"), upload.get_absolute_url(), url("upload-findings", upload.public_id)]
    client.get(paths[0])
    before = [asked(client, path) for path in paths]
    for number in (1, 2, 3):
        make_finding(upload, make_found(upload, f"AVC-{number}", FoundState.BAD), check_id=f"check-{number}")
        make_upload(supplier, make_member(supplier, role=Role.EDITOR, name=f"Editor {number}"))
    assert [asked(client, path) for path in paths] == before


def asked(client, path) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def test_hostile_names_and_cells_are_only_text(client, supplier, bob) -> None:
    upload = make_upload(supplier, bob, name=HOSTILE, errors_found=1)
    make_finding(upload, make_found(upload, HOSTILE), value=HOSTILE, sheet=HOSTILE, column=HOSTILE, says=HOSTILE)
    client.force_login(bob)
    for path in (url("upload-list"), upload.get_absolute_url(), url("upload-findings", upload.public_id)):
        page = client.get(path).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


# --- Who ---------------------------------------------------------------------------------------------


def test_viewer_sees_and_decides_nothing(client, supplier, bob) -> None:
    upload = make_mixed(supplier, bob)
    client.force_login(make_member(supplier, role=Role.VIEWER, name="Wes Moor"))
    page = client.get(upload.get_absolute_url()).content.decode()
    assert "4 errors to mend" in page
    assert '<form method="post" action="/reporting' not in page
    for name in ("upload-keep", "upload-submit", "upload-drop"):
        assert client.post(url(name, upload.public_id), {"version": upload.version}).status_code == 403


def test_files_of_a_supplier_are_there_for_nobody_else(client, supplier, bob, alice, charlie) -> None:
    upload = make_mixed(supplier, bob)
    for person in (alice, charlie, make_user(is_staff=True, mfa=True)):
        client.force_login(person)
        assert client.get(upload.get_absolute_url()).status_code == 404
        assert client.post(url("upload-drop", upload.public_id), {"version": 1}).status_code == 404
        assert list(client.get(url("upload-list")).context["page"]) == []


def test_second_to_decide_is_told(client, contracts, bob, media) -> None:
    client.force_login(bob)
    upload = sent(client, template(contracts))
    assert client.post(url("upload-keep", upload.public_id), {"version": upload.version - 1}).status_code == 409


def test_dropped_file_leaves_its_name_alone(client, contracts, bob, media) -> None:
    client.force_login(bob)
    upload = sent(client, template(contracts, amount=1))
    client.post(url("upload-drop", upload.public_id), {"version": upload.version})
    page = client.get(upload.get_absolute_url()).content.decode()
    assert "This file was dropped" in page
    assert UploadFinding.objects.count() == 0
    assert client.get(url("upload-annotated", upload.public_id)).status_code == 404


# --- The marked workbook -----------------------------------------------------------------------------


def marked(upload) -> openpyxl.Workbook:
    with annotated.annotated(upload) as file:
        return openpyxl.load_workbook(file)


CSV = "contract_id,period_start,description,cost_stage,unit,unit_price,quantity,amount\n"


def test_workbook_of_a_csv_keeps_each_row_in_its_place(client, contracts, bob, media) -> None:
    client.force_login(bob)
    rows = CSV + "AVC-1,2026-07-01,A,build,day,600,15,9000\n\n\nAVC-2,2026-07-01,=1+1,build,day,600,15,nine\n"
    upload = sent(client, rows.encode(), name="spend.csv")
    book = marked(upload)
    sheet = book[book.sheetnames[1]]
    assert (sheet["C5"].value, sheet["C5"].data_type) == ("=1+1", "s")
    assert sheet["H5"].fill.fgColor.rgb == "FFF4B6B0"
    assert sheet["A3"].value is None


def test_workbook_of_json_has_a_sheet_for_each_table(client, contracts, bob, media) -> None:
    client.force_login(bob)
    head = '{"contract_id": "AVC-1", "period_start": "2026-07-01", "period_end": "2026-07-31", "nil_return": "maybe"}'
    upload = sent(client, f'{{"return": {head}, "kpi": []}}'.encode(), name="returns.json")
    book = marked(upload)
    assert book.sheetnames[:3] == ["Errors", "Return", "Spend lines"]
    assert book["Return"]["D2"].fill.fgColor.rgb == "FFF4B6B0"
    assert book["Return"]["D2"].value == "maybe"


def test_comments_and_links_have_a_limit_and_marks_have_none(client, contracts, bob, media, monkeypatch) -> None:
    monkeypatch.setattr(annotated, "MOST_COMMENTS", 2)
    monkeypatch.setattr(annotated, "MOST_LINKS", 3)
    client.force_login(bob)
    rows = CSV + "".join(f"AVC-1,2026-07-01,A{number},build,day,x,15,9000\n" for number in range(6))
    book = marked(sent(client, rows.encode(), name="spend.csv"))
    sheet = book[book.sheetnames[1]]
    cells = [sheet[f"F{row}"] for row in range(2, 8)]
    assert {cell.fill.fgColor.rgb for cell in cells} == {"FFF4B6B0"}
    assert sum(cell.comment is not None for row in sheet.iter_rows() for cell in row) == 2
    assert sum(cell.hyperlink is not None for row in book["Errors"].iter_rows() for cell in row) == 3
