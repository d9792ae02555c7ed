"""The frame of the benchmarks, and one of them on a small piece of work. No test here is about speed."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from portal.accounts.models import User
from portal.benchmarks import frame
from portal.benchmarks.frame import Goal, Measure, missed, results, table
from portal.notifications.models import Delivery, Message
from tests.factories import make_user

YARD = Measure("bare", [100.0, 100.0], unit="messages/s")
RATIO = Goal("ratio", 0.5, at_least=True)


def test_p95_is_the_value_that_95_in_100_do_not_pass() -> None:
    measure = Measure("work", [float(number) for number in range(1, 101)])
    assert (measure.median, measure.p95) == (50.5, 95)


@pytest.mark.parametrize(
    ("goal", "value", "met"),
    [
        (Goal("median", 1.0), 1.0, True),
        (Goal("median", 1.0), 1.01, False),
        (Goal("p95", 1.0), 1.01, False),
        (RATIO, 50.0, True),
        (RATIO, 49.0, False),
    ],
)
def test_goal_is_met_at_its_limit(goal: Goal, value: float, met: bool) -> None:
    lines = results([YARD, Measure("ours", [value], yardstick="bare", goals=[goal])])
    assert missed(lines) == ([] if met else [f"ours: {goal}"])


def test_goal_on_a_ratio_is_missed_where_its_yardstick_was_not_measured() -> None:
    assert missed(results([Measure("ours", [1.0], yardstick="bare", goals=[RATIO])])) == ["ours: ratio at least 0.5"]


def test_table_has_a_line_for_each_measure() -> None:
    lines = table(results([YARD, Measure("ours", [40.0], unit="messages/s", yardstick="bare", goals=[RATIO])]))
    assert [" ".join(line.split()) for line in lines.splitlines()] == [
        "measure unit median p95 ratio goal",
        "bare messages/s 100 100",
        "ours messages/s 40 40 0.40 of bare ratio at least 0.5: MISSED",
    ]


def test_unknown_benchmark_is_named() -> None:
    with pytest.raises(CommandError, match="There is no benchmark nonsense"):
        call_command("bench", "nonsense")


def test_check_fails_and_says_which_goal_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = frame.Benchmark("slow", 1, "", lambda size: [Measure("work", [2.0], goals=[Goal("median", 1.0)])])
    monkeypatch.setitem(frame._registry, "slow", slow)
    call_command("bench", "slow", stdout=StringIO())
    with pytest.raises(CommandError, match="Goals missed: slow: work: median at most 1"):
        call_command("bench", "slow", "--check", stdout=StringIO())


# Python 3.12 and newer warn of a fork beside threads: the broker's client keeps some.
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.django_db(transaction=True)
def test_notify_sends_everything_and_leaves_nothing() -> None:
    out = StringIO()
    call_command("bench", "notify", "--size", "400", "--json", stdout=out)
    lines = json.loads(out.getvalue())["notify"]
    assert [line["measure"] for line in lines] == ["outbox insert", "bare client", "one worker", "two workers"]
    assert all(line["median"] > 0 for line in lines)
    assert User.objects.count() == Message.objects.count() == Delivery.objects.count() == 0


@pytest.mark.django_db
def test_notify_refuses_a_database_with_people_in_it() -> None:
    make_user()
    with pytest.raises(CommandError, match="database with no users"):
        call_command("bench", "notify", "--size", "20")
    assert User.objects.count() == 1
