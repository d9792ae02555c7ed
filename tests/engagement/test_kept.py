"""What a process keeps between pages: never out of date where it may not be, and never older than a minute."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from engagement.choices import RequestState, Stage
from engagement.models import EngagementRequest
from engagement.queries import LISTED
from portal.organisations.models import Organisation
from portal.records import Region
from tests.engagement.makers import CLOSES, NOW, make_authority, make_capability, make_request

pytestmark = pytest.mark.django_db
LIST = reverse("engagement:request-list")
FEED = reverse("engagement:request-feed")
CHANGES: dict[str, Any] = {
    "reference": "zzzzzzzzzz",
    "title": "Another title",
    "problem": "Another problem",
    "state": RequestState.CLOSED,
    "stage": Stage.IDEA,
    "region": Region.values[0],
    "opens_at": NOW + timedelta(days=5),
    "closes_at": CLOSES + timedelta(days=1),
    "is_imported": True,
}
NOT_DRAWN = {"published_at"}  # it gives the order alone


@pytest.fixture
def later() -> Any:
    with time_machine.travel(NOW + timedelta(days=1), tick=False) as traveller:
        yield traveller


def rows(client: Client, query: str = "") -> str:
    return str(BeautifulSoup(client.get(LIST + query).content, "html.parser").select_one(".app-results"))


def test_every_listed_column_is_tried() -> None:
    assert CHANGES.keys() == set(LISTED) - NOT_DRAWN


@pytest.mark.parametrize("name", CHANGES)
def test_row_shows_a_change_at_once(client: Client, later: Any, name: str) -> None:
    request = make_request()
    before = rows(client)

    EngagementRequest.objects.filter(pk=request.pk).update(**{name: CHANGES[name]})

    assert rows(client) != before


def test_row_shows_another_name_and_another_capability_at_once(client: Client, later: Any) -> None:
    request = make_request()
    assert "Borough" not in rows(client)

    Organisation.objects.filter(pk=request.authority_id).update(name="Ashford Vale Borough")
    assert "Ashford Vale Borough" in rows(client)
    request.request_capabilities.create(capability=make_capability("GIS", parent="Maps"), is_guessed=True)
    assert "GIS" in rows(client)
    assert "guessed" in rows(client)
    request.request_capabilities.update(is_guessed=False)
    assert "guessed" not in rows(client)


def test_row_goes_by_the_clock(client: Client, later: Any) -> None:
    make_request()
    assert "Open" in rows(client)

    later.move_to(CLOSES)

    assert "Closed" in rows(client)
    assert "Open" not in rows(client)


def test_filter_shows_each_person_what_they_chose(client: Client, later: Any) -> None:
    make_request()
    for words, state in (("homes", "open"), ("vale", "closed"), ("", "")):
        page = BeautifulSoup(client.get(LIST, {"q": words, "state": state}).content, "html.parser")
        assert page.select_one("#id_q").get("value", "") == words
        assert [option["value"] for option in page.select("#id_state option[selected]")] == [state]


def test_lists_to_choose_from_are_at_most_a_minute_old(client: Client, later: Any) -> None:
    make_request()
    client.get(LIST)
    make_request(make_authority("Brackwater Council"))

    later.shift(59)
    assert "Brackwater Council" not in filters(client)
    later.shift(2)
    assert "Brackwater Council" in filters(client)


def filters(client: Client) -> str:
    return str(BeautifulSoup(client.get(LIST).content, "html.parser").select_one(".app-filters"))


def test_feed_is_at_most_a_minute_old(client: Client, later: Any) -> None:
    make_request()
    client.get(FEED)
    make_request(title="Road repairs")

    later.shift(59)
    assert b"Road repairs" not in client.get(FEED).content
    later.shift(2)
    assert b"Road repairs" in client.get(FEED).content


def test_feed_of_a_search_is_kept_apart(client: Client, later: Any) -> None:
    make_request()
    make_request(title="Road repairs")

    assert client.get(FEED).content.count(b"<entry>") == 2
    assert client.get(FEED + "?q=road").content.count(b"<entry>") == 1


def test_each_entry_of_the_feed_says_when_it_was_updated(client: Client, later: Any) -> None:
    request = make_request()

    assert (
        f"<updated>{request.published_at.isoformat()}</updated>"
        in client.get(FEED).content.decode().split("<entry>")[1]
    )


@pytest.mark.parametrize("most", [1, 1000])
def test_search_has_pages_in_order_and_a_number_however_much_it_finds(
    client: Client, later: Any, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr("portal.govuk.pages.MOST_IDS", most)
    authority = make_authority()
    for number in range(23):
        make_request(authority, title=f"Empty homes {number}", published_at=NOW + timedelta(minutes=number))

    page = client.get(LIST + "?q=homes&page=2").context["page"]

    assert [str(item) for item in page] == ["Empty homes 2", "Empty homes 1", "Empty homes 0"]
    assert page.paginator.count == 23
