"""A question in plain words, as headings, shortlists and feeds say it."""

from __future__ import annotations

from collections.abc import Iterable

from techmap.choices import Support
from techmap.search.facets import label_of
from techmap.search.plan import weakest
from techmap.search.query import FACETS, SearchQuery
from techmap.search.vocabulary import Vocabulary

PHRASES = {
    "capability": "claim {}",
    "region": "deliver in {}",
    "sector": "work for {}",
    "size": "are {}",
    "vcse": "are voluntary, community or social enterprises",
    "framework": "have a place on {}",
    "accreditation": "hold {}",
    "evidence": "have a claim {}",
}
SUPPORTED = {Support.SUPPORTED: "supported by evidence", Support.VERIFIED: "verified by a public body"}
SIZES = {
    "sme": "small or medium",
    "micro": "micro firms",
    "small": "small firms",
    "medium": "medium firms",
    "large": "large firms",
}


def sentence(query: SearchQuery, known: Vocabulary) -> str:
    """For example: Suppliers with “web hosting” that deliver in Wales or Scotland and hold Cyber Essentials."""
    clauses = [_clause(query, facet, known) for facet in FACETS if _speaks(query, facet)]
    words = f" with “{query.words}”" if query.words else ""
    if not clauses:
        return f"Suppliers{words}" if words else "All suppliers"
    return f"Suppliers{words} that {listing(clauses, 'and')}"


def listing(items: Iterable[str], last: str) -> str:
    """A, B or C."""
    *most, end = items
    return f"{', '.join(most)} {last} {end}" if most else end


def constraint(query: SearchQuery, facet: str, known: Vocabulary) -> str:
    """What is chosen in one facet, as a name: Wales or Scotland."""
    return listing([spoken(facet, value, known) for value in getattr(query, facet)], "or")


def spoken(facet: str, value: str, known: Vocabulary) -> str:
    if facet == "size":
        return SIZES[value]
    if facet == "evidence":
        return SUPPORTED[Support(value)]
    label = label_of(facet, value, known)
    return label[0].lower() + label[1:] if facet in {"vcse", "sector"} else label


def _speaks(query: SearchQuery, facet: str) -> bool:
    """Evidence with capabilities is said with them."""
    return bool(getattr(query, facet)) and not (facet == "evidence" and query.capability)


def _clause(query: SearchQuery, facet: str, known: Vocabulary) -> str:
    said = PHRASES[facet].format(constraint(query, facet, known))
    if facet == "evidence":
        return PHRASES[facet].format(SUPPORTED[Support(weakest(query))])
    if facet == "capability" and query.evidence:
        return f"{said} ({SUPPORTED[Support(weakest(query))]})"
    return said
