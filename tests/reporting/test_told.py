"""What accepted returns and final assessments tell the techmap, and what is withdrawn again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from reporting.actions import accept_return, save_return, start_correction, submit_return, told
from reporting.actions.assessments import (
    correct_assessment,
    finish_assessment,
    share_assessment,
    take_back_told,
    tell_all,
)
from reporting.actions.told import MOST_PRICES
from reporting.models import Contract, Publication, Redaction, Return
from techmap.models import Price, Rating
from tests.reporting.assessing import LATER, filed_with_kpis, kpi, make_final, replied, written
from tests.reporting.makers import NOW, head, spend

pytestmark = pytest.mark.django_db

LINES = [
    spend(unit_price="600", quantity="10", amount="6000"),
    spend(description="senior developer", unit_price="900", quantity="5", amount="4500"),
    spend(unit="month", unit_price="9000", quantity="1", amount="9000"),
    spend(unit_price="-300", quantity="1", amount="-300"),
]
SPENT = {"actual_spend": "19200", "spend_to_date": "19200"}


@pytest.fixture
def published(contract) -> Contract:
    contract.is_published = True
    contract.save()
    return contract


def hold_back(contract, by, table, field="") -> None:
    decision = Publication.objects.create(contract=contract, is_published=True, by=by, at=NOW)
    Redaction.objects.create(publication=decision, table=table, field=field, ground="commercial", reason="Their rates")


def prices() -> list[tuple[str, str, Decimal]]:
    rows = Price.objects.order_by("unit", "what").values_list("what", "unit", "amount")
    return [(what.capitalize(), unit, amount) for what, unit, amount in rows]


def ratings() -> dict[str, str]:
    return dict(Rating.objects.values_list("what", "grade"))


def accepted(filed, supplier, buyer, *, lines=LINES, **cells) -> Return:
    filed = filed_with_kpis(filed, supplier, lines=lines, **(SPENT | cells))
    return accept_return(filed=filed, version=filed.version, by=buyer, now=NOW)


# --- Prices --------------------------------------------------------------------------------------------


def test_price_is_the_mean_weighted_by_quantity_without_credits(published, due, alice, bob) -> None:
    accepted(due[0], bob, alice)
    assert prices() == [
        ("Senior developer", "day", Decimal("700.00")), ("Senior developer", "month", Decimal("9000.00")),
    ]  # fmt: skip
    price = Price.objects.first()
    assert (price.supplier, price.dated) == (published.supplier, due[0].period_end)


def test_private_contract_tells_no_price(due, alice, bob) -> None:
    accepted(due[0], bob, alice)
    assert prices() == []


def test_prices_of_a_return_have_a_limit_and_the_largest_sums_stay(published, due, alice, bob) -> None:
    lines = [
        spend(description=f"Role {n}", unit_price=str(n), quantity="1", amount=str(n))
        for n in range(1, MOST_PRICES + 4)
    ]
    total = str(sum(range(1, MOST_PRICES + 4)))
    accepted(due[0], bob, alice, lines=lines, actual_spend=total, spend_to_date=total)
    assert (Price.objects.count(), Price.objects.order_by("amount").first().amount) == (MOST_PRICES, 4)


def test_price_too_large_to_tell_is_left_out_and_the_return_accepted(published, due, alice, bob) -> None:
    Contract.objects.update(current_value=Decimal(10) ** 13)
    lines = [
        spend(description="Data centre", unit_price="1000000000000", quantity="1", amount="1000000000000"),
        spend(unit_price="600", quantity="15", amount="9000"),
    ]
    total = "1000000009000"
    filed = Return.objects.get(pk=due[0].pk)
    accepted(filed, bob, alice, lines=lines, actual_spend=total, spend_to_date=total, forecast_at_completion=total)
    assert prices() == [("Senior developer", "day", Decimal("600.00"))]


def test_correction_replaces_the_prices(published, due, alice, bob) -> None:
    first = accepted(due[0], bob, alice)
    correction = start_correction(filed=first, reason="Wrong rate", by=bob, now=NOW)
    given = {"return": [head(correction)], "spend": [spend(unit_price="600", quantity="15", amount="9000")]}
    save_return(filed=correction, version=correction.version, given=given, by=bob, now=NOW)
    correction.refresh_from_db()
    assert len(prices()) == 2
    submit_return(filed=correction, version=correction.version, by=bob, now=NOW)
    assert prices() == []  # what is being corrected is no longer accepted
    correction.refresh_from_db()
    accept_return(filed=correction, version=correction.version, by=alice, now=NOW)
    assert prices() == [("Senior developer", "day", Decimal("600.00"))]


@pytest.mark.parametrize(("table", "field"), [("spend", ""), ("spend", "unit_price"), ("spend", "description")])
def test_prices_that_are_held_back_are_not_told(published, due, alice, bob, table, field) -> None:
    hold_back(published, alice, table, field)
    accepted(due[0], bob, alice)
    assert prices() == []


def test_what_is_held_back_later_is_withdrawn(published, due, alice, bob) -> None:
    accepted(due[0], bob, alice)
    hold_back(published, alice, "spend", "unit_price")
    tell_all(published, alice)
    assert prices() == []


@pytest.mark.parametrize("most", [0, 1])
def test_what_is_held_back_later_is_withdrawn_of_older_returns_too(
    published, due, alice, bob, monkeypatch, most
) -> None:
    """Of no more than the latest returns is told when it is decided, and each tells its own when it is accepted."""
    accepted(due[0], bob, alice)
    accepted(due[1], bob, alice, spend_to_date="38400")
    monkeypatch.setattr(told, "MOST_RETURNS", most)
    hold_back(published, alice, "spend", "unit_price")
    tell_all(published, alice)
    assert prices() == []


# --- Ratings -------------------------------------------------------------------------------------------


def test_final_assessment_of_a_published_contract_is_told(published, due, alice, bob, settings) -> None:
    settings.SITE_URL = "https://threepoint.example"
    filed_with_kpis(due[0], bob)
    final = make_final(published, alice, bob)
    assert ratings() == {"Overall performance": "Requires improvement", "Availability": "Approaching target"}
    rating = Rating.objects.first()
    assert (rating.supplier, rating.dated, rating.rated_by, rating.url) == (
        published.supplier, date(2027, 6, 30), str(published.buyer),
        f"https://threepoint.example{final.get_absolute_url()}",
    )  # fmt: skip


def test_private_contract_tells_no_rating(contract, due, alice, bob) -> None:
    filed_with_kpis(due[0], bob)
    make_final(contract, alice, bob)
    assert ratings() == {}


def test_indicators_of_one_title_are_told_apart(published, due, alice, bob) -> None:
    filed_with_kpis(due[0], bob, kpis=[kpi(), kpi(kpi_id="K2")])
    make_final(published, alice, bob)
    assert sorted(ratings()) == ["Availability", "Availability (K2)", "Overall performance"]


def test_indicators_that_are_held_back_are_not_told(published, due, alice, bob) -> None:
    hold_back(published, alice, "kpi")
    filed_with_kpis(due[0], bob)
    make_final(published, alice, bob)
    assert ratings() == {"Overall performance": "Requires improvement"}


def test_correction_of_an_assessment_replaces_the_ratings(published, due, alice, bob) -> None:
    filed_with_kpis(due[0], bob)
    first = make_final(published, alice, bob)
    again = correct_assessment(assessment=first, reason="So", submission_key=uuid4(), by=alice, now=LATER)
    again.kpis.all().delete()
    again = written(again, alice, rating="met")
    assert ratings()["Overall performance"] == "Requires improvement"
    shared = replied(share_assessment(assessment=again, version=again.version, by=alice, now=LATER), bob)
    finish_assessment(assessment=shared, version=shared.version, by=alice, now=LATER)
    assert ratings() == {"Overall performance": "Good"}


# --- Publication ---------------------------------------------------------------------------------------


def test_publishing_tells_all_and_taking_back_withdraws_it(contract, due, alice, bob) -> None:
    accepted(due[0], bob, alice)
    make_final(contract, alice, bob)
    contract.is_published = True
    contract.save()
    tell_all(contract, alice)
    assert (Price.objects.count(), Rating.objects.count()) == (2, 2)
    tell_all(contract, alice)
    assert (Price.objects.count(), Rating.objects.count()) == (2, 2)
    take_back_told(contract, alice)
    assert (Price.objects.count(), Rating.objects.count()) == (0, 0)
