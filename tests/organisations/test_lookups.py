"""A number fills in what is known. Nothing that was typed is lost, and nothing is saved."""

from __future__ import annotations

from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from portal.organisations.choices import Role, Scheme, Status
from portal.organisations.lookups import Lookup, lookup_for, register_lookup
from portal.organisations.models import Organisation
from techmap.lookups import COMPANIES_HOUSE
from techmap.models import Company
from tests.factories import make_member, make_supplier, make_user
from tests.organisations.makers import NOW, form_data

pytestmark = pytest.mark.django_db
REGISTER = reverse("organisations:supplier-create")


@pytest.fixture
def brambling(db) -> Company:
    return Company.objects.create(
        number="01234567",
        name="BRAMBLING DATA LIMITED",
        street_address="4 MILL LANE",
        locality="LEEDS",
        postal_code="LS1 4AB",
        status="Active",
        imported_at=NOW,
    )


@pytest.fixture
def page(client):
    client.force_login(make_user())
    return client


def blank(**fields: str) -> dict[str, str]:
    sent = form_data(name="", street_address="", locality="", postal_code="", find="1")
    return sent | fields


def shown(response) -> dict[str, str]:
    """The value of each field as the page shows it."""
    soup = BeautifulSoup(response.content, "html.parser")
    values = {field["name"]: field.get("value", "") for field in soup.select("main input[type=text]")}
    chosen = {field["name"]: field["value"] for field in soup.select("main input[checked]")}
    selected = {field["name"]: field.select_one("option[selected]")["value"] for field in soup.select("main select")}
    return values | chosen | selected


def text_of(response) -> str:
    return " ".join(BeautifulSoup(response.content, "html.parser").main.get_text(" ").split())


def test_find_fills_blank_fields_and_keeps_the_rest(page, brambling) -> None:
    sent = blank(gb_coh="1234567", size="small", website="https://brambling.example")

    response = page.post(REGISTER, sent)

    found = shown(response)
    assert (found["name"], found["street_address"]) == ("BRAMBLING DATA LIMITED", "4 MILL LANE")
    assert (found["locality"], found["postal_code"], found["gb_coh"]) == ("LEEDS", "LS1 4AB", "01234567")
    assert (found["size"], found["region"]) == ("small", "TLE")
    assert 'value="https://brambling.example"' in response.content.decode()
    assert sent["submission_key"] in response.content.decode()
    assert "We filled in: Name, Street address, Town or city, Postcode." in text_of(response)
    assert "There is a problem" not in text_of(response)
    assert not Organisation.objects.exists()


def test_find_leaves_what_was_typed_and_shows_what_differs(page, brambling) -> None:
    response = page.post(REGISTER, blank(name="Brambling Ltd", locality="leeds", street_address="1 New Road"))

    found = shown(response)
    assert (found["name"], found["street_address"], found["locality"]) == ("Brambling Ltd", "1 New Road", "leeds")
    assert "What you entered differs in: Name, Street address." in text_of(response)
    assert "Companies House has: BRAMBLING DATA LIMITED" in text_of(response)
    assert "We filled in: Postcode." in text_of(response)


def test_words_of_the_register_are_no_html(page, brambling) -> None:
    Company.objects.update(name="<b>O'HARE</b> & SONS")

    html = page.post(REGISTER, blank(name="Brambling Ltd")).content.decode()

    assert "Companies House has: &lt;b&gt;O&#x27;HARE&lt;/b&gt; &amp; SONS" in html
    assert "<b>O" not in html


@pytest.mark.parametrize(
    ("fields", "warning"),
    [
        ({"dissolved_on": date(2020, 2, 3)}, "It was dissolved on 3 February 2020, as of 23 November 2026."),
        ({"status": "Liquidation"}, "Its status there is “Liquidation”, as of 23 November 2026."),
    ],
)
def test_find_says_what_is_not_as_usual(page, brambling, fields, warning) -> None:
    Company.objects.update(**fields)

    assert warning in text_of(page.post(REGISTER, blank()))


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("", "Enter the Companies House number first."),
        ("12", "No company in our copy of the register has it."),
        ("not one", "Enter a Companies House number of 8 characters"),
    ],
)
def test_find_says_why_not(page, brambling, number, fault) -> None:
    response = page.post(REGISTER, blank(gb_coh=number, name="Kept"))

    assert fault in text_of(response)
    assert (shown(response)["name"], shown(response)["gb_coh"]) == ("Kept", number)


def test_there_is_no_button_without_a_register(page) -> None:
    assert lookup_for(Scheme.COH) is None
    assert "Find the company" not in text_of(page.get(REGISTER))
    assert page.post(REGISTER, blank()).status_code == 200


def test_return_key_registers_rather_than_finds(page, brambling) -> None:
    """The first button of a form is the one that the return key presses."""
    soup = BeautifulSoup(page.get(REGISTER).content, "html.parser")
    form = next(form for form in soup.select("main form") if form.select("[name=gb_coh]"))

    assert form.select("button")[0].get("name") is None
    assert [button.get("name") for button in form.select("button")].count("find") == 1


def test_edit_finds_by_the_number_that_is_fixed(client, brambling) -> None:
    supplier = make_supplier("Brambling Data Ltd", status=Status.VERIFIED)
    supplier.identifiers.create(scheme=Scheme.COH, value="01234567")
    client.force_login(make_member(supplier, role=Role.OWNER))
    url = reverse("organisations:organisation-edit", args=[supplier.pk])

    response = client.post(url, {"find": "1", "version": "1", "locality": "York", "size": "large", "region": "TLD"})

    assert (shown(response)["street_address"], shown(response)["locality"]) == ("4 MILL LANE", "York")
    assert (shown(response)["size"], shown(response)["region"]) == ("large", "TLD")
    supplier.refresh_from_db()
    assert (supplier.street_address, supplier.version) == ("", 1)


def test_edit_finds_by_the_number_that_was_typed(client, brambling) -> None:
    supplier = make_supplier("Brambling Data Ltd", status=Status.PENDING)
    client.force_login(make_member(supplier, role=Role.OWNER))
    url = reverse("organisations:organisation-edit", args=[supplier.pk])

    response = client.post(url, {"find": "1", "version": "1", "name": "Brambling Data Ltd", "gb_coh": "01234567"})

    assert shown(response)["street_address"] == "4 MILL LANE"


def test_a_later_lookup_takes_the_place_of_an_earlier() -> None:
    other = register_lookup(Lookup(Scheme.COH, "Another list", lambda number: None, lambda: True))
    try:
        assert lookup_for(Scheme.COH) == other
    finally:
        register_lookup(COMPANIES_HOUSE)
