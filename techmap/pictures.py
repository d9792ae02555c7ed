"""Where everything stands in the pictures of the techmap. Facts come in, boxes go out; nothing is fetched or drawn.

The landscape: groups of capabilities as boxes, capabilities as boxes in them, and one cell for each supplier
in each capability. The map: the 12 regions as tiles. All measures are CSS pixels.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from portal.records import Region
from techmap.choices import Support

MOST_SUPPLIERS = 2_000  # in one picture: the first in the order of the search
MOST_CELLS = 6_000  # a supplier stands in every capability that it claims, as long as there is room
GAP = 8
PADDING = 6
PARENT_TITLE, CHILD_TITLE, MORE = 32, 26, 26  # heights; 24 is the least that a finger hits (WCAG 2.5.8)
ROWS_IN_A_COLUMN = 12  # a capability with more rows of suppliers gets the whole width of its group
PAPER = math.sqrt(2)  # a sheet of A3 or A4 that lies on its long side
NARROWEST = 900
Item = TypeVar("Item")


# --- The landscape: what comes in --------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """One supplier in one capability."""

    supplier: int
    name: str
    support: Support


@dataclass(frozen=True)
class Child:
    """A capability with its suppliers in order. `more` are those for which there is no room."""

    code: str
    name: str
    entries: tuple[Entry, ...] = ()
    more: int = 0

    @property
    def number(self) -> int:
        return len(self.entries) + self.more


@dataclass(frozen=True)
class Parent:
    code: str
    name: str
    children: tuple[Child, ...]


@dataclass(frozen=True)
class Zoom:
    """How large a cell is, how many stand in a row of a capability, and the size of letters in them."""

    level: int
    cell_width: int
    cell_height: int
    in_a_row: int
    letters: int


ZOOMS = {1: Zoom(1, 28, 24, 9, 10), 2: Zoom(2, 126, 24, 2, 11), 3: Zoom(3, 190, 30, 2, 14)}


# --- The landscape: what goes out --------------------------------------------------------------------


@dataclass(frozen=True)
class Box:
    x: int
    y: int
    width: int
    height: int

    def holds(self, other: Box) -> bool:
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.x + other.width <= self.x + self.width
            and other.y + other.height <= self.y + self.height
        )

    def overlaps(self, other: Box) -> bool:
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


@dataclass(frozen=True)
class Placed(Generic[Item]):
    """A thing and where it stands."""

    box: Box
    item: Item


@dataclass(frozen=True)
class PlacedChild:
    box: Box
    child: Child
    cells: tuple[Placed[Entry], ...]


@dataclass(frozen=True)
class PlacedParent:
    box: Box
    parent: Parent
    children: tuple[PlacedChild, ...]


@dataclass(frozen=True)
class Picture:
    width: int
    height: int
    zoom: Zoom
    parents: tuple[PlacedParent, ...]

    @property
    def cells(self) -> int:
        return sum(len(child.cells) for parent in self.parents for child in parent.children)


def landscape(parents: Sequence[Parent], zoom: Zoom) -> Picture:
    """The arrangement that comes nearest to a sheet of paper and leaves least of it empty.

    It is at least as wide as a page of the portal, where there is enough to fill that.
    """
    choices = [(columns, inner) for columns in range(1, min(len(parents), 7) + 1) for inner in range(1, 7)]
    columns, inner = min(choices or [(1, 1)], key=lambda choice: _unfitness(parents, zoom, *choice))
    return arranged(parents, zoom, columns, inner)


def arranged(parents: Sequence[Parent], zoom: Zoom, columns: int, inner: int) -> Picture:
    """Groups in so many columns, and the capabilities of each group in so many columns of their own."""
    width = _parent_width(zoom, inner)
    places, height = _stacked([_parent_height(parent, zoom, inner) for parent in parents], columns, gap=GAP)
    placed = tuple(
        _placed_parent(parent, Box(column * (width + GAP), top, width, tall), zoom, inner)
        for parent, (column, top, tall) in zip(parents, places, strict=True)
    )
    return Picture(columns * (width + GAP) - GAP, height, zoom, placed)


def _unfitness(parents: Sequence[Parent], zoom: Zoom, columns: int, inner: int) -> float:
    heights = [_parent_height(parent, zoom, inner) for parent in parents]
    _places, height = _stacked(heights, columns, gap=GAP)
    width = columns * (_parent_width(zoom, inner) + GAP)
    filled = sum(len(child.entries) for parent in parents for child in parent.children)
    empty = 1 - filled * zoom.cell_width * zoom.cell_height / (width * max(height, 1))
    too_narrow = 2.0 if width < NARROWEST else 0.0
    return abs(math.log(width / max(height, 1) / PAPER)) + empty + too_narrow


def _placed_parent(parent: Parent, box: Box, zoom: Zoom, inner: int) -> PlacedParent:
    """Its capabilities in columns below its title, and below those the ones that need the whole width."""
    narrow, wide = _by_width(parent, zoom)
    room = _parent_width(zoom, inner) - 2 * PADDING
    below = sum(_child_height(child, zoom, room) + PADDING for child in wide)
    left, top = box.x + PADDING, box.y + PARENT_TITLE
    bottom = box.y + box.height - PADDING
    heights = [_child_height(child, zoom, _child_width(zoom)) for child in narrow]
    at_least = bottom - top - below if narrow else 0
    places, end = _stacked(heights, inner, gap=PADDING, at_least=at_least)
    width = _child_width(zoom)
    children = [
        _placed_child(child, Box(left + column * (width + PADDING), top + down, width, tall), zoom)
        for child, (column, down, tall) in zip(narrow, places, strict=True)
    ]
    top += end + PADDING if narrow else 0
    for child in wide:
        tall = _child_height(child, zoom, room) if child is not wide[-1] else bottom - top
        children.append(_placed_child(child, Box(left, top, room, tall), zoom))
        top += tall + PADDING
    return PlacedParent(box, parent, tuple(children))


def _by_width(parent: Parent, zoom: Zoom) -> tuple[list[Child], list[Child]]:
    """Those that stand in columns, and those that are too long for one."""
    most = ROWS_IN_A_COLUMN * zoom.in_a_row
    narrow = [child for child in parent.children if len(child.entries) <= most]
    return narrow, [child for child in parent.children if len(child.entries) > most]


def _placed_child(child: Child, box: Box, zoom: Zoom) -> PlacedChild:
    left, top = box.x + PADDING // 2, box.y + CHILD_TITLE
    cells = []
    for number, entry in enumerate(child.entries):
        row, column = divmod(number, in_a_row(box.width, zoom))
        x, y = left + column * zoom.cell_width, top + row * zoom.cell_height
        cells.append(Placed(Box(x, y, zoom.cell_width, zoom.cell_height), entry))
    return PlacedChild(box, child, tuple(cells))


def in_a_row(width: int, zoom: Zoom) -> int:
    """How many cells stand side by side in a capability so wide."""
    return (width - PADDING) // zoom.cell_width


def _child_width(zoom: Zoom) -> int:
    return zoom.in_a_row * zoom.cell_width + PADDING


def _child_height(child: Child, zoom: Zoom, width: int) -> int:
    rows = math.ceil(len(child.entries) / in_a_row(width, zoom))
    return CHILD_TITLE + rows * zoom.cell_height + (MORE if child.more else 0) + PADDING // 2


def _parent_width(zoom: Zoom, inner: int) -> int:
    return inner * (_child_width(zoom) + PADDING) + PADDING


def _parent_height(parent: Parent, zoom: Zoom, inner: int) -> int:
    narrow, wide = _by_width(parent, zoom)
    heights = [_child_height(child, zoom, _child_width(zoom)) for child in narrow]
    _places, height = _stacked(heights, inner, gap=PADDING)
    room = _parent_width(zoom, inner) - 2 * PADDING
    parts = [height] if narrow else []
    parts += [_child_height(child, zoom, room) for child in wide]
    return PARENT_TITLE + sum(parts) + PADDING * max(len(parts) - 1, 0) + PADDING


def _stacked(
    heights: Sequence[int], columns: int, *, gap: int, at_least: int = 0
) -> tuple[list[tuple[int, int, int]], int]:
    """Each thing goes under the column that is shortest so far: its column, top and height, and the whole height.

    The last of each column is drawn out to the common end, so that the columns make one block.
    """
    ends, last = [0] * columns, [-1] * columns
    places: list[tuple[int, int, int]] = []
    for number, height in enumerate(heights):
        column = ends.index(min(ends))
        places.append((column, ends[column], height))
        last[column] = number
        ends[column] += height + gap
    whole = max([at_least, *(end - gap for end in ends)])
    for number in last:
        if number >= 0:
            column, top, _height = places[number]
            places[number] = (column, top, whole - top)
    return places, whole


def shared_out(claims: Mapping[int, Sequence[int]], most: int = MOST_CELLS) -> set[tuple[int, int]]:
    """Which suppliers stand in which capabilities where there is no room for all.

    `claims` are in the order of the search, each supplier's strongest first. Everybody's first comes before
    anybody's second, so that every supplier is in the picture.
    """
    chosen: set[tuple[int, int]] = set()
    for turn in range(max(map(len, claims.values()), default=0)):
        for supplier, capabilities in claims.items():
            if turn < len(capabilities):
                if len(chosen) >= most and turn > 0:
                    return chosen
                chosen.add((supplier, capabilities[turn]))
    return chosen


# --- The map ----------------------------------------------------------------------------------------

# Column and row of each region: roughly as they lie, each as large as every other.
TILES: dict[str, tuple[int, int]] = {
    Region.SCOTLAND: (1, 0),
    Region.NORTHERN_IRELAND: (0, 1),
    Region.NORTH_EAST: (2, 1),
    Region.NORTH_WEST: (1, 2),
    Region.YORKSHIRE: (2, 2),
    Region.WALES: (0, 3),
    Region.WEST_MIDLANDS: (1, 3),
    Region.EAST_MIDLANDS: (2, 3),
    Region.EAST: (3, 3),
    Region.SOUTH_WEST: (1, 4),
    Region.SOUTH_EAST: (2, 4),
    Region.LONDON: (3, 4),
}
STEPS = 5


@dataclass(frozen=True)
class Step:
    """One colour of the map, and the counts that it stands for."""

    number: int  # from 0, the palest
    lowest: int
    highest: int

    @property
    def words(self) -> str:
        return str(self.lowest) if self.lowest == self.highest else f"{self.lowest} to {self.highest}"


def steps_for(counts: Iterable[int]) -> list[Step]:
    """At most five equal steps from nothing to the largest count; fewer where there are fewer counts to tell apart."""
    largest = max(counts, default=0)
    wide = max(1, math.ceil((largest + 1) / STEPS))
    lowest = range(0, largest + 1, wide)
    return [Step(number, low, min(low + wide - 1, largest)) for number, low in enumerate(lowest)]


def step_of(count: int, steps: Sequence[Step]) -> Step:
    return next(step for step in steps if step.lowest <= count <= step.highest)
