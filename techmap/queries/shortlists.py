"""Reading shortlists: what a search gives today, what has changed since, and what a lock still lacks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils import timezone

from portal.organisations.models import Organisation
from portal.refusals import Reason, Refused
from techmap import search
from techmap.choices import ShortlistOutcome
from techmap.models import Shortlist, ShortlistEntry, ShortlistExport, ShortlistNote
from techmap.queries.suppliers import public_suppliers
from techmap.search.query import SearchQuery

if TYPE_CHECKING:
    from portal.accounts.models import User

MOST_SUPPLIERS = 500  # of one shortlist: what people can look at one by one


@dataclass(frozen=True)
class Match:
    """A supplier that a search finds, and why."""

    supplier: int
    why: str = ""


def draw(query: SearchQuery, *, today: date) -> list[Match]:
    """All that the search finds today, in its order. Raises `Refused` for none, and for too many to look at."""
    found = search.find(query, today=today, page=1, per_page=MOST_SUPPLIERS)
    if not found.total:
        raise Refused("No supplier matches this search, so there is nothing to save. Widen the search first.")
    if found.total > MOST_SUPPLIERS:
        raise Refused(
            f"{found.total:,} suppliers match. A shortlist holds {MOST_SUPPLIERS} at most. Narrow the search first."
        )
    return [Match(pk, reasons(found.why.get(pk, ()))) for pk in found.ids]


def reasons(why: Iterable[str]) -> str:
    return "; ".join(why)[:300]


# --- Lists and their rows --------------------------------------------------------------------------


def with_counts(shortlists: QuerySet[Shortlist]) -> QuerySet[Shortlist]:
    """Each with the number considered and the number still in."""
    return shortlists.select_related("organisation", "created_by").annotate(
        considered=Count("entries"), left_in=Count("entries", filter=Q(entries__is_left_out=False))
    )


def with_row_data(entries: QuerySet[ShortlistEntry]) -> QuerySet[ShortlistEntry]:
    """What a row shows: the supplier, who decided, and the notes; one query more than the rows."""
    notes = ShortlistNote.objects.select_related("by")
    return entries.select_related("supplier", "decided_by", "added_by").prefetch_related(Prefetch("notes", notes))


@dataclass(frozen=True)
class Numbers:
    considered: int
    left_in: int

    @property
    def left_out(self) -> int:
        return self.considered - self.left_in


def numbers_of(shortlist: Shortlist) -> Numbers:
    return Numbers(
        **shortlist.entries.aggregate(considered=Count("pk"), left_in=Count("pk", filter=Q(is_left_out=False)))
    )


# --- Since the list was drawn ----------------------------------------------------------------------


@dataclass(frozen=True)
class Since:
    """How the techmap has moved on: who matches now and did not, who no longer does, who is no longer listed."""

    new: list[int] = field(default_factory=list)
    gone: list[ShortlistEntry] = field(default_factory=list)
    unlisted: list[ShortlistEntry] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.unlisted)


def since_then(shortlist: Shortlist, *, now: datetime) -> Since:
    """What differs from the techmap of today. Nothing for a locked list, which stays as it was.

    A list whose suppliers were named one by one has no search that others could come to match.
    """
    if shortlist.is_locked:
        return Since()
    entries = list(shortlist.entries.select_related("supplier"))
    known = [entry.supplier_id for entry in entries]
    listed = set(public_suppliers().filter(pk__in=known).values_list("pk", flat=True))
    unlisted = [entry for entry in entries if entry.supplier_id not in listed]
    if not shortlist.from_search:
        return Since(unlisted=unlisted)
    query = SearchQuery.from_address(shortlist.query)
    matching = search.matching(query, today=timezone.localdate(now))
    match, on_list = set(matching), set(known)
    return Since(
        new=[pk for pk in matching if pk not in on_list],
        gone=[entry for entry in entries if entry.supplier_id in listed and entry.supplier_id not in match],
        unlisted=unlisted,
    )


def why_found(query: SearchQuery, suppliers: Iterable[int], *, today: date) -> list[Match]:
    """The same suppliers with why the search finds each."""
    found = search.find(query, today=today, page=1, per_page=2 * MOST_SUPPLIERS)
    return [Match(pk, reasons(found.why.get(pk, ()))) for pk in suppliers]


def lacking(shortlist: Shortlist, facet: str, value: str, *, today: date) -> QuerySet[ShortlistEntry]:
    """Those still in of whom the facet's value does not hold today.

    What bears claims out is asked of the capabilities that the list was drawn by.
    """
    drawn_by = SearchQuery.from_address(shortlist.query)
    query = SearchQuery(capability=drawn_by.capability if facet == "evidence" else ()).adding(facet, value)
    having = search.matching(query, today=today)
    return shortlist.entries.filter(is_left_out=False).exclude(supplier__in=having)


# --- What a lock needs -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Requirement:
    """One thing that a list needs before it is locked; `lacks` says what to do, and is empty once it is done."""

    title: str
    lacks: str
    step: str = "shortlist-detail"  # the page where it is done


def requirements_of(shortlist: Shortlist) -> list[Requirement]:
    """Everything that a lock needs, done or not, in the order of the work."""
    numbers = numbers_of(shortlist)
    needed = [
        Requirement("Purpose", "" if shortlist.purpose else "Say what is to be bought, and how", "shortlist-edit"),
        Requirement(
            "Suppliers considered", "" if numbers.considered else "The list holds no supplier, so none was considered"
        ),
        Requirement("A reason for each supplier left out", _without_reason(shortlist)),
        Requirement("Outcome", "" if shortlist.outcome else "Choose the outcome", "shortlist-outcome"),
        Requirement(
            "Reason for the outcome",
            "" if shortlist.outcome_reason else "Give the reason for the outcome",
            "shortlist-outcome",
        ),
    ]
    if not shortlist.outcome:  # what the suppliers left in must be depends on it
        return needed
    return [
        *needed,
        Requirement("The suppliers left in fit the outcome", _misfit(shortlist, numbers)),
        Requirement("Every supplier left in is on the techmap", _unlisted(shortlist)),
    ]


def why_not_lock(shortlist: Shortlist) -> list[Reason]:
    """Every reason why it can't be locked now."""
    return [Reason(item.lacks) for item in requirements_of(shortlist) if item.lacks]


