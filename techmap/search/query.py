"""One question to the techmap, as its address holds it. Every view, export, feed and shortlist takes the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, Self
from urllib.parse import urlencode

from django.http import QueryDict

from portal.organisations.choices import Size
from portal.records import Region
from techmap.choices import AccreditationKind, Sector, Support

LONGEST_WORDS = 200  # characters
MOST_VALUES = 20  # of one facet
SME = "sme"


@dataclass(frozen=True)
class SearchQuery:
    """Words and facets. Values of one facet widen the search; each further facet narrows it.

    Unknown values are left out, so that an old or mistyped address still answers. Sorted and without
    repeats, so that equal questions are equal and have one address.
    """

    words: str = ""
    capability: tuple[str, ...] = ()  # codes of either level
    region: tuple[str, ...] = ()  # where the supplier delivers: ITL1 codes
    sector: tuple[str, ...] = ()
    size: tuple[str, ...] = ()  # sizes, and "sme" for all that are small or medium
    vcse: tuple[str, ...] = ()  # "yes"
    framework: tuple[str, ...] = ()  # codes
    accreditation: tuple[str, ...] = ()  # those not expired
    evidence: tuple[str, ...] = ()  # the support that a claim has; of the capabilities chosen, where there are any

    @classmethod
    def from_params(cls, params: QueryDict) -> Self:
        """Read an address. `q` is the words; every other field has its own name, once for each value."""
        words = " ".join(params.get("q", "").replace("\x00", "").split())[:LONGEST_WORDS]
        chosen = {name: _sound(name, params.getlist(name)) for name in FACETS}
        return cls(words=words, **chosen)

    @classmethod
    def from_address(cls, query_string: str) -> Self:
        return cls.from_params(QueryDict(query_string))

    def params(self) -> list[tuple[str, str]]:
        """As an address has it, always in the same order."""
        words = [("q", self.words)] if self.words else []
        return words + [(name, value) for name, value in self.chosen()]

    def urlencode(self) -> str:
        return urlencode(self.params())

    def chosen(self) -> Iterator[tuple[str, str]]:
        """Each facet with each value chosen in it."""
        for name in FACETS:
            for value in getattr(self, name):
                yield name, value

    def adding(self, facet: str, value: str) -> Self:
        wanted: dict[str, Any] = {facet: _sound(facet, [*getattr(self, facet), value])}
        return replace(self, **wanted)

    def without(self, facet: str, value: str = "") -> Self:
        """Without one value of the facet; without all of it where none is named. `words` may be named too."""
        if facet == "words":
            return replace(self, words="")
        kept: dict[str, Any] = {facet: tuple(item for item in getattr(self, facet) if value and item != value)}
        return replace(self, **kept)

    def __bool__(self) -> bool:
        return self != type(self)()


FACETS = tuple(field.name for field in fields(SearchQuery) if field.name != "words")
# What a facet may hold; None where the database says: a code that it does not know matches nothing.
VALUES: dict[str, frozenset[str] | None] = {
    "capability": None,
    "region": frozenset(Region.values),
    "sector": frozenset(Sector.values),
    "size": frozenset({SME, *Size.values}),
    "vcse": frozenset({"yes"}),
    "framework": None,
    "accreditation": frozenset(AccreditationKind.values),
    "evidence": frozenset({Support.SUPPORTED.value, Support.VERIFIED.value}),
}


def _sound(facet: str, given: list[str]) -> tuple[str, ...]:
    known = VALUES[facet]
    wanted = {value for value in given if value and len(value) <= 60 and (known is None or value in known)}
    return tuple(sorted(wanted))[:MOST_VALUES]
