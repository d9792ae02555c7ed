"""The lock: what it needs, what it writes, and that nothing changes after it, whoever tries."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, ProgrammingError, connection, transaction

from portal.audit.models import Event
from portal.notifications.models import Delivery
from portal.organisations.choices import Status
from portal.organisations.models import Organisation
from portal.refusals import Refused, StaleWrite
from techmap.actions.shortlist_entries import bring_back, leave_out, write_note
from techmap.actions.shortlists import choose_outcome, edit_shortlist, lock_shortlist, make_export
from techmap.models import Shortlist, ShortlistEntry, ShortlistExport, ShortlistNote
from techmap.record import hash_of, seen_of
from tests.techmap.shortlist_makers import NOW, make_decided, make_locked, make_shortlist, versions


def lock(shortlist: Shortlist, by, **fields) -> Shortlist:
    fields = {"seen": seen_of(Shortlist.objects.get(pk=shortlist.pk)), "now": NOW, **fields}
    return lock_shortlist(shortlist=shortlist, by=by, **fields)


def refused(shortlist: Shortlist, by) -> list[str]:
    with pytest.raises(Refused) as refusal:
        lock(shortlist, by)
    shortlist.refresh_from_db()
    assert (shortlist.state, shortlist.record) == ("open", "")
    return [reason.message for reason in refusal.value.reasons]


def test_lock_writes_the_record_and_its_hash(council, ann, ben, firms) -> None:
    shortlist = lock(make_decided(council, ann), ben)
    shortlist.refresh_from_db()
    assert (shortlist.state, shortlist.locked_by, shortlist.locked_at) == ("locked", ben, NOW)
    assert shortlist.record_hash == hash_of(shortlist.record)
    record = json.loads(shortlist.record)
    assert record["locked"] == {"by": "Ben Lund", "at": "2026-11-24T10:30:00Z"}
    assert [item["decision"] for item in record["suppliers"]] == ["in", "left out", "left out"]
    event = Event.objects.about(shortlist).first()
    assert (event.name, event.new["record_hash"]) == ("techmap.shortlist.locked", shortlist.record_hash)


def test_colleagues_are_told_once_and_nobody_else(council, ann, ben, vera, firms) -> None:
    make_locked(council, ann)
    told = Delivery.objects.filter(message__subject="Shortlist locked: Hosting for the archive")
    assert sorted(told.values_list("email", flat=True)) == ["ben@ashford.example", "vera@ashford.example"]


def test_an_empty_list_is_refused_with_every_reason(council, ann) -> None:
    shortlist = Shortlist.objects.create(
        organisation=council, title="Empty", data_version=0, drawn_at=NOW, created_by=ann
    )
    assert refused(shortlist, ann) == [
        "Say what is to be bought, and how",
        "The list holds no supplier, so none was considered",
        "Choose the outcome",
        "Give the reason for the outcome",
    ]


@pytest.mark.parametrize(
    ("outcome", "left_out", "message"),
    [
        ("award", 0, "A direct award is to one supplier, and you have 3 suppliers left in."),
        ("award", 1, "A direct award is to one supplier, and you have 2 suppliers left in."),
        ("award", 2, ""),
        ("award", 3, "A direct award is to one supplier, and you have 0 suppliers left in."),
        ("competition", 1, ""),
        ("competition", 2, "A competition needs two or more, and you have 1 supplier left in."),
        ("none", 2, "You say that no supplier fits, and you have 1 supplier left in."),
        ("none", 3, ""),
        ("engagement", 0, ""),
        ("engagement", 3, ""),
    ],
)
def test_the_suppliers_left_in_fit_the_outcome(council, ann, firms, outcome, left_out, message) -> None:
    shortlist = make_shortlist(council, ann)
    chosen = versions(*list(shortlist.entries.all())[:left_out])
    if chosen:
        leave_out(shortlist=shortlist, chosen=chosen, reason="Too dear.", by=ann, now=NOW)
    shortlist = choose_outcome(shortlist=shortlist, version=1, outcome=outcome, reason="So it is.", by=ann)
    if message:
        [said] = refused(shortlist, ann)
        assert said.startswith(message)
    else:
        assert lock(shortlist, ann).is_locked


@pytest.mark.parametrize("outcome", ["award", "competition"])
def test_nobody_buys_from_a_suspended_supplier(council, ann, firms, outcome) -> None:
    shortlist = make_decided(council, ann)
    kept = shortlist.entries.get(is_left_out=False)
    if outcome == "competition":
        other = shortlist.entries.filter(is_left_out=True).first()
        bring_back(shortlist=shortlist, chosen=versions(other), by=ann, now=NOW)
        choose_outcome(shortlist=shortlist, version=shortlist.version, outcome=outcome, reason="Why", by=ann)
    Organisation.objects.filter(pk=kept.supplier_id).update(status=Status.SUSPENDED, status_reason="Dissolved.")
    assert refused(shortlist, ann) == [f"No longer on the techmap, so leave out: {kept.supplier.name}"]


def test_nobody_locks_what_they_have_not_seen(council, ann, ben, firms) -> None:
    """A decision, a note, the title: whatever changed since the page was opened holds the lock up."""
    shortlist = make_decided(council, ann)
    common = {"shortlist": shortlist, "by": ben}
    out = shortlist.entries.filter(is_left_out=True).first()
    changes = [
        lambda: leave_out(chosen=versions(out), reason="Another reason.", now=NOW, **common),
        lambda: write_note(entry=None, text="Wait.", submission_key=uuid4(), now=NOW, **common),
        lambda: edit_shortlist(version=shortlist.version, title="Another", purpose="P", **common),
    ]
    for change in changes:
        seen = seen_of(Shortlist.objects.get(pk=shortlist.pk))
        change()
        with pytest.raises(StaleWrite):
            lock(shortlist, ann, seen=seen)
    assert lock(shortlist, ann).is_locked


def test_locking_twice_is_refused_and_changes_nothing(council, ann, ben, firms) -> None:
    shortlist = make_locked(council, ann)
    with pytest.raises(Refused, match="locked"):
        lock(shortlist, ben, now=NOW + timedelta(hours=1))
    assert Shortlist.objects.get().locked_by == ann


def test_viewers_do_not_lock(council, ann, vera, firms) -> None:
    with pytest.raises(PermissionDenied):
        lock(make_decided(council, ann), vera)


# --- In the database -------------------------------------------------------------------------------


@pytest.fixture
def locked(council, ann, firms) -> Shortlist:
    """Locked, with a note on the list and on a supplier, and a file."""
    shortlist = make_decided(council, ann)
    for entry in (None, shortlist.entries.first()):
        write_note(shortlist=shortlist, entry=entry, text="Words", submission_key=uuid4(), by=ann, now=NOW)
    shortlist = lock(shortlist, ann)
    make_export(shortlist=shortlist, format="csv", by=ann, now=NOW)
    return shortlist


def contents() -> list[list[tuple]]:
    models = (Shortlist, ShortlistEntry, ShortlistNote, ShortlistExport)
    return [list(model.objects.order_by("pk").values_list()) for model in models]


STATEMENTS = [
    "UPDATE techmap_shortlist SET title = 'Forged'",
    "UPDATE techmap_shortlist SET state = 'open', locked_at = NULL, locked_by_id = NULL, record = '', record_hash = ''",
    "UPDATE techmap_shortlist SET record = '{}', record_hash = encode(sha256('{}'), 'hex')",
    "DELETE FROM techmap_shortlist",
    "UPDATE techmap_shortlistentry SET reason = 'Forged' WHERE is_left_out",
    "UPDATE techmap_shortlistentry SET is_left_out = NOT is_left_out, reason = 'Forged'",
    "DELETE FROM techmap_shortlistentry",
    "INSERT INTO techmap_shortlistentry (shortlist_id, supplier_id, position, why_found, is_left_out, reason) "
    "SELECT shortlist_id, supplier_id, 99, '', false, '' FROM techmap_shortlistentry LIMIT 1",
    "UPDATE techmap_shortlistnote SET text = 'Forged'",
    "DELETE FROM techmap_shortlistnote",
    "INSERT INTO techmap_shortlistnote (shortlist_id, text, by_id, at, submission_key) "
    "SELECT shortlist_id, 'Forged', by_id, at, gen_random_uuid() FROM techmap_shortlistnote LIMIT 1",
    "UPDATE techmap_shortlistexport SET sha256 = repeat('0', 64)",
    "DELETE FROM techmap_shortlistexport",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_raw_sql_changes_nothing_of_a_locked_list(locked, statement) -> None:
    before = contents()
    said = "A locked shortlist never changes|Cannot (update|update or delete) rows from"
    with pytest.raises(ProgrammingError, match=said), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert contents() == before


def test_the_orm_changes_nothing_of_a_locked_list(locked) -> None:
    before = contents()
    entry, note = locked.entries.first(), locked.notes.first()
    for change in (locked.save, locked.delete, entry.save, entry.delete, note.save, note.delete):
        with pytest.raises(ProgrammingError), transaction.atomic():
            change()
    assert contents() == before


def test_an_entry_is_not_moved_out_of_a_locked_list_or_into_one(locked, council, ann) -> None:
    other = make_shortlist(council, ann)
    other.entries.filter(supplier=locked.entries.first().supplier).delete()
    for entry, to in ((locked.entries.first(), other), (other.entries.first(), locked)):
        with pytest.raises(ProgrammingError, match="never changes"), transaction.atomic():
            ShortlistEntry.objects.filter(pk=entry.pk).update(shortlist=to)


def test_a_note_is_never_rewritten_even_while_the_list_is_open(council, ann, firms) -> None:
    shortlist = make_shortlist(council, ann)
    note = write_note(shortlist=shortlist, entry=None, text="Words", submission_key=uuid4(), by=ann, now=NOW)
    with pytest.raises(ProgrammingError, match="Cannot update rows"), transaction.atomic():
        ShortlistNote.objects.filter(pk=note.pk).update(text="Forged")


def test_an_open_list_has_no_files(council, ann, firms) -> None:
    shortlist = make_shortlist(council, ann)
    with pytest.raises(ProgrammingError, match="Only a locked shortlist has files"), transaction.atomic():
        ShortlistExport.objects.create(
            shortlist=shortlist, format="csv", sha256="0" * 64, size=1, made_by=ann, made_at=NOW
        )


@pytest.mark.parametrize(
    "fields",
    [
        {"record_hash": "0" * 64},
        {"record": ""},
        {"outcome": ""},
        {"outcome_reason": ""},
        {"locked_by": None},
        {"locked_at": None},
    ],
)
def test_no_list_is_locked_without_its_record(council, ann, firms, fields) -> None:
    shortlist = make_decided(council, ann)
    record = '{"title":"Hosting"}'
    given = {"record": record, "record_hash": hash_of(record), "locked_by": ann, "locked_at": NOW, **fields}
    with pytest.raises(IntegrityError, match="shortlist_locked_with_its_record"), transaction.atomic():
        Shortlist.objects.filter(pk=shortlist.pk).update(state="locked", **given)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"is_left_out": True}, "left_out_for_a_reason"),
        ({"is_left_out": True, "reason": "Too dear."}, "left_out_for_a_reason"),
        ({"added_at": NOW}, "shortlist_entry_added_by_somebody"),
    ],
)
def test_the_database_asks_for_reasons_and_names(council, ann, firms, fields, constraint) -> None:
    shortlist = make_shortlist(council, ann)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        shortlist.entries.update(**fields)
