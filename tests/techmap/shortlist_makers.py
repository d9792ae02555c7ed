"""Makers of shortlists: a public body with its people, suppliers that a search finds, and lists in each state."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from portal.accounts.models import User
from portal.organisations.models import Organisation
from techmap.actions.shortlist_entries import leave_out
from techmap.actions.shortlists import choose_outcome, create_shortlist, lock_shortlist
from techmap.models import Shortlist, ShortlistEntry
from techmap.record import seen_of
from techmap.search import SearchQuery, index
from tests.factories import make_supplier
from tests.techmap.makers import make_profile

NOW = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
NAMES = ("Alder Data Ltd", "Birchwood Networks plc", "Charnwood Digital Ltd")


def make_firm(name: str, **fields: Any) -> Organisation:
    """A supplier that the search knows; by its summary it hosts."""
    supplier = make_supplier(name)
    make_profile(supplier, **{"summary": "Hosting for councils", "regions_served": ["TLL"], **fields})
    index.refresh([supplier.pk])
    return supplier


def make_shortlist(organisation: Organisation, by: User, *, query: str = "q=hosting", **fields: Any) -> Shortlist:
    """What the search finds now, saved."""
    given = {"title": "Hosting for the archive", "purpose": "Two years of hosting, by call-off.", "now": NOW, **fields}
    given.setdefault("submission_key", uuid4())
    return create_shortlist(organisation=organisation, query=SearchQuery.from_address(query), by=by, **given)


def entries_of(shortlist: Shortlist) -> dict[str, ShortlistEntry]:
    return {entry.supplier.name: entry for entry in shortlist.entries.select_related("supplier")}


def versions(*entries: ShortlistEntry) -> dict[int, int]:
    return {entry.pk: entry.version for entry in entries}


def make_decided(organisation: Organisation, by: User, **fields: Any) -> Shortlist:
    """All but the first left out, and an award chosen: ready to be locked."""
    shortlist = make_shortlist(organisation, by, **fields)
    _, *others = shortlist.entries.all()
    if others:
        leave_out(shortlist=shortlist, chosen=versions(*others), reason="Costs more.", by=by, now=NOW)
    return choose_outcome(
        shortlist=shortlist, version=shortlist.version, outcome="award", reason="The best for its price.", by=by
    )


def make_locked(organisation: Organisation, by: User, **fields: Any) -> Shortlist:
    shortlist = make_decided(organisation, by, **fields)
    return lock_shortlist(shortlist=shortlist, seen=seen_of(shortlist), by=by, now=NOW)
