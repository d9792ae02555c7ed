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

MOST_CLAIMS = 4
STRENGTH = {Support.VERIFIED.value: 0, Support.SUPPORTED.value: 1}
MANY_REGIONS = 3


@dataclass(frozen=True)
class Result:
    supplier: PublishedSupplier
    facts: list[str]
    claims: list[PublishedClaim]  # those best borne out
    more_claims: int
    reasons: list[str]


def results(found: Found, today: date) -> list[Result]:
    """The page of suppliers that a search found, in its order."""
    return [_result(supplier, found.why.get(supplier.id, [])) for supplier in published(found.ids, today)]


def _result(supplier: PublishedSupplier, reasons: list[str]) -> Result:
    best = sorted(supplier.claims, key=lambda claim: (STRENGTH.get(claim.support, 2), claim.is_guessed))
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
