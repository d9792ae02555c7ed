"""The landscape's layout and drawing, the map's tiles, and the pages that show them."""

from __future__ import annotations

from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.records import Region
from techmap.choices import Support
from techmap.drawing import Links, fitted, initials, landscape_file, landscape_svg, text_width
from techmap.pictures import (
    TILES,
    ZOOMS,
    Box,
    Child,
    Entry,
    Parent,
    Picture,
    landscape,
    shared_out,
    step_of,
    steps_for,
)

SUPPORTS = st.sampled_from(list(Support))
LINKS = Links(lambda pk: f"/s/{pk}/", lambda code: f"/c/{code}/")


def entries(number: int, support: Support = Support.SUPPORTED) -> tuple[Entry, ...]:
    return tuple(Entry(pk, f"Supplier {pk}", support) for pk in range(number))


CHILDREN = st.builds(
    Child, st.just("code"), st.text(max_size=40), st.sampled_from([0, 1, 7, 60, 200]).map(entries), st.integers(0, 5)
)
PARENTS = st.builds(
    Parent, st.just("code"), st.text(max_size=40), st.lists(CHILDREN, max_size=8).map(tuple)
)  # fmt: skip


def faults(picture: Picture) -> list[str]:
    """What lies outside what holds it, or on its neighbour."""
    whole = Box(0, 0, picture.width, picture.height)
    found = [f"{parent.box} outside" for parent in picture.parents if not whole.holds(parent.box)]
    found += overlaps([parent.box for parent in picture.parents])
    for parent in picture.parents:
        found += [f"{child.box} outside" for child in parent.children if not parent.box.holds(child.box)]
        found += overlaps([child.box for child in parent.children])
        for child in parent.children:
            found += [f"{cell.box} outside" for cell in child.cells if not child.box.holds(cell.box)]
            found += overlaps([cell.box for cell in child.cells])
    return found


def overlaps(boxes: list[Box]) -> list[str]:
    return [f"{one} on {other}" for one, other in combinations(boxes, 2) if one.overlaps(other)]


@given(st.lists(PARENTS, max_size=12), st.sampled_from([1, 2, 3]))
@settings(max_examples=60, deadline=None)
def test_landscape_boxes_lie_apart_and_inside(parents: list[Parent], level: int) -> None:
    picture = landscape(parents, ZOOMS[level])
    assert faults(picture) == []


@given(st.lists(PARENTS, max_size=12), st.sampled_from([1, 2, 3]))
@settings(max_examples=40, deadline=None)
def test_landscape_draws_every_supplier_in_its_place(parents: list[Parent], level: int) -> None:
    picture = landscape(parents, ZOOMS[level])
    for placed, parent in zip(picture.parents, parents, strict=True):
        assert sorted(id(child.child) for child in placed.children) == sorted(map(id, parent.children))
        for child in placed.children:
            assert tuple(cell.item for cell in child.cells) == child.child.entries


def test_overlap_is_seen() -> None:
    assert overlaps([Box(0, 0, 10, 10), Box(9, 9, 5, 5), Box(10, 0, 5, 5)]) == [
        "Box(x=0, y=0, width=10, height=10) on Box(x=9, y=9, width=5, height=5)"
    ]


@pytest.mark.parametrize("level", [1, 2, 3])
def test_two_thousand_suppliers_fit_a_sheet(level: int) -> None:
    parents = [
        Parent(
            f"p{p}", f"Group {p}", tuple(Child(f"c{p}{c}", f"Capability {c}", entries(4 * c * c - c)) for c in range(9))
        )
        for p in range(18)
    ]
    picture = landscape(parents, ZOOMS[level])
    assert picture.cells == 18 * (4 * 204 - 36)
    assert 1.1 < picture.width / picture.height < 1.8
    assert min(ZOOMS[level].cell_height, ZOOMS[level].cell_width) >= 24


def test_sharing_out_gives_everybody_one_place_first() -> None:
    claims = {1: [10, 11, 12], 2: [10], 3: [12, 10]}
    assert shared_out(claims, 100) == {(1, 10), (1, 11), (1, 12), (2, 10), (3, 12), (3, 10)}
    assert shared_out(claims, 4) == {(1, 10), (2, 10), (3, 12), (1, 11)}
    assert shared_out(claims, 1) == {(1, 10), (2, 10), (3, 12)}
    assert shared_out({}, 1) == set()


# --- Drawing ----------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.text(st.characters(exclude_categories=()), max_size=30), SUPPORTS), max_size=5))
@settings(max_examples=60, deadline=None)
def test_drawing_is_sound_xml_whatever_the_names(names: list[tuple[str, Support]]) -> None:
    suppliers = tuple(Entry(pk, name, support) for pk, (name, support) in enumerate(names))
    parents = [Parent("p", names[0][0] if names else "P", (Child("c", "<&\"'>", suppliers, 3),))]
    for text in (
        landscape_svg(landscape(parents, ZOOMS[2]), LINKS),
        landscape_file(landscape(parents, ZOOMS[1]), LINKS, title="A & B", note="<b>"),
    ):
        root = ElementTree.fromstring(text.encode())
        links = [a.get("href") for a in root.iter("{http://www.w3.org/2000/svg}a")]
        assert [link for link in links if (link or "").startswith("/s/")] == [f"/s/{pk}/" for pk in range(len(names))]
        assert not [element for element in root.iter() if element.get("style")]


def test_every_support_has_its_own_shape() -> None:
    suppliers = tuple(Entry(pk, "Larkspur Systems Ltd", support) for pk, support in enumerate(Support))
    text = landscape_svg(landscape([Parent("p", "P", (Child("c", "C", suppliers),))], ZOOMS[2]), LINKS)
    assert text.count("stroke-dasharray") == 1  # unsupported
    assert text.count("<path") == 1  # supported
    assert "Larkspur Systems Ltd: verified by a public body" in text


def test_long_names_are_cut_and_short_ones_are_not() -> None:
    assert fitted("Larkspur", 80, 11) == "Larkspur"
    cut = fitted("Larkspur Systems and Services Limited", 80, 11)
    assert cut.endswith("…")
    assert text_width(cut, 11) <= 80


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Larkspur Systems Ltd", "LS"), ("The Charnwood Company", "CC"), ("Ltd", "L"), ("(x) y", "XY"), ("...", "?")],
)
def test_initials(name: str, expected: str) -> None:
    assert initials(name) == expected


# --- The map ----------------------------------------------------------------------------------------


def test_every_region_has_a_tile_of_its_own() -> None:
    assert set(TILES) == set(Region.values)
    assert len(set(TILES.values())) == 12


@given(st.lists(st.integers(0, 100_000), max_size=12))
@settings(max_examples=100, deadline=None)
def test_steps_cover_every_count_once(counts: list[int]) -> None:
    steps = steps_for(counts)
    assert len(steps) <= 5
    assert steps[0].lowest == 0
    assert steps[-1].highest == max(counts, default=0)
    assert all(one.highest + 1 == after.lowest for one, after in pairwise(steps))
    assert all(step_of(count, steps).lowest <= count <= step_of(count, steps).highest for count in counts)
