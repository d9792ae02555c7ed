"""How many suppliers deliver in each region, and how many of them are small or medium."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from portal.organisations.choices import SME_SIZES
from portal.records import Region
from techmap.pictures import TILES, Step, step_of, steps_for
from techmap.search import counts
from techmap.search.query import SME, SearchQuery


@dataclass(frozen=True)
class Line:
    text: str
    y: int


@dataclass(frozen=True)
class RegionCount:
    """One region of the map. `query` is the search with the region chosen, or without it where it is chosen."""

    code: str
    name: str
    count: int
    smes: int
    step: Step
    is_chosen: bool
    query: SearchQuery

    @property
    def sme_share(self) -> int | None:
        """In percent; None where there is nobody."""
        return round(100 * self.smes / self.count) if self.count else None

    @property
    def list_query(self) -> SearchQuery:
        """The suppliers that deliver there."""
        return self.query.without("region").adding("region", self.code)

    @property
    def left(self) -> int:
        return TILES[self.code][0] * TILE

    @property
    def top(self) -> int:
        return TILES[self.code][1] * TILE

    @property
    def lines(self) -> list[Line]:
        """The name in the lines that fit a tile."""
        words = LINES.get(self.code, (self.name,))
        return [Line(text, 68 + 16 * number) for number, text in enumerate(words)]


TILE = 108  # from one tile to the next; a tile is 100 wide and high
LINES: dict[str, tuple[str, ...]] = {
    Region.YORKSHIRE: ("Yorkshire and", "The Humber"),
    Region.EAST: ("East of", "England"),
    Region.NORTHERN_IRELAND: ("Northern", "Ireland"),
}


@dataclass(frozen=True)
class RegionMap:
    regions: list[RegionCount]
    steps: list[Step]


def regions_of(query: SearchQuery) -> RegionMap:
    """Counts with the choice of region set aside, so that the map shows what each would give."""
    found, smes = counts(query, "region"), counts(only_smes(query), "region")
    numbers = [found.get(code, 0) for code in Region.values]
    steps = steps_for(numbers)
    return RegionMap([_region(query, Region(code), found, smes, steps) for code in Region.values], steps)


def _region(
    query: SearchQuery, region: Region, found: dict[str, int], smes: dict[str, int], steps: Sequence[Step]
) -> RegionCount:
    count, is_chosen = found.get(region, 0), region.value in query.region
    return RegionCount(
        code=region.value,
        name=region.label,
        count=count,
        smes=smes.get(region, 0) if count else 0,
        step=step_of(count, steps),
        is_chosen=is_chosen,
        query=query.without("region", region.value) if is_chosen else query.adding("region", region.value),
    )


def only_smes(query: SearchQuery) -> SearchQuery:
    """The same search among small and medium firms; where it names sizes, among those of them that are."""
    if not query.size or SME in query.size:
        return replace(query, size=(SME,))
    return replace(query, size=tuple(size for size in query.size if size in SME_SIZES) or NOBODY)


# A size that no firm has: the search finds nobody.
NOBODY = ("none",)
