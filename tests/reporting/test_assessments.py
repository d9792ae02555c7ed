"""An assessment from draft to final: who may do what when, and what the database itself holds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, ProgrammingError, transaction

from portal.audit.models import Event
from portal.notifications.models import Message
from portal.organisations.choices import Role
from portal.refusals import Refused, StaleWrite
from reporting.actions.assessments import (
    correct_assessment,
    finish_assessment,
    remove_assessment,
    share_assessment,
    start_assessment,
    take_back_assessment,
)
from reporting.actions.ratings import Rated, rate_kpis
from reporting.choices import AssessmentState
from reporting.models import Assessment, AssessmentKpi
from reporting.queries.assessments import prefilled_kpis
from tests.factories import make_member
from tests.reporting.assessing import (
    LATER,
    PERIOD,
    filed_with_kpis,
    kpi,
    make_draft,
    make_final,
    make_shared,
    replied,
    written,
)
from tests.reporting.makers import make_contract

pytestmark = pytest.mark.django_db


def reasons(refused) -> list[str]:
    return [reason.message for reason in refused.value.reasons]


def test_draft_begins_with_the_returns_and_ratings_of_the_period(contract, due, alice, bob) -> None:
    filed_with_kpis(due[0], bob)
    second = filed_with_kpis(
        due[1], bob, kpis=[kpi(actual="98.25"), kpi(kpi_id="K2", title="Calls answered", actual="")],
        spend_to_date="18000",
    )  # fmt: skip
    rate_kpis(filed=second, given=[Rated("K1", 0, "below", "Two outages")], by=alice, now=LATER)

    made = make_draft(contract, alice)

    rows = made.kpis.values_list("kpi_id", "title", "target", "actual", "rating_supplier", "rating", "comment")
    assert [(row[0], row[1], str(row[2]), row[3] and str(row[3]), *row[4:]) for row in rows] == [
        ("K1", "Availability", "99.5000", "98.2500", "slightlyBelow", "below", "Two outages"),
        ("K2", "Calls answered", "99.5000", None, "slightlyBelow", "", ""),
    ]


def test_draft_leaves_out_returns_of_other_periods(contract, due, alice, bob) -> None:
    filed_with_kpis(due[0], bob)
    made = make_draft(contract, alice, period=(date(2026, 8, 1), PERIOD[1]))
    assert made.kpis.count() == 0


def test_prefill_asks_as_often_for_one_return_as_for_three(
    contract, due, alice, bob, django_assert_num_queries
) -> None:
    filed_with_kpis(due[0], bob)
    with django_assert_num_queries(3):
        prefilled_kpis(contract, *PERIOD)
    for place, filed in enumerate(due[1:3], start=2):
        filed_with_kpis(filed, bob, spend_to_date=str(9000 * place))
    with django_assert_num_queries(3):
        prefilled_kpis(contract, *PERIOD)


def test_life_from_draft_to_final_tells_both_sides(contract, alice, bob, due) -> None:
    filed_with_kpis(due[0], bob)
    shared = make_shared(contract, alice)
    assert (shared.state, shared.reply_due_at) == (AssessmentState.SHARED, datetime(2027, 7, 19, 12, tzinfo=UTC))
    answered = replied(shared, bob)
    final = finish_assessment(assessment=answered, version=answered.version, by=alice, now=LATER)
    assert (final.state, final.final_at) == (AssessmentState.FINAL, LATER)
    said = dict(Message.objects.filter(subject__contains="ssessment").values_list("subject", "deliveries__recipient"))
    assert said == {
        "An assessment to reply to: Case management for housing": bob.pk,
        "A reply to your assessment: Case management for housing": alice.pk,
        "An assessment is final: Case management for housing": bob.pk,
    }


def test_sharing_says_all_that_is_missing(contract, due, alice, bob) -> None:
    filed_with_kpis(due[0], bob)
    made = make_draft(contract, alice)
    with pytest.raises(Refused) as refused:
        share_assessment(assessment=made, version=made.version, by=alice, now=datetime(2027, 5, 1, tzinfo=UTC))
    assert reasons(refused) == [
        "The period ends on 30 June 2027. Share the assessment after that",
        "Choose the overall rating",
        "Say in a few sentences how the contract was performed",
        "Choose a rating for Availability",
    ]


def test_breach_needs_its_date_and_words(contract, alice) -> None:
    made = written(make_draft(contract, alice), alice, breach_kind="damages")
    with pytest.raises(Refused) as refused:
        share_assessment(assessment=made, version=made.version, by=alice, now=LATER)
    assert reasons(refused) == [
        "Describe the breach or failure",
        "Enter the date of the termination, award, agreement or decision",
    ]


def test_it_is_final_after_the_reply_or_the_deadline_and_not_before(contract, alice, bob) -> None:
    shared = make_shared(contract, alice)
    almost = shared.reply_due_at - timedelta(seconds=1)
    with pytest.raises(Refused) as refused:
        finish_assessment(assessment=shared, version=shared.version, by=alice, now=almost)
    assert reasons(refused) == [
        "Larkspur Systems Ltd may reply until 19 July 2027. Make it final after the reply, or after that"
    ]
    final = finish_assessment(assessment=shared, version=shared.version, by=alice, now=shared.reply_due_at)
    assert (final.state, final.reply) == (AssessmentState.FINAL, "")


def test_reply_deadline_follows_the_setting_in_working_days(contract, alice, settings) -> None:
    settings.ASSESSMENT_REPLY_WORKING_DAYS = 40  # over the bank holiday of 30 August 2027
    assert make_shared(contract, alice).reply_due_at == datetime(2027, 8, 31, 12, tzinfo=UTC)


def test_supplier_cannot_reply_to_a_draft_or_a_final_one(contract, alice, bob) -> None:
    draft = make_draft(contract, alice)
    with pytest.raises(Refused):
        replied(draft, bob)
    remove_assessment(assessment=draft, version=draft.version, by=alice)
    with pytest.raises(Refused):
        replied(make_final(contract, alice, bob), bob)


def test_taken_back_it_is_a_draft_and_the_reply_stays_in_the_history(contract, alice, bob) -> None:
    answered = replied(make_shared(contract, alice), bob, reply="The data came late.")
    back = take_back_assessment(assessment=answered, version=answered.version, by=alice, now=LATER)
    assert (back.state, back.reply, back.shared_at) == (AssessmentState.DRAFT, "", None)
    event = Event.objects.get(name="reporting.assessment.taken_back")
    assert event.old == {"reply": "The data came late."}
    share_assessment(assessment=back, version=back.version, by=alice, now=LATER)


def test_correction_replaces_a_final_one_only_when_it_is_final_itself(contract, due, alice, bob) -> None:
    filed_with_kpis(due[0], bob)
    first = make_final(contract, alice, bob)
    again = correct_assessment(
        assessment=first, reason="An outage was not theirs", submission_key=uuid4(), by=alice, now=LATER
    )
    assert (again.rating, again.period_end, again.kpis.get().rating) == ("below", first.period_end, "slightlyBelow")
    first.refresh_from_db()
    assert first.state == AssessmentState.FINAL

    shared = share_assessment(assessment=again, version=again.version, by=alice, now=LATER)
    answered = replied(shared, bob)
    finish_assessment(assessment=answered, version=answered.version, by=alice, now=LATER)

    first.refresh_from_db()
    assert first.state == AssessmentState.CORRECTED
    assert Assessment.objects.final().get() == again


@pytest.mark.parametrize(
    ("period", "said"),
    [
        ((date(2026, 7, 1), date(2027, 7, 2)), "An assessment covers 12 months or less"),
        ((date(2026, 6, 1), date(2026, 12, 1)), "The contract began on 1 July 2026"),
        ((date(2026, 9, 1), date(2026, 8, 1)), "The last day must be after the first"),
    ],
)
def test_period_that_cannot_be_assessed_is_refused(contract, alice, period, said) -> None:
    with pytest.raises(Refused) as refused:
        make_draft(contract, alice, period=period)
    assert reasons(refused) == [said]


def test_assessed_period_is_corrected_not_assessed_again(contract, alice, bob) -> None:
    make_final(contract, alice, bob)
    with pytest.raises(Refused) as refused:
        make_draft(contract, alice, period=(date(2027, 6, 30), date(2027, 7, 4)))
    assert "is assessed already" in reasons(refused)[0]


def test_key_of_another_contract_leads_to_no_assessment_of_it(contract, alice, bob) -> None:
    """A key is not the way to what its holder may not see, or did not mean."""
    final = make_final(contract, alice, bob)
    other = make_contract(contract.buyer, contract.supplier, alice, number="ANOTHER")
    key = final.submission_key
    with pytest.raises(Refused, match="This form was used before"):
        make_draft(other, alice, key=key)
    theirs = make_final(other, alice, bob)
    with pytest.raises(Refused, match="This form was used before"):
        correct_assessment(assessment=theirs, reason="An outage", submission_key=key, by=alice, now=LATER)


def test_one_is_under_way_at_a_time_and_the_form_sent_twice_makes_one(contract, alice) -> None:
    key = uuid4()
    given = {"contract": contract, "period_start": PERIOD[0], "period_end": PERIOD[1], "by": alice, "now": LATER}
    assert start_assessment(submission_key=key, **given) == start_assessment(submission_key=key, **given)
    with pytest.raises(Refused):
        start_assessment(submission_key=uuid4(), **given)


def test_second_editor_is_told(contract, alice) -> None:
    made = make_draft(contract, alice)
    written(made, alice)
    made.version = 1
    with pytest.raises(StaleWrite):
        written(made, alice)


def test_nobody_who_belongs_to_the_supplier_too_decides(contract, buyer, supplier, alice, bob) -> None:
    shared = make_shared(contract, alice)
    both = make_member(buyer, role=Role.EDITOR, name="Both Sides")
    supplier.memberships.create(user=both, role=Role.VIEWER)
    for do in (share_assessment, finish_assessment, take_back_assessment):
        with pytest.raises(Refused, match="You belong to Larkspur Systems Ltd too"):
            do(assessment=shared, version=shared.version, by=both, now=LATER)


def test_others_may_not(contract, alice, bob, charlie) -> None:
    shared = make_shared(contract, alice)
    for person in (bob, charlie):
        with pytest.raises(PermissionDenied):
            finish_assessment(assessment=shared, version=shared.version, by=person, now=LATER)
    for person in (alice, charlie):
        with pytest.raises(PermissionDenied):
            replied(shared, person)


# --- Round the actions -------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["rating", "summary", "reply", "breach", "final_at", "period_end", "reason"])
def test_database_keeps_a_final_one_as_it_is(contract, alice, bob, field) -> None:
    final = make_final(contract, alice, bob)
    value = {"final_at": LATER + timedelta(days=9), "period_end": date(2027, 6, 1)}.get(field, "met")
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        Assessment.objects.filter(pk=final.pk).update(**{field: value})


def test_database_lets_a_final_one_be_replaced_and_never_come_back(contract, alice, bob) -> None:
    final = make_final(contract, alice, bob)
    for state in ("draft", "shared"):
        with pytest.raises((ProgrammingError, IntegrityError)), transaction.atomic():
            Assessment.objects.filter(pk=final.pk).update(state=state)
    Assessment.objects.filter(pk=final.pk).update(state="corrected", version=9)
    with pytest.raises(ProgrammingError), transaction.atomic():
        Assessment.objects.filter(pk=final.pk).update(state="final")


def test_database_keeps_what_was_shared_until_it_is_taken_back(contract, alice) -> None:
    shared = make_shared(contract, alice)
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        Assessment.objects.filter(pk=shared.pk).update(summary="Something else")
    Assessment.objects.filter(pk=shared.pk).update(reply="Ours")


def test_database_keeps_the_indicators_of_what_was_shared(contract, due, alice, bob) -> None:
    filed_with_kpis(due[0], bob)
    shared = make_shared(contract, alice)
    one = shared.kpis.get()
    with pytest.raises(ProgrammingError, match="never change"), transaction.atomic():
        AssessmentKpi.objects.filter(pk=one.pk).update(rating="met")
    with pytest.raises(ProgrammingError, match="never change"), transaction.atomic():
        AssessmentKpi.objects.create(assessment=shared, kpi_id="K9", title="New")
    with pytest.raises(ProgrammingError), transaction.atomic():
        one.delete()


def test_database_deletes_only_drafts(contract, alice) -> None:
    shared = make_shared(contract, alice)
    with pytest.raises(ProgrammingError, match="Cannot delete"), transaction.atomic():
        Assessment.objects.filter(pk=shared.pk).delete()


def test_database_wants_the_reply_or_the_deadline_before_final(contract, alice) -> None:
    shared = make_shared(contract, alice)
    with pytest.raises(IntegrityError, match="assessment_final_after_the_reply"), transaction.atomic():
        Assessment.objects.filter(pk=shared.pk).update(state="final", final_at=LATER)


def test_database_holds_one_under_way_for_each_contract(contract, alice, buyer, supplier) -> None:
    make_draft(contract, alice)
    other = make_contract(buyer, supplier, alice, number="N2")
    make_draft(other, alice)
    with pytest.raises(IntegrityError, match="assessment_under_way_once"), transaction.atomic():
        Assessment.objects.create(
            contract=contract, period_start=PERIOD[0], period_end=date(2027, 1, 1), written_by=alice, written_at=LATER
        )
