"""Evidence that is completed later and withdrawn; ratings and prices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from portal.audit.models import Event
from portal.refusals import Refused
from techmap.actions import record_evidence, record_prices, record_rating, withdraw_evidence
from techmap.models import Evidence, Price, Rating
from tests.factories import make_public_body, make_supplier

pytestmark = pytest.mark.django_db

AWARD: dict[str, Any] = {
    "kind": "award",
    "source": "ocds-b5fd17-1",
    "title": "A hosting contract",
    "dated": date(2026, 3, 2),
}
RATING: dict[str, Any] = {
    "source": "assessment-7",
    "what": "Calls answered in 20 seconds",
    "grade": "Good",
    "dated": date(2026, 9, 30),
    "rated_by": "Ashford Vale Council",
}
DEVELOPER = ("Senior developer", "day")
RETURN: dict[str, Any] = {"source": "return-12", "dated": date(2026, 9, 30)}


@pytest.fixture
def refreshed(monkeypatch: Any) -> list[list[int]]:
    """Which suppliers the search was told of."""
    calls: list[list[int]] = []
    monkeypatch.setattr("techmap.search.index.refresh", lambda pks: calls.append([*pks]))
    return calls


def names(target: Any) -> list[str]:
    return [event.name.removeprefix("techmap.") for event in Event.objects.about(target)]


# --- Evidence ------------------------------------------------------------------------------------


def test_evidence_says_what_it_was_worth_and_to_whom(larkspur, hosting) -> None:
    council = make_public_body()

    [row] = record_evidence(
        supplier=larkspur, capabilities=[hosting], value=Decimal(120_000), buyer=council, region="TLD", **AWARD
    )

    assert (row.value, row.buyer, row.buyer_name, row.region) == (
        Decimal(120_000), council, "Ashford Vale Council", "TLD",
    )  # fmt: skip
    assert Event.objects.about(larkspur)[0].new["value"] == "120000"


def test_evidence_told_later_fills_in_blanks_and_changes_nothing_else(larkspur, hosting, backup, refreshed) -> None:
    council, other = make_public_body(), make_public_body("Birch Vale Council")
    record_evidence(supplier=larkspur, capabilities=[hosting, backup], buyer_name="Ashford Vale", **AWARD)

    more = {"value": Decimal(5_000), "buyer": council, "region": "TLL", "url": "https://notices.example/1"}
    record_evidence(supplier=larkspur, capabilities=[hosting, backup], **more, **AWARD)
    again = {"value": Decimal(9_000), "buyer": other, "region": "TLM", "url": "https://notices.example/2"}
    rows = record_evidence(supplier=larkspur, capabilities=[backup, hosting], **again, **AWARD)

    assert {(row.value, row.buyer, row.buyer_name, row.region, row.url) for row in rows} == {
        (Decimal(5_000), council, "Ashford Vale", "TLL", "https://notices.example/1")
    }
    assert names(larkspur) == ["evidence.recorded", "evidence.recorded"]
    assert refreshed == [[larkspur.pk], [larkspur.pk]]


def test_evidence_of_one_more_capability_adds_that_row_alone(larkspur, hosting, backup) -> None:
    record_evidence(supplier=larkspur, capabilities=[hosting], **AWARD)

    rows = record_evidence(supplier=larkspur, capabilities=[hosting, backup], **AWARD)

    assert (len(rows), Evidence.objects.count()) == (2, 2)
    assert Event.objects.about(larkspur)[0].new["capabilities"] == ["Backup and recovery"]


def test_evidence_said_again_writes_nothing(larkspur, hosting, backup, django_assert_num_queries) -> None:
    record_evidence(supplier=larkspur, capabilities=[hosting, backup], **AWARD)

    # The savepoint and its release, what is known, and the rows returned; nothing to make firm asks nothing.
    with django_assert_num_queries(4):
        record_evidence(supplier=larkspur, capabilities=[hosting, backup], **AWARD)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"value": Decimal(0)}, "a sum above nought"),
        ({"value": Decimal(-5)}, "a sum above nought"),
        ({"value": Decimal(10) ** 15}, "a sum above nought"),
        ({"region": "XX"}, "none of the regions"),
    ],
)
def test_evidence_refuses_what_cannot_be(larkspur, wrong, words) -> None:
    with pytest.raises(Refused, match=words):
        record_evidence(supplier=larkspur, capabilities=[], **wrong, **AWARD)
    assert not Evidence.objects.exists()


def test_evidence_of_an_unknown_kind_is_an_error(larkspur) -> None:
    with pytest.raises(ValueError, match="rumour"):
        record_evidence(supplier=larkspur, capabilities=[], **{**AWARD, "kind": "rumour"})


def test_withdrawn_evidence_is_gone_with_an_account_of_it(larkspur, hosting, backup, refreshed) -> None:
    record_evidence(supplier=larkspur, capabilities=[hosting, backup], **AWARD)
    record_evidence(supplier=larkspur, capabilities=[hosting], **{**AWARD, "source": "other"})

    taken = withdraw_evidence(kind="award", source="ocds-b5fd17-1", reason="The award was cancelled.")
    nothing = withdraw_evidence(kind="award", source="ocds-b5fd17-1", reason="The award was cancelled.")

    assert (taken, nothing) == (2, 0)
    assert [row.source for row in Evidence.objects.all()] == ["other"]
    event = Event.objects.about(larkspur)[0]
    assert (event.name, event.note) == ("techmap.evidence.withdrawn", "The award was cancelled.")
    assert event.old["capabilities"] == ["Backup and recovery", "Cloud hosting"]
    assert refreshed == [[larkspur.pk]] * 3


# --- Ratings and prices ----------------------------------------------------------------------------


def test_rating_is_kept_once(larkspur, hosting) -> None:
    first = record_rating(supplier=larkspur, capability=hosting, **RATING)
    again = record_rating(supplier=larkspur, capability=hosting, **RATING)

    assert (first, first.grade, Rating.objects.count()) == (again, "Good", 1)
    assert names(larkspur) == ["rating.recorded"]


def test_rating_corrected_says_what_it_was(larkspur) -> None:
    record_rating(supplier=larkspur, **RATING)

    rating = record_rating(supplier=larkspur, **{**RATING, "grade": "Requires improvement"})

    assert (rating.grade, Rating.objects.get().grade) == ("Requires improvement", "Requires improvement")
    event = Event.objects.about(larkspur)[0]
    assert (event.old, event.new["grade"]) == ({"grade": "Good"}, "Requires improvement")


def test_prices_are_kept_once_and_corrected(larkspur) -> None:
    assert record_prices(supplier=larkspur, prices={DEVELOPER: Decimal(640)}, **RETURN) == 1
    assert record_prices(supplier=larkspur, prices={DEVELOPER: Decimal("640.00")}, **RETURN) == 0
    assert record_prices(supplier=larkspur, prices={DEVELOPER: Decimal("655.5")}, **RETURN) == 1

    assert str(Price.objects.get()) == "Senior developer: £655.50 for each day"
    assert names(larkspur) == ["prices.recorded", "prices.recorded"]
    event = Event.objects.about(larkspur)[0]
    assert event.old == {"said": ["Senior developer: £640.00 for each day"]}
    assert event.new == {"source": "return-12", "said": ["Senior developer: £655.50 for each day"]}


def test_prices_for_two_units_are_two_and_what_a_correction_leaves_out_goes(larkspur) -> None:
    both = {DEVELOPER: Decimal(640), ("Senior developer", "hour"): Decimal(85)}
    assert record_prices(supplier=larkspur, prices=both, **RETURN) == 2
    record_prices(supplier=larkspur, prices=both, source="return-13", dated=date(2026, 10, 31))

    assert record_prices(supplier=larkspur, prices={DEVELOPER: Decimal(640)}, **RETURN) == 1
    assert sorted(Price.objects.values_list("source", "unit")) == [
        ("return-12", "day"), ("return-13", "day"), ("return-13", "hour"),
    ]  # fmt: skip
    assert Event.objects.about(larkspur)[0].old == {"said": ["Senior developer: £85.00 for each hour"]}


def test_prices_take_the_same_queries_however_many(larkspur, django_assert_num_queries) -> None:
    many = {(f"Role {number}", "day"): Decimal(number) for number in range(50)}
    with CaptureQueriesContext(connection) as one:
        record_prices(supplier=larkspur, prices={DEVELOPER: Decimal(640)}, **RETURN)
    with django_assert_num_queries(len(one)):
        record_prices(supplier=larkspur, prices=many, source="return-13", dated=date(2026, 10, 31))


@pytest.mark.parametrize(
    ("amount", "says"),
    [
        (Decimal("-0.01"), "The price of Senior developer must be nought or more"),
        (Decimal(10) ** 12, "The price of Senior developer must be £999,999,999,999.99 or less"),
    ],
)
def test_price_refuses_what_cannot_be(larkspur, amount, says) -> None:
    with pytest.raises(Refused, match=says):
        record_prices(supplier=larkspur, prices={DEVELOPER: amount}, **RETURN)


def test_ratings_and_prices_are_of_suppliers() -> None:
    council = make_public_body()
    with pytest.raises(Refused, match="is not a supplier"):
        record_rating(supplier=council, **RATING)
    with pytest.raises(Refused, match="is not a supplier"):
        record_prices(supplier=council, prices={DEVELOPER: Decimal(640)}, **RETURN)


def test_rating_refuses_addresses_that_run(larkspur) -> None:
    with pytest.raises(Refused, match="must begin with https:// or http://"):
        record_rating(supplier=larkspur, url="javascript:alert(1)", **RATING)


def test_database_holds_a_rating_and_a_price_once(larkspur) -> None:
    other = make_supplier("Charnwood Digital Ltd")
    Rating.objects.create(supplier=other, **RATING)
    Price.objects.create(supplier=other, **RETURN, what="Senior developer", unit="day", amount=640)
    Rating.objects.create(supplier=larkspur, **RATING)
    with pytest.raises(IntegrityError, match="rating_once"):
        Rating.objects.create(supplier=larkspur, **RATING)


def test_database_holds_a_price_once(larkspur) -> None:
    Price.objects.create(supplier=larkspur, **RETURN, what="Senior developer", unit="day", amount=640)
    with pytest.raises(IntegrityError, match="price_once"):
        Price.objects.create(supplier=larkspur, **RETURN, what="Senior developer", unit="day", amount=640)
