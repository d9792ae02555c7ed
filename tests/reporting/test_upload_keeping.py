"""What becomes of a file: taken in once, kept in part, submitted, dropped; by whom, and by nobody else."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from portal.organisations.choices import Role
from portal.refusals import Refused, StaleWrite
from reporting.actions import file_nil_returns, save_return, start_correction, submit_return
from reporting.actions.uploads import SameFile, begin_upload, drop_upload, keep_upload, submit_kept
from reporting.choices import FoundState, ReturnState, UploadState
from reporting.models import FoundRow, Upload
from tests.factories import make_member, make_public_body
from tests.reporting.files import begin, csv_of, found, joined, read, rows_of, xlsx, zip_of
from tests.reporting.makers import NOW, head, make_contract, make_returns, spend


@pytest.fixture(autouse=True)
def _quiet_pulse(monkeypatch) -> None:
    """Its own connection does not see what a test has not committed."""
    monkeypatch.setattr("reporting.uploads.pulse.EVERY", float("inf"))


@pytest.fixture
def mixed(due, supplier, bob) -> Upload:
    """The first return is good, the second is not."""
    return read(begin(supplier, bob, xlsx(joined(rows_of(due[0]), rows_of(due[1], lines=[spend(unit="pound")])))))


def keep(upload, by) -> int:
    upload.refresh_from_db()
    return keep_upload(upload=upload, version=upload.version, by=by, now=NOW)


def states(*returns) -> list[str]:
    for one in returns:
        one.refresh_from_db()
    return [one.state for one in returns]


# --- Taking in ---------------------------------------------------------------------------------------


def test_same_file_is_noticed_and_taken_when_it_is_said_again(due, supplier, bob) -> None:
    content = xlsx(rows_of(due[0]))
    first = begin(supplier, bob, content)
    with pytest.raises(SameFile) as same:
        begin(supplier, bob, content, "other name.xlsx")
    assert same.value.earlier == first
    assert "uploaded already, at midday on 22 November 2026, as ‘returns.xlsx’" in str(same.value)
    assert begin(supplier, bob, content, again=True) != first


def test_same_file_of_another_supplier_or_dropped_is_new(due, supplier, bob, charlie) -> None:
    content = xlsx(rows_of(due[0]))
    first = begin(supplier, bob, content)
    begin(charlie.memberships.get().organisation, charlie, content)
    drop_upload(upload=first, version=first.version, by=bob, now=NOW)
    assert begin(supplier, bob, content).state == UploadState.WAITING


def test_form_sent_twice_makes_one_upload(due, supplier, bob) -> None:
    key, content = uuid4(), xlsx(rows_of(due[0]))

    def send() -> Upload:
        file = SimpleUploadedFile("a.xlsx", content)
        return begin_upload(supplier=supplier, upload=file, submission_key=key, by=bob, now=NOW)

    assert send() == send()


def test_others_take_no_file_in(due, supplier, bob, charlie, alice) -> None:
    viewer = make_member(supplier, role=Role.VIEWER, name="Vera Holt")
    for person in (charlie, alice, viewer):
        with pytest.raises(PermissionDenied):
            begin(supplier, person, xlsx(rows_of(due[0])))


def test_more_files_than_can_be_read_are_refused(due, supplier, bob) -> None:
    for number in range(10):
        begin(supplier, bob, csv_of("spend", [spend(description=str(number))]), "spend.csv")
    with pytest.raises(Refused, match="10 of your files are still being read"):
        begin(supplier, bob, csv_of("spend", [spend()]), "spend.csv")


# --- Keeping -----------------------------------------------------------------------------------------


def test_good_returns_are_kept_and_bad_ones_wait(mixed, due, bob) -> None:
    assert keep(mixed, bob) == 1
    assert states(due[0], due[1]) == [ReturnState.READY, ReturnState.DUE]
    assert [(line.table, line.number, line.data["amount"]) for line in due[0].lines.all()] == [("spend", 1, "9000.00")]
    assert due[0].data["actual_spend"] == "9000.00"
    mixed.refresh_from_db()
    assert mixed.state == UploadState.KEPT
    assert [one.state for one in mixed.found.all()] == [FoundState.KEPT, FoundState.BAD]
    assert not FoundRow.objects.exists()
    assert submit_kept(upload=mixed, by=bob, now=NOW) == 1
    assert states(due[0]) == [ReturnState.SUBMITTED]


def test_file_is_kept_once_and_by_who_saw_it_as_it_is(mixed, bob) -> None:
    with pytest.raises(StaleWrite):
        keep_upload(upload=mixed, version=mixed.version - 1, by=bob, now=NOW)
    keep(mixed, bob)
    with pytest.raises(Refused):
        keep(mixed, bob)


def test_others_keep_submit_and_drop_nothing(mixed, charlie, alice) -> None:
    for person in (charlie, alice):
        with pytest.raises(PermissionDenied):
            keep(mixed, person)
        with pytest.raises(PermissionDenied):
            submit_kept(upload=mixed, by=person, now=NOW)
        with pytest.raises(PermissionDenied):
            drop_upload(upload=mixed, version=mixed.version, by=person, now=NOW)


def test_what_a_colleague_wrote_meanwhile_is_not_thrown_away(mixed, due, bob) -> None:
    save_return(filed=due[0], version=due[0].version, given={"return": [head(due[0])]}, by=bob, now=NOW)
    assert keep(mixed, bob) == 0
    one = mixed.found.first()
    assert one.state == FoundState.BAD
    assert one.why_not.startswith("Somebody changed it here after the file was read")


def test_what_was_submitted_meanwhile_stays(mixed, due, bob) -> None:
    file_nil_returns(returns=[due[0]], by=bob, now=NOW)
    assert keep(mixed, bob) == 0
    assert due[0].lines.count() == 0


def test_kept_return_with_an_open_question_is_not_submitted(due, supplier, bob) -> None:
    tables = rows_of(due[0], lines=[], actual_spend="130000", spend_to_date="130000")
    upload = read(begin(supplier, bob, xlsx(tables)))
    assert (upload.errors_found, upload.questions_found) == (0, 1)
    assert keep(upload, bob) == 1
    with pytest.raises(Refused, match="More has been spent than the contract is worth"):
        submit_kept(upload=upload, by=bob, now=NOW)
    assert states(due[0]) == [ReturnState.READY]


def test_correction_is_filled_from_a_file(due, supplier, bob) -> None:
    save_return(
        filed=due[0], version=due[0].version, given={"return": [head(due[0])], "spend": [spend()]}, by=bob, now=NOW
    )
    due[0].refresh_from_db()
    submit_return(filed=due[0], version=due[0].version, by=bob, now=NOW)
    tables = rows_of(due[0], lines=[spend(), spend(description="Tester")], actual_spend="18000", spend_to_date="18000")
    assert found(read(begin(supplier, bob, xlsx(tables), "early.xlsx")))[0][:3] == ("submitted", "Return", 2)

    correction = start_correction(filed=due[0], reason="A line was left out", by=bob, now=NOW)
    assert list(correction.lines.values_list("table", "number")) == [("spend", 1)]
    upload = read(begin(supplier, bob, xlsx(tables), "again.xlsx", again=True))
    assert (keep(upload, bob), submit_kept(upload=upload, by=bob, now=NOW)) == (1, 1)
    assert states(due[0], correction) == [ReturnState.SUPERSEDED, ReturnState.SUBMITTED]
    assert correction.lines.count() == 2


def test_lines_alone_fill_a_draft_whose_own_row_was_written_here(due, supplier, bob) -> None:
    save_return(filed=due[0], version=due[0].version, given={"return": [head(due[0])]}, by=bob, now=NOW)
    upload = read(begin(supplier, bob, csv_of("spend", rows_of(due[0])["spend"]), "what we did.csv"))
    assert [(one[0], one[1]) for one in found(upload)] == [("draft-in-work", "what we did.csv")]
    assert keep(upload, bob) == 1
    due[0].refresh_from_db()
    assert (due[0].data["actual_spend"], due[0].lines.count()) == ("9000.00", 1)


# --- Dropping ----------------------------------------------------------------------------------------


def test_dropping_takes_all_away_but_what_was_kept(mixed, due, bob) -> None:
    keep(mixed, bob)
    mixed.refresh_from_db()
    stored = mixed.file
    drop_upload(upload=mixed, version=mixed.version, by=bob, now=NOW)
    mixed.refresh_from_db()
    assert (mixed.state, mixed.file, mixed.findings.count()) == (UploadState.DROPPED, None, 0)
    assert [one.state for one in mixed.found.all()] == [FoundState.KEPT]
    assert not type(stored).objects.filter(pk=stored.pk).exists()
    assert states(due[0]) == [ReturnState.READY]


# --- Whose return it is ------------------------------------------------------------------------------


def test_returns_that_nobody_waits_for_are_said_with_their_cell(due, contract, supplier, bob, alice) -> None:
    other = make_contract(contract.buyer, make_member_supplier(alice), alice, number="AVC-2026-099")
    theirs = make_returns(other)[0]
    early = rows_of(due[0])
    early["return"][0] |= {"period_start": "2025-01-01"}
    early["spend"] = []
    unknown = rows_of(due[1])
    for row in unknown["return"] + unknown["spend"]:
        row["contract_id"] = "X-1"
    upload = read(begin(supplier, bob, xlsx(joined(rows_of(theirs, lines=[]), unknown, early))))
    kinds = [(one.check_id, one.sheet_row, one.column, one.value) for one in upload.findings.order_by("pk")]
    assert kinds[:3] == [
        ("unknown-contract", 2, "Contract number", "AVC-2026-099"),
        ("unknown-contract", 3, "Contract number", "X-1"),
        ("not-due", 4, "Period from", "2025-01-01"),
    ]
    assert len({one.says for one in upload.findings.filter(check_id="unknown-contract")}) == 1
    assert upload.findings.get(check_id="not-due").mend == (
        "Enter the first day of one of its periods, for example 1 July 2026"
    )


def make_member_supplier(_alice):
    from tests.factories import make_supplier

    return make_supplier("Other Supplier Ltd")


def test_number_of_two_contracts_asks_for_the_reference(due, contract, supplier, bob) -> None:
    body = make_public_body("Brackwater Council")
    keeper = make_member(body, role=Role.EDITOR, name="Nadia Frost")
    second = make_contract(body, supplier, keeper, number=contract.number)
    tables = rows_of(due[0])
    assert {one[0] for one in found(read(begin(supplier, bob, zip_of(tables), "a.zip")))} == {"which-contract"}
    for row in tables["return"] + tables["spend"]:
        row["contract_id"] = second.reference.upper()
    make_returns(second, NOW + timedelta(days=1))
    upload = read(begin(supplier, bob, zip_of(tables), "b.zip"))
    assert (found(upload), upload.found.get().filed.contract) == ([], second)