def _without_reason(shortlist: Shortlist) -> str:
    names = shortlist.entries.filter(is_left_out=True, reason="").values_list("supplier__name", flat=True)
    return f"Say why these are left out: {', '.join(names)}" if names else ""


def _misfit(shortlist: Shortlist, numbers: Numbers) -> str:
    """An award is to one firm, or to those of a combination; a competition is among several; none is none."""
    most = MOST_SUPPLIERS if shortlist.reasoning else 1
    left = f"{numbers.left_in} supplier{'' if numbers.left_in == 1 else 's'} left in"
    match shortlist.outcome:
        case ShortlistOutcome.AWARD if not 1 <= numbers.left_in <= most:
            return f"A direct award is to one supplier, and you have {left}. Leave one in, or choose another outcome"
        case ShortlistOutcome.COMPETITION if numbers.left_in < 2:
            return f"A competition needs two or more, and you have {left}. Bring some back, or choose another outcome"
        case ShortlistOutcome.NONE if numbers.left_in:
            return f"You say that no supplier fits, and you have {left}. Leave them out, or choose another outcome"
    return ""


def _unlisted(shortlist: Shortlist) -> str:
    if shortlist.outcome not in (ShortlistOutcome.AWARD, ShortlistOutcome.COMPETITION):
        return ""
    left_in = Organisation.objects.filter(pk__in=shortlist.entries.filter(is_left_out=False).values("supplier"))
    names = left_in.exclude(pk__in=public_suppliers().values("pk")).values_list("name", flat=True)
    return f"No longer on the techmap, so leave out: {', '.join(names)}" if names else ""


# --- Records -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class KnownRecord:
    """What anybody may learn who holds a copy: whose record it is, from when, and what kind of file."""

    organisation: str
    locked_at: datetime
    format: str


def find_record(sha256: str) -> KnownRecord | None:
    """The locked record, or the file made of one, with this hash. The same two queries whatever is asked."""
    shortlist = Shortlist.objects.filter(record_hash=sha256).select_related("organisation").first()
    export = ShortlistExport.objects.filter(sha256=sha256).select_related("shortlist__organisation").first()
    if shortlist is None and export is None:
        return None
    of = shortlist or export.shortlist  # type: ignore[union-attr]
    assert of.locked_at  # noqa: S101 -- the database holds it
    return KnownRecord(of.organisation.name, of.locked_at, "json" if shortlist else export.format)  # type: ignore[union-attr]


def shortlists_of(user: User) -> QuerySet[Shortlist]:
    """Those that the person may read, the newest first, with what a row of the list shows."""
    return with_counts(Shortlist.objects.visible_to(user)).order_by("-created_at", "-id")


@dataclass(frozen=True)
class Narrower:
    """A value that would narrow a search to what a shortlist can hold."""

    query: SearchQuery
    label: str
    count: int


def narrower(query: SearchQuery, found: search.Found) -> list[Narrower]:
    """The widest values that still fit, of facets in which nothing is chosen; at most six."""
    ways = [
        Narrower(query.adding(facet.name, option.value), f"{facet.label}: {option.label}", option.count)
        for facet in found.facets
        if not getattr(query, facet.name)
        for option in facet.options
        if 0 < option.count <= MOST_SUPPLIERS
    ]
    return sorted(ways, key=lambda way: -way.count)[:6]
