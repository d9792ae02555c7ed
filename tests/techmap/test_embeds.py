"""Frames on other websites: they alone may be framed, hold no cookie, and run nothing."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from techmap.models import Capability
from techmap.search import index
from tests.factories import make_supplier, make_user
from tests.techmap.makers import make_claim

pytestmark = pytest.mark.django_db
VIEWS = ["list", "landscape", "map", "table", ""]


@pytest.fixture
def larkspur_listed(hosting: Capability) -> None:
    supplier = make_supplier()
    make_claim(supplier, hosting)
    index.refresh([supplier.pk])


def policy(response: object) -> dict[str, list[str]]:
    text = response.headers["Content-Security-Policy"]  # type: ignore[attr-defined]
    return {words[0]: words[1:] for part in text.split(";") if (words := part.split())}


@pytest.mark.parametrize("view", VIEWS)
def test_frame_may_stand_anywhere_and_runs_nothing(client: Client, larkspur_listed: None, view: str) -> None:
    response = client.get(f"/techmap/embed/?view={view}&q=larkspur")
    found = policy(response)
    assert found["frame-ancestors"] == ["*"]
    assert found["script-src"] == found["form-action"] == found["object-src"] == ["'none'"]
    assert found["default-src"] == ["'self'"]
    assert not response.has_header("X-Frame-Options")
    page = BeautifulSoup(response.content, "html.parser")
    assert page.select("script, form, [style], [onclick]") == []


@pytest.mark.parametrize("view", VIEWS)
def test_frame_sets_no_cookie_and_knows_nobody(client: Client, larkspur_listed: None, view: str) -> None:
    anonymous = client.get(f"/techmap/embed/?view={view}")
    client.force_login(make_user(name="Nora Quill"))
    signed_in = client.get(f"/techmap/embed/?view={view}")
    assert anonymous.cookies == signed_in.cookies == {}
    assert anonymous.content == signed_in.content


@pytest.mark.parametrize("view", VIEWS)
def test_links_leave_the_frame(client: Client, larkspur_listed: None, view: str) -> None:
    page = BeautifulSoup(client.get(f"/techmap/embed/?view={view}").content, "html.parser")
    links = [link for link in page.select("a[href]") if not link["href"].startswith("#")]
    assert links
    assert [str(link) for link in links if link.get("target") != "_top" or "noopener" not in link.get("rel", [])] == []


@pytest.mark.parametrize("path", ["/techmap/", "/techmap/?view=landscape", "/techmap/embed/help/", "/techmap/embed/x/"])
def test_no_other_page_may_be_framed(client: Client, path: str) -> None:
    response = client.get(path)
    assert policy(response)["frame-ancestors"] == ["'none'"]
    assert response["X-Frame-Options"] == "DENY"


def test_frame_takes_no_post(client: Client) -> None:
    assert client.post("/techmap/embed/").status_code == 405


def test_snippet_shows_the_search_and_is_escaped(client: Client, larkspur_listed: None, settings: object) -> None:
    settings.SITE_URL = "https://portal.example"  # type: ignore[attr-defined]
    page = BeautifulSoup(client.get('/techmap/embed/help/?view=map&q="x" <b>&region=TLL').content, "html.parser")
    snippet = BeautifulSoup(page.select_one(".app-snippet").get_text(), "html.parser")  # type: ignore[union-attr]
    frame = snippet.iframe
    assert frame
    assert frame["src"] == "https://portal.example/techmap/embed/?view=map&q=%22x%22+%3Cb%3E&region=TLL"
    assert '"x' in frame["title"] or "“" in frame["title"]
    assert snippet.select("b") == []
