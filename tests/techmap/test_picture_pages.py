"""The landscape and the map as pages and as files."""

from __future__ import annotations

from datetime import date
from typing import Any
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.organisations.choices import Size, Status
from techmap.actions import record_evidence
from techmap.choices import Support
from techmap.models import Capability
from techmap.pictures import MOST_SUPPLIERS
from techmap.queries.landscape import landscape_of
from techmap.queries.regions import only_smes, regions_of
from techmap.search import index
from techmap.search.query import SearchQuery
from tests.factories import make_supplier
from tests.techmap.crowd import make_crowd
from tests.techmap.makers import make_claim, make_profile

pytestmark = pytest.mark.django_db
LANDSCAPE, MAP = "/techmap/?view=landscape", "/techmap/?view=map"
TODAY = date(2026, 11, 22)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def _fresh_limits(db: None) -> None:
    cache.clear()


def listed(name: str, *capabilities: Capability, regions: tuple[str, ...] = ("TLD",), **fields: Any) -> Any:
    supplier = make_supplier(name, **fields)
    make_profile(supplier, regions_served=list(regions))
    for capability in capabilities:
        make_claim(supplier, capability)
    index.refresh([supplier.pk])
    return supplier


def award(supplier: Any, capability: Capability, **fields: Any) -> None:
    facts: dict[str, Any] = {
        "kind": "award",
        "source": f"ocds-{supplier.pk}",
        "title": "Hosting",
        "dated": TODAY,
        "guessed": False,
    }
    record_evidence(supplier=supplier, capabilities=[capability], **{**facts, **fields})
    index.refresh([supplier.pk])


def placed(query: str = "") -> dict[str, list[tuple[str, Support]]]:
    """Who stands in which capability, by name."""
    found = landscape_of(SearchQuery.from_address(query), TODAY)
    return {
        child.name: [(entry.name, entry.support) for entry in child.entries]
        for parent in found.parents
        for child in parent.children
    }


def test_landscape_places_suppliers_by_capability_and_support(hosting: Capability, backup: Capability) -> None:
    award(listed("Verified Ltd", hosting), hosting)
    award(listed("Supported Ltd", hosting), hosting, kind="engagement")
    listed("Bare Ltd", hosting)
    found = placed("capability=cloud-hosting")
    assert sorted(found["Cloud hosting"]) == [
        ("Bare Ltd", Support.UNSUPPORTED),
        ("Supported Ltd", Support.SUPPORTED),
        ("Verified Ltd", Support.VERIFIED),
    ]
    assert "Backup and recovery" not in found  # something was asked, and nobody found has it
    assert placed()["Backup and recovery"] == []  # nothing was asked: the whole market, with its gaps


def test_landscape_shows_those_without_a_capability(hosting: Capability) -> None:
    listed("Newcomer Ltd")
    assert placed()["Suppliers"] == [("Newcomer Ltd", Support.UNSUPPORTED)]


def test_landscape_shows_only_guesses_of_those_not_verified(hosting: Capability, backup: Capability) -> None:
    imported = make_supplier("Imported Ltd", status=Status.PENDING, is_imported=True)
    make_claim(imported, hosting, guessed=True)
    make_claim(imported, backup)
    award(imported, hosting)
    found = placed()
    assert (len(found["Cloud hosting"]), found["Backup and recovery"]) == (1, [])


def test_landscape_draws_the_first_and_says_how_many(client: Client, hosting: Capability, monkeypatch: Any) -> None:
    for number in range(5):
        listed(f"Supplier {number}", hosting)
    assert MOST_SUPPLIERS == 2_000
    assert landscape_of(SearchQuery(), TODAY, most=3).suppliers == 3
    monkeypatch.setattr("techmap.queries.landscape.landscape_of.__kwdefaults__", {"most": 3})
    page = BeautifulSoup(client.get(LANDSCAPE).content, "html.parser")
    assert "The first 3 of 5 suppliers are drawn" in page.get_text(" ").replace("  ", " ")
    assert len(page.select("svg.app-landscape__picture a[href^='/techmap/suppliers/']")) == 3


@pytest.mark.parametrize("zoom", ["1", "2", "3", "9", "x"])
def test_landscape_page_links_every_supplier(client: Client, hosting: Capability, zoom: str) -> None:
    suppliers = [listed(name, hosting) for name in ("Alder Ltd", "Birch <b>Ltd</b>")]
    page = BeautifulSoup(client.get(f"{LANDSCAPE}&zoom={zoom}").content, "html.parser")
    cells = page.select("svg.app-landscape__picture a[href^='/techmap/suppliers/']")
    assert {cell["href"] for cell in cells} == {f"/techmap/suppliers/{supplier.pk}/" for supplier in suppliers}
    assert {cell.title.string for cell in cells} == {"Alder Ltd: no evidence", "Birch <b>Ltd</b>: no evidence"}
    assert page.select("[style]") == []


