"""Narrowing a shortlist: suppliers left out for a reason and brought back, notes, and those that came later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from portal.audit.actions import record
from portal.organisations.models import Organisation
from portal.records import sent_before
from portal.refusals import Reason, Refused, StaleWrite
from techmap import search
from techmap.actions.shortlists import add_entries, held
from techmap.models import Shortlist, ShortlistEntry, ShortlistNote
from techmap.queries.shortlists import MOST_SUPPLIERS, numbers_of, since_then, why_found
from techmap.search.query import SearchQuery

if TYPE_CHECKING:
    from portal.accounts.models import User


@transaction.atomic
def leave_out(*, shortlist: Shortlist, chosen: Mapping[int, int], reason: str, by: User, now: datetime) -> int:
    """Leave out one supplier or many for one reason; of those left out already it becomes the reason.

    `chosen` gives each entry's key and the version that the person saw. Raises `StaleWrite` with the entries
    on which a colleague has decided since; then none is changed. Returns how many were changed.
    """
    shortlist = held(shortlist, by)
    if reasons := why_not_leave_out(chosen, reason):
        raise Refused(reasons)
    entries = _chosen(shortlist, chosen)
    todo = [entry for entry in entries if not (entry.is_left_out and entry.reason == reason)]
    _check_seen(todo, chosen)
    _decide(todo, is_left_out=True, reason=reason, by=by, now=now)
    if todo:
        new = {"suppliers": [entry.supplier.name for entry in todo], "reason": reason}
        old = {"reason": "; ".join(dict.fromkeys(entry.was for entry in todo if entry.was))}  # type: ignore[attr-defined]
        record(
            "techmap.shortlist.suppliers_left_out", target=shortlist, by=by, old=old if old["reason"] else {}, new=new
        )
    return len(todo)


def why_not_leave_out(chosen: Mapping[int, int], reason: str) -> list[Reason]:
    missing = []
    if not chosen:
        missing.append(Reason("Choose at least one supplier", "entry"))
    if not reason.strip():
        missing.append(Reason("Say why they are left out", "reason"))
    return missing


@transaction.atomic
def bring_back(*, shortlist: Shortlist, chosen: Mapping[int, int], by: User, now: datetime) -> int:
    """Take suppliers in again. Why they had been left out stays in the list's history."""
    shortlist = held(shortlist, by)
    todo = [entry for entry in _chosen(shortlist, chosen) if entry.is_left_out]
    _check_seen(todo, chosen)
    _decide(todo, is_left_out=False, reason="", by=by, now=now)
    for entry in todo:
        old = {"reason": entry.was}  # type: ignore[attr-defined]
        new = {"suppliers": [entry.supplier.name]}
        record("techmap.shortlist.supplier_brought_back", target=shortlist, by=by, old=old, new=new)
    return len(todo)


def _chosen(shortlist: Shortlist, chosen: Mapping[int, int]) -> list[ShortlistEntry]:
    entries = list(shortlist.entries.select_related("supplier", "decided_by").filter(pk__in=chosen))
    if len(entries) < len(chosen):
        raise Refused("One of these suppliers is not on this shortlist. Choose again.")
    return entries


def _check_seen(entries: Sequence[ShortlistEntry], seen: Mapping[int, int]) -> None:
    stale = [entry for entry in entries if entry.version != seen[entry.pk]]
    if stale:
        raise StaleWrite(stale)


def _decide(entries: Sequence[ShortlistEntry], *, is_left_out: bool, reason: str, by: User, now: datetime) -> None:
    for entry in entries:
        entry.was = entry.reason  # type: ignore[attr-defined]
        entry.is_left_out, entry.reason, entry.decided_by, entry.decided_at = is_left_out, reason, by, now
        entry.bump_version()
    ShortlistEntry.objects.bulk_update(entries, ["is_left_out", "reason", "decided_by", "decided_at", "version"])


@transaction.atomic
def write_note(
    *, shortlist: Shortlist, entry: ShortlistEntry | None, text: str, submission_key: UUID, by: User, now: datetime
) -> ShortlistNote:
    """Write on the whole list, or on one supplier of it. A note stands as it was written."""
    shortlist = held(shortlist, by)
    if written := sent_before(ShortlistNote.objects.filter(shortlist=shortlist), submission_key):
        return written
    if entry is not None and entry.shortlist_id != shortlist.pk:
        raise Refused("This supplier is not on this shortlist.")
    note = ShortlistNote.objects.create(
        shortlist=shortlist, entry=entry, text=text, submission_key=submission_key, by=by, at=now
    )
    new = {"note": text, **({"supplier": entry.supplier.name} if entry else {})}
    record("techmap.shortlist.note_written", target=shortlist, by=by, new=new)
    return note


@transaction.atomic
def add_new_matches(*, shortlist: Shortlist, suppliers: Sequence[int], by: User, now: datetime) -> int:
    """Add suppliers that have come to match since the list was drawn, after those that were found first.

    Those that are on the list by now are passed over. Raises `Refused` for none, for one that no longer
    matches, and where the list would grow past 500. Returns how many were added.
    """
    shortlist = held(shortlist, by)
    known = set(shortlist.entries.filter(supplier__in=suppliers).values_list("supplier", flat=True))
    wanted = [pk for pk in dict.fromkeys(suppliers) if pk not in known]
    if not suppliers:
        raise Refused([Reason("Choose at least one supplier", "suppliers")])
    if not wanted:
        return 0
    if not set(wanted) <= set(since_then(shortlist, now=now).new):
        raise Refused("One of these suppliers no longer matches the search. Look again, then add them.")
    considered = numbers_of(shortlist).considered
    if considered + len(wanted) > MOST_SUPPLIERS:
        room = MOST_SUPPLIERS - considered
        raise Refused(f"A shortlist holds {MOST_SUPPLIERS} suppliers at most. There is room for {room} more.")
    last = shortlist.entries.order_by("-position").values_list("position", flat=True).first() or 0
    matches = why_found(SearchQuery.from_address(shortlist.query), wanted, today=timezone.localdate(now))
    add_entries(shortlist, matches, after=last, added_at=now, added_by=by)
    names = list(Organisation.objects.filter(pk__in=wanted).order_by("name").values_list("name", flat=True))
    new = {"suppliers": names, "data_version": search.data_version()}
    record("techmap.shortlist.suppliers_added", target=shortlist, by=by, new=new)
    return len(wanted)
