"""The list of suppliers and a supplier's page, as each kind of person sees them."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from portal.organisations.choices import Size, Status
from tests.factories import make_public_body, make_supplier
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
