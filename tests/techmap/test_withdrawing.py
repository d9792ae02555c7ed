"""Ratings and prices that no longer hold are taken back, and the history says so."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from portal.audit.models import Event
from techmap.actions import record_prices, record_rating, withdraw_prices, withdraw_ratings
from techmap.models import Price, Rating
from tests.factories import make_supplier

pytestmark = pytest.mark.django_db


def test_ratings_of_one_source_are_withdrawn_without_those_to_keep() -> None:
    supplier = make_supplier()
    for source in ("one", "two"):
        for what in ("Overall", "Calls"):
            record_rating(
                supplier=supplier, source=source, what=what, grade="Good", dated=date(2027, 1, 1), rated_by="Ashford"
            )
    assert withdraw_ratings(source="one", keep={"Overall"}, reason="It was corrected") == 1
    assert list(Rating.objects.order_by("source", "what").values_list("source", "what")) == [
        ("one", "Overall"), ("two", "Calls"), ("two", "Overall"),
    ]  # fmt: skip
    event = Event.objects.get(name="techmap.rating.withdrawn")
    assert (event.old, event.note) == ({"source": "one", "said": ["Calls: Good"]}, "It was corrected")


def test_prices_of_one_source_are_withdrawn() -> None:
    supplier = make_supplier()
    for source in ("one", "two"):
        prices = {("Tester", unit): Decimal(500) for unit in ("day", "month")}
        record_prices(supplier=supplier, source=source, dated=date(2027, 1, 1), prices=prices)
    assert withdraw_prices(source="one", reason="So") == 2
    assert set(Price.objects.values_list("source", flat=True)) == {"two"}
    assert withdraw_prices(source="none", reason="So") == 0
    assert Event.objects.filter(name="techmap.prices.withdrawn").count() == 1
