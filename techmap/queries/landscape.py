"""Which suppliers stand where in the landscape: the answer of a search, by capability."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from portal.organisations.choices import Status
from techmap.choices import ClaimOrigin, Support
from techmap.models import Capability, CapabilityClaim
from techmap.pictures import MOST_SUPPLIERS, Child, Entry, Parent, shared_out
from techmap.queries.published import visible_claims
from techmap.queries.suppliers import public_suppliers
from techmap.search import matching
from techmap.search.query import SearchQuery
from techmap.support import support_by_claim

STRENGTH = {Support.VERIFIED: 0, Support.SUPPORTED: 1, Support.UNSUPPORTED: 2}
NOWHERE = 0  # the place of suppliers without a capability

Claims = dict[int, dict[int, Support]]  # by supplier in the order of the search, then by capability, strongest first


@dataclass(frozen=True)
class Landscape:
    """What is drawn, and how many suppliers that is."""

    parents: list[Parent]
    suppliers: int

    @property
    def is_cut(self) -> bool:
        """Whether some suppliers stand only in some of their capabilities, for want of room."""
        return any(child.more for parent in self.parents for child in parent.children)


def landscape_of(query: SearchQuery, today: date, *, most: int = MOST_SUPPLIERS) -> Landscape:
    """The first suppliers of the search, each in its capabilities: five queries.

    Capabilities that none of them has are shown where nothing was asked, and left out where something was.
    """
    ranked = matching(query, today=today, limit=most)
    rows = public_suppliers().filter(pk__in=ranked).order_by()
    found = {pk: (name, status) for pk, name, status in rows.values_list("pk", "name", "status")}
    order = [pk for pk in ranked if pk in found]
    claims = _claims(order, [pk for pk in order if found[pk][1] == Status.VERIFIED], today)
    places = shared_out({pk: list(own) for pk, own in claims.items()})
    entries: dict[int, list[Entry]] = defaultdict(list)
    more: dict[int, int] = defaultdict(int)
    for pk, own in claims.items():
        for capability, support in own.items():
            if (pk, capability) in places:
                entries[capability].append(Entry(pk, found[pk][0], support))
            else:
                more[capability] += 1
    return Landscape(_parents(entries, more, with_empty=not query), len(order))


def _claims(order: list[int], verified: list[int], today: date) -> Claims:
    support = support_by_claim(order, today)
    rows = CapabilityClaim.objects.filter(visible_claims(order, verified)).order_by("capability__position", "pk")
    found: dict[int, list[tuple[int, int, Support]]] = defaultdict(list)
    for pk, capability, origin in rows.values_list("profile__organisation", "capability", "origin"):
        held = support.get((pk, capability), Support.UNSUPPORTED)
        found[pk].append((STRENGTH[held] * 2 + (origin == ClaimOrigin.GUESSED), capability, held))
    return {
        pk: {capability: held for _rank, capability, held in sorted(found[pk], key=lambda claim: claim[0])}
        or {NOWHERE: Support.UNSUPPORTED}
        for pk in order
    }


def _parents(entries: dict[int, list[Entry]], more: dict[int, int], *, with_empty: bool) -> list[Parent]:
    groups: dict[int, list[Child]] = defaultdict(list)
    parents: dict[int, Capability] = {}
    for item in Capability.objects.filter(parent__isnull=False).by_parent():
        shown = item.pk in entries or (with_empty and not item.is_retired)
        if shown and item.parent:
            parents[item.parent.pk] = item.parent
            child = Child(item.code, item.name, tuple(entries.get(item.pk, ())), more.get(item.pk, 0))
            groups[item.parent.pk].append(child)
    drawn = [Parent(parents[pk].code, parents[pk].name, tuple(children)) for pk, children in groups.items()]
    if NOWHERE in entries:
        drawn.append(Parent("", "No capability yet", (Child("", "Suppliers", tuple(entries[NOWHERE])),)))
    return drawn
