"""The taxonomy's pages, and following by their buttons."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.organisations.choices import Status
from techmap.models import CapabilityFollow
from tests.factories import make_public_body, make_supplier
from tests.techmap.makers import make_capability, make_claim

LIST = reverse("techmap:capability-list")
FOLLOWS = reverse("techmap:follow-list")


def soup(answer) -> BeautifulSoup:
    return BeautifulSoup(answer.content, "html.parser")


def make_request(capability, *, closes_in_days: int = 20, state: str = "published") -> None:
    """A request of the engagement app, reached by name because the techmap does not know it."""
    now = timezone.now()
    closes = now + timedelta(days=closes_in_days)
    requests = apps.get_model("engagement", "EngagementRequest").objects
    request = requests.create(
        authority=make_public_body(),
        title="A register",
        ocid=f"ocds-tp0000-{uuid4().hex[:10]}",
        state=state,
        published_at=now - timedelta(days=30),
        closes_at=closes,
    )
    request.capabilities.add(capability)


@pytest.fixture
def numbers(db, hosting, backup) -> None:
    make_claim(make_supplier("Alder Ltd"), hosting)
    birch = make_supplier("Birch Ltd")
    make_claim(birch, hosting)
    make_claim(birch, backup)
    make_claim(make_supplier("Cedar Ltd"), hosting, guessed=True)
    make_claim(make_supplier("Waiting Ltd", status=Status.PENDING), hosting)
    make_request(hosting)
    make_request(backup)
    make_request(hosting, closes_in_days=-1)
    make_request(hosting, state="draft")


def test_list_shows_two_levels_with_numbers(client, numbers) -> None:
    html = soup(client.get(LIST))
    assert [heading.get_text(strip=True) for heading in html.select(".app-branch h2")] == ["Cloud and hosting"]
    assert [item.get_text(" ", strip=True) for item in html.select(".app-branch li")] == [
        "Cloud hosting 2 suppliers, 1 open request",
        "Backup and recovery 1 supplier, 1 open request",
    ]


@pytest.mark.parametrize(
    ("words", "expected"),
    [("iaas", ["Cloud hosting"]), ("recovery", ["Backup and recovery"]), ("zebra", []),
     ("cloud and", ["Cloud hosting", "Backup and recovery"])],
)  # fmt: skip
def test_list_finds_by_name_alias_and_parent(client, hosting, backup, words, expected) -> None:
    html = soup(client.get(LIST, {"q": words}))
    assert [item.get_text(strip=True) for item in html.select(".app-branch li")] == expected


def test_list_leaves_out_what_is_retired(client, hosting, backup) -> None:
    hosting.is_retired = True
    hosting.save()
    assert b"Cloud hosting" not in client.get(LIST).content


@pytest.mark.parametrize("number", [1, 3])
def test_list_query_count_is_constant(client, db, django_assert_num_queries, number) -> None:
    for index in range(number):
        make_claim(make_supplier(f"Firm {index}"), make_capability(f"A{index}"))
    with django_assert_num_queries(3):
        client.get(LIST)


@pytest.mark.parametrize(
    ("code", "expected"), [("cloud-hosting", ["2", "1", "1"]), ("cloud", ["2", "1", "2"])]
)  # a parent counts each firm and request once
def test_detail_counts(client, numbers, code, expected) -> None:
    html = soup(client.get(reverse("techmap:capability-detail", args=[code])))
    assert [number.get_text(strip=True) for number in html.select(".app-numbers dd")] == expected


def test_detail_of_nothing(client, db) -> None:
    assert client.get(reverse("techmap:capability-detail", args=["nothing"])).status_code == 404


def test_detail_says_when_retired(client, hosting) -> None:
    hosting.is_retired = True
    hosting.save()
    assert b"no longer in use" in client.get(hosting.get_absolute_url()).content


def test_detail_offers_to_follow(client, charlie, hosting, cloud) -> None:
    assert "Sign in to follow" in client.get(hosting.get_absolute_url()).content.decode()
    client.force_login(charlie)
    assert soup(client.get(hosting.get_absolute_url())).select_one(".app-card button").get_text(strip=True) == "Follow"
    client.post(reverse("techmap:capability-follow", args=[cloud.code]))
    assert b"because you follow Cloud and hosting" in client.get(hosting.get_absolute_url()).content
    button = soup(client.get(cloud.get_absolute_url())).select_one(".app-card button")
    assert button.get_text(strip=True) == "Stop following"


def test_follow_and_unfollow_by_button(client, charlie, hosting) -> None:
    client.force_login(charlie)
    answer = client.post(reverse("techmap:capability-follow", args=[hosting.code]))
    assert (answer.status_code, answer.url) == (302, hosting.get_absolute_url())
    assert CapabilityFollow.objects.get().user == charlie
    answer = client.post(reverse("techmap:capability-unfollow", args=[hosting.code]), {"back": "follows"})
    assert (answer.status_code, answer.url) == (302, FOLLOWS)
    assert not CapabilityFollow.objects.exists()


def test_follow_a_retired_one_says_why_not(client, charlie, hosting) -> None:
    hosting.is_retired = True
    hosting.save()
    client.force_login(charlie)
    answer = client.post(reverse("techmap:capability-follow", args=[hosting.code]))
    assert answer.status_code == 422
    assert b"Cloud hosting is no longer in use" in answer.content


@pytest.mark.parametrize("verb", ["follow", "unfollow"])
def test_follow_by_strangers_leads_to_sign_in_and_back(client, hosting, verb) -> None:
    answer = client.post(reverse(f"techmap:capability-{verb}", args=[hosting.code]))
    assert answer.status_code == 302
    assert answer.url == f"{reverse('account_login')}?next={hosting.get_absolute_url()}"


@pytest.mark.parametrize("verb", ["follow", "unfollow"])
def test_follow_takes_no_get(client, charlie, hosting, verb) -> None:
    client.force_login(charlie)
    assert client.get(reverse(f"techmap:capability-{verb}", args=[hosting.code])).status_code == 405


def test_follow_list_shows_own_follows_alone(client, charlie, alice, hosting, backup, cloud) -> None:
    CapabilityFollow.objects.create(user=charlie, capability=hosting)
    CapabilityFollow.objects.create(user=charlie, capability=cloud)
    CapabilityFollow.objects.create(user=alice, capability=backup)
    client.force_login(charlie)
    rows = soup(client.get(FOLLOWS)).select(".app-results li > span")
    assert [row.get_text(" ", strip=True) for row in rows] == [
        "Cloud and hosting and all that it holds",
        "Cloud hosting Cloud and hosting",
    ]


def test_follow_list_asks_strangers_to_sign_in(client, db) -> None:
    assert client.get(FOLLOWS).url.startswith(reverse("account_login"))


def test_follow_list_query_count_is_constant(client, charlie, django_assert_num_queries) -> None:
    client.force_login(charlie)
    client.get(FOLLOWS)
    CapabilityFollow.objects.create(user=charlie, capability=make_capability("A0"))
    with CaptureQueriesContext(connection) as with_one:
        client.get(FOLLOWS)
    for index in range(1, 3):
        CapabilityFollow.objects.create(user=charlie, capability=make_capability(f"A{index}"))
    with django_assert_num_queries(len(with_one)):
        client.get(FOLLOWS)
    assert len(with_one) <= 6  # one of them the session's, where the cache is in the database
