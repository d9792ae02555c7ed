"""The History page, and the words on it."""

from __future__ import annotations

from datetime import UTC, datetime
from unittest import mock

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from portal.accounts.models import User
from portal.audit import words
from portal.audit.actions import record
from portal.audit.models import Event
from portal.files.models import StoredFile
from portal.organisations.models import Organisation
from tests.factories import make_public_body, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Organisations show their history to anyone named Alice."""
    monkeypatch.setattr(
        Organisation,
        "history_visible_to",
        lambda _self, user: getattr(user, "name", "") == "Alice Okafor",
        raising=False,
    )


def address(target: Organisation, pk: int | None = None) -> str:
    return reverse("audit:history", args=["organisations", "organisation", pk or target.pk])


def without_tokens(html: bytes) -> str:
    page = BeautifulSoup(html, "html.parser")
    for token in page.select("[name=csrfmiddlewaretoken]"):
        token.decompose()
    return str(page)


def rows(html: bytes) -> list[str]:
    items = BeautifulSoup(html, "html.parser").select("ol > li")
    return [" ".join(item.get_text(" ").split()) for item in items]


@pytest.mark.usefixtures("shown")
def test_history(client: Client) -> None:
    alice, body = make_user(), make_public_body()
    with time_machine.travel(datetime(2026, 12, 3, 17, 30, tzinfo=UTC)):
        record("organisations.organisation.created", target=body, by=None, new={"name": "Ashford"})
    with time_machine.travel(datetime(2027, 6, 3, 9, 0, tzinfo=UTC)):
        record("organisations.organisation.verified", target=body, by=alice, old={"status": "unverified"},
               new={"status": "verified"}, note="Checked by <b>telephone</b>")  # fmt: skip
    client.force_login(alice)

    page = client.get(address(body))

    assert page.status_code == 200
    first, second = rows(page.content)
    assert first.startswith("Organisation verified Alice Okafor, 10am on 3 June 2027 Checked by <b>telephone</b>")
    assert first.endswith("Verified")
    assert second.startswith("Organisation created Threepoint, 5:30pm on 3 December 2026")
    assert second.endswith("Nothing Ashford")
    assert alice.email not in page.content.decode()


@pytest.mark.usefixtures("shown")
def test_history_of_a_person_without_a_name_shows_no_address(client: Client) -> None:
    alice, body = make_user(), make_public_body()
    nameless = make_user("private@example.org", name="")
    record("organisations.organisation.edited", target=body, by=nameless)
    client.force_login(alice)

    html = client.get(address(body)).content.decode()

    assert "private@example.org" not in html
    assert "A user without a name" in html


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize("who", ["outsider", "anonymous"])
def test_history_for_others_is_like_an_object_that_does_not_exist(client: Client, who: str) -> None:
    body = make_public_body()
    if who == "outsider":
        client.force_login(make_user(name="Charlie"))

    refused, missing = client.get(address(body)), client.get(address(body, pk=999_999))

    assert (refused.status_code, missing.status_code) == (404, 404)
    assert without_tokens(refused.content) == without_tokens(missing.content)


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize(
    "place",
    [
        ("accounts", "user", 1),
        ("no", "such", 1),
        ("organisations", "membership", 1),
        ("organisations", "organisation", 2**70),
    ],
)
def test_history_of_what_has_none(client: Client, place: tuple[str, str, int]) -> None:
    client.force_login(make_user())

    assert client.get(reverse("audit:history", args=place)).status_code == 404


@pytest.mark.usefixtures("shown")
def test_history_is_paginated(client: Client) -> None:
    alice, body = make_user(), make_public_body()
    for number in range(23):
        record("organisations.organisation.edited", target=body, by=alice, new={"name": f"Name {number}"})
    client.force_login(alice)

    first, second = client.get(address(body)), client.get(address(body), {"page": 2})

    assert (len(rows(first.content)), len(rows(second.content))) == (20, 3)
    assert "Name 22" in rows(first.content)[0]
    assert "Name 0" in rows(second.content)[-1]


@pytest.mark.usefixtures("shown")
def test_history_query_count_is_the_same_at_one_and_three_events(client: Client) -> None:
    alice, body = make_user(), make_public_body()
    client.force_login(alice)
    client.get(address(body))
    counts = []
    for more in (1, 2):
        for _ in range(more):
            record("organisations.organisation.edited", target=body, by=make_user(), new={"name": "b"})
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(body)).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert sum("audit_event" in query["sql"] for query in queries) == 2


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize(
    ("came_from", "back"),
    [
        ("http://testserver/engagement/work/?page=2", "/engagement/work/?page=2"),
        ("https://attacker.example/trap/", None),
        ("javascript:alert(1)", None),
        ("http://testserver//attacker.example/", None),
        ("", None),
    ],
)
def test_history_leads_back_to_where_the_reader_came_from(client: Client, came_from: str, back: str | None) -> None:
    body = make_public_body()
    client.force_login(make_user())

    page = client.get(address(body), {"page": 1}, headers={"referer": came_from})

    links = BeautifulSoup(page.content, "html.parser").select(".govuk-back-link")
    assert [link["href"] for link in links] == [back or body.get_absolute_url()]


def test_history_in_the_admin_is_the_portals_own(client: Client, settings: Settings) -> None:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "RequireMfa" not in name]
    client.force_login(make_user("root@example.org", is_staff=True, is_superuser=True))
    person = make_user("someone@example.org")

    answer = client.get(reverse("admin:accounts_user_history", args=[person.pk]))

    assert answer.headers["Location"] == reverse("audit:history", args=["accounts", "user", person.pk])
    assert client.get(answer.headers["Location"]).status_code == 200


def test_sentence() -> None:
    with mock.patch.dict(words._sentences, {"files.file.stored": "File uploaded"}):
        assert words.sentence("files.file.stored") == "File uploaded"
    assert words.sentence("engagement.request.question_answered") == "Question answered"
    assert words.sentence("engagement.request.published") == "Request published"
    assert words.sentence("odd") == "Odd"


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("name", "Ashford", "Ashford"),
        ("name", "", "Nothing"),
        ("name", None, "Nothing"),
        ("scan_state", "clean", "Scanned, nothing found"),
        ("anything", True, "Yes"),
        ("anything", ["a", "b"], "a, b"),
        ("anything", {"low": 1000}, "Low: 1,000"),
        ("anything", "2026-12-03T17:30:00Z", "5:30pm on 3 December 2026"),
        ("anything", "2026-13-03T17:30:00Z", "2026-13-03T17:30:00Z"),
        ("anything", 1200000, "1,200,000"),
    ],
)
def test_value_text(key: str, value: object, text: str) -> None:
    assert words.value_text(StoredFile, key, value) == text


def test_label() -> None:
    assert words.label(User, "is_staff") == "Threepoint staff"
    assert words.label(User, "closing_at") == "Closing at"
    assert words.label(Event, "actor_id") == "Actor"
