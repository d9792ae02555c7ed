"""Files with many returns take few queries; and a worker reads what is sent in, whatever stands in its cells."""

from __future__ import annotations

import time
from datetime import date
from unittest.mock import Mock

import pytest
from celery.contrib.testing.worker import start_worker
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from portal import celery
from portal.files import intake
from reporting.actions import ingest
from reporting.choices import FoundState, ReturnState, UploadState
from reporting.models import BaselineMilestone, FoundReturn, FoundRow, Return, ReturnLine, Upload
from reporting.queries.returns import FEW, known_of, stored_filing
from reporting.standards import latest
from reporting.standards.values import Illegible, Unfit, reader
from reporting.uploads.portal import Portal
from reporting.uploads.pulse import Lost
from tests.reporting.files import NAMES, begin, found, joined, made_as, read, rows_of, xlsx
from tests.reporting.makers import NOW, make_contract, make_field, make_framework, make_returns, spend


@pytest.fixture
def _quiet_pulse(monkeypatch) -> None:
    """Its own connection does not see what a test has not committed."""
    monkeypatch.setattr("reporting.uploads.pulse.EVERY", float("inf"))


def many(buyer, supplier, alice, count: int) -> list[Return]:
    """The first return that each of several contracts waits for, after one that stands."""
    first = []
    for number in range(count):
        before, now, *_ = make_returns(make_contract(buyer, supplier, alice, number=f"AVC-{number:03}"))
        before.state, before.submitted_at, before.submitted_by = ReturnState.SUBMITTED, NOW, alice
        before.data = {"nil_return": False, "actual_spend": "1000.00", "spend_to_date": "1000.00"}
        before.save()
        BaselineMilestone.objects.create(
            contract=now.contract, number="M2", title="Alpha", type="delivery", due=date(2026, 9, number % 28 + 1)
        )
        first.append(now)
    return first


@pytest.mark.usefixtures("_quiet_pulse")
def test_many_returns_take_few_queries(buyer, supplier, alice, bob) -> None:
    returns = many(buyer, supplier, alice, 12)
    taken = {}
    for count in (6, 12):
        given_ = [rows_of(filed, spend_to_date="10000.00") for filed in returns[:count]]
        upload = begin(supplier, bob, xlsx(joined(*given_)))
        with CaptureQueriesContext(connection) as queries:
            read(upload)
        taken[count] = len(queries)
        assert (upload.state, found(upload)) == (UploadState.CHECKED, [])
        assert [one.state for one in upload.found.all()] == [FoundState.GOOD] * count
    # Read ahead by one, two, four and eight: one round more for twice as many.
    assert taken[12] - taken[6] <= 8


def test_what_is_known_of_many_is_what_is_known_of_each(buyer, supplier, alice) -> None:
    returns = many(buyer, supplier, alice, 9)
    ReturnLine.objects.bulk_create(
        ReturnLine(supplier=supplier, filed=before, table="milestone", number=number,
                   data={"milestone_id": f"M{number}", "title": "Alpha"})
        for place, before in enumerate(Return.objects.filter(state=ReturnState.SUBMITTED).order_by("pk"))
        for number in range(1, (FEW * 2 if place == 3 else place % 3) + 1)
    )  # fmt: skip
    portal = Portal(supplier, None)
    for filed in [*returns[4:], *returns[:4]]:
        alone, together = known_of(filed), portal.known(portal.contract(filed.contract_id).unfiled[filed.period_start])
        assert alone.periods == together.periods
        assert alone.baselines == together.baselines
        assert alone.current_value == together.current_value
        assert alone.previous is not None
        assert together.previous is not None
        for table in latest().tables:
            rows = [
                [dict(row) for row in known.rows.get(table.name, ())] for known in (alone.previous, together.previous)
            ]
            assert rows[0] == rows[1]
        assert len(together.previous.rows.get("milestone", ())) == before_lines(filed)
        stored = portal.filings([filed])[filed.pk]
        assert stored.head == stored_filing(filed).head


def before_lines(filed: Return) -> int:
    return ReturnLine.objects.filter(filed__contract=filed.contract, filed__state=ReturnState.SUBMITTED).count()


# --- Cells -------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_quiet_pulse")
@pytest.mark.parametrize("format_", ["xlsx", "ods", "zip", "json"])
@pytest.mark.parametrize(
    "text",
    [
        "back\\slash",
        "\\N",
        "\\.",
        "\\",
        'say "x" \\" now',
        "a\\tb\\nc",
        "ten % of {this}",
        "£5 – “quoted” é",
        "\\u0041",
    ],
)
def test_what_copy_has_a_meaning_for_comes_back_as_it_was(format_, text, due, supplier, bob) -> None:
    upload = read(
        begin(supplier, bob, made_as(format_, rows_of(due[0], lines=[spend(description=text)])), NAMES[format_])
    )

    assert (upload.state, found(upload)) == (UploadState.CHECKED, [])
    assert FoundRow.objects.get().data["description"] == text


