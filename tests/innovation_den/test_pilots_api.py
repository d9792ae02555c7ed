"""The library of learning as JSON: what its pages say, and nothing that they hide."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from jsonschema import Draft202012Validator

from innovation_den.actions.pilot_ends import end_pilot
from innovation_den.actions.pilot_log import answer_rule, decide_review
from innovation_den.choices import PilotOutcome, PilotState
from innovation_den.models import LogEntry, Pilot
from portal.api.documentation import description_of_api
from tests.engagement.makers import make_capability
from tests.factories import make_user
from tests.innovation_den.pilot_makers import (
    LATER,
    Two,
    agree,
    log,
    make_agreed,
    make_ended,
    make_running,
    make_two,
    propose,
    publish,
    spend,
    write_outcome,
)
from tests.innovation_den.test_pilots_library import make_learnt

pytestmark = pytest.mark.django_db
LIST = reverse("api:pilot-list")
SECRET = "Secret words"


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


def detail(pilot: Pilot) -> str:
    return reverse("api:pilot-detail", args=[pilot.reference])


def read(url: str, **headers: str) -> Any:
    return Client().get(url, headers=headers)


def titles(query: str = "") -> list[str]:
    return [found["title"] for found in read(f"{LIST}?{query}").json()["results"]]


def make_told() -> Two:
    """A published pilot with something secret in each place that its public page leaves out."""
    two = make_running(data_notes=f"{SECRET} about data")
    log(two, 4, text=f"{SECRET} of the log")
    spend(two, 200, what=f"{SECRET} on a bill")
    rule = two.pilot.stop_rules.get(when="measure_below")
    answer_rule(rule=rule, answer=f"{SECRET} of an answer", by=two.alice, now=LATER)
    decide_review(review=two.pilot.reviews.get(), goes_on=True, note=f"{SECRET} of a review", by=two.alice, now=LATER)
    agree(two, propose(two, threshold=Decimal(22), data_notes=f"{SECRET} of other data"))
    agree(two, propose(two, data_notes=f"{SECRET} once more"))
    log(two, 22, date(2027, 1, 30), text=SECRET)
    end_pilot(pilot=two.pilot, reason=f"{SECRET} of the end", by=two.bob, now=LATER + timedelta(days=1))
    write_outcome(two, PilotOutcome.PROVED)
    publish(two)
    return two


def test_one_pilot_is_what_its_page_says() -> None:
    two = make_told()
    found = read(detail(two.pilot)).json()
    said = {
        "reference": two.pilot.reference,
        "title": two.pilot.title,
        "sponsor": str(two.pilot.sponsor),
        "firm": str(two.pilot.firm),
        "outcome": "proved",
        "exit": "stop",
        "baseline": "10",
        "threshold": "22",
        "latest": "22",
        "budget_cap": "20000.00",
        "spent": "200.00",
        "starts_on": "2027-01-11",
        "ended_early": True,
        "follows": None,
        "engagement": None,
        "learnt": "Sensors in wardrobes smell shoes, not mould.",
    }
    assert {name: found[name] for name in said} == said
    assert found["measured"] == [
        {"dated": "2027-01-18", "value": "4", "is_reached": False},
        {"dated": "2027-01-30", "value": "22", "is_reached": True},
    ]
    assert [rule["says"] for rule in found["stop_rules"] if rule["met_at"]] == ["The measure falls below 5 %"]
    # The second amendment is of the note on data alone, which is not published.
    assert [one["changes"] for one in found["amendments"]] == [
        [{"term": "What would prove it", "old": "60", "new": "22"}]
    ]


def test_nothing_that_pages_hide_is_told() -> None:
    two = make_told()
    for url in (LIST, detail(two.pilot)):
        client = Client()
        client.force_login(two.alice)  # who may read all of it on the pilot's own page
        text = client.get(url).content.decode()
        assert [words for words in (SECRET, two.alice.name, two.bob.name) if words in text] == []


@pytest.mark.parametrize("make", [make_two, make_agreed, make_running, make_ended])
def test_what_is_not_published_is_not_there_whoever_asks(make: Any) -> None:
    two = make()
    client = Client()
    client.force_login(make_user(is_staff=True))
    hidden, unknown = client.get(detail(two.pilot)), client.get(reverse("api:pilot-detail", args=["tnobody"]))
    assert (hidden.status_code, unknown.status_code) == (404, 404)
    assert {**hidden.json(), "instance": ""} == {**unknown.json(), "instance": ""}
    assert client.get(LIST).json() == {"total": 0, "page": 1, "pages": 0, "results": []}


def test_pilot_that_follows_one_that_is_not_published_does_not_name_it() -> None:
    before, after = make_learnt("Before"), make_learnt("After")
    Pilot.objects.filter(pk=after.pk).update(follows=before)
    assert read(detail(after)).json()["follows"] == before.reference
    Pilot.objects.filter(pk=before.pk).update(state=PilotState.REVIEW)
    assert read(detail(after)).json()["follows"] is None


def test_list_is_narrowed_as_the_page_is() -> None:
    sensing = make_capability("Sensing", parent="Devices")
    make_learnt("Damp", capability=sensing, learnt="Wardrobes smell of shoes.")
    make_learnt("Roads", outcome=PilotOutcome.PROVED, advice="Count the potholes twice.")
    assert sorted(titles()) == ["Damp", "Roads"]
    assert titles("q=wardrobe+shoe") == ["Damp"]
    assert titles(f"capability={sensing.code}") == ["Damp"]
    assert titles(f"capability={sensing.parent.code}") == ["Damp"]
    assert titles("capability=none") == []
    assert titles("outcome=proved") == ["Roads"]
    assert titles("q=%00&capability=%00") == []


def test_list_goes_page_by_page_the_newest_first() -> None:
    for number in range(3):
        make_learnt(f"Test {number}", published_at=datetime(2027, 5, 1 + number, tzinfo=UTC))
    first = read(f"{LIST}?per_page=2").json()
    assert (first["total"], first["page"], first["pages"]) == (3, 1, 2)
    assert titles("per_page=2") + titles("per_page=2&page=2") == ["Test 2", "Test 1", "Test 0"]


@pytest.mark.parametrize(
    ("query", "name"), [("page=0", "page"), ("per_page=101", "per_page"), ("outcome=x", "outcome")]
)
def test_parameter_that_is_wrong_is_named(query: str, name: str) -> None:
    answer = read(f"{LIST}?{query}")
    assert answer.status_code == 400
    assert [one["parameter"] for one in answer.json()["errors"]] == [name]


def test_what_did_not_change_is_not_sent_again() -> None:
    pilot = make_learnt("Damp")
    entry = {"pilot": pilot, "text": "Late", "by": pilot.created_by, "at": LATER, "dated": date(2027, 2, 1)}
    for value, url in enumerate((LIST, detail(pilot))):
        tag = read(url)["ETag"]
        again = read(url, **{"If-None-Match": tag})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
        LogEntry.objects.create(value=value, **entry)
        assert read(url, **{"If-None-Match": tag}).status_code == 200


def test_answers_keep_to_the_description() -> None:
    two = make_told()
    components = description_of_api()["components"]
    for url, name in ((LIST, "PilotPage"), (detail(two.pilot), "PilotDetail")):
        check = Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": components})
        assert [error.message for error in check.iter_errors(read(url).json())] == []


def test_list_costs_the_same_for_one_and_three() -> None:
    costs = set()
    for titles_ in (["One"], ["Two", "Three"]):
        for title in titles_:
            make_learnt(title)
        read(LIST)
        with CaptureQueriesContext(connection) as queries:
            read(LIST)
        costs.add(len(queries))
    assert len(costs) == 1
