"""Somebody puts schemes side by side, goes back in time, takes prices out of it, and keeps the table."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from portal.organisations.choices import Role
from reporting.models import Contract, Scheme
from tests.browser.test_techmap import sign_in
from tests.factories import make_member, make_public_body, make_supplier
from tests.reporting.comparison_makers import add_day_rate, make_filed, make_reported
from tests.techmap.makers import make_capability, make_parent

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NAMES = ["Benefits casework", "Harbour licensing", "School meals", "Court listings", "Planning portal", "Road repairs",
         "Empty homes register", "Parking permits", "Social care visits", "Archive search", "Tenant payments",
         "Grants for farms", "Blue badges", "Waste collection"]  # fmt: skip


@pytest.fixture
def schemes(transactional_db: None) -> list[Scheme]:
    """Fourteen schemes of one or two published contracts each, with two years of returns that differ."""
    buyers = [make_public_body(), make_public_body("Birch Vale Council")]
    suppliers = [make_supplier(f"{name} Ltd") for name in ("Larkspur", "Oakline", "Tidewater", "Foxglove")]
    child = make_capability("Case management", parent=make_parent("Software and platforms", code="software"))
    made = []
    for number, name in enumerate(NAMES):
        scheme = Scheme.objects.create(
            code=name.lower().replace(" ", "-"), name=f"{name} programme", department="Department for Examples"
        )
        made.append(scheme)
        for part in range(1 + number % 2):
            contract = make_reported(
                buyers[number % 2],
                suppliers[(number + part) % 4],
                months=0,
                title=f"{name}: {'hosting and support' if part else 'design and build'}",
                scheme=scheme,
                baseline_start=date(2024, 10, 1),
                baseline_end=date(2027, 3, 31),
                baseline_value=300_000 + 20_000 * number,
            )
            contract.capabilities.add(child)
            add_returns(contract, number)
    return made


def add_returns(contract: Contract, number: int) -> None:
    for month in range(24):
        spent = 6_000 + 500 * number + 150 * month
        filed = make_filed(
            contract,
            date(2024 + (9 + month) // 12, (9 + month) % 12 + 1, 1),
            planned_spend=7_000 + 450 * number,
            actual_spend=spent,
            build_spend=spent // 3,
            run_spend=spent - spent // 3,
            spend_to_date=sum(6_000 + 500 * number + 150 * past for past in range(month + 1)),
            forecast_at_completion=290_000 + 24_000 * number,
            worst_slip_days=number * 9 - 20,
            completed_transactions=900 + 70 * number,
            users_served=None if number == 3 else 350 + 25 * number,
            sme_paid=spent // (4 + number),
            kpis={"met": 3, "below": number % 3},
            delivery_confidence=["green", "amber", "red"][number % 3],
        )
    add_day_rate(filed, "Senior developer", f"{560 + 15 * number}.00")


@pytest.mark.parametrize(("javascript", "width"), [(True, 1280), (True, 375), (True, 320), (False, 1280)])
def test_comparison_journey(visit: Any, schemes: list[Scheme], tmp_path: Path, javascript: bool, width: int) -> None:
    guest = visit(f"Compare-{width}-{javascript}", javascript=javascript, width=width)
    guest.go("/reporting/").follow("Compare").sees("Put up to 12 side by side")
    guest.fill("Name of a scheme, contract, buyer or supplier", "harbour").press("Find")
    guest.follow("Add the scheme Harbour licensing programme").sees("£640,000", "2 of 2 contracts report")
    guest.fill("Name of a scheme, contract, buyer or supplier", "school").press("Find")
    guest.follow("Add the scheme School meals programme").sees("Harbour licensing", "School meals", "Spend over time")
    guest.page.get_by_label("As known on").fill("2026-03-01")
    guest.press("Show").sees("As known on 1 March 2026")
    guest.page.get_by_label("Prices").select_option("2025-26")
    guest.press("Show").sees("2025-26 prices", "1 March 2026")
    assert "known=2026-03-01" in guest.page.url
    assert "prices=2025-26" in guest.page.url
    with guest.page.expect_download() as download:
        guest.page.get_by_role("link", name="CSV", exact=True).click()
    kept = tmp_path / "table.csv"
    download.value.save_as(kept)
    text = kept.read_text("utf-8-sig")
    assert "Harbour licensing programme" in text
    assert "2025-26 prices" in text
    guest.follow("Remove School meals programme").does_not_see("School meals programme\n")


@pytest.mark.parametrize("width", [1280, 375])
def test_twelve_schemes_and_the_cost_explorer(visit: Any, schemes: list[Scheme], width: int) -> None:
    guest = visit(f"Twelve-{width}", width=width)
    twelve = "&".join(f"scheme={one.code}" for one in schemes[:12])
    guest.go(f"/reporting/compare/?{twelve}&peers=category").sees("You compare 12, the most that fit", "Higher than")
    images = guest.page.locator("main img")
    for number in range(images.count()):
        images.nth(number).scroll_into_view_if_needed()
        guest.page.wait_for_function(
            "image => image.complete && image.naturalWidth > 0", arg=images.nth(number).element_handle()
        )
    guest.check()
    contract = Contract.objects.get(title="Road repairs: design and build")
    guest.go(contract.get_absolute_url()).follow("Compare it with its peers and with other schemes")
    guest.sees("Suggested peers", "Higher than")
    guest.go("/reporting/").follow("What services cost").sees("Software and platforms", "Median")
    guest.page.get_by_label("Show").select_option("day")
    guest.press("Show").sees("Senior developer", "£665")
    guest.page.get_by_label("Show").select_option("transaction")
    guest.page.get_by_label("By", exact=True).select_option("year")
    guest.press("Show").sees("2024-25", "2026-27")


def test_party_sees_what_is_not_published(visit: Any, schemes: list[Scheme]) -> None:
    one = Contract.objects.get(title="Road repairs: design and build")
    Contract.objects.filter(pk=one.pk).update(is_published=False)
    bob = make_member(one.supplier, role=Role.VIEWER, name="Bob Larkin", email="bob@larkspur.example")
    visitor = sign_in(visit("Party"), bob)
    visitor.go(f"/reporting/compare/?contract={one.reference}").sees(
        "only you and the other party see this", "£400,000"
    )
    visit("Guest").go(f"/reporting/compare/?contract={one.reference}").sees("left out").does_not_see("£400,000")
