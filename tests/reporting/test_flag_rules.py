"""Each rule of the declared list, at its threshold and beyond, counted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from string import Formatter

import pytest

from reporting.quality.declared import rules
from reporting.quality.rules import Facts, Rated, Reported, Slip, UnitCost, find, quartile, year_before
from reporting.quality.words import figures_in_words, question_of

JULY = Reported(pk=1, period_start=date(2026, 7, 1), period_end=date(2026, 7, 31))
AUGUST = Reported(pk=2, period_start=date(2026, 8, 1), period_end=date(2026, 8, 31))
SEPTEMBER = Reported(pk=3, period_start=date(2026, 9, 1), period_end=date(2026, 9, 30))
FACTS = Facts(
    baseline=Decimal("100000.00"),
    value=Decimal("110000.00"),
    returns=[JULY],
    in_amendments=Decimal("10000.00"),
    year_ago=date(2025, 11, 22),
    due=4,
    late=1,
)


def found(**changes):
    return find(replace(FACTS, **changes))


def held(rule, **changes):
    """What the rule found, and its question."""
    (only,) = found(**changes).values()
    assert only.rule.id == rule
    return only.filed, only.figures, question_of(only.rule, only.figures)


def test_nothing_is_found_at_the_thresholds() -> None:
    at = {
        "returns": [
            replace(JULY, is_nil=True, spend_to_date=Decimal(110_000), forecast=Decimal(105_000)),
            replace(AUGUST, is_nil=True, spend_to_date=Decimal(110_000), changes_agreed=Decimal(10_000)),
        ],
        "slip": Slip("M1 (Live)", date(2026, 9, 1), date(2026, 10, 1)),
        "rated": [Rated(1, "Calls", "met", "slightlyBelow"), Rated(1, "Faults", "met", "other")],
        "unit_cost": UnitCost(Decimal(800), 100),
        "peers": [Decimal(number) for number in (1, 2, 3, 4, 5)],
    }
    # Quartiles 2 and 4, fences minus 1 and 7: 8 is outside, so the peers must be too few.
    assert found(**at | {"peers": at["peers"][:4]}) == {}
    assert found(**at | {"unit_cost": UnitCost(Decimal(700), 100)}) == {}


def test_spend_past_value() -> None:
    filed, figures, question = held("spend-past-value", returns=[replace(JULY, spend_to_date=Decimal("112500.50"))])
    assert (filed, figures) == (1, {"spent": "112500.50", "value": "110000.00", "over": "2500.50"})
    assert question.startswith("£112,500.50 has been charged, and the contract is worth £110,000.")


def test_forecast_over_baseline_takes_the_newest_forecast() -> None:
    returns = [replace(JULY, forecast=Decimal(200_000)), replace(AUGUST, forecast=Decimal(105_010)), SEPTEMBER]
    filed, figures, question = held("forecast-over-baseline", returns=returns)
    assert (filed, figures) == (2, {"forecast": "105010", "baseline": "100000.00", "percent": "5.01"})
    assert "5.0% above the baseline of £100,000" in question


def test_milestone_slip() -> None:
    slip = Slip("M2 (Live)", date(2026, 9, 30), date(2026, 10, 31))
    filed, figures, question = held("milestone-slip", slip=slip)
    assert (filed, figures["days"]) == (1, "31")
    assert question.startswith("Milestone M2 (Live) was set for 30 September 2026 and is now 31 October 2026, 31 days")


@pytest.mark.parametrize(("in_returns", "in_amendments", "added"), [(6_000, 10_001, "10001"), (11_000, 0, "11000")])
def test_changes_inflate_by_the_larger_sum(in_returns, in_amendments, added) -> None:
    returns = [replace(JULY, changes_agreed=Decimal(in_returns) - 500), replace(AUGUST, changes_agreed=Decimal(500))]
    _, figures, _ = held("changes-inflate", returns=returns, in_amendments=Decimal(in_amendments))
    assert (figures["in_returns"], figures["added"]) == (str(in_returns), added)
    assert Decimal(figures["percent"]) == (Decimal(added) / 1000).quantize(Decimal("0.01"))


def test_ratings_apart_names_the_widest() -> None:
    rated = [
        Rated(1, "Calls", "met", "below"),
        Rated(1, "Faults", "significantlyBelow", "met"),
        Rated(1, "Hours", "other", "significantlyBelow"),
    ]
    filed, figures, question = held("ratings-apart", rated=rated)
    assert (filed, figures["indicator"], figures["steps"]) == (1, "Faults", "3")
    assert "“Inadequate”, the authority “Good”" in question


def test_nil_again_counts_back_from_the_newest() -> None:
    nil = [replace(one, is_nil=True) for one in (JULY, AUGUST, SEPTEMBER)]
    filed, figures, question = held("nil-again", returns=nil)
    assert (filed, figures) == (3, {"count": "3", "since": "2026-07-01", "until": "2026-09-30"})
    assert question.startswith("The last 3 returns, from 1 July 2026 to 30 September 2026, were nil.")
    assert found(returns=[nil[0], AUGUST, nil[2]]) == {}


def test_late_again() -> None:
    filed, figures, question = held("late-again", late=2)
    assert (filed, figures) == (None, {"count": "2", "due": "4", "since": "2025-11-22"})
    assert question.startswith("2 of the 4 returns that were due since 22 November 2025 came late")


@pytest.mark.parametrize("run", [701, 59])
def test_unit_cost_apart_on_either_side(run) -> None:
    peers = [Decimal(number) for number in (6, 3, 4, 5, 2)]
    if run == 59:
        peers = [one + 1 for one in peers]
    low, high = (Decimal(0), Decimal(8)) if run == 701 else (Decimal(1), Decimal(9))
    cost = UnitCost(Decimal(run), 100 if run == 59 else 80)
    _, figures, _ = held("unit-cost-apart", unit_cost=cost, peers=peers)
    assert (Decimal(figures["low"]), Decimal(figures["high"])) == (low, high)
    assert Decimal(figures["unit_cost"]) == (Decimal(run) / cost.transactions).quantize(Decimal("0.0001"))


def test_quartiles_are_interpolated() -> None:
    values = [Decimal(number) for number in (1, 2, 4, 8)]
    assert [quartile(values, Decimal(share)) for share in ("0", "0.25", "0.75", "1")] == [
        1, Decimal("1.75"), 5, 8,
    ]  # fmt: skip


def test_leap_day_has_a_year_before() -> None:
    assert year_before(date(2028, 2, 29)) == date(2027, 2, 28)
    assert year_before(datetime(2027, 3, 1, 9)) == datetime(2026, 3, 1, 9)


def test_every_rule_asks_with_its_own_figures_and_judges_nobody() -> None:
    for rule in rules().rules:
        asked = {name for _, name, _, _ in Formatter().parse(rule.asks) if name}
        assert asked <= {figure.name for figure in rule.figures}
        assert rule.asks.endswith("?")
        said = " ".join([rule.name, rule.asks, rule.words, rule.why]).lower()
        assert not [word for word in ("risk", "fault", "blame", "suspici", "wrong") if word in said]


def test_figures_are_shown_with_their_letters() -> None:
    one = found(returns=[replace(JULY, spend_to_date=Decimal(110_001))])["spend-past-value"]
    assert figures_in_words(one.rule, one.figures) == [
        ("S", "Spend to date in the newest return", "£110,001"),
        ("V", "Value of the contract now", "£110,000"),
        ("S − V", "The difference", "£1"),  # noqa: RUF001
    ]