@pytest.mark.usefixtures("_quiet_pulse")
def test_tabs_and_line_ends_come_back_where_a_field_has_lines(due, supplier, bob) -> None:
    notes = "One\ttab \\t\nand a line \\n\nC:\\new"
    upload = read(begin(supplier, bob, made_as("json", rows_of(due[0], confidence_reason=notes)), "returns.json"))

    assert upload.state == UploadState.CHECKED
    assert FoundReturn.objects.get().head["confidence_reason"] == notes


@pytest.mark.usefixtures("_quiet_pulse")
@pytest.mark.parametrize("format_", ["xlsx", "zip", "json"])
def test_tabs_and_line_ends_of_a_line_come_back_through_copy(format_, buyer, supplier, alice, bob) -> None:
    """A framework's field may be of several lines."""
    framework = make_framework()
    make_field(framework, table="spend", name="story", label="Story", type="text", longest=500)
    filed = make_returns(make_contract(buyer, supplier, alice, framework=framework.reference))[0]
    story = "One\ttab \\t\nand a line \\n\nC:\\new\\"
    upload = read(begin(supplier, bob, made_as(format_, rows_of(filed, lines=[spend(story=story)])), NAMES[format_]))

    assert (upload.state, found(upload)) == (UploadState.CHECKED, [])
    assert FoundRow.objects.get().data["story"] == story


@pytest.mark.usefixtures("_quiet_pulse")
def test_findings_say_cells_with_tabs_and_backslashes_as_they_were(due, supplier, bob) -> None:
    lines = [spend(unit="a\\b\tc\nd\\.")]
    upload = read(begin(supplier, bob, made_as("zip", rows_of(due[0], lines=lines)), "returns.zip"))

    assert "a\\b\tc\nd\\." in [one.value for one in upload.findings.all()]


CELLS = st.one_of(
    st.decimals(allow_nan=True, allow_infinity=True).map(str), st.floats(), st.integers(), st.booleans(), st.none(),
    st.from_regex(r"[-+(£]?[0-9]{0,16}[.,]?[0-9]{0,6}[)%]?", fullmatch=True), st.text(max_size=8),
    st.sampled_from(["Day", "day", " DAY ", "-0", "-0.00", "00.10", "٣", "1_0", Illegible("12", "Mend it")]),
)  # fmt: skip


@given(cell=CELLS)
@pytest.mark.parametrize("name", ["unit_price", "quantity", "amount", "unit", "cost_stage"])
def test_quick_reading_is_the_careful_one(name, cell) -> None:
    from reporting.standards import values

    item = latest().table("spend").field(name)
    codes = latest().codes.get(item.codes)

    def outcome() -> str:
        try:
            return repr(reader(item, codes)(cell))
        except Unfit as unfit:
            return str(unfit)

    quickly = outcome()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(values, "_QUICK", {})
        assert outcome() == quickly


# --- Workers -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_quiet_pulse")
@pytest.mark.parametrize("change", [{"attempts": 2}, {"state": UploadState.DROPPED}, {"state": UploadState.WAITING}])
def test_reading_that_is_no_longer_its_workers_is_not_finished(change, due, supplier, bob) -> None:
    """Another took it, or its supplier dropped it, between the last row and the end."""
    upload = begin(supplier, bob, xlsx(rows_of(due[0])))
    claimed = ingest.claim_upload(upload_id=upload.pk, now=NOW)
    Upload.objects.filter(pk=upload.pk).update(**change)
    with pytest.raises(Lost):
        ingest._finish(claimed, Mock())
    upload.refresh_from_db()
    assert upload.state != UploadState.CHECKED


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_real_worker_reads_what_is_sent_in(due, supplier, bob) -> None:
    """From the request through the broker to the rows, with nobody calling the task here."""
    with start_worker(celery.app, pool="solo", perform_ping_check=False, loglevel="ERROR"):
        upload = begin(supplier, bob, xlsx(rows_of(due[0])))
        ends = time.monotonic() + 30
        while upload.state in (UploadState.WAITING, UploadState.READING) and time.monotonic() < ends:
            time.sleep(0.1)
            upload.refresh_from_db()
    assert (upload.state, upload.failure, upload.attempts) == (UploadState.CHECKED, "", 1)
    assert upload.found.get().state == FoundState.GOOD
    assert FoundRow.objects.count() == 1


def test_upload_is_looked_over_once(due, bob, client, monkeypatch) -> None:
    looked = Mock(side_effect=intake.identify)
    monkeypatch.setattr(intake, "identify", looked)
    client.force_login(bob)
    file = SimpleUploadedFile("returns.xlsx", xlsx(rows_of(due[0])))
    said = client.post(
        reverse("reporting:upload-create"), {"file": file, "submission_key": "5f0c2e76-4a3b-4d09-9a8d-0d2a4ad2a001"}
    )

    assert (said.status_code, Upload.objects.count()) == (302, 1)
    assert looked.call_count == 1
