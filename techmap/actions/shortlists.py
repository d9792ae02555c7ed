"""Saving a search as a shortlist, saying what came of it, and locking it for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from portal.audit.actions import record
from portal.notifications.actions import tell
from portal.notifications.choices import Kind
from portal.organisations.models import Organisation
from portal.organisations.permissions import why_not_active
from portal.organisations.queries import people_of
from portal.records import check_transition, sent_before
from portal.refusals import Refused, StaleWrite
from techmap import search
from techmap.choices import SHORTLIST_TRANSITIONS, ShortlistState
from techmap.models import Shortlist, ShortlistEntry, ShortlistExport
from techmap.permissions import can_edit_shortlist, can_keep_shortlists, can_read_shortlist
from techmap.queries.shortlists import MOST_SUPPLIERS, Match, draw, why_not_lock
from techmap.queries.suppliers import public_suppliers
from techmap.record import build, canonical, hash_of, plain, seen_of
from techmap.record_files import FORMATS
from techmap.search.query import SearchQuery

if TYPE_CHECKING:
    from portal.accounts.models import User

NAMED = "Suppliers named one by one"
LOCKED = "This shortlist is locked, so nothing in it changes any more."


@transaction.atomic
def create_shortlist(
    *,
    organisation: Organisation,
    title: str,
    purpose: str,
    query: SearchQuery,
    suppliers: Sequence[int] | None = None,
    why: Mapping[int, str] | None = None,
    reasoning: Mapping[str, Any] | None = None,
    submission_key: UUID,
    by: User,
    now: datetime,
) -> Shortlist:
    """Save what the search finds now as a long list, with each supplier's place and why it was found.

    With `suppliers` (their keys, in order) these are the list instead, `why` says why each is on it, and
    `reasoning` how they were reached. Raises `Refused` for no supplier, more than 500, or one not on the techmap.
    """
    organisation = Organisation.objects.locked(organisation.pk)
    if not can_keep_shortlists(by, organisation):
        raise PermissionDenied
    if saved := sent_before(Shortlist.objects.filter(organisation=organisation), submission_key):
        return saved
    if reason := why_not_active(organisation):
        raise Refused(reason)
    version = search.data_version()  # read first: what changes meanwhile is then told as a change since
    today = timezone.localdate(now)
    matches = draw(query, today=today) if suppliers is None else _named(suppliers, why or {})
    shortlist = Shortlist.objects.create(
        organisation=organisation,
        title=title,
        purpose=purpose,
        query=query.urlencode(),
        query_words=search.in_words(query) if suppliers is None or query else NAMED,
        data_version=version,
        drawn_at=now,
        from_search=suppliers is None,
        reasoning=plain(reasoning or {}),
        submission_key=submission_key,
        created_by=by,
    )
    add_entries(shortlist, matches, after=0)
    new = {"title": title, "search": shortlist.query_words, "suppliers": len(matches), "data_version": version}
    record("techmap.shortlist.created", target=shortlist, by=by, new=new)
    return shortlist


def _named(suppliers: Sequence[int], why: Mapping[int, str]) -> list[Match]:
    wanted = list(dict.fromkeys(suppliers))
    if not wanted:
        raise Refused("Choose at least one supplier.")
    if len(wanted) > MOST_SUPPLIERS:
        raise Refused(f"A shortlist holds {MOST_SUPPLIERS} suppliers at most, and these are {len(wanted):,}.")
    listed = set(public_suppliers().filter(pk__in=wanted).values_list("pk", flat=True))
    if len(listed) < len(wanted):
        raise Refused("One of these suppliers is no longer on the techmap. Look again, then save.")
    return [Match(pk, why.get(pk, "")[:300]) for pk in wanted]


def add_entries(shortlist: Shortlist, matches: Sequence[Match], *, after: int, **fields: Any) -> None:
    """One row a supplier, at the places that follow `after`."""
    ShortlistEntry.objects.bulk_create(
        ShortlistEntry(shortlist=shortlist, supplier_id=match.supplier, position=place, why_found=match.why, **fields)
        for place, match in enumerate(matches, start=after + 1)
    )


def held(shortlist: Shortlist, by: User) -> Shortlist:
    """The list as it is now, locked to the end of the transaction, where `by` may still work on it.

    Every change of a list or of anything on it begins here, so that none passes another, or the lock.
    """
    shortlist = Shortlist.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=shortlist.pk)
    if not can_edit_shortlist(by, shortlist):
        raise PermissionDenied
    if reason := why_not_active(shortlist.organisation):
        raise Refused(reason)
    if shortlist.is_locked:
        raise Refused(LOCKED)
    return shortlist


def _save(shortlist: Shortlist, event: str, fields: dict[str, str], *, version: int, by: User) -> Shortlist:
    """Store what changed, once; the same thing sent again changes nothing."""
    old = {name: getattr(shortlist, name) for name in fields}
    changed = [name for name in fields if fields[name] != old[name]]
    if not changed:
        return shortlist
    shortlist.check_version(version)
    for name in changed:
        setattr(shortlist, name, fields[name])
    shortlist.bump_version().save(update_fields=[*changed, "version"])
    before, after = ({name: values[name] for name in changed} for values in (old, fields))
    record(event, target=shortlist, by=by, old=before, new=after)
    return shortlist


@transaction.atomic
def edit_shortlist(*, shortlist: Shortlist, version: int, title: str, purpose: str, by: User) -> Shortlist:
    """Change what the list is called and for. Raises `StaleWrite` where a colleague saved first."""
    fields = {"title": title, "purpose": purpose}
    return _save(held(shortlist, by), "techmap.shortlist.edited", fields, version=version, by=by)


@transaction.atomic
def choose_outcome(*, shortlist: Shortlist, version: int, outcome: str, reason: str, by: User) -> Shortlist:
    """Say how the look at the market ended, and why. It can be changed until the list is locked."""
    fields = {"outcome": outcome, "outcome_reason": reason}
    return _save(held(shortlist, by), "techmap.shortlist.outcome_chosen", fields, version=version, by=by)


@transaction.atomic
def lock_shortlist(*, shortlist: Shortlist, seen: str, by: User, now: datetime) -> Shortlist:
    """Write the decision record and its hash. Nothing on the list changes after this, in no way.

    `seen` is `record.seen_of` when the page was opened: nobody locks what they have not looked at, so
    `StaleWrite` is raised where anything differs. Raises `Refused` with everything that is missing.
    """
    shortlist = held(shortlist, by)
    if reasons := why_not_lock(shortlist):
        raise Refused(reasons)
    if seen_of(shortlist) != seen:
        raise StaleWrite(shortlist)
    check_transition(SHORTLIST_TRANSITIONS, shortlist.state, ShortlistState.LOCKED, LOCKED)
    shortlist.record = canonical(build(shortlist, by=by, now=now))
    shortlist.record_hash = hash_of(shortlist.record)
    shortlist.state, shortlist.locked_by, shortlist.locked_at = ShortlistState.LOCKED, by, now
    shortlist.bump_version().save(update_fields=["record", "record_hash", "state", "locked_by", "locked_at", "version"])
    new = {"state": shortlist.state, "outcome": shortlist.outcome, "record_hash": shortlist.record_hash}
    record("techmap.shortlist.locked", target=shortlist, by=by, new=new)
    _tell_colleagues(shortlist, by)
    return shortlist


def _tell_colleagues(shortlist: Shortlist, by: User) -> None:
    tell(
        kind=Kind.OUTCOME,
        subject=f"Shortlist locked: {shortlist.title}",
        body=(
            f"{by.name or 'A colleague'} locked the shortlist “{shortlist.title}”.\n\n"
            f"The outcome: {shortlist.get_outcome_display()}.\n\n"
            "Nothing in it changes any more. You can read and download its decision record."
        ),
        path=shortlist.get_absolute_url(),
        link_text="See the decision record",
        reason=f"You belong to {shortlist.organisation}",
        recipients=people_of(shortlist.organisation).exclude(pk=by.pk),
        dedupe_key=f"techmap.shortlist.locked:{shortlist.pk}",
    )


@transaction.atomic
def make_export(*, shortlist: Shortlist, format: str, by: User, now: datetime) -> bytes:
    """The file, the same bytes each time. Its hash is kept, so that a copy can be checked later.

    Raises `Refused` for a list that is still open, and `ValueError` where the record was tampered with.
    """
    shortlist = Shortlist.objects.select_related("organisation").get(pk=shortlist.pk)
    if not can_read_shortlist(by, shortlist):
        raise PermissionDenied
    if not shortlist.is_locked:
        raise Refused("Lock the shortlist first. Until then there is no record to download.")
    content = FORMATS[format].make(shortlist)
    export, is_new = ShortlistExport.objects.get_or_create(
        sha256=hash_of(content),
        defaults={"shortlist": shortlist, "format": format, "size": len(content), "made_by": by, "made_at": now},
    )
    if is_new:
        new = {"format": FORMATS[format].label, "sha256": export.sha256}
        record("techmap.shortlist.export_made", target=shortlist, by=by, new=new)
    return content
