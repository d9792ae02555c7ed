"""The list of suppliers and a supplier's page, as each kind of person sees them."""

from __future__ import annotations

from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from portal.organisations.choices import Size, Status
from techmap.actions import record_evidence
from techmap.models import CapabilityClaim
from tests.factories import make_public_body, make_supplier, make_user
from tests.techmap.makers import make_capability, make_claim, make_profile

LIST = reverse("techmap:supplier-list")


def url(supplier) -> str:
    return reverse("techmap:supplier-detail", args=[supplier.pk])


def listed(client, **query: str) -> list[str]:
    html = BeautifulSoup(client.get(LIST, query).content, "html.parser")
    return [item.get_text(strip=True) for item in html.select(".app-results__title")]


@pytest.fixture
def firms(db, hosting, backup) -> None:
    alder, birch = make_supplier("alder Ltd"), make_supplier("Birch plc", size=Size.LARGE)
    make_profile(alder, summary="Registers for councils", regions_served=["TLL"])
    make_profile(birch, description="We run payroll", regions_served=["TLL", "TLM"])
    make_claim(alder, hosting)
    make_claim(birch, backup, guessed=True)
    make_supplier("Cedar Ltd", size="")
    make_supplier("Waiting Ltd", status=Status.PENDING)
    make_public_body()


def test_list_shows_verified_suppliers_by_name(client, firms) -> None:
    assert listed(client) == ["alder Ltd", "Birch plc", "Cedar Ltd"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "registers"}, ["alder Ltd"]),
        ({"q": "payroll"}, ["Birch plc"]),
        ({"q": "CEDAR"}, ["Cedar Ltd"]),
        ({"q": "iaas"}, ["alder Ltd"]),
        ({"q": "councils hosting"}, ["alder Ltd"]),
        ({"q": "councils payroll"}, []),
        ({"q": "100%"}, []),
        ({"capability": "cloud"}, ["alder Ltd", "Birch plc"]),
        ({"capability": "cloud-hosting"}, ["alder Ltd"]),
        ({"capability": "nonsense"}, ["alder Ltd", "Birch plc", "Cedar Ltd"]),
        ({"region": "TLL"}, ["alder Ltd", "Birch plc"]),
        ({"region": "TLM"}, ["Birch plc"]),
        ({"size": "sme"}, ["alder Ltd"]),
        ({"size": "large"}, ["Birch plc"]),
        ({"region": "TLL", "size": "sme", "capability": "cloud-hosting"}, ["alder Ltd"]),
    ],
)
def test_list_filters(client, firms, query, expected) -> None:
    assert listed(client, **query) == expected


def test_list_survives_a_null_byte(client, firms) -> None:
    assert client.get(LIST, {"q": "a\x00b"}).status_code == 200


def test_list_marks_guesses(client, firms) -> None:
    html = BeautifulSoup(client.get(LIST, {"q": "Birch"}).content, "html.parser")
    assert html.select_one(".app-chips li").get_text(" ", strip=True) == "Backup and recovery guessed"


def test_list_says_when_nothing_matches(client, firms) -> None:
    assert b"No supplier matches" in client.get(LIST, {"q": "zebra"}).content


def test_list_comes_in_pages(client, db) -> None:
    for number in range(21):
        make_supplier(f"Firm {number:02}")
    assert len(listed(client)) == 20
    assert listed(client, page="2") == ["Firm 20"]


@pytest.mark.parametrize("number", [1, 3])
def test_list_query_count_is_constant(client, db, django_assert_num_queries, number) -> None:
    for index in range(number):
        supplier = make_supplier(f"Firm {index}")
        for name in ("A", "B"):
            make_claim(supplier, make_capability(f"{name}{index}"))
    client.get(LIST)
    with django_assert_num_queries(4):  # capabilities to choose, count, suppliers with profiles, claims
        client.get(LIST)


# --- One supplier ----------------------------------------------------------------------------------


def test_page_shows_the_profile(client, larkspur, hosting) -> None:
    make_profile(larkspur, description="One.\n\nTwo <b>bold</b>.", links=["https://larkspur.example/a"])
    make_claim(larkspur, hosting)
    body = client.get(url(larkspur)).content.decode()
    assert "Two &lt;b&gt;bold&lt;/b&gt;." in body
    assert "North West, Yorkshire and The Humber" in body
    assert 'href="https://larkspur.example/a" rel="noopener noreferrer nofollow"' in body
    assert "under 250 staff, and a turnover of up to £54 million" in body


