"""The quality score of a return: each part, each item, and what is kept and shown."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from reporting.actions import add_kpi, file_nil_returns, start_correction, submit_return
from reporting.figures import figures_of
from reporting.models import Contract, Return
from reporting.quality import scored
from reporting.quality.declared import scheme
from reporting.quality.scores import ITEMS, days_late
from reporting.queries.quality import parts_of, quality_over_time
from reporting.standards.filing import Filing, Finding, Known
from tests.reporting.makers import NOW, make_contract, make_returns
from tests.reporting.test_returns import file, save, spend

pytestmark = pytest.mark.django_db

WHOLE = {
    "phase": "live",
    "planned_spend": Decimal(10_000),
    "actual_spend": Decimal(9_000),
    "spend_to_date": Decimal(9_000),
    "forecast_at_completion": Decimal(118_000),
    "delivery_confidence": "green",
    "users_served": 500,
    "completed_transactions": 900,
    "satisfaction": Decimal(80),
    "completion_rate": Decimal(90),
}
LINE = {"cost_stage": "run", "amount": Decimal(9_000)}
MILESTONE = {"baseline_due": date(2026, 9, 30), "forecast_due": date(2026, 9, 30)}
LAST = WHOLE | {"spend_to_date": Decimal(1)}


@pytest.fixture
def filed(due) -> Return:
    """July 2026, filed in time."""
    due[0].submitted_at = due[0].due_at
    return due[0]


def count(filed, *, findings=(), last=None, lines=(LINE,), milestones=(MILESTONE,), kpis=(), value="120000", **head):
    """The score and the parts of a whole return, but for what is given."""
    values = {name: cell for name, cell in (WHOLE | head).items() if cell is not None}
    rows = {"return": [values], "spend": list(lines), "milestone": list(milestones), "kpi": list(kpis)}
    filing = Filing(rows)
    for name, figure in figures_of(filing).items():
        setattr(filed, name, figure)
    filed.is_nil = filing.is_nil
    known = Known(
        current_value=Decimal(value),
        baselines={"M1": date(2026, 9, 30)},
        previous=Filing({"return": [last]}) if last else None,
    )
    return scored(filed, filing, findings, known)


def items(quality, part):
    return {name: item["holds"] for name, item in quality["parts"][part]["items"].items()}


def test_whole_return_has_all_points(filed) -> None:
    score, quality = count(filed, last=LAST)
    assert score == 100
    assert {part: one["score"] for part, one in quality["parts"].items()} == dict.fromkeys(
        ["timely", "complete", "consistent", "plausible"], 100
    )
    assert quality["version"] == scheme().version


@pytest.mark.parametrize(
    ("part", "item", "given"),
    [
        ("complete", "phase", {"phase": None}),
        ("complete", "planned", {"planned_spend": None}),
        ("complete", "forecast", {"forecast_at_completion": None}),
        ("complete", "confidence", {"delivery_confidence": None}),
        ("complete", "lines", {"lines": []}),
        ("complete", "milestones", {"milestones": []}),
        ("complete", "users", {"users_served": None}),
        ("complete", "transactions", {"completed_transactions": None}),
        ("complete", "satisfaction", {"satisfaction": None}),
        ("complete", "completion", {"completion_rate": None}),
        ("consistent", "questions", {"findings": [Finding("q", "return", 1, "x", "", "?", "", "question")]}),
        ("consistent", "value", {"current_value": Decimal(1)}),
        ("consistent", "forecast-covers", {"forecast_at_completion": Decimal(8_999)}),
        ("consistent", "phase-forward", {"phase": "beta"}),
        ("consistent", "users-and-transactions", {"users_served": 0}),
        ("consistent", "final", {"final_value": Decimal(1)}),
        ("plausible", "spend-like-plan", {"planned_spend": Decimal("5999.99")}),
        ("plausible", "spend-like-plan", {"planned_spend": Decimal("18000.02")}),
        ("plausible", "spend-like-last", {"last": LAST | {"actual_spend": Decimal("2999.99")}}),
        ("plausible", "spend-like-last", {"last": LAST | {"actual_spend": Decimal("27000.01")}}),
        ("plausible", "users-like-last", {"users_served": 1501}),
        ("plausible", "transactions-like-last", {"completed_transactions": 299}),
        ("plausible", "forecast-like-last", {"last": LAST | {"forecast_at_completion": Decimal(100_000)}}),
        ("plausible", "satisfaction-like-last", {"satisfaction": Decimal("59.99")}),
    ],
)
def test_each_item_is_missed(filed, part, item, given) -> None:
    _, quality = count(filed, **{"last": LAST} | given)
    assert items(quality, part)[item] is False
    asked = items(quality, part)
    assert quality["parts"][part]["score"] == round(100 * sum(asked.values()) / len(asked))


@pytest.mark.parametrize(
    "given",
    [
        {"planned_spend": Decimal(18_000)},
        {"planned_spend": Decimal(6_000)},
        {"last": LAST | {"actual_spend": Decimal(3_000)}},
        {"users_served": 1_500},
        {"last": LAST | {"forecast_at_completion": Decimal(108_000)}},
        {"satisfaction": Decimal(60)},
        {"current_value": Decimal(120_000)},
    ],
)
def test_bounds_are_inside(filed, given) -> None:
    assert count(filed, **{"last": LAST} | given)[0] == 100


def test_agreed_changes_explain_a_forecast(filed) -> None:
    last = LAST | {"forecast_at_completion": Decimal(60_000)}
    assert items(count(filed, last=last)[1], "plausible")["forecast-like-last"] is False
    filing_change = {"status": "agreed", "value_change": Decimal(58_000)}
    values = Filing({"return": [dict(WHOLE)], "change": [filing_change]})
    for name, figure in figures_of(values).items():
        setattr(filed, name, figure)
    _, quality = scored(filed, values, [], Known(previous=Filing({"return": [last]})))
    assert items(quality, "plausible")["forecast-like-last"] is True


def test_nobody_is_asked_for_users_before_beta(filed) -> None:
    none = dict.fromkeys(["users_served", "completed_transactions", "satisfaction", "completion_rate"])
    assert count(filed, phase="alpha", **none)[0] == 100
    assert items(count(filed, phase="beta", **none)[1], "complete")["users"] is False
    assert "satisfaction" not in items(count(filed, phase="beta", **none)[1], "complete")


def test_every_indicator_of_the_baseline_is_rated(buyer, supplier, alice) -> None:
    draft = make_contract(buyer, supplier, alice, is_active=False)
    for number in ("K1", "K2"):
        add_kpi(
            contract=draft, number=number, title=number, measured_in="%", target=Decimal(9), direction="higher",
            by=alice,
        )  # fmt: skip
    filed = Return(contract=draft, due_at=NOW, submitted_at=NOW)
    one = {"rating_supplier": "met"}
    assert items(count(filed, kpis=[one])[1], "complete")["ratings"] is False
    assert items(count(filed, kpis=[one, one])[1], "complete")["ratings"] is True


def test_nil_return_is_asked_for_nothing(filed) -> None:
    none = dict.fromkeys(WHOLE)
    score, quality = count(
        filed, **none | {"nil_return": True, "spend_to_date": Decimal(9)}, lines=[], milestones=[], last=LAST
    )
    assert (score, items(quality, "complete"), items(quality, "plausible")) == (100, {}, {})


# --- Timely ----------------------------------------------------------------------------------------

DUE = datetime(2026, 8, 7, 16, tzinfo=UTC)  # 5pm on a Friday


@pytest.mark.parametrize(
    ("filed_at", "days"),
    [
        (DUE, 0),
        (DUE + timedelta(seconds=1), 1),
        (DUE + timedelta(days=2), 1),  # Sunday
        (DUE + timedelta(days=3), 1),
        (DUE + timedelta(days=4), 2),
        (datetime(2026, 9, 1, 9, tzinfo=UTC), 16),  # 31 August is a bank holiday
    ],
)
def test_late_days_are_working_days(filed_at, days) -> None:
    assert days_late(DUE, filed_at) == days


def test_each_late_day_costs_five_points(filed) -> None:
    filed.submitted_at = filed.due_at + timedelta(days=7)
    assert count(filed)[1]["parts"]["timely"] == {
        "score": 75, "days_late": 5, "items": {"on-time": {"holds": False}},
    }  # fmt: skip
    filed.submitted_at = filed.due_at + timedelta(days=200)
    assert count(filed)[1]["parts"]["timely"]["score"] == 0


def test_correction_keeps_the_late_days_of_the_first(filed) -> None:
    first = Return(quality={"parts": {"timely": {"days_late": 3}}})
    filed.replaces = first
    assert count(filed)[1]["parts"]["timely"]["days_late"] == 3


def test_score_is_the_mean_of_its_parts(filed) -> None:
    filed.submitted_at = filed.due_at + timedelta(days=1)
    score, quality = count(filed, phase=None, last=LAST)  # 95 timely, 9 of 10 complete
    assert [one["score"] for one in quality["parts"].values()] == [95, 90, 100, 100]
    assert score == 96


def test_every_declared_item_is_counted() -> None:
    declared = [item.id for part in scheme().parts for item in part.items if part.id != "timely"]
    assert sorted(declared) == sorted(ITEMS)


# --- Kept and shown --------------------------------------------------------------------------------


def test_draft_has_no_score_and_a_submitted_return_has(client, contract, due, bob, alice) -> None:
    first = due[0]
    save(first, bob, lines=[spend()])
    client.force_login(bob)
    assert "How well it is reported" not in client.get(first.get_absolute_url()).content.decode()
    first.refresh_from_db()
    assert first.quality_score is None
    submit_return(filed=first, version=first.version, by=bob, now=first.due_at)
    first.refresh_from_db()
    assert first.quality_score is not None
    assert set(first.quality["parts"]) == {"complete", "timely", "consistent", "plausible"}
    for person in (bob, alice):
        client.force_login(person)
        page = client.get(first.get_absolute_url()).content.decode()
        assert f"{first.quality_score} of 100" in page
        assert "Enter the phase that the service was in" in page


def test_score_follows_the_return_that_stands(contract, due, bob) -> None:
    first = file(due[0], bob, now=due[0].due_at)
    correction = start_correction(filed=first, reason="Users were left out", by=bob, now=first.due_at)
    save(correction, bob, phase="live", users_served="9", lines=[spend()])
    correction.refresh_from_db()
    submit_return(filed=correction, version=correction.version, by=bob, now=correction.due_at)
    correction.refresh_from_db()
    first.refresh_from_db()
    (point,) = quality_over_time(contract)
    assert (point.filed, point.period) == (correction, "Jul 26")
    assert correction.quality_score > first.quality_score


def test_contract_shows_its_scores_to_its_parties_alone(client, contract, due, alice, charlie) -> None:
    Return.objects.filter(pk=due[0].pk).update(
        state="submitted", submitted_at=NOW, quality_score=71,
        quality={"version": "1", "parts": {"timely": {"score": 70, "days_late": 6, "items": {}}}},
    )  # fmt: skip
    Contract.objects.update(is_published=True)
    chart = reverse("reporting:quality-chart", args=[contract.reference])
    client.force_login(alice)
    page = client.get(contract.get_absolute_url()).content.decode()
    assert ">71</td>" in page
    picture = client.get(chart)
    assert picture["Content-Type"] == "image/svg+xml"
    assert b"<svg" in picture.content
    client.force_login(charlie)
    assert "How well it is reported" not in client.get(contract.get_absolute_url()).content.decode()
    assert client.get(chart).status_code == 404


def test_part_of_an_older_version_is_shown_as_far_as_it_is_known() -> None:
    filed = Return(quality={"version": "0", "parts": {"complete": {"score": 5, "items": {"of-old": {"holds": False}}}}})
    (part,) = parts_of(filed)
    assert (part.score, part.raises) == (5, [])


def test_nil_returns_are_scored_too(contract, due, bob) -> None:
    file_nil_returns(returns=due[:1], by=bob, now=due[0].due_at)
    assert contract.returns.get(pk=due[0].pk).quality_score == 100


def test_scoring_asks_the_database_once(buyer, supplier, alice, django_assert_num_queries) -> None:
    contract = make_contract(buyer, supplier, alice)
    filed = make_returns(contract)[0]
    filed.submitted_at = filed.due_at
    with django_assert_num_queries(1):  # the indicators of the baseline
        count(filed)
