"""One supplier as a list of results shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.organisations.choices import Size
from portal.records import Region
from techmap.choices import Support
from techmap.queries.published import PublishedClaim, PublishedSupplier, published
from techmap.search.finding import Found
from techmap.search.query import SearchQuery

MOST_CLAIMS = 4
STRENGTH = {Support.VERIFIED.value: 0, Support.SUPPORTED.value: 1}
MANY_REGIONS = 3


@dataclass(frozen=True)
class Result:
    supplier: PublishedSupplier
    facts: list[str]
    claims: list[PublishedClaim]  # the first few
    more_claims: int
    reasons: list[str]


def results(query: SearchQuery, found: Found, today: date) -> list[Result]:
    """The page of suppliers that a search found, in its order."""
    return [_result(query, supplier, found.why.get(supplier.id, [])) for supplier in published(found.ids, today)]


def _result(query: SearchQuery, supplier: PublishedSupplier, reasons: list[str]) -> Result:
    """Claims that were asked for come first, then those best borne out."""

    def place(claim: PublishedClaim) -> tuple[bool, int, bool]:
        is_asked_for = claim.capability in query.capability or claim.group in query.capability
        return not is_asked_for, STRENGTH.get(claim.support, 2), claim.is_guessed

    best = sorted(supplier.claims, key=place)
    return Result(supplier, _facts(supplier), best[:MOST_CLAIMS], max(len(best) - MOST_CLAIMS, 0), reasons)


def _facts(supplier: PublishedSupplier) -> list[str]:
    facts = [Size(supplier.size).label.split(":")[0]] if supplier.size else []
    where = _regions(supplier.regions)
    if where:
        facts.append(where)
    elif supplier.office_region:
        facts.append(f"Office in {Region(supplier.office_region).label}")
    if supplier.evidence_count:
        facts.append(f"{supplier.evidence_count} piece{'' if supplier.evidence_count == 1 else 's'} of evidence")
    return facts


def _regions(codes: Sequence[str]) -> str:
    if len(codes) == len(Region.values):
        return "Delivers in all of the UK"
    names = [Region(code).label for code in codes]
    if len(names) > MANY_REGIONS:
        return f"Delivers in {len(names)} regions"
    return f"Delivers in {', '.join(names)}" if names else ""
