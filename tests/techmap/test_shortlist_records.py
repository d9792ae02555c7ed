"""The record: one text for the same facts, files that are the same each time, and a page that knows them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
import time_machine
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from portal.refusals import Refused
from techmap.actions.shortlist_entries import write_note
from techmap.actions.shortlists import make_export
from techmap.models import Shortlist, ShortlistExport
from techmap.record import canonical, hash_of, in_rows, plain, read
from techmap.record_files import FORMATS
from tests.techmap.shortlist_makers import NOW, make_decided, make_locked, make_shortlist

CHECK = "/techmap/records/"
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"))
FACTS = st.dictionaries(
    TEXT,
    st.recursive(
        st.none() | st.booleans() | st.integers() | TEXT,
        lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
        max_leaves=20,
    ),
)


# --- The canonical text ----------------------------------------------------------------------------


def shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        chance.shuffle(keys)
        return {key: shuffled(value[key], chance) for key in keys}
    return [shuffled(item, chance) for item in value] if isinstance(value, list) else value


@given(FACTS, st.randoms(use_true_random=False))
def test_the_same_facts_in_any_order_have_one_hash(facts, chance) -> None:
    assert hash_of(canonical(facts)) == hash_of(canonical(shuffled(facts, chance)))


@given(FACTS)
def test_the_text_reads_back_and_is_written_the_same_again(facts) -> None:
    text = canonical(facts)
    assert json.loads(text) == facts
    assert canonical(json.loads(text)) == text


@given(FACTS, FACTS)
def test_other_facts_have_another_text(one, other) -> None:
    assert (canonical(one) == canonical(other)) == (repr(ordered(one)) == repr(ordered(other)))


def ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted((key, ordered(item)) for key, item in value.items())
    return [ordered(item) for item in value] if isinstance(value, list) else value


def test_the_text_is_utf8_sorted_and_without_spaces() -> None:
    assert canonical({"b": [1, None, True], "a": {"é": "£“"}}) == '{"a":{"é":"£“"},"b":[1,null,true]}'
    assert hash_of("é") == hashlib.sha256(b"\xc3\xa9").hexdigest()


@pytest.mark.parametrize("fact", [0.5, Decimal("1"), date(2026, 1, 1), {1: "a"}, float("nan"), b"bytes"])
def test_what_json_writes_in_more_than_one_way_is_refused(fact) -> None:
    with pytest.raises(TypeError):
        canonical({"fact": [fact]})


def test_plain_makes_a_reasoning_fit_for_a_record() -> None:
    at = datetime(2026, 12, 3, 17, 30, 12, 99, tzinfo=UTC)
    given = {1: (0.25, Decimal("1.50")), "day": date(2026, 1, 2), "at": at, "codes": {"b", "a"}, "nul": "a\x00b"}
    wanted = {
        "1": ["0.25", "1.50"],
        "day": "2026-01-02",
        "at": "2026-12-03T17:30:12Z",
        "codes": ["a", "b"],
        "nul": "ab",
    }
    assert plain(given) == wanted
    assert json.loads(canonical(plain(given))) == wanted


def test_a_reasoning_is_told_in_rows() -> None:
    reasoning = {"sme_share": "0.5", "firms": [{"name": "Alder", "covers": ["Hosting", "Backup"]}], "proven": True}
    assert list(in_rows(reasoning)) == [
        ("Sme share", "0.5"),
        ("Firms 1, name", "Alder"),
        ("Firms 1, covers", "Hosting, Backup"),
        ("Proven", "Yes"),
    ]


# --- What the record holds -------------------------------------------------------------------------


@pytest.fixture
def locked(council, ann, firms) -> Shortlist:
    council.identifiers.create(scheme="GB-PPON", value="PASH-1111-AAAA")
    firms[0].identifiers.create(scheme="GB-COH", value="09999999")
    return make_locked(council, ann, title="=Hosting", purpose="Two years.")


def test_the_record_holds_everything(locked, ann, firms, settings) -> None:
    record = json.loads(locked.record)
    assert {key: record[key] for key in ("format", "format_version", "title", "purpose", "reference")} == {
        "format": "threepoint-decision-record",
        "format_version": 1,
        "title": "=Hosting",
        "purpose": "Two years.",
        "reference": str(locked.public_id),
    }
    assert record["portal"] == {"name": settings.SERVICE_NAME, "address": settings.SITE_URL}
    assert record["organisation"] == {
        "name": "Ashford Vale Council",
        "identifiers": [{"scheme": "GB-PPON", "value": "PASH-1111-AAAA"}],
    }
    assert record["search"] == {
        "address": "q=hosting",
        "words": "Suppliers with “hosting”",
        "data_version": locked.data_version,
        "drawn_at": "2026-11-24T10:30:00Z",
        "gave_the_suppliers": True,
    }
    assert record["outcome"] == {
        "code": "award",
        "words": "Direct award under a framework",
        "reason": "The best for its price.",
    }
    by_name = {item["name"]: item for item in record["suppliers"]}
    assert by_name["Alder Data Ltd"]["identifiers"] == [{"scheme": "GB-COH", "value": "09999999"}]
    out = next(item for item in record["suppliers"] if item["decision"] == "left out")
    assert out["reason"] == "Costs more."
    assert out["decided"] == {"by": "Ann Castle", "at": "2026-11-24T10:30:00Z"}
    assert [item["position"] for item in record["suppliers"]] == [1, 2, 3]


def test_the_record_holds_the_notes(council, ann, firms) -> None:
    from techmap.actions.shortlists import lock_shortlist
    from techmap.record import seen_of

    shortlist = make_decided(council, ann)
    second = shortlist.entries.all()[1]
    for entry, text in ((None, "Ask finance."), (second, "Rang them.")):
        write_note(shortlist=shortlist, entry=entry, text=text, submission_key=uuid4(), by=ann, now=NOW)
    shortlist = lock_shortlist(shortlist=shortlist, seen=seen_of(shortlist), by=ann, now=NOW)
    common = {"by": "Ann Castle", "at": "2026-11-24T10:30:00Z"}
    assert read(shortlist)["notes"] == [
        {"about_position": None, "text": "Ask finance.", **common},
        {"about_position": 2, "text": "Rang them.", **common},
    ]


def test_a_supplier_renamed_later_stays_what_it_was(locked, firms) -> None:
    firms[0].name = "Another Name Ltd"
    firms[0].save(update_fields=["name"])
    assert "Another Name" not in locked.record
    assert b"Another Name" not in FORMATS["csv"].make(locked)


def test_a_record_that_is_not_its_hash_is_not_read(locked) -> None:
    locked.record = locked.record.replace("Costs more", "Costs less")
    for made in FORMATS.values():
        with pytest.raises(ValueError, match="not the one that was locked"):
            made.make(locked)


# --- Files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_is_the_same_bytes_each_time_and_its_hash_is_kept(locked, ann, ben, format) -> None:
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        first = make_export(shortlist=locked, format=format, by=ann, now=NOW)
    with time_machine.travel(NOW + timedelta(days=400), tick=False):
        second = make_export(shortlist=locked, format=format, by=ben, now=NOW + timedelta(days=400))
    assert first == second
    [export] = ShortlistExport.objects.all()
    assert (export.format, export.sha256, export.size) == (format, hashlib.sha256(first).hexdigest(), len(first))
    assert (export.made_by, export.made_at) == (ann, NOW)


def test_the_json_file_is_the_record_to_the_byte(locked, ann) -> None:
    content = make_export(shortlist=locked, format="json", by=ann, now=NOW)
    assert content == locked.record.encode()
    assert hashlib.sha256(content).hexdigest() == locked.record_hash


def test_csv_and_xlsx_hold_a_row_a_supplier_and_no_formula(locked, ann) -> None:
    made = {name: make_export(shortlist=locked, format=name, by=ann, now=NOW) for name in ("csv", "xlsx")}
    rows = list(csv.DictReader(io.StringIO(made["csv"].decode("utf-8-sig"))))
    assert [(row["Position"], row["Decision"], row["Reason"]) for row in rows] == [
        ("1", "in", ""),
        ("2", "left out", "Costs more."),
        ("3", "left out", "Costs more."),
    ]
    assert {row["Shortlist"] for row in rows} == {"'=Hosting"}
    assert {row["SHA-256 of the record"] for row in rows} == {locked.record_hash}
    sheet = openpyxl.load_workbook(io.BytesIO(made["xlsx"])).active
    heads, *cells = sheet.iter_rows()
    column = [cell.value for cell in heads].index("Shortlist")
    assert {(row[column].value, row[column].data_type) for row in cells} == {("=Hosting", "s")}
    assert [cell.value for cell in heads] == list(rows[0])


def test_the_workbook_holds_no_clock(locked, ann) -> None:
    content = make_export(shortlist=locked, format="xlsx", by=ann, now=NOW)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.read("docProps/core.xml").count(b"2026-11-24T10:30:00Z") == 2


def test_an_open_list_has_no_record_to_download(council, ann, firms) -> None:
    with pytest.raises(Refused, match="Lock the shortlist first"):
        make_export(shortlist=make_shortlist(council, ann), format="json", by=ann, now=NOW)


# --- The public page -------------------------------------------------------------------------------


@pytest.fixture
def guest(db: None) -> Client:
    cache.clear()
    return Client()


def said(response) -> str:
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("format", FORMATS)
def test_anybody_can_check_a_file_and_learns_nothing_else(locked, ann, guest, format) -> None:
    content = make_export(shortlist=locked, format=format, by=ann, now=NOW)
    sha256 = hashlib.sha256(content).hexdigest()
    for asked in ({"file": SimpleUploadedFile("record", content)}, {"sha256": f" {sha256.upper()} "}):
        page = said(guest.post(CHECK, asked))
        assert (
            "a decision record of <strong>Ashford Vale Council</strong>, locked at 10:30am on 24 November 2026" in page
        )
        assert f"Format: {FORMATS[format].label}." in page
        for secret in (
            "Alder",
            "Birchwood",
            "=Hosting",
            "Two years",
            "Ann Castle",
            "Costs more",
            str(locked.public_id),
        ):
            assert secret not in page


@pytest.mark.parametrize("format", FORMATS)
def test_one_changed_byte_is_no_record(locked, ann, guest, format) -> None:
    content = make_export(shortlist=locked, format=format, by=ann, now=NOW)
    chance = random.Random(1)
    for place in chance.sample(range(len(content)), 5):
        changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        page = said(guest.post(CHECK, {"file": SimpleUploadedFile("record", changed)}))
        assert "We know of no record with this hash" in page
        assert "Ashford" not in page


def test_unknown_hashes_answer_alike_with_the_same_work(locked, guest) -> None:
    """The hash of a file not made yet, of a forgery and of nothing: the same words, the same queries."""
    unmade = hash_of(FORMATS["csv"].make(locked))
    answers = []
    for sha256 in (unmade, "0" * 64, hash_of("")):
        with CaptureQueriesContext(connection) as queries:
            response = guest.post(CHECK, {"sha256": sha256})
        tables = [query["sql"].split("FROM")[1].split()[0] for query in queries if '"techmap' in query["sql"]]
        answers.append(
            (response.status_code, said(response).replace(sha256, "").split("csrfmiddlewaretoken")[0], tables)
        )
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][2] == ['"techmap_shortlist"', '"techmap_shortlistexport"']


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "Paste a SHA-256, or choose a file. Give one of the two"),
        ({"sha256": "a" * 64, "file": SimpleUploadedFile("a", b"a")}, "Give one of the two"),
        ({"sha256": "xyz"}, "SHA-256 must be 64 characters, each a digit or a letter from a to f"),
        ({"sha256": "g" * 64}, "SHA-256 must be 64 characters"),
    ],
)
def test_what_is_no_hash_is_told(guest, asked, message) -> None:
    response = guest.post(CHECK, asked)
    assert message in said(response)
    assert "<title>Error: " in said(response)


def test_a_file_over_the_limit_is_told_and_not_read(guest, settings) -> None:
    settings.UPLOAD_LIMIT_BYTES = 1000
    page = said(guest.post(CHECK, {"file": SimpleUploadedFile("record.json", b"a" * 1001)}))
    assert "‘record.json’ is 1001 bytes. The largest file we can take is 1000 bytes." in page


def test_a_file_that_is_checked_is_not_kept(locked, ann, guest, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    guest.post(CHECK, {"file": SimpleUploadedFile("record.json", locked.record.encode())})
    assert list(tmp_path.rglob("*")) == []


def test_checks_are_limited(guest) -> None:
    codes = [guest.post(CHECK, {"sha256": "0" * 64}).status_code for _ in range(31)]
    assert codes == [200] * 30 + [429]
    assert guest.get(CHECK).status_code == 200


def test_the_address_may_carry_the_hash_but_looks_nothing_up(locked, guest) -> None:
    page = said(guest.get(CHECK, {"sha256": locked.record_hash}))
    assert f'value="{locked.record_hash}"' in page
    assert "Ashford" not in page


def test_the_download_is_an_attachment(locked, client, vera) -> None:
    client.force_login(vera)
    response = client.post(reverse("techmap:shortlist-download", args=[locked.public_id, "json"]))
    assert response.content == locked.record.encode()
    assert response["Content-Disposition"] == 'attachment; filename="decision-record-Hosting.json"'
    assert response["X-Content-Type-Options"] == "nosniff"