def test_landscape_as_a_list_says_the_same(client: Client, hosting: Capability) -> None:
    award(listed("Larkspur Systems Ltd", hosting), hosting)
    page = client.get(f"{LANDSCAPE}&as=list").content.decode()
    assert "Cloud hosting (1)" in page
    assert "Larkspur Systems Ltd" in page
    assert "Verified by a public body" in page
    assert (
        "<svg" not in page.partition("<main")[2].partition("</main>")[0].replace("", "") or "app-landscape" not in page
    )


@pytest.mark.parametrize(("view", "most"), [("landscape", 30), ("map", 30)])
def test_page_costs_the_same_for_one_and_three(client: Client, hosting: Capability, view: str, most: int) -> None:
    costs = []
    for names in (["Alder Ltd"], ["Birch Ltd", "Cedar Ltd"]):
        for name in names:
            award(listed(name, hosting), hosting)
        client.get(f"/techmap/?view={view}")
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/techmap/?view={view}")
            costs.append(len(queries))
    assert costs[0] == costs[1]
    assert costs[0] < most


# --- Files ------------------------------------------------------------------------------------------


def test_svg_stands_alone(client: Client, hosting: Capability, settings: Any) -> None:
    settings.SITE_URL = "https://portal.example"
    supplier = listed("Larkspur & Sons Ltd", hosting)
    response = client.get("/techmap/landscape.svg?q=larkspur&zoom=2")
    assert response["Content-Type"] == "image/svg+xml"
    assert response["Content-Disposition"] == 'attachment; filename="Landscape-of-suppliers.svg"'
    root = ElementTree.fromstring(response.content)
    links = [link.get("href") for link in root.iter(f"{SVG}a")]
    assert f"https://portal.example/techmap/suppliers/{supplier.pk}/" in links
    words = " ".join(root.itertext())
    assert "Larkspur & Sons Ltd" in words
    assert "1 suppliers" not in words
    assert not [item for item in root.iter() if item.get("class") and item.tag == f"{SVG}rect"]


def test_png_is_a_picture(client: Client, hosting: Capability) -> None:
    listed("Larkspur Systems Ltd", hosting)
    response = client.get("/techmap/landscape.png")
    assert (response["Content-Type"], response.content[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")


def test_png_of_a_crowd_is_no_larger_than_a_sheet(client: Client, hosting: Capability, backup: Capability) -> None:
    make_crowd(400, TODAY)
    content = client.get("/techmap/landscape.png?zoom=3").content
    width, height = int.from_bytes(content[16:20]), int.from_bytes(content[20:24])
    assert max(width, height) <= 3_600


# --- The map ----------------------------------------------------------------------------------------


def test_map_counts_suppliers_and_small_firms(hosting: Capability) -> None:
    listed("Alder Ltd", hosting, regions=("TLD", "TLL"), size=Size.SMALL)
    listed("Birch plc", hosting, regions=("TLD",), size=Size.LARGE)
    found = {region.code: region for region in regions_of(SearchQuery()).regions}
    assert (found["TLD"].count, found["TLD"].sme_share) == (2, 50)
    assert (found["TLL"].count, found["TLL"].sme_share) == (1, 100)
    assert (found["TLM"].count, found["TLM"].sme_share) == (0, None)
    large = {region.code: region for region in regions_of(SearchQuery(size=("large",))).regions}
    assert (large["TLD"].count, large["TLD"].sme_share) == (1, 0)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((), ("sme",)), (("sme", "large"), ("sme",)), (("micro", "large"), ("micro",)), (("large",), ("none",))],
)
def test_small_firms_of_a_search(size: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert only_smes(SearchQuery(size=size)).size == expected


def test_map_tile_adds_its_region_and_takes_it_away(client: Client, hosting: Capability) -> None:
    listed("Alder Ltd", hosting, regions=("TLD", "TLL"))
    page = BeautifulSoup(client.get(f"{MAP}&region=TLL&q=alder").content, "html.parser")
    tiles = {tile.title.string.partition(":")[0]: tile for tile in page.select("a.app-map__tile")}
    assert len(tiles) == 12
    assert tiles["North West"]["href"] == "/techmap/?view=map&q=alder&region=TLD&region=TLL"
    assert tiles["Wales"]["href"] == "/techmap/?view=map&q=alder"
    assert tiles["Wales"].title.string == "Wales: 1 supplier, chosen"
    assert len(page.select(".app-map__table tbody tr")) == 12
