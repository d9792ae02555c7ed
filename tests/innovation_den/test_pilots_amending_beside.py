"""Stop rules and review points change after the start as the terms do: proposed on one side, signed on both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from innovation_den.actions.pilot_log import decide_review
from innovation_den.choices import Side, StopWhen
from innovation_den.models import PilotAmendment
from portal.accounts.models import User
from portal.audit.models import Event
from portal.refusals import Refused
from tests.innovation_den.pilot_makers import LATER, Two, agree, log, make_running, propose, spend

pytestmark = pytest.mark.django_db

BELOW, SPENT, SILENT = ((StopWhen.MEASURE_BELOW, 5), (StopWhen.SPENT_ABOVE, 15_000), (StopWhen.NO_LOG_FOR, 21))
FEBRUARY, MARCH = date(2027, 2, 22), date(2027, 3, 15)


def rules(*said: tuple[str, int]) -> list[tuple[str, Decimal]]:
    return [(str(when), Decimal(limit)) for when, limit in said]


def standing(two: Two) -> tuple[set[tuple[str, Decimal]], set[date]]:
    pilot = two.pilot
    return set(pilot.stop_rules.values_list("when", "limit")), set(pilot.reviews.values_list("due_on", flat=True))


def test_they_change_when_the_second_side_signs_and_not_before() -> None:
    two = make_running()
    kept = two.pilot.stop_rules.get(when=SILENT[0]).pk
    before = standing(two)
    amendment = propose(two, stop_rules=rules((StopWhen.MEASURE_BELOW, 3), SILENT), reviews=[FEBRUARY, MARCH])
    assert standing(two) == before

    amendment = agree(two, amendment)

    assert standing(two) == (set(rules((StopWhen.MEASURE_BELOW, 3), SILENT)), {FEBRUARY, MARCH})
    assert two.pilot.stop_rules.get(when=SILENT[0]).pk == kept
    assert amendment.rows() == [
        (
            "Stop rules",
            "The measure falls below 5; Nothing is logged for 21 days; Spending passes £15,000",
            "The measure falls below 3; Nothing is logged for 21 days",
        ),
        ("Review points", "22 February 2027", "22 February 2027; 15 March 2027"),
    ]
    event = Event.objects.get(name="innovation_den.pilot.amended")
    assert event.new["stop_rules"] == ["The measure falls below 3", "Nothing is logged for 21 days"]


def test_days_of_review_points_stay_between_both_sides() -> None:
    two = make_running()
    amendment = agree(two, propose(two, reviews=[MARCH], stop_rules=rules(SILENT), threshold=Decimal(55)))
    assert [name for name, _, _ in amendment.public_rows()] == ["What would prove it", "Stop rules"]


def test_same_rules_in_another_order_are_no_change() -> None:
    with pytest.raises(Refused, match="Nothing is different"):
        propose(make_running(), stop_rules=rules(SILENT, SPENT, BELOW), reviews=[FEBRUARY])


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"stop_rules": []}, "Leave at least one stop rule"),
        ({"stop_rules": rules((StopWhen.SPENT_ABOVE, -1))}, "Enter 0 or more"),
        ({"reviews": []}, "Leave at least one review point"),
        ({"reviews": [FEBRUARY, date(2027, 4, 10)]}, "no later than 9 April 2027"),
        ({"reviews": [FEBRUARY, LATER.date() - timedelta(days=1)]}, "must not be in the past"),
        ({"ends_on": date(2027, 2, 15)}, "22 February 2027 is not between the first and the last day. Take it out"),
    ],
)
def test_change_that_cannot_be_is_refused(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused, match=says):
        propose(make_running(), **fields)


def test_last_day_and_a_review_point_move_together() -> None:
    two = make_running()
    agree(two, propose(two, ends_on=date(2027, 5, 28), reviews=[FEBRUARY, date(2027, 5, 3)]))
    assert standing(two)[1] == {FEBRUARY, date(2027, 5, 3)}


def test_new_rule_that_is_met_already_is_told_at_once() -> None:
    two = make_running()
    spend(two, 2_000)
    agree(two, propose(two, stop_rules=rules(BELOW, (StopWhen.SPENT_ABOVE, 1_000))))
    assert two.pilot.stop_rules.get(when=StopWhen.SPENT_ABOVE).met_at == LATER


# --- What has come about stays -----------------------------------------------------------------------


def meet(two: Two) -> None:
    log(two, 4)


def decide(two: Two) -> None:
    decide_review(review=two.pilot.reviews.get(), goes_on=True, note="Fine.", by=two.alice, now=LATER)


CASES = [
    (meet, {"stop_rules": rules(SPENT, SILENT)}, "was met, so it stays"),
    (decide, {"reviews": [MARCH]}, "is decided, so it stays"),
]


@pytest.mark.parametrize(("come_about", "fields", "says"), CASES)
def test_what_was_met_or_decided_is_not_taken_out(
    come_about: Callable[[Two], None], fields: dict[str, Any], says: str
) -> None:
    two = make_running()
    come_about(two)
    with pytest.raises(Refused, match=says):
        propose(two, **fields)


@pytest.mark.parametrize(("come_about", "fields", "says"), CASES)
def test_what_was_met_or_decided_since_the_proposal_is_seen_at_the_signature(
    come_about: Callable[[Two], None], fields: dict[str, Any], says: str
) -> None:
    two = make_running()
    amendment = propose(two, **fields)
    come_about(two)
    before = standing(two)
    with pytest.raises(Refused, match=says):
        agree(two, amendment)
    with pytest.raises(IntegrityError, match="signed together"), transaction.atomic():
        PilotAmendment.objects.update(signed_by_sponsor=two.alice, applied_at=LATER)
    assert standing(two) == before


def test_database_refuses_a_change_without_an_amendment() -> None:
    two = make_running()
    acts: list[Callable[[], Any]] = [
        lambda: two.pilot.stop_rules.update(limit=1),
        lambda: two.pilot.stop_rules.all().delete(),
        lambda: two.pilot.stop_rules.create(when=StopWhen.MEASURE_ABOVE, limit=1),
        lambda: two.pilot.reviews.update(due_on=MARCH),
        lambda: two.pilot.reviews.all().delete(),
        lambda: two.pilot.reviews.create(due_on=MARCH),
    ]
    for act in acts:
        with pytest.raises(IntegrityError, match="signed together"), transaction.atomic():
            act()


# --- Pages -------------------------------------------------------------------------------------------


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def sent(two: Two, **fields: Any) -> Any:
    """The form as it stands, with the fields changed."""
    url = reverse("innovation_den:amendment-create", args=[two.pilot.reference])
    with time_machine.travel(LATER, tick=False):
        client = client_of(two.bob)  # a session does not outlive the weeks between
        form = client.get(url).context["form"]
        data = {name: value for name, value in form.initial.items() if value is not None}
        data.pop("ends_on", None)
        day = {"ends_on_day": 9, "ends_on_month": 4, "ends_on_year": 2027}
        keys = {"submission_key": form["submission_key"].value(), "reason": "It moves too fast."}
        return client.post(url, data | day | keys | fields)


def test_form_takes_out_and_adds_and_the_other_side_reads_both() -> None:
    two = make_running()
    out = two.pilot.stop_rules.get(when=StopWhen.MEASURE_BELOW)
    new_day = {"review_on_day": 15, "review_on_month": 3, "review_on_year": 2027}
    response = sent(two, stop_rules_out=[out.pk], stop_when=StopWhen.MEASURE_BELOW, stop_limit="3", **new_day)
    assert response.status_code == 302
    page = client_of(two.alice).get(response.url).content.decode()
    assert "The measure falls below 5; Nothing is logged" in page
    assert "22 February 2027; 15 March 2027" in page
    agree(two, two.pilot.amendments.get(), Side.SPONSOR)
    assert standing(two) == (set(rules((StopWhen.MEASURE_BELOW, 3), SPENT, SILENT)), {FEBRUARY, MARCH})


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"stop_when": StopWhen.MEASURE_BELOW}, "Enter the limit of the new stop rule"),
        ({"stop_limit": "3"}, "Choose when the new stop rule stops the pilot"),
        ({"review_on_day": 15, "review_on_month": 6, "review_on_year": 2027}, "no later than 9 April 2027"),
    ],
)
def test_form_says_what_is_missing(fields: dict[str, Any], says: str) -> None:
    two = make_running()
    assert says in sent(two, **fields).content.decode()
    assert not two.pilot.amendments.exists()


def test_form_offers_nothing_that_has_come_about() -> None:
    two = make_running()
    meet(two)
    decide(two)
    url = reverse("innovation_den:amendment-create", args=[two.pilot.reference])
    form = client_of(two.bob).get(url).context["form"]
    assert [label for _, label in form.fields["stop_rules_out"].choices] == [
        "Spending passes £15,000",
        "Nothing is logged for 21 days",
    ]
    assert "reviews_out" not in form.fields
