"""Who is verified, and what of a private contract others learn from evidence."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.organisations.choices import Role, Status
from portal.organisations.models import Membership
from portal.refusals import Refused
from reporting.actions import (
    accept_return,
    activate_contract,
    amend_contract,
    create_contract,
    file_nil_returns,
    send_back_return,
    start_correction,
)
from reporting.choices import ReturnState
from reporting.models import Return
from techmap.models import Evidence
from tests.reporting.makers import END, NOW, START, details, head, make_contract, make_returns
from tests.reporting.test_returns import file, save


def suspend(organisation) -> None:
    organisation.status, organisation.status_reason = Status.SUSPENDED, "It is not what it said"
    organisation.save()


def wait(organisation) -> None:
    organisation.status = Status.PENDING
    organisation.save()


def accept(filed, by):
    filed.refresh_from_db()
    return accept_return(filed=filed, version=filed.version, by=by, now=NOW)


def register(buyer, supplier, by):
    return create_contract(buyer=buyer, details=details(supplier), submission_key=uuid4(), by=by, now=NOW)


def test_suspended_buyer_registers_nothing(buyer, supplier, alice) -> None:
    suspend(buyer)
    with pytest.raises(Refused, match="is suspended: It is not what it said"):
        register(buyer, supplier, alice)


def test_waiting_buyer_drafts_and_activates_nothing(buyer, supplier, alice) -> None:
    wait(buyer)
    draft = register(buyer, supplier, alice)
    with pytest.raises(Refused, match="is waiting to be verified"):
        activate_contract(contract=draft, reports_from=START, by=alice, now=NOW)
    draft.refresh_from_db()
    assert draft.is_draft


@pytest.mark.parametrize("stop", [suspend, wait])
def test_buyer_that_is_not_verified_amends_nothing(stop, buyer, contract, alice) -> None:
    stop(buyer)
    with pytest.raises(Refused):
        amend_contract(
            contract=contract,
            version=contract.version,
            dated=START,
            reason="More",
            value_change=1,
            end_after=END,
            submission_key=uuid4(),
            by=alice,
        )
    assert contract.amendments.count() == 0


@pytest.mark.parametrize("stop", [suspend, wait])
def test_buyer_that_is_not_verified_decides_nothing(stop, buyer, due, alice, bob) -> None:
    first = file(due[0], bob)
    stop(buyer)
    with pytest.raises(Refused):
        accept(first, alice)
    with pytest.raises(Refused):
        send_back_return(filed=first, version=first.version, reason="Wrong", by=alice, now=NOW)
    first.refresh_from_db()
    assert (first.state, Evidence.objects.count()) == (ReturnState.SUBMITTED, 0)


@pytest.mark.parametrize("stop", [suspend, wait])
def test_supplier_that_is_not_verified_files_nothing(stop, supplier, due, bob) -> None:
    """One that waits writes its drafts meanwhile."""
    stop(supplier)
    if stop is wait:
        assert save(due[0], bob) == []
        due[0].refresh_from_db()
    with pytest.raises(Refused):
        file(due[0], bob)
    with pytest.raises(Refused):
        file_nil_returns(returns=[due[1]], by=bob, now=NOW)
    assert not Return.objects.exclude(submitted_at=None).exists()


def test_supplier_that_is_not_verified_gets_no_evidence(supplier, due, alice, bob) -> None:
    first = file(due[0], bob)
    suspend(supplier)
    with pytest.raises(Refused, match="is suspended"):
        accept(first, alice)
    assert Evidence.objects.count() == 0


def test_nobody_accepts_the_return_of_their_own_supplier(supplier, due, alice, bob) -> None:
    Membership.objects.create(organisation=supplier, user=alice, role=Role.VIEWER)
    first = file(due[0], bob)
    with pytest.raises(Refused, match="You belong to Larkspur Systems Ltd too"):
        accept(first, alice)


def test_private_contract_is_not_told_by_its_evidence(contract, due, supplier, alice, bob) -> None:
    for one in due[:2]:
        accept(file(one, bob, spend_to_date="9000" if one == due[0] else "18000"), alice)
    evidence = Evidence.objects.get(supplier=supplier)
    assert (evidence.title, evidence.buyer, evidence.buyer_name) == ("A contract reported to its buyer", None, "")
    assert contract.reference not in evidence.source


def test_published_contract_is_named_by_its_evidence(contract, due, buyer, alice, bob) -> None:
    contract.is_published = True
    contract.save()
    accept(file(Return.objects.get(pk=due[0].pk), bob), alice)
    evidence = Evidence.objects.get()
    assert (evidence.title, evidence.buyer, evidence.source) == (contract.title, buyer, f"return:{contract.reference}")


def correct(filed, by):
    correction = start_correction(filed=filed, reason="A credit", by=by, now=NOW)
    correction.refresh_from_db()
    return file(correction, by, actual_spend="8000", spend_to_date="8000")


@pytest.mark.parametrize("is_published", [True, False])
def test_evidence_goes_with_the_last_accepted_return(is_published, contract, due, alice, bob) -> None:
    contract.is_published = is_published
    contract.save()
    first = Return.objects.get(pk=due[0].pk)
    accept(file(first, bob), alice)
    first.refresh_from_db()
    correction = correct(first, bob)
    assert Evidence.objects.count() == 0
    accept(correction, alice)
    assert Evidence.objects.count() == 1


def test_evidence_stays_with_another_accepted_return(due, alice, bob) -> None:
    for one in due[:2]:
        accept(file(one, bob, spend_to_date="9000" if one == due[0] else "18000"), alice)
    due[1].refresh_from_db()
    correction = start_correction(filed=due[1], reason="A credit", by=bob, now=NOW)
    file(correction, bob, actual_spend="8000", spend_to_date="17000")
    assert Evidence.objects.count() == 1


def test_draft_has_no_history_for_its_supplier(buyer, supplier, alice, bob) -> None:
    draft = make_contract(buyer, supplier, alice, is_active=False)
    assert (draft.history_visible_to(alice), draft.history_visible_to(bob)) == (True, False)
    active = activate_contract(contract=draft, reports_from=None, by=alice, now=NOW)
    assert active.history_visible_to(bob)


def test_begun_return_is_not_thrown_away_as_nil(due, bob) -> None:
    save(due[0], bob)
    with pytest.raises(Refused, match="July 2026: this return is ready to submit"):
        file_nil_returns(returns=due[:2], by=bob, now=NOW)
    due[0].refresh_from_db()
    assert (due[0].data["actual_spend"], due[0].state) == (head(due[0])["actual_spend"].replace(",", ""), "ready")


def test_sending_back_keeps_the_correction_under_way(due, alice, bob) -> None:
    first = file(due[0], bob)
    correction = start_correction(filed=first, reason="A credit", by=bob, now=NOW)
    send_back_return(filed=first, version=first.version, reason="Lines are missing", by=alice, now=NOW)
    assert Return.objects.get(replaces=first) == correction
    first.refresh_from_db()
    assert first.state == ReturnState.SENT_BACK


def test_nil_returns_lock_their_contracts_first_and_in_one_order(contract, due, buyer, supplier, alice, bob) -> None:
    second = make_contract(buyer, supplier, alice, number="AVC-2026-018")
    chosen = [make_returns(second)[0], due[0]]
    with CaptureQueriesContext(connection) as queries:
        file_nil_returns(returns=chosen, by=bob, now=NOW)
    locks = [one["sql"] for one in queries if "FOR NO KEY UPDATE" in one["sql"]]
    assert "IN (" in locks[0]
    assert 'ORDER BY "reporting_contract"."id" ASC' in locks[0]
    assert all(str(one.pk) in locks[0] for one in (contract, second))


def test_evidence_is_as_old_as_the_latest_accepted_period(due, alice, bob) -> None:
    file(due[0], bob)
    accept(due[0], alice)
    file(due[1], bob, spend_to_date="18000")
    accept(due[1], alice)
    assert [one.dated for one in Evidence.objects.all()] == [due[1].period_end]


def test_evidence_is_no_younger_for_an_older_period_accepted_later(due, alice, bob) -> None:
    file(due[0], bob)
    file(due[1], bob, spend_to_date="18000")
    accept(due[1], alice)
    accept(due[0], alice)
    assert [one.dated for one in Evidence.objects.all()] == [due[1].period_end]
