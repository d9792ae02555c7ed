"""Somebody finds suppliers: by words, by filters, by what is near; with scripts and without."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from techmap.search import index
from tests.techmap.crowd import make_crowd

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def crowd(transactional_db: None) -> None:
    call_command("load_capabilities", verbosity=0)
    make_crowd(60, timezone.localdate())
    index.rebuild()


@pytest.mark.parametrize(("javascript", "width"), [(True, 1280), (True, 375), (True, 320), (False, 1280), (False, 375)])
def test_search_journey(visit: Any, crowd: Any, javascript: bool, width: int) -> None:
    guest = visit(f"Search-{width}-{javascript}", javascript=javascript, width=width)
    guest.go("/techmap/").sees("60 suppliers", "How the order works", "drawn anew each day")
    guest.fill("Search by name, capability, technology or past work", "software").press("Search")
    guest.sees("Best matches first", "in its name", "“software”")
    open_panels(guest, "Delivers in")
    box = guest.page.locator("#region-TLL")
    box.check()
    guest.press("Apply filters").sees("Wales", "Delivers in Wales")
    assert "q=software" in guest.page.url
    assert "region=TLL" in guest.page.url
    guest.page.get_by_role("link", name="Remove Words").click()
    guest.check()
    assert "q=" not in guest.page.url
    guest.follow("How the order works").sees("Best matches first", "Equal matches", "MD5")

    guest.go("/techmap/?q=sofware").sees("Did you mean", "0 suppliers").follow("software").sees("Best matches first")
    guest.go("/techmap/?q=software+zzzz&region=TLL").sees("No supplier matches all of it", "Without “zzzz”")
    guest.go("/techmap/?capability=cloud&evidence=supported&page=1").check()
    guest.go("/techmap/?q=quagga").sees("No supplier matches. Use fewer or other words")


def open_panels(guest: Any, facet: str) -> None:
    """On a phone the filters start closed, where scripts run; each kind of filter is closed until it is opened."""
    panel = guest.page.locator('[data-module="app-filters"]')
    if panel.get_attribute("open") is None:
        panel.locator("> summary").click()
    guest.page.locator(".app-panels > details > summary", has_text=facet).click()


def test_names_are_offered_while_typing(visit: Any, crowd: Any) -> None:
    guest = visit("Search-names", javascript=True, width=1280)
    guest.go("/techmap/")
    box = guest.page.locator("#id_q")
    with guest.page.expect_response("**/techmap/names/?q=lark"):
        box.press_sequentially("lark", delay=20)
    offered = guest.page.locator("#names option")
    offered.first.wait_for(state="attached")
    names = [option.get_attribute("value") for option in offered.all()]
    assert names
    assert all(name.startswith("Larkspur") for name in names)
    assert guest.check().faults == []
