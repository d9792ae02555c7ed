"""Somebody writes to a list in the very moment in which a colleague locks it."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from techmap.actions.shortlists import lock_shortlist
from techmap.models import Shortlist, ShortlistNote
from techmap.record import seen_of
from tests.techmap.shortlist_makers import NOW, make_decided, make_firm

WRITES = {
    "UPDATE techmap_shortlistentry SET is_left_out = false, reason = '' WHERE shortlist_id = %(shortlist)s": "entry",
    "INSERT INTO techmap_shortlistnote (shortlist_id, text, by_id, at, submission_key) "
    "VALUES (%(shortlist)s, 'Late', %(by)s, now(), gen_random_uuid())": "note",
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statement", WRITES, ids=WRITES.values())
def test_a_write_that_meets_the_lock_waits_for_it_and_is_refused(council: Any, ann: Any, statement: str) -> None:
    """Raw SQL, so that the action's own lock on the list helps nobody."""
    for name in ("Alder Data Ltd", "Birchwood Networks plc"):
        make_firm(name)
    shortlist = make_decided(council, ann)
    said: list[str] = []

    def write() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, {"shortlist": shortlist.pk, "by": ann.pk})
            said.append("written")
        except DatabaseError as error:
            said.append(str(error).splitlines()[0])
        finally:
            connection.close()

    other = threading.Thread(target=write)
    with transaction.atomic():
        locked = lock_shortlist(shortlist=shortlist, seen=seen_of(shortlist), by=ann, now=NOW)
        other.start()
        other.join(timeout=0.5)
        assert (other.is_alive(), said) == (True, [])  # it waits
    other.join(timeout=10)

    assert said[0].startswith("A locked shortlist never changes")
    assert Shortlist.objects.get().record == locked.record
    assert (ShortlistNote.objects.count(), locked.entries.filter(is_left_out=True).count()) == (0, 1)