def test_page_shows_evidence_with_its_date(client, larkspur, hosting) -> None:
    record_evidence(
        supplier=larkspur, kind="award", source="ocds-1", title="Hosting of a register", dated=date(2026, 3, 2),
        capabilities=[hosting], url="https://notices.example/1", guessed=True,
    )  # fmt: skip
    html = BeautifulSoup(client.get(url(larkspur)).content, "html.parser")
    [item] = html.select("#evidence ~ ul.app-results li:has(h3)")
    assert item.get_text(" ", strip=True) == "Hosting of a register Award notice 2 March 2026 Cloud hosting (guessed)"


@pytest.mark.parametrize(("person", "buttons"), [("alice", 2), ("bob", 0), ("charlie", 0), (None, 0)])
def test_page_offers_guesses_to_the_writers_alone(client, request, larkspur, hosting, person, buttons) -> None:
    make_claim(larkspur, hosting, guessed=True)
    if person:
        client.force_login(request.getfixturevalue(person))
    html = BeautifulSoup(client.get(url(larkspur)).content, "html.parser")
    assert html.select_one(".app-claims .govuk-tag").get_text(strip=True) == "Guessed"
    assert len(html.select(".app-claims form")) == buttons


@pytest.mark.parametrize(
    ("person", "status"), [("alice", 200), ("bob", 200), ("staff", 200), ("charlie", 404), (None, 404)]
)
def test_page_before_verification(client, request, larkspur, person, status) -> None:
    larkspur.status = Status.PENDING
    larkspur.save()
    if person:
        client.force_login(make_user(is_staff=True) if person == "staff" else request.getfixturevalue(person))
    assert client.get(url(larkspur)).status_code == status


def test_page_hidden_is_the_same_as_page_absent(client, larkspur) -> None:
    larkspur.status = Status.PENDING
    larkspur.save()
    hidden = client.get(url(larkspur))
    absent = client.get(reverse("techmap:supplier-detail", args=[999_999]))
    assert (hidden.status_code, hidden.content) == (absent.status_code, absent.content)


def test_page_of_a_public_body_is_not_there(client, db) -> None:
    assert client.get(url(make_public_body())).status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_page_query_count_is_constant(client, larkspur, django_assert_num_queries, number) -> None:
    for index in range(number):
        capability = make_capability(f"A{index}")
        make_claim(larkspur, capability)
        record_evidence(
            supplier=larkspur, kind="award", source=str(index), title="T", dated=date(2026, 1, 1),
            capabilities=[capability],
        )  # fmt: skip
    client.get(url(larkspur))
    with django_assert_num_queries(5):  # supplier, profile, claims, evidence, its count
        client.get(url(larkspur))


# --- Guesses, by their buttons ---------------------------------------------------------------------


@pytest.mark.parametrize(("verb", "left"), [("confirm", ["supplier"]), ("remove", [])])
def test_guess_buttons(client, alice, larkspur, hosting, verb, left) -> None:
    make_claim(larkspur, hosting, guessed=True)
    client.force_login(alice)
    target = reverse(f"techmap:claim-{verb}", args=[larkspur.pk, hosting.code])
    for _ in range(2 if verb == "remove" else 1):
        answer = client.post(target)
        assert (answer.status_code, answer.url) == (302, url(larkspur))
    assert list(CapabilityClaim.objects.values_list("origin", flat=True)) == left


def test_guess_confirmed_after_it_was_removed_says_so(client, alice, larkspur, hosting) -> None:
    make_profile(larkspur)
    client.force_login(alice)
    answer = client.post(reverse("techmap:claim-confirm", args=[larkspur.pk, hosting.code]))
    assert answer.status_code == 422
    assert b"This suggestion has been removed" in answer.content


@pytest.mark.parametrize("verb", ["confirm", "remove"])
@pytest.mark.parametrize(("person", "status"), [("bob", 403), ("charlie", 404), (None, 302)])
def test_guess_buttons_for_others(client, request, larkspur, hosting, verb, person, status) -> None:
    make_claim(larkspur, hosting, guessed=True)
    if person:
        client.force_login(request.getfixturevalue(person))
    target = reverse(f"techmap:claim-{verb}", args=[larkspur.pk, hosting.code])
    assert client.post(target).status_code == status
    assert CapabilityClaim.objects.get().origin == "guessed"


@pytest.mark.parametrize("verb", ["confirm", "remove"])
def test_guess_buttons_take_no_get(client, alice, larkspur, hosting, verb) -> None:
    client.force_login(alice)
    assert client.get(reverse(f"techmap:claim-{verb}", args=[larkspur.pk, hosting.code])).status_code == 405
