"""Up to five suppliers side by side."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from openpyxl import load_workbook

from portal.organisations.choices import Status
from portal.organisations.models import Organisation
from techmap.models import (
    Accreditation,
    CapabilityClaim,
    Evidence,
    Framework,
    FrameworkPlace,
    Price,
    Rating,
    SupplierProfile,
)
from techmap.queries.compare import compare
from tests.factories import make_supplier
from tests.organisations.makers import NOW, client_of
from tests.techmap.makers import make_capability, make_claim, make_profile

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
URL = "/techmap/compare/"


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def evidence(supplier: Organisation, kind: str, source: str = "1", **fields: Any) -> Evidence:
    return Evidence.objects.create(
        supplier=supplier, **{"kind": kind, "source": source, "title": "Work", "dated": TODAY, **fields}
    )


def make_full(name: str, *capabilities: Any, **fields: Any) -> Organisation:
    """A supplier of which everything is known."""
    firm = make_supplier(name, **fields)
    profile = make_profile(firm, is_vcse=False, sectors=["health"], reviewed_at=NOW)
    Accreditation.objects.create(profile=profile, kind="cyber-essentials", expires_on=TODAY)
    framework, _ = Framework.objects.get_or_create(code="g-cloud", defaults={"name": "G-Cloud 14"})
    FrameworkPlace.objects.create(profile=profile, framework=framework, lots=["Cloud hosting"])
    for item in capabilities:
        CapabilityClaim.objects.create(profile=profile, capability=item, level="regular", since=2019)
        evidence(firm, "award", f"ocds-{item.pk}", capability=item)
    Rating.objects.create(
        supplier=firm, source="a", what="Calls answered", grade="Good", dated=TODAY, rated_by="Ashford Vale Council"
    )
    Price.objects.create(supplier=firm, source="r", what="Developer", unit="day", amount=640, dated=TODAY)
    return firm


def cells(*firms: Organisation) -> dict[str, list[str]]:
    """What each row says of each supplier."""
    _, sections = compare([firm.pk for firm in firms], TODAY)
    return {row.label: ["; ".join(map(str, cell)) for cell in row.cells] for part in sections for row in part.rows}


def titles(*firms: Organisation) -> list[tuple[str, list[str]]]:
    _, sections = compare([firm.pk for firm in firms], TODAY)
    found = [(part.title, [row.label for row in part.rows]) for part in sections]
    return [(title.removeprefix("Capabilities: "), rows) for title, rows in found if title.startswith("Capabilities")]


def html_of(*pks: Any, **params: str) -> str:
    return client_of(None).get(URL, {"supplier": [*pks], **params}).content.decode()


# --- What is said of each ------------------------------------------------------------------------------


def test_each_fact_stands_beside_that_of_the_others(hosting) -> None:
    full, bare = make_full("Larkspur Systems Ltd", hosting), make_supplier("Alder Data Ltd", size="", region="")
    make_profile(bare, regions_served=[])

    assert cells(full, bare) == {
        "Checked": ["Verified", "Verified"],
        "Size": ["Small (sme)", "Not known"],
        "Voluntary, community or social enterprise": ["No", "Not said"],
        "Delivers in": ["North West, Yorkshire and The Humber", "Not said"],
        "Office in": ["North West", "Not known"],
        "Sectors": ["Health and social care", "Not said"],
        "Accreditations": ["Cyber Essentials, until 23 November 2026", "None given"],
        "Frameworks and lots": ["G-Cloud 14: Cloud hosting", "None given"],
        "Profile last reviewed": ["23 November 2026", "Never"],
        "Cloud hosting": ["We do it regularly, since 2019 (verified)", "Not claimed"],
        "Award notice": ["1, latest 23 November 2026", "None"],
        "Published spend": ["None", "None"],
        "Early engagement": ["None", "None"],
        "Accepted return": ["None", "None"],
        "Finished pilot": ["None", "None"],
        "Confirmed case study": ["None", "None"],
        "Ratings, the latest 5": ["Calls answered: Good (Ashford Vale Council, 23 November 2026)", "None known"],
        "Prices, the latest 10": ["Developer: £640 a day (23 November 2026)", "None known"],
    }


def test_what_has_expired_is_marked() -> None:
    firm = make_full("Larkspur Systems Ltd")
    Accreditation.objects.update(expires_on=TODAY - timedelta(days=1))
    Framework.objects.update(ends_on=TODAY - timedelta(days=1))
    SupplierProfile.objects.update(reviewed_at=NOW - timedelta(days=365))

    found = cells(firm)

    assert found["Accreditations"] == ["Cyber Essentials, until 22 November 2026 (expired)"]
    assert found["Frameworks and lots"] == ["G-Cloud 14: Cloud hosting (ended)"]
    assert found["Profile last reviewed"] == ["23 November 2025 (over a year ago)"]


def test_claims_say_what_bears_them_out(larkspur, hosting, backup, cloud) -> None:
    advice, repair = make_capability("Advice", parent=cloud), make_capability("Repair", parent=cloud)
    for item in (hosting, backup, advice):
        make_claim(larkspur, item)
    make_claim(larkspur, repair, guessed=True)
    evidence(larkspur, "award", capability=hosting, dated=TODAY - timedelta(days=731))
    evidence(larkspur, "spend", capability=backup)
    evidence(larkspur, "award", "2", capability=repair, is_guessed=True)

    found = cells(larkspur)

    assert [found[item.name] for item in (hosting, backup, advice, repair)] == [
        ["Claimed (supported)"],
        ["Claimed (supported)"],
        ["Claimed (no evidence)"],
        ["Guessed from a notice; the supplier has not confirmed it (supported)"],
    ]


def test_claim_that_nobody_stood_by_for_a_year_is_out_of_date(larkspur, hosting) -> None:
    make_claim(larkspur, hosting)
    CapabilityClaim.objects.update(claimed_at=NOW - timedelta(days=400))

    assert cells(larkspur)["Cloud hosting"] == [
        "Claimed (no evidence); Not confirmed since 19 October 2025 (out of date)"
    ]


def test_unverified_supplier_is_marked_and_its_own_words_are_not_shown(hosting, backup) -> None:
    firm = make_full("Merlin Data Ltd", hosting, status=Status.PENDING, is_imported=True)
    make_claim(firm, backup, guessed=True)

    found = cells(firm, make_full("Larkspur Systems Ltd", hosting))

    assert found["Checked"][0] == "Known from notices alone (not verified)"
    assert found["Size"][0] == "Small (sme)"
    for row in ("Delivers in", "Sectors", "Accreditations", "Frameworks and lots", "Profile last reviewed"):
        assert found[row][0] == "Not shown: nobody has checked who says it"
    assert (found["Cloud hosting"][0], found["Backup and recovery"][0]) == (
        "Not claimed", "Guessed from a notice; the supplier has not confirmed it (no evidence)",
    )  # fmt: skip
    assert found["Award notice"][0] == "1, latest 23 November 2026"


def test_shared_capabilities_stand_first_in_groups_that_share_most(hosting, backup) -> None:
    lonely, apps = make_capability("Chatbots"), make_capability("Apps")
    first = make_full("Larkspur Systems Ltd", hosting, backup, lonely)
    second = make_full("Alder Data Ltd", backup, apps)
    third = make_full("Birchwood Networks plc", backup, apps)

    assert titles(first, second, third) == [
        ("Cloud and hosting", ["Backup and recovery", "Cloud hosting"]),
        ("Apps, and more", ["Apps"]),
        ("Chatbots, and more", ["Chatbots"]),
    ]


def test_evidence_is_counted_by_piece(larkspur, hosting, backup) -> None:
    for item in (hosting, backup):
        evidence(larkspur, "award", "one-contract", capability=item, dated=date(2026, 1, 5))
    evidence(larkspur, "award", "another", dated=date(2026, 2, 5))

    assert cells(larkspur)["Award notice"] == ["2, latest 5 February 2026"]


def test_latest_ratings_and_prices_of_each(larkspur) -> None:
    other = make_supplier("Alder Data Ltd")
    for number in range(12):
        dated = TODAY - timedelta(days=number)
        for firm in (larkspur, other):
            Rating.objects.create(
                supplier=firm, source=str(number), what=f"R{number}", grade="Good", dated=dated, rated_by="A"
            )
            Price.objects.create(
                supplier=firm, source=str(number), what=f"P{number}", unit="day", amount=Decimal("1.5"), dated=dated
            )

    found = cells(larkspur, other)

    assert [cell.split(";")[-1].split(":")[0].strip() for cell in found["Ratings, the latest 5"]] == ["R4", "R4"]
    assert [cell.count("a day") for cell in found["Prices, the latest 10"]] == [10, 10]


def test_five_suppliers_ask_as_often_as_two(hosting, backup, django_assert_num_queries) -> None:
    firms = [make_full(f"Firm {number} Ltd", hosting, backup) for number in range(5)]

    for number in (2, 5):
        with django_assert_num_queries(11):
            compare([firm.pk for firm in firms[:number]], TODAY)


# --- The page ------------------------------------------------------------------------------------------


def test_page_puts_them_side_by_side_in_the_order_of_the_address(hosting) -> None:
    first, second = make_full("Larkspur Systems Ltd", hosting), make_full("Alder Data Ltd", hosting)

    html = html_of(first.pk, second.pk)

    assert html.index("Larkspur Systems Ltd") < html.index("Alder Data Ltd")
    assert f'href="{URL}?supplier={second.pk}"' in html  # takes the first off
    assert 'tabindex="0"' in html
    assert "How evidence counts" in html


@pytest.mark.parametrize("number", [0, 1])
def test_page_with_too_few_says_how_to_choose(larkspur, number) -> None:
    html = html_of(*[larkspur.pk][:number])

    assert "Put 2 to 5 suppliers side by side" in html
    assert ("Add at least one more" in html) is bool(number)
    assert "<table" not in html


def test_sixth_supplier_waits_and_nothing_is_lost() -> None:
    firms = [make_supplier(f"Firm {number} Ltd") for number in range(6)]
    pks = [firm.pk for firm in firms]

    html = html_of(*pks)

    assert html.count('scope="col"') == 5
    assert "You chose more than 5" in html
    assert "Firm 5 Ltd" in html
    others = "&amp;".join(f"supplier={pk}" for pk in pks[1:])
    assert f'href="{URL}?{others}"' in html  # without the first, the sixth is among them
    assert "Remove one to add another" in html


def test_unknown_private_and_broken_numbers_are_said_and_left_out(larkspur) -> None:
    private = make_supplier("Secret Ltd", status=Status.PENDING)
    other = make_supplier("Alder Data Ltd")

    html = html_of(larkspur.pk, private.pk, other.pk, 99999999, "abc", "9" * 30, "-1", "²", "")

    assert "6 of those that you chose are not listed here" in html
    assert "Secret Ltd" not in html
    assert html.count('scope="col"') == 2


def test_private_supplier_looks_like_one_that_never_was(larkspur) -> None:
    private = make_supplier("Secret Ltd", status=Status.PENDING)

    assert html_of(larkspur.pk, private.pk) == html_of(larkspur.pk, 99999999)


def test_supplier_named_twice_stands_once(larkspur) -> None:
    assert html_of(larkspur.pk, larkspur.pk).count("Chosen so far") == 1


def test_supplier_is_found_by_name_and_added_by_its_link(larkspur) -> None:
    alder = make_supplier("Alder Data Ltd")
    make_supplier("Secret Data Ltd", status=Status.PENDING)

    html = html_of(larkspur.pk, name=" data ")

    assert f"?supplier={larkspur.pk}&amp;supplier={alder.pk}" in html
    assert "Secret" not in html
    assert "No supplier is named like “larkspur”" in html_of(larkspur.pk, name="larkspur")  # it is there already
    assert "Enter the name of a supplier" in html_of(larkspur.pk, name=" ")


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "%", "_", "\\", "x" * 5000, "\x00"])
def test_any_words_are_taken_as_words(larkspur, name) -> None:
    html = html_of(larkspur.pk, name=name)

    assert "<script>alert" not in html
    assert "Add<span" not in html


# --- The files ------------------------------------------------------------------------------------------


def test_csv_holds_what_the_page_holds_and_no_formula(hosting) -> None:
    first, second = make_full("=cmd()|' Ltd", hosting), make_full("Alder Data Ltd", hosting)

    response = client_of(None).get(URL, {"supplier": [first.pk, second.pk], "download": "csv"})
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))

    assert rows[0] == ["Section", "Row", "'=cmd()|' Ltd", "Alder Data Ltd"]
    assert [
        "Capabilities: Cloud and hosting",
        "Cloud hosting",
        *["We do it regularly, since 2019 (verified)"] * 2,
    ] in rows
    assert "attachment" in response.headers["Content-Disposition"]


def test_xlsx_holds_what_the_page_holds(hosting) -> None:
    first, second = make_full("=1+1", hosting), make_full("Alder Data Ltd", hosting)

    response = client_of(None).get(URL, {"supplier": [first.pk, second.pk], "download": "xlsx"})
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active

    assert [cell.value for cell in sheet[1]] == ["Section", "Row", "=1+1", "Alder Data Ltd"]
    assert sheet["C1"].data_type == "s"
    assert sheet["C2"].value == "Verified"


def test_unknown_format_gives_the_page(larkspur) -> None:
    response = client_of(None).get(reverse("techmap:compare"), {"supplier": larkspur.pk, "download": "exe"})

    assert response.headers["Content-Type"].startswith("text/html")
