"""Leaving suppliers out, bringing them back, and notes: each with who, when and why."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied

from portal.audit.models import Event
from portal.organisations.choices import Role, Status
from portal.organisations.models import Membership, Organisation
from portal.refusals import Refused, StaleWrite
from techmap.actions.shortlist_entries import bring_back, leave_out, write_note
from techmap.actions.shortlists import choose_outcome, edit_shortlist
from techmap.models import ShortlistNote, SupplierProfile
from techmap.queries.shortlists import lacking
from techmap.search import index
from tests.factories import make_member, make_public_body, make_user
from tests.techmap.shortlist_makers import NOW, entries_of, make_locked, make_shortlist, versions

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def shortlist(council, ann, firms):
    return make_shortlist(council, ann)


def state(shortlist) -> dict[str, str]:
    return {name.split()[0]: entry.reason for name, entry in entries_of(shortlist).items() if entry.is_left_out}


def test_leave_out_one(shortlist, ben) -> None:
    alder = entries_of(shortlist)["Alder Data Ltd"]
    assert leave_out(shortlist=shortlist, chosen=versions(alder), reason="No Welsh.", by=ben, now=LATER) == 1
    alder.refresh_from_db()
    assert (alder.is_left_out, alder.reason, alder.decided_by, alder.decided_at) == (True, "No Welsh.", ben, LATER)
    event = Event.objects.about(shortlist).first()
    assert (event.name, event.actor) == ("techmap.shortlist.suppliers_left_out", ben)
    assert (event.old, event.new) == ({}, {"suppliers": ["Alder Data Ltd"], "reason": "No Welsh."})


def test_leave_out_many_for_one_reason_is_one_event(shortlist, ann) -> None:
    entries = list(shortlist.entries.all())[:2]
    assert leave_out(shortlist=shortlist, chosen=versions(*entries), reason="Too dear.", by=ann, now=LATER) == 2
    assert list(state(shortlist).values()) == ["Too dear.", "Too dear."]
    assert Event.objects.filter(name="techmap.shortlist.suppliers_left_out").count() == 1


def test_a_reason_can_be_changed(shortlist, ann, ben) -> None:
    alder = entries_of(shortlist)["Alder Data Ltd"]
    leave_out(shortlist=shortlist, chosen=versions(alder), reason="Too dear.", by=ann, now=NOW)
    alder.refresh_from_db()
    leave_out(shortlist=shortlist, chosen=versions(alder), reason="Too small.", by=ben, now=LATER)
    assert state(shortlist) == {"Alder": "Too small."}
    assert Event.objects.about(shortlist).first().old == {"reason": "Too dear."}


def test_leave_out_sent_twice_is_done_once(shortlist, ann) -> None:
    chosen = versions(entries_of(shortlist)["Alder Data Ltd"])
    done = [leave_out(shortlist=shortlist, chosen=chosen, reason="Too dear.", by=ann, now=NOW) for _ in range(2)]
    assert done == [1, 0]
    assert Event.objects.filter(name="techmap.shortlist.suppliers_left_out").count() == 1


def test_two_editors_collide_on_one_supplier_and_nothing_is_lost(shortlist, ann, ben) -> None:
    alder, birch, _ = shortlist.entries.all()
    seen = versions(alder, birch)
    leave_out(shortlist=shortlist, chosen=versions(alder), reason="Ann’s reason.", by=ann, now=NOW)
    with pytest.raises(StaleWrite) as stale:
        leave_out(shortlist=shortlist, chosen=seen, reason="Ben’s reason.", by=ben, now=LATER)
    assert [entry.pk for entry in stale.value.current] == [alder.pk]
    assert list(state(shortlist).values()) == ["Ann’s reason."]


def test_two_editors_work_on_two_suppliers(shortlist, ann, ben) -> None:
    alder, birch, _ = shortlist.entries.all()
    leave_out(shortlist=shortlist, chosen=versions(alder), reason="Ann’s reason.", by=ann, now=NOW)
    leave_out(shortlist=shortlist, chosen=versions(birch), reason="Ben’s reason.", by=ben, now=NOW)
    assert sorted(state(shortlist).values()) == ["Ann’s reason.", "Ben’s reason."]


@pytest.mark.parametrize(("reason", "message"), [("", "Say why they are left out"), ("  ", "Say why")])
def test_leave_out_needs_a_reason(shortlist, ann, reason, message) -> None:
    with pytest.raises(Refused, match=message):
        leave_out(shortlist=shortlist, chosen=versions(*shortlist.entries.all()), reason=reason, by=ann, now=NOW)


def test_leave_out_needs_suppliers_of_this_list(shortlist, council, ann) -> None:
    with pytest.raises(Refused, match="Choose at least one supplier"):
        leave_out(shortlist=shortlist, chosen={}, reason="Too dear.", by=ann, now=NOW)
    other = make_shortlist(council, ann).entries.first()
    with pytest.raises(Refused, match="not on this shortlist"):
        leave_out(shortlist=shortlist, chosen=versions(other), reason="Too dear.", by=ann, now=NOW)


def test_bring_back_keeps_the_history(shortlist, ann, ben) -> None:
    alder = entries_of(shortlist)["Alder Data Ltd"]
    leave_out(shortlist=shortlist, chosen=versions(alder), reason="Too dear.", by=ann, now=NOW)
    alder.refresh_from_db()
    done = [bring_back(shortlist=shortlist, chosen=versions(alder), by=ben, now=LATER) for _ in range(2)]
    alder.refresh_from_db()
    assert done == [1, 0]
    assert (alder.is_left_out, alder.reason, alder.decided_by, alder.decided_at) == (False, "", ben, LATER)
    event = Event.objects.about(shortlist).first()
    assert (event.name, event.old) == ("techmap.shortlist.supplier_brought_back", {"reason": "Too dear."})


def test_bring_back_of_what_a_colleague_decided_anew_is_stale(shortlist, ann, ben) -> None:
    alder = entries_of(shortlist)["Alder Data Ltd"]
    leave_out(shortlist=shortlist, chosen=versions(alder), reason="Too dear.", by=ann, now=NOW)
    alder.refresh_from_db()
    seen = versions(alder)
    leave_out(shortlist=shortlist, chosen=seen, reason="Too small.", by=ben, now=NOW)
    with pytest.raises(StaleWrite):
        bring_back(shortlist=shortlist, chosen=seen, by=ann, now=LATER)


def test_lacking_are_those_still_in_of_whom_it_does_not_hold(shortlist, ann, firms) -> None:
    SupplierProfile.objects.filter(organisation=firms[1]).update(regions_served=["TLM", "TLL"])
    index.refresh([firm.pk for firm in firms])
    first = entries_of(shortlist)["Alder Data Ltd"]
    assert len(lacking(shortlist, "region", "TLM", today=NOW.date())) == 2
    leave_out(shortlist=shortlist, chosen=versions(first), reason="Too dear.", by=ann, now=NOW)
    left = lacking(shortlist, "region", "TLM", today=NOW.date())
    assert [entry.supplier.name for entry in left] == ["Charnwood Digital Ltd"]


# --- Notes, title and outcome ----------------------------------------------------------------------


def test_notes_on_the_list_and_on_a_supplier(shortlist, ann, ben) -> None:
    alder = entries_of(shortlist)["Alder Data Ltd"]
    write_note(shortlist=shortlist, entry=None, text="Ask finance.", submission_key=uuid4(), by=ann, now=NOW)
    write_note(shortlist=shortlist, entry=alder, text="Rang them.", submission_key=uuid4(), by=ben, now=LATER)
    assert list(shortlist.notes.values_list("entry", "text", "by__name", "at")) == [
        (None, "Ask finance.", "Ann Castle", NOW),
        (alder.pk, "Rang them.", "Ben Lund", LATER),
    ]
    assert Event.objects.about(shortlist).first().new == {"note": "Rang them.", "supplier": "Alder Data Ltd"}


def test_note_sent_twice_is_one(shortlist, ann) -> None:
    key = uuid4()
    for _ in range(2):
        write_note(shortlist=shortlist, entry=None, text="Ask finance.", submission_key=key, by=ann, now=NOW)
    assert ShortlistNote.objects.count() == 1


def test_note_on_a_supplier_of_another_list_is_refused(shortlist, council, ann) -> None:
    other = make_shortlist(council, ann).entries.first()
    with pytest.raises(Refused, match="not on this shortlist"):
        write_note(shortlist=shortlist, entry=other, text="Words", submission_key=uuid4(), by=ann, now=NOW)


def test_editing_with_an_old_version_is_stale(shortlist, ann, ben) -> None:
    edit_shortlist(shortlist=shortlist, version=1, title="Archive", purpose="Why", by=ann)
    with pytest.raises(StaleWrite) as stale:
        edit_shortlist(shortlist=shortlist, version=1, title="Registers", purpose="Why", by=ben)
    assert stale.value.current.title == "Archive"
    same = edit_shortlist(shortlist=shortlist, version=1, title="Archive", purpose="Why", by=ann)  # sent twice
    assert (same.version, Event.objects.filter(name="techmap.shortlist.edited").count()) == (2, 1)


def test_outcome_with_an_old_version_is_stale(shortlist, ann, ben) -> None:
    choose_outcome(shortlist=shortlist, version=1, outcome="none", reason="None fits.", by=ann)
    with pytest.raises(StaleWrite):
        choose_outcome(shortlist=shortlist, version=1, outcome="award", reason="It fits.", by=ben)
    shortlist.refresh_from_db()
    assert (shortlist.outcome, shortlist.outcome_reason) == ("none", "None fits.")


# --- Who may, and until when -----------------------------------------------------------------------


def every_change(shortlist, by):
    """Each change of a list, ready to be called."""
    entry = shortlist.entries.first()
    common = {"shortlist": shortlist, "by": by}
    return [
        lambda: leave_out(chosen=versions(entry), reason="Why", now=NOW, **common),
        lambda: bring_back(chosen=versions(entry), now=NOW, **common),
        lambda: write_note(entry=None, text="Words", submission_key=uuid4(), now=NOW, **common),
        lambda: edit_shortlist(version=shortlist.version, title="T", purpose="P", **common),
        lambda: choose_outcome(version=shortlist.version, outcome="none", reason="Why", **common),
    ]


def test_only_writers_of_the_body_change_a_list(shortlist, vera, alice) -> None:
    otto = make_member(make_public_body("Birch Vale Council"), role=Role.OWNER)
    for who in (vera, otto, alice, make_user(is_staff=True)):
        for change in every_change(shortlist, who):
            with pytest.raises(PermissionDenied):
                change()


def test_who_has_left_changes_nothing(shortlist, ann) -> None:
    Membership.objects.filter(user=ann).update(ended_at=NOW)
    for change in every_change(shortlist, ann):
        with pytest.raises(PermissionDenied):
            change()


def test_a_suspended_body_changes_nothing(shortlist, council, ann) -> None:
    Organisation.objects.filter(pk=council.pk).update(status=Status.SUSPENDED, status_reason="Closed.")
    for change in every_change(shortlist, ann):
        with pytest.raises(Refused, match="suspended"):
            change()


def test_a_locked_list_takes_no_change(council, ann, firms) -> None:
    shortlist = make_locked(council, ann)
    for change in every_change(shortlist, ann):
        with pytest.raises(Refused, match="locked, so nothing in it changes"):
            change()
