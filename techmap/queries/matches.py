"""The queue of suppliers whose names are alike, with what tells whether two of them are one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Exists, Max, Min, OuterRef, Prefetch, Q, QuerySet, Sum

from portal.organisations.models import Membership, Organisation
from techmap.choices import MatchState
from techmap.models import Evidence, Merge, NameMatch, OtherName
from techmap.queries.identities import can_be_merged_away


@dataclass(frozen=True)
class Facts:
    """What is known of one of the two. The total is of evidence with a value, each contract once."""

    supplier: Organisation
    total: Decimal
    pieces: int
    first: date | None
    last: date | None
    customers: frozenset[str]
    is_peopled: bool
    can_go: bool

    @property
    def years(self) -> str:
        """From the first year to the last, for example 2012 to 2014."""
        if not self.first or not self.last:
            return ""
        return str(self.first.year) if self.first.year == self.last.year else f"{self.first.year} to {self.last.year}"

    @property
    def standing(self) -> tuple[bool, bool, bool, int, int]:
        """What speaks for keeping it: people, a check by staff, a number, evidence; else its age."""
        numbered = bool(self.supplier.identifiers.all())
        return (self.is_peopled, self.supplier.is_verified, numbered, self.pieces, -self.supplier.pk)


@dataclass(frozen=True)
class Pair:
    """A match with what is known of both."""

    match: NameMatch
    first: Facts
    second: Facts

    @property
    def sides(self) -> tuple[Facts, Facts]:
        return (self.first, self.second)

    @property
    def shared(self) -> list[str]:
        """Customers of both, by name."""
        return sorted(self.first.customers & self.second.customers)

    @property
    def keepable(self) -> list[Facts]:
        """Which may be kept, the likeliest first: the other must be one that can be merged away."""
        able = [one for one, other in ((self.first, self.second), (self.second, self.first)) if other.can_go]
        return sorted(able, key=lambda facts: facts.standing, reverse=True)


def match_queue() -> QuerySet[NameMatch]:
    """All pairs, the most alike first. One that waits is left out where either was merged away meanwhile."""
    gone = Merge.objects.filter(Q(folded=OuterRef("first")) | Q(folded=OuterRef("second")), undone_at=None)
    hidden = Q(state=MatchState.WAITING) & Exists(gone)
    return NameMatch.objects.exclude(hidden).select_related("first", "second", "decided_by")


def merge_of(match: NameMatch) -> Merge | None:
    """The merge of these two that stands."""
    both = [match.first_id, match.second_id]
    return Merge.objects.filter(kept__in=both, folded__in=both, undone_at=None).select_related("kept", "folded").first()


def pairs_of(matches: Sequence[NameMatch]) -> list[Pair]:
    """The matches with what is known of both sides: seven queries, however many they are."""
    facts = facts_of({pk for match in matches for pk in (match.first_id, match.second_id)})
    return [Pair(match, facts[match.first_id], facts[match.second_id]) for match in matches]


def facts_of(pks: Collection[int]) -> dict[int, Facts]:
    names = Prefetch("other_names", OtherName.objects.order_by("name"))
    suppliers = Organisation.objects.filter(pk__in=pks).prefetch_related("identifiers", names)
    numbers, customers = _numbers(pks), _customers(pks)
    peopled = {*Membership.objects.filter(organisation__in=pks, ended_at=None).values_list("organisation", flat=True)}
    free = can_be_merged_away(pks)
    return {
        it.pk: Facts(it, *numbers[it.pk], frozenset(customers[it.pk]), it.pk in peopled, it.pk in free)
        for it in suppliers
    }


def _numbers(pks: Iterable[int]) -> dict[int, tuple[Decimal, int, date | None, date | None]]:
    """Total, pieces, first and last day, of each source once though it bears several capabilities out."""
    once = (
        Evidence.objects.filter(supplier__in=pks)
        .order_by("supplier_id", "kind", "source", "pk")
        .distinct("supplier_id", "kind", "source")
    )
    found: dict[int, tuple[Decimal, int, date | None, date | None]]
    found = defaultdict(lambda: (Decimal(), 0, None, None))
    rows = Evidence.objects.filter(pk__in=once.values("pk")).order_by().values("supplier")
    for row in rows.annotate(total=Sum("value"), pieces=Count("pk"), first=Min("dated"), last=Max("dated")):
        found[row["supplier"]] = (row["total"] or Decimal(), row["pieces"], row["first"], row["last"])
    return found


def _customers(pks: Iterable[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    rows = Evidence.objects.filter(supplier__in=pks).exclude(buyer_name="").order_by()
    for pk, name in rows.values_list("supplier", "buyer_name").distinct():
        found[pk].add(name)
    return found
