"""Each value that a search can choose is one number, so that a supplier's facts are one sorted list of numbers.

The lowest three bits say which kind of thing the number names, the rest is its own number: that of
the row, or its place in a list that comes with the code. Whoever changes such a list rebuilds the rows.
"""

from __future__ import annotations

from collections.abc import Mapping

from portal.organisations.choices import SME_SIZES, Size
from portal.records import Region
from techmap.choices import AccreditationKind, Sector, Support
from techmap.search.query import SME

NOTHING = -1  # no supplier has it: what a code that nobody knows stands for
LISTED, CAPABILITY, SUPPORTED, VERIFIED, FRAMEWORK = range(5)
ROOM = 64  # numbers set aside for each list
LISTS: dict[str, list[str]] = {
    "region": Region.values,
    "sector": Sector.values,
    "size": [SME, *Size.values],
    "vcse": ["yes"],
    "accreditation": AccreditationKind.values,
    # Whether any claim at all has the support. Verified is supported too.
    "evidence": [Support.SUPPORTED, Support.VERIFIED],
    # The region is that of the office: where it delivers, the supplier has not said.
    "office": ["only"],
}
KIND_OF_SUPPORT: dict[str, int] = {Support.SUPPORTED: SUPPORTED, Support.VERIFIED: VERIFIED}


def _number(kind: int, within: int) -> int:
    return within << 3 | kind


NUMBERS: Mapping[tuple[str, str], int] = {
    (facet, str(value)): _number(LISTED, place * ROOM + position + 1)
    for place, (facet, values) in enumerate(LISTS.items())
    for position, value in enumerate(values)
}


def listed(facet: str, value: str) -> int:
    """The number of a value that comes with the code."""
    return NUMBERS.get((facet, value), NOTHING)


def capability(pk: int, support: str = "") -> int:
    """The capability (of either level) claimed; or claimed with at least that support."""
    return _number(KIND_OF_SUPPORT.get(support, CAPABILITY), pk)


def framework(pk: int) -> int:
    return _number(FRAMEWORK, pk)


def of_region(served: list[str], office: str) -> set[int]:
    """Where the supplier says that it delivers; where it says nothing, where its office is."""
    if served:
        return {listed("region", code) for code in served}
    return {listed("region", office), listed("office", "only")} if office else set()


def of_size(size: str) -> set[int]:
    if not size:
        return set()
    return {listed("size", size)} | ({listed("size", SME)} if size in SME_SIZES else set())


def of_claims(claims: Mapping[int, str], parents: Mapping[int, int | None]) -> set[int]:
    """Each capability claimed and its parent, with the support that each claim has and all that is below it."""
    found: set[int] = set()
    for pk, support in claims.items():
        supports = {"", Support.SUPPORTED.value} if support == Support.VERIFIED else {""}
        for level in supports | ({support} if support in KIND_OF_SUPPORT else set()):
            own = [pk, parents.get(pk)]
            found |= {capability(number, level) for number in own if number}
            found |= {listed("evidence", level)} if level else set()
    return found
