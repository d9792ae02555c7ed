"""A return from due to accepted, corrected, and seen as it was known on a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from portal.refusals import Refused, StaleWrite
from reporting.actions import (
    accept_return,
    answer_question,
    file_nil_returns,
    raise_due_returns,
    save_return,
    send_back_return,
    start_correction,
    submit_return,
)
from reporting.actions.returns import NoSuchQuestion
from reporting.choices import ReturnState
from reporting.models import Contract, Return
from reporting.periods import Period, periods_of
from techmap.models import Evidence
from tests.reporting.makers import NOW, head, make_contract, spend


def save(filed, by, *, lines=(), now=NOW, **cells):
    return save_return(
        filed=filed,
        version=filed.version,
        given={"return": [head(filed, **cells)], "spend": list(lines)},
        by=by,
        now=now,
    )


def file(filed, by, *, now=NOW, **cells):
    save(filed, by, now=now, **cells)
    filed.refresh_from_db()
    return submit_return(filed=filed, version=filed.version, by=by, now=now)


def test_returns_appear_for_every_period_that_is_over(due) -> None:
    assert [str(one.period_start) for one in due] == ["2026-07-01", "2026-08-01", "2026-09-01", "2026-10-01"]
    assert {one.state for one in due} == {ReturnState.DUE}


def test_returns_are_due_on_the_fifth_working_day(due) -> None:
    # 31 August 2026 is a bank holiday and the last day of its period.
    assert due[1].due_at == datetime(2026, 9, 7, 16, tzinfo=UTC)
    assert due[3].due_at == datetime(2026, 11, 6, 17, tzinfo=UTC)


def test_raising_again_makes_no_more(contract, due) -> None:
    assert raise_due_returns(now=NOW) == 0
    assert raise_due_returns(now=NOW + timedelta(days=9)) == 1
    assert contract.returns.count() == 5


def test_return_is_saved_checked_and_submitted(due, bob) -> None:
    first = due[0]
    findings = save(first, bob, lines=[spend()])
    assert findings == []
    first.refresh_from_db()
    assert first.state == ReturnState.READY

    submit_return(filed=first, version=first.version, by=bob, now=NOW)

    first.refresh_from_db()
    assert (first.state, first.actual_spend, first.build_spend, first.run_spend) == (
        ReturnState.SUBMITTED, Decimal("9000.00"), Decimal("9000.00"), Decimal("0.00"),
    )  # fmt: skip


def test_errors_are_kept_and_refused_at_submission(due, bob) -> None:
    first = due[0]
    findings = save(first, bob, lines=[spend(amount="9,100")])
    first.refresh_from_db()
    assert first.state == ReturnState.HAS_ERRORS
    assert [(found.check, found.table, found.row, found.field, found.value) for found in findings] == [
        ("line-adds-up", "spend", 1, "amount", "£9,100.00"),
        ("lines-sum-up", "return", 1, "actual_spend", "£9,000.00"),
    ]
    with pytest.raises(Refused) as refused:
        submit_return(filed=first, version=first.version, by=bob, now=NOW)
    assert "Enter £9,000.00, or correct the price or the quantity" in str(refused.value)


def test_cells_that_cannot_be_read_are_refused_and_nothing_is_lost(due, bob) -> None:
    first = due[0]
    save(first, bob)
    first.refresh_from_db()
    with pytest.raises(Refused) as refused:
        save(first, bob, actual_spend="nine thousand")
    assert "Enter an amount in pounds, for example 1234.50" in str(refused.value)
    first.refresh_from_db()
    assert first.data["actual_spend"] == "9000.00"


def test_question_is_answered_before_it_is_submitted(contract, due, bob) -> None:
    first = due[0]
    findings = save(first, bob, actual_spend="130000", spend_to_date="130000")
    assert [found.check for found in findings] == ["spend-within-value"]
    first.refresh_from_db()
    with pytest.raises(Refused):
        submit_return(filed=first, version=first.version, by=bob, now=NOW)

    answer_question(
        filed=first, check_id="spend-within-value", table="return", row=1, text="A change is being signed", by=bob
    )
    submit_return(filed=first, version=first.version, by=bob, now=NOW)

    assert first.answers.get().text == "A change is being signed"


def test_answer_does_not_cover_another_figure(contract, due, bob) -> None:
    first = due[0]
    answer = {"check_id": "spend-within-value", "table": "return", "row": 1, "text": "A change is being signed"}
    save(first, bob, actual_spend="130000", spend_to_date="130000")
    answer_question(filed=first, by=bob, **answer)
    first.refresh_from_db()
    save(first, bob, actual_spend="9900000", spend_to_date="9900000")
    first.refresh_from_db()
    with pytest.raises(Refused, match="More has been spent than the contract is worth"):
        submit_return(filed=first, version=first.version, by=bob, now=NOW)

    answer_question(filed=first, by=bob, **answer | {"text": "It grew"})
    submit_return(filed=first, version=first.version, by=bob, now=NOW)
    assert first.answers.get().text == "It grew"


def test_answer_does_not_cover_what_the_figure_is_compared_with(contract, due, bob) -> None:
    first = due[0]
    save(first, bob, actual_spend="130000", spend_to_date="130000")
    answer_question(filed=first, check_id="spend-within-value", table="return", row=1, text="It grew", by=bob)
    Contract.objects.update(current_value=Decimal("1000.00"))
    first = Return.objects.get(pk=first.pk)
    with pytest.raises(Refused, match="the contract is worth £1,000"):
        submit_return(filed=first, version=first.version, by=bob, now=NOW)


@pytest.mark.parametrize("place", [("lines-sum-up", "return", 1), ("spend-within-value", "return", 2), ("x", "y", 0)])
def test_what_is_not_asked_is_not_answered(due, bob, place) -> None:
    """Also an error is no question."""
    check, table, row = place
    save(due[0], bob, lines=[spend(amount="9,100")], spend_to_date="130000")
    with pytest.raises(NoSuchQuestion, match="not asked of the return as it is now"):
        answer_question(filed=due[0], check_id=check, table=table, row=row, text="So it is", by=bob)
    assert not due[0].answers.exists()


def test_second_editor_is_told(due, bob) -> None:
    first = due[0]
    save(first, bob)
    with pytest.raises(StaleWrite):
        save(first, bob, actual_spend="1")


def test_others_may_not_file(due, alice, charlie) -> None:
    for person in (alice, charlie):
        with pytest.raises(PermissionDenied):
            save(due[0], person)


def test_spend_to_date_follows_the_last_return(due, bob) -> None:
    file(due[0], bob)
    findings = save(due[1], bob, spend_to_date="9000")
    assert [(found.check, found.mend) for found in findings] == [
        ("spend-to-date-adds-up", "Enter £18,000.00, or correct the last return")
    ]


def test_nil_returns_are_filed_together(due, bob) -> None:
    file(due[0], bob)
    file_nil_returns(returns=due[1:3], by=bob, now=NOW)
    second, third = Return.objects.filter(pk__in=[due[1].pk, due[2].pk]).order_by("pk")
    assert [(one.state, one.is_nil, one.actual_spend, one.spend_to_date) for one in (second, third)] == [
        (ReturnState.SUBMITTED, True, Decimal(0), Decimal(9000))
    ] * 2


def test_accepted_return_is_evidence(due, alice, bob, supplier) -> None:
    first = file(due[0], bob)
    accept_return(filed=first, version=first.version, by=alice, now=NOW)
    first.refresh_from_db()
    assert (first.state, first.decided_by) == (ReturnState.ACCEPTED, alice)
    assert Evidence.objects.get(supplier=supplier).kind == "return"


def test_supplier_does_not_accept_its_own(due, bob) -> None:
    first = file(due[0], bob)
    with pytest.raises(PermissionDenied):
        accept_return(filed=first, version=first.version, by=bob, now=NOW)


def test_sent_back_return_stays_and_a_correction_follows(due, alice, bob) -> None:
    first = file(due[0], bob)
    send_back_return(filed=first, version=first.version, reason="Spend lines are missing", by=alice, now=NOW)
    correction = Return.objects.get(replaces=first)
    assert (correction.state, correction.revision, correction.data) == (ReturnState.DRAFT, 2, first.data)

    save(correction, bob, lines=[spend()], now=NOW + timedelta(days=1))
    correction.refresh_from_db()
    submit_return(filed=correction, version=correction.version, by=bob, now=NOW + timedelta(days=1))

    first.refresh_from_db()
    assert (first.state, first.data["actual_spend"]) == (ReturnState.SUPERSEDED, "9000.00")


def test_correction_shows_as_known_on(due, alice, bob) -> None:
    first = file(due[0], bob)
    correction = start_correction(filed=first, reason="A credit came late", by=bob, now=NOW + timedelta(days=10))
    save(correction, bob, actual_spend="8000", spend_to_date="8000", now=NOW + timedelta(days=10))
    correction.refresh_from_db()
    submit_return(filed=correction, version=correction.version, by=bob, now=NOW + timedelta(days=10))

    known = Return.objects.filter(period_start=date(2026, 7, 1))
    assert known.as_known_on(NOW + timedelta(days=9)).get().actual_spend == Decimal(9000)
    assert known.as_known_on(NOW + timedelta(days=11)).get().actual_spend == Decimal(8000)
    assert known.standing().get() == correction


def test_one_correction_at_a_time(due, bob) -> None:
    first = file(due[0], bob)
    one = start_correction(filed=first, reason="A credit", by=bob, now=NOW)
    assert start_correction(filed=first, reason="Another", by=bob, now=NOW) == one


@pytest.mark.parametrize("state", [ReturnState.DUE, ReturnState.DRAFT])
def test_database_holds_one_unfiled_return_for_each_period(due, state) -> None:
    first = due[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Return.objects.create(
            contract=first.contract, supplier=first.supplier, period_start=first.period_start,
            period_end=first.period_end, due_at=NOW, standard="1", state=state, revision=2, replaces=first, reason="x",
        )  # fmt: skip


def test_contract_that_fails_keeps_no_other_from_its_returns(buyer, supplier, contract, alice, monkeypatch) -> None:
    other = make_contract(buyer, supplier, alice, number="LATER-1")

    def failing(one: Contract, day: date) -> list[Period]:
        if one == contract:
            raise ArithmeticError
        return periods_of(one, day)

    monkeypatch.setattr("reporting.actions.returns.periods_of", failing)
    assert raise_due_returns(now=NOW) == other.returns.count() == 4
    assert not contract.returns.exists()
