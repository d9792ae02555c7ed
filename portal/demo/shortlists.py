"""The demo's shortlists: each saved, narrowed and perhaps locked through the actions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from portal.accounts.models import User
from portal.demo.accounts import ACCOUNTS
from portal.organisations.models import Organisation
from techmap.actions.shortlist_entries import leave_out, write_note
from techmap.actions.shortlists import choose_outcome, create_shortlist, lock_shortlist
from techmap.models import Shortlist
from techmap.record import seen_of
from techmap.search import SearchQuery


def make_shortlist(entry: dict[str, Any], organisations: dict[str, Organisation], now: datetime) -> Shortlist:
    """One shortlist of the civil servant whose account the demo lists."""
    account = next(account for account in ACCOUNTS if account.role == "Civil servant")
    by, saved_at = User.objects.get(email=account.email), now - timedelta(days=entry["days"])
    shortlist = create_shortlist(
        organisation=organisations[account.organisation],
        title=entry["title"],
        purpose=entry["purpose"],
        query=SearchQuery.from_address(entry["query"]),
        submission_key=uuid4(),
        by=by,
        now=saved_at,
    )
    for text in entry["notes"]:
        write_note(shortlist=shortlist, entry=None, text=text, submission_key=uuid4(), by=by, now=saved_at)
    for group in entry["left_out"]:
        narrow(shortlist, group, keep=entry.get("keep", ""), by=by, now=saved_at + timedelta(hours=2))
    return conclude(shortlist, entry, by=by, now=saved_at + timedelta(days=1)) if "outcome" in entry else shortlist


def narrow(shortlist: Shortlist, group: dict[str, Any], *, keep: str, by: User, now: datetime) -> None:
    """Leave out the suppliers that are named; where none is, all that are still in but the one to keep."""
    entries = shortlist.entries.filter(is_left_out=False).exclude(supplier__name=keep)
    if "suppliers" in group:
        entries = entries.filter(supplier__name__in=group["suppliers"])
    chosen = dict(entries.values_list("pk", "version"))
    leave_out(shortlist=shortlist, chosen=chosen, reason=group["reason"], by=by, now=now)


def conclude(shortlist: Shortlist, entry: dict[str, Any], *, by: User, now: datetime) -> Shortlist:
    shortlist = choose_outcome(
        shortlist=shortlist, version=shortlist.version, outcome=entry["outcome"], reason=entry["outcome_reason"], by=by
    )
    return lock_shortlist(shortlist=shortlist, seen=seen_of(shortlist), by=by, now=now)
