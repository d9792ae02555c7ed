"""Landscape, map, table, frame and documentation with 2,000 suppliers: seen, used by keyboard, and without scripts."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from portal.organisations.models import Organisation
from techmap.actions.bulk import write_bulk_files
from tests.techmap.crowd import make_crowd

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]
HOSTILE = "<script>window.hit=1</script><svg onload=window.hit=1>"


@pytest.fixture
def crowd(transactional_db: None, request: Any) -> None:
    """As many suppliers as the test asks for."""
    call_command("load_capabilities", verbosity=0)
    suppliers = make_crowd(getattr(request, "param", 100), timezone.localdate())
    Organisation.objects.filter(pk=suppliers[0].pk).update(name=HOSTILE)


@pytest.mark.parametrize(
    ("crowd", "javascript", "width"),
    [(2_000, True, 1280), (2_000, True, 375), (300, False, 320)],
    indirect=["crowd"],
)
def test_four_views_of_a_crowd(visit: Any, crowd: None, javascript: bool, width: int) -> None:
    guest = visit(f"Pictures-{width}-{javascript}", javascript=javascript, width=width, bypass_csp=True)
    number = Organisation.objects.count()
    guest.go("/techmap/").sees(f"{number} suppliers")
    guest.follow("Landscape").sees("Each box is a capability", "Show")
    assert guest.page.locator("svg.app-landscape__picture a[href^='/techmap/suppliers/']").count() >= number
    guest.follow("Read it as a list").sees("Cloud and hosting")
    guest.go("/techmap/?view=landscape&capability=cloud&region=TLN").follow("Long names")
    guest.go("/techmap/?view=map").sees("Suppliers by region", "Yorkshire and The Humber")
    guest.page.locator("a.app-map__tile", has_text="Wales").click()
    guest.check().sees("(chosen)")
    guest.go("/techmap/?view=table").sees(f"CSV, all {number} suppliers")
    guest.page.get_by_role("link", name="Sort by Name").click()
    guest.check()
    guest.go("/techmap/embed/help/?view=map&region=TLL").sees("iframe")
    guest.go("/techmap/embed/?view=map&region=TLL").go("/techmap/embed/?view=list")
    guest.go("/techmap/embed/?view=landscape&capability=cloud")
    if javascript:
        assert guest.page.evaluate("window.hit") is None


def test_map_and_landscape_by_keyboard(visit: Any, crowd: None) -> None:
    guest = visit("Pictures-keyboard")
    guest.go("/techmap/?view=map")
    tile = guest.page.locator("a.app-map__tile").first
    tile.focus()
    assert tile.locator("rect").evaluate("rect => getComputedStyle(rect).fill") == "rgb(255, 221, 0)"
    guest.page.keyboard.press("Enter")
    guest.page.wait_for_url("**region=**")
    guest.go("/techmap/?view=landscape&region=TLN&capability=cloud")
    guest.page.locator("#picture").focus()
    guest.page.keyboard.press("Tab")
    assert guest.page.evaluate("document.activeElement.closest('svg') !== null")


@pytest.mark.parametrize("crowd", [2_000], indirect=True)
def test_landscape_prints_on_one_sheet(visit: Any, crowd: None) -> None:
    guest = visit("Pictures-print")
    guest.page.goto(guest.site + "/techmap/?view=landscape")
    for paper in ("A3", "A4"):
        pdf = guest.page.pdf(format=paper, landscape=True)
        assert pdf.count(b"/Type /Page\n") == 3, paper  # the search, the picture on a sheet of its own, and the rest


@pytest.mark.parametrize("width", [1280, 320])
def test_open_data_and_documentation(visit: Any, crowd: None, width: int, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    write_bulk_files(now=timezone.now())
    guest = visit(f"Open-{width}", width=width)
    guest.go("/techmap/open-data/").sees("suppliers.jsonl.gz", "Open Government Licence")
    guest.go("/api/").sees("Find suppliers", "File a return")
