"""When an assessment is due, and who is reminded of it: by a clock that is moved."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from django.urls import reverse

from portal.notifications.models import Message
from reporting.actions import amend_contract, end_contract
from reporting.actions.assessment_reminders import remind_of_assessments
from reporting.models import Contract
from reporting.queries.assessments import due_assessments, next_stretch
from tests.reporting.assessing import make_draft, make_final, make_shared, number_of_queries
from tests.reporting.makers import make_contract

pytestmark = pytest.mark.django_db


def at(*day: int) -> datetime:
    return datetime(*day, 9, tzinfo=UTC)


def said() -> list[str]:
    return [
        text.partition(":")[0]
        for text in Message.objects.filter(dedupe_key__startswith="assessment-")
        .order_by("pk")
        .values_list("subject", flat=True)
    ]


def long_one(buyer, supplier, alice, **fields) -> Contract:
    given = {"baseline_start": date(2026, 7, 1), "baseline_end": date(2029, 6, 30)}
    return make_contract(buyer, supplier, alice, **(given | fields))


@pytest.mark.parametrize(
    ("start", "end", "due"),
    [
        (date(2026, 7, 1), date(2029, 6, 30), date(2027, 7, 1)),  # 12 months after the start
        (date(2026, 7, 1), date(2027, 6, 30), date(2027, 7, 1)),  # sooner than 30 days after the end
        (date(2026, 7, 1), date(2026, 9, 15), date(2026, 10, 15)),  # 30 days after the end
        (date(2024, 2, 29), date(2029, 6, 30), date(2025, 2, 28)),
    ],
)
def test_first_assessment_is_due(buyer, supplier, alice, start, end, due) -> None:
    make_contract(buyer, supplier, alice, baseline_start=start, baseline_end=end)
    (found,) = due_assessments(due)
    assert found.assess_due == due


def test_it_shows_30_days_before_and_goes_when_one_is_under_way(buyer, supplier, alice) -> None:
    contract = long_one(buyer, supplier, alice)
    assert not due_assessments(date(2027, 5, 31)).exists()
    assert due_assessments(date(2027, 6, 1)).get() == contract
    make_draft(contract, alice)
    assert not due_assessments(date(2027, 7, 9)).exists()


def test_next_is_due_12_months_after_the_last_and_at_the_end(buyer, supplier, alice, bob) -> None:
    contract = long_one(buyer, supplier, alice, baseline_end=date(2028, 3, 31))
    make_final(contract, alice, bob)
    stretch = next_stretch(contract, date(2028, 6, 1))
    assert (stretch.start, stretch.end, stretch.due) == (date(2027, 7, 1), date(2028, 3, 31), date(2028, 4, 30))
    make_final(contract, alice, bob, period=(stretch.start, stretch.end), now=at(2028, 5, 2))
    assert next_stretch(contract, date(2028, 6, 1)) is None
    assert not due_assessments(date(2030, 1, 1)).exists()


def test_prolonged_contract_is_due_later(buyer, supplier, alice) -> None:
    contract = long_one(buyer, supplier, alice, baseline_end=date(2026, 9, 15))
    amend_contract(
        contract=contract, version=contract.version, dated=date(2026, 9, 1), reason="More time", value_change=0,
        end_after=date(2028, 9, 15), submission_key=uuid4(), by=alice,
    )  # fmt: skip
    assert due_assessments(date(2027, 7, 1)).get().assess_due == date(2027, 7, 1)


def test_period_that_is_proposed_is_over(buyer, supplier, alice) -> None:
    contract = long_one(buyer, supplier, alice)
    assert next_stretch(contract, date(2027, 6, 15)).end == date(2027, 6, 14)
    assert next_stretch(contract, date(2027, 9, 1)).end == date(2027, 6, 30)


def test_drafts_of_contracts_and_those_that_report_elsewhere_are_not_due(buyer, supplier, alice) -> None:
    make_contract(buyer, supplier, alice, is_active=False)
    Contract.objects.filter(pk=long_one(buyer, supplier, alice, number="N2").pk).update(reports_from=None)
    assert not due_assessments(date(2030, 1, 1)).exists()


def test_what_was_before_it_reported_here_is_not_asked_for(buyer, supplier, alice) -> None:
    contract = long_one(buyer, supplier, alice, baseline_start=date(2020, 1, 1))
    Contract.objects.filter(pk=contract.pk).update(reports_from=date(2026, 7, 1))
    assert due_assessments(date(2027, 7, 1)).get().assess_from == date(2026, 7, 1)


def test_ended_contract_is_still_to_be_assessed(buyer, supplier, alice) -> None:
    contract = long_one(buyer, supplier, alice)
    end_contract(contract=contract, by=alice)
    assert due_assessments(date(2027, 7, 1)).get() == contract


def test_buyer_is_reminded_before_on_and_after_the_day_once_each(buyer, supplier, alice) -> None:
    long_one(buyer, supplier, alice)
    for moment in (at(2027, 5, 30), at(2027, 6, 1), at(2027, 6, 20), at(2027, 7, 1), at(2027, 7, 2), at(2027, 8, 1)):
        remind_of_assessments(now=moment)
    assert said() == ["An assessment is due", "An assessment is due", "An assessment is late"]


def test_supplier_is_reminded_of_the_reply_and_the_buyer_of_the_end_of_it(contract, alice, bob) -> None:
    make_shared(contract, alice)  # on 5 July 2027: reply by 19 July
    Message.objects.all().delete()
    for moment in (at(2027, 7, 14), at(2027, 7, 16), at(2027, 7, 17), at(2027, 7, 20), at(2027, 7, 21)):
        remind_of_assessments(now=moment)
    assert said() == ["Little time is left to reply to an assessment", "An assessment can be made final"]


def test_work_page_lists_what_is_due_and_asks_as_often_for_one_as_for_three(
    client, buyer, supplier, alice, monkeypatch
) -> None:
    monkeypatch.setattr("reporting.views.assessments.timezone.localdate", lambda *_: date(2027, 7, 9))
    url = reverse("reporting:assessment-list")
    client.force_login(alice)
    long_one(buyer, supplier, alice)
    one = number_of_queries(lambda: client.get(url))
    for number in ("N2", "N3"):
        long_one(buyer, supplier, alice, number=number)
    assert number_of_queries(lambda: client.get(url)) == one
    page = client.get(url)
    assert (len(page.context["due"]), page.content.decode().count("Late")) == (3, 3)


def test_other_peoples_due_assessments_do_not_show(client, buyer, supplier, alice, bob) -> None:
    long_one(buyer, supplier, alice, baseline_end=date(2026, 8, 1))
    for person, number in ((alice, 1), (bob, 0)):
        client.force_login(person)
        assert len(client.get(reverse("reporting:assessment-list")).context["due"]) == number
