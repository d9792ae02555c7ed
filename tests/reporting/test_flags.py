"""Flags of real returns: raised, told, answered, cleared, and seen by whom."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from portal.audit.models import Event
from portal.notifications.models import Message
from portal.organisations.choices import Role, Status
from portal.refusals import Refused
from reporting.actions import amend_contract, flags
from reporting.actions.flags import answer_flag, reconsider, reconsider_all
from reporting.choices import FlagState, ReturnState
from reporting.models import Contract, Flag, KpiRating, Publication, Redaction, Return, ReturnLine
from reporting.quality.declared import rules
from reporting.quality.rules import UnitCost
from reporting.queries.flags import facts_of
from tests.factories import make_member, make_user
from tests.reporting.makers import NOW, make_contract, make_returns

pytestmark = pytest.mark.django_db


def stand(filed: Return, *, lines=(), **columns) -> Return:
    """The return as if it had been submitted with these figures, in time."""
    columns = {"state": ReturnState.SUBMITTED, "submitted_at": filed.due_at} | columns
    Return.objects.filter(pk=filed.pk).update(**columns)
    ReturnLine.objects.bulk_create(
        ReturnLine(supplier_id=filed.supplier_id, filed=filed, table=table, number=number, data=data)
        for number, (table, data) in enumerate(lines, start=1)
    )
    filed.refresh_from_db()
    return filed


def standing(contract: Contract) -> dict[str, Flag]:
    return {flag.rule: flag for flag in contract.flags.standing()}


def overspend(contract: Contract, due: list[Return]) -> Flag:
    stand(due[0], spend_to_date=Decimal("130000.00"))
    reconsider(contract, now=due[1].due_at)
    return contract.flags.get()


# --- Raised and cleared ----------------------------------------------------------------------------


def test_flag_is_raised_with_its_figures_and_clears_by_itself(contract, due, alice) -> None:
    flag = overspend(contract, due)
    assert (flag.rule, flag.state, flag.filed, flag.rule_version) == ("spend-past-value", FlagState.OPEN, due[0], "1")
    assert flag.found == {"spent": "130000.00", "value": "120000.00", "over": "10000.00"}

    amend_contract(
        contract=contract, version=contract.version,
        dated=date(2026, 9, 1), reason="More cases", value_change=Decimal(10_000),
        end_after=contract.current_end, submission_key=uuid4(), by=alice,
    )  # fmt: skip
    flag.refresh_from_db()
    assert flag.state == FlagState.CLEARED
    assert flag.cleared_at is not None
    events = Event.objects.filter(target_type__model="flag", target_id=flag.pk).order_by("pk")
    assert [event.name for event in events] == ["reporting.flag.raised", "reporting.flag.cleared"]


def test_flag_that_holds_again_is_a_new_one(contract, due) -> None:
    flag = overspend(contract, due)
    Return.objects.filter(pk=due[0].pk).update(spend_to_date=1)
    reconsider(contract, now=NOW)
    Return.objects.filter(pk=due[0].pk).update(spend_to_date=130_000)
    reconsider(contract, now=NOW)
    assert sorted(contract.flags.filter(rule=flag.rule).values_list("state", flat=True)) == [
        FlagState.CLEARED,
        FlagState.OPEN,
    ]
    assert standing(contract)["spend-past-value"] != flag


def test_answered_flag_takes_new_figures_and_keeps_its_answer(contract, due, bob, supplier) -> None:
    flag = overspend(contract, due)
    answer_flag(flag=flag, organisation=supplier, text="A change is signed", submission_key=uuid4(), by=bob, now=NOW)
    Return.objects.filter(pk=due[0].pk).update(spend_to_date=140_000)
    reconsider(contract, now=NOW)
    flag.refresh_from_db()
    assert (flag.state, flag.found["over"], flag.answers.count()) == (FlagState.ANSWERED, "20000.00", 1)
    assert "£140,000" in flag.says


def test_considering_again_changes_nothing(contract, due) -> None:
    overspend(contract, due)
    before = (list(Flag.objects.values()), Event.objects.count(), Message.objects.count())
    reconsider(contract, now=due[1].due_at + timedelta(hours=1))
    assert (list(Flag.objects.values()), Event.objects.count(), Message.objects.count()) == before


def test_night_considers_every_contract(contract, due) -> None:
    for filed in due[:2]:
        Return.objects.filter(pk=filed.pk).update(state=ReturnState.DUE)
    assert reconsider_all(now=due[0].due_at + timedelta(days=1)) == 1
    assert standing(contract) == {}
    reconsider_all(now=due[1].due_at + timedelta(hours=1))
    assert standing(contract)["late-again"].found == {"count": "2", "due": "2", "since": "2025-09-07"}


# --- What the rules are given ----------------------------------------------------------------------


def test_facts_are_those_of_returns_that_stand(contract, due) -> None:
    stand(due[0], forecast_at_completion=Decimal(1), changes_agreed=Decimal(5), spend_to_date=Decimal(9))
    stand(due[1], state=ReturnState.SENT_BACK, decision_reason="x", forecast_at_completion=Decimal(2))
    facts = facts_of(contract, now=NOW)
    assert [(one.forecast, one.changes_agreed, one.spend_to_date) for one in facts.returns] == [(1, 5, 9)]


def test_late_counts_first_returns_of_twelve_months(contract, due) -> None:
    late = due[0].due_at + timedelta(seconds=1)
    stand(due[0], state=ReturnState.SUPERSEDED, superseded_at=late, submitted_at=late)
    stand(due[1], submitted_at=due[1].due_at)
    correction = Return(contract=contract, supplier=contract.supplier, period_start=due[0].period_start,
                        period_end=due[0].period_end, due_at=late, standard="1", revision=2, replaces=due[0],
                        reason="x", state=ReturnState.SUBMITTED, submitted_at=late + timedelta(days=30))  # fmt: skip
    correction.save()
    facts = facts_of(contract, now=due[2].due_at - timedelta(hours=1))
    assert (facts.due, facts.late) == (2, 1)
    facts = facts_of(contract, now=due[0].due_at + timedelta(days=366))
    assert (facts.due, facts.late) == (3, 2)  # July is too long ago; September and October were never filed


def test_slip_is_the_longest_of_those_still_asked_about(contract, due) -> None:
    def milestone(number, **days):
        cells = {"milestone_id": number, "title": "Live", "baseline_due": "2026-05-01", "status": "met"} | days
        return "milestone", cells

    lines = [
        milestone("M1", met_on="2026-07-30"),  # met before the period of the return
        milestone("M2", met_on="2026-08-01"),
        milestone("M3", forecast_due="2026-07-31", status="scheduled"),
        milestone("M4", status="notMet"),
    ]
    stand(due[1], lines=lines)
    slip = facts_of(contract, now=NOW).slip
    assert (slip.milestone, slip.baseline_due, slip.until) == ("M2 (Live)", date(2026, 5, 1), date(2026, 8, 1))


def test_ratings_are_those_of_the_newest_rated_return(contract, due, alice) -> None:
    def kpi(number, rating):
        return "kpi", {"kpi_id": number, "title": f"Indicator {number}", "rating_supplier": rating}

    for filed, own in [(due[0], "below"), (due[1], "met")]:
        stand(filed, lines=[kpi("K1", own), kpi("K2", "met")])
        KpiRating.objects.create(filed=filed, kpi_id="K1", rating="below", rated_by=alice, rated_at=NOW)
    stand(due[2], lines=[kpi("K1", "below")])
    reconsider(contract, now=NOW)
    flag = standing(contract)["ratings-apart"]
    assert flag.filed == due[1]
    assert flag.found == {"indicator": "Indicator K1", "supplier": "met", "authority": "below", "steps": "2"}


def make_peers(buyer, supplier, alice, costs, *, state=ReturnState.ACCEPTED, **fields) -> None:
    """Published contracts with one return each: 100 transactions at that unit cost."""
    for number, cost in enumerate(costs):
        given = {"number": f"P{number}", "cpv_codes": ["72200000"]} | fields
        one = make_contract(buyer, supplier, alice, **given)
        Contract.objects.filter(pk=one.pk).update(is_published=True)
        first, *_ = make_returns(one)
        stand(first, run_spend=cost * 100, completed_transactions=100, phase="live", state=state)


def test_unit_cost_is_compared_with_published_peers_alike(contract, due, buyer, supplier, alice) -> None:
    Contract.objects.filter(pk=contract.pk).update(cpv_codes=["72500000"])
    contract.refresh_from_db()
    stand(due[0], run_spend=Decimal(900), completed_transactions=50, phase="live")
    stand(due[1], run_spend=Decimal(100), completed_transactions=50, phase="live")
    make_peers(buyer, supplier, alice, [2, 3, 4, 5])
    make_peers(buyer, supplier, alice, [90], number="Q1", cpv_codes=["48000000"])
    make_peers(buyer, supplier, alice, [91], number="Q2", state=ReturnState.SUBMITTED)
    reconsider(contract, now=NOW)
    assert "unit-cost-apart" not in standing(contract)

    make_peers(buyer, supplier, alice, [6], number="R1")
    reconsider(contract, now=NOW)
    # Quartiles 3 and 5, so the fences are 0 and 8; £1,000 for 100 transactions.
    assert standing(contract)["unit-cost-apart"].found == {
        "run": "1000.00", "transactions": "100", "unit_cost": "10.0000", "peers": "5",
        "q1": "3.0000", "q3": "5.0000", "low": "0.0000", "high": "8.0000",
    }  # fmt: skip

    peer = Contract.objects.get(number="P0")
    decision = Publication.objects.create(contract=peer, is_published=True, by=alice, at=NOW)
    Redaction.objects.create(publication=decision, table="spend", ground="commercial", reason="Day rates")
    reconsider(contract, now=NOW)
    assert "unit-cost-apart" not in standing(contract)
    Publication.objects.create(contract=peer, is_published=True, by=alice, at=NOW + timedelta(hours=1))
    reconsider(contract, now=NOW)
    assert "unit-cost-apart" in standing(contract)

    Contract.objects.filter(pk=peer.pk).update(is_published=False)
    reconsider(contract, now=NOW)
    assert "unit-cost-apart" not in standing(contract)


def test_unit_cost_leaves_out_returns_of_more_than_a_year_ago(contract, due) -> None:
    stand(due[0], run_spend=Decimal(900), completed_transactions=50, phase="live")
    stand(due[1], run_spend=Decimal(100), completed_transactions=50, phase="live")
    assert facts_of(contract, now=datetime(2027, 8, 1, tzinfo=UTC)).unit_cost == UnitCost(Decimal(100), 50)


def test_facts_cost_the_same_queries_for_one_return_and_three(contract, due) -> None:
    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            facts_of(contract, now=NOW)
        return len(caught)

    stand(due[0], run_spend=Decimal(900), completed_transactions=50, phase="live")
    one = cost()
    for filed in due[1:3]:
        stand(filed, run_spend=Decimal(900), completed_transactions=50, phase="live")
    assert cost() == one


# --- Told and answered -----------------------------------------------------------------------------


def told(person) -> list[str]:
    return list(
        Message.objects.filter(deliveries__recipient=person).order_by("pk").values_list("subject", flat=True).distinct()
    )


def test_both_parties_are_told_of_new_ones_once_a_day(contract, due, alice, bob) -> None:
    overspend(contract, due)
    Return.objects.filter(pk=due[0].pk).update(forecast_at_completion=200_000)
    reconsider(contract, now=due[1].due_at + timedelta(hours=1))
    subject = f"The figures of a contract raise a question: {contract}"
    assert ([one for one in told(alice) if one == subject], [one for one in told(bob) if one == subject]) == (
        [subject], [subject],
    )  # fmt: skip
    assert Message.objects.filter(subject=subject).count() == 2


def test_answer_tells_the_other_party(contract, due, alice, bob, supplier) -> None:
    flag = overspend(contract, due)
    key = uuid4()
    for _ in range(2):
        answer_flag(flag=flag, organisation=supplier, text=" A change is signed ", submission_key=key, by=bob, now=NOW)
    assert [one.text for one in flag.answers.all()] == ["A change is signed"]
    subject = f"{supplier} answers a question about {contract}"
    assert (told(alice).count(subject), told(bob).count(subject)) == (1, 0)


def test_only_writers_of_a_party_answer_in_its_name(contract, due, alice, bob, charlie, buyer, supplier) -> None:
    flag = overspend(contract, due)
    viewer = make_member(buyer, role=Role.VIEWER, name="Vera Lund")
    staff = make_user(is_staff=True)
    for person, party in [(viewer, buyer), (charlie, supplier), (bob, buyer), (staff, supplier)]:
        with pytest.raises(PermissionDenied):
            answer_flag(flag=flag, organisation=party, text="So", submission_key=uuid4(), by=person, now=NOW)
    outside = charlie.memberships.get().organisation
    with pytest.raises(PermissionDenied):
        answer_flag(flag=flag, organisation=outside, text="So", submission_key=uuid4(), by=charlie, now=NOW)


def test_answer_is_refused_where_there_is_none_to_give(contract, due, bob, supplier) -> None:
    flag = overspend(contract, due)
    say = {"flag": flag, "organisation": supplier, "submission_key": uuid4(), "by": bob, "now": NOW}
    with pytest.raises(Refused, match="Enter your answer"):
        answer_flag(text=" ", **say)
    supplier.status, supplier.status_reason = Status.SUSPENDED, "Closed"
    supplier.save()
    with pytest.raises(Refused):
        answer_flag(text="So", **say)
    supplier.status, supplier.status_reason = Status.VERIFIED, ""
    supplier.save()
    Return.objects.filter(pk=due[0].pk).update(spend_to_date=1)
    reconsider(contract, now=NOW)
    with pytest.raises(Refused, match="no longer raise this question"):
        answer_flag(text="So", **say)


def test_database_holds_one_standing_flag_for_a_rule(contract, due) -> None:
    flag = overspend(contract, due)
    with pytest.raises(IntegrityError), transaction.atomic():
        Flag.objects.create(contract=contract, rule=flag.rule, rule_version="1", says="x", raised_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Flag.objects.filter(pk=flag.pk).update(state="judged")


# --- Pages -----------------------------------------------------------------------------------------


def test_flag_is_seen_by_the_parties_and_staff(client, contract, due, alice, bob, charlie) -> None:
    flag = overspend(contract, due)
    Contract.objects.update(is_published=True)
    for person, seen in [(alice, True), (bob, True), (make_user(is_staff=True, mfa=True), True), (charlie, False)]:
        client.force_login(person)
        assert (flag.says in client.get(contract.get_absolute_url()).content.decode()) == seen
        assert client.get(flag.get_absolute_url()).status_code == (200 if seen else 404)
        assert (flag.says in client.get(reverse("reporting:flag-list")).content.decode()) == seen
    client.logout()
    page = client.get(contract.get_absolute_url())
    assert (page.status_code, flag.says in page.content.decode()) == (200, False)


def test_answer_is_given_on_the_page_and_stays_there(client, contract, due, alice, bob) -> None:
    flag = overspend(contract, due)
    client.force_login(bob)
    page = client.post(flag.get_absolute_url(), {"submission_key": uuid4(), "text": ""})
    assert "Error: " in page.content.decode()
    assert "Enter your answer" in page.content.decode()
    client.post(flag.get_absolute_url(), {"submission_key": uuid4(), "text": "A change is <b>signed</b>"})
    client.force_login(alice)
    for address in (flag.get_absolute_url(), contract.get_absolute_url()):
        assert "A change is &lt;b&gt;signed&lt;/b&gt;" in client.get(address).content.decode()
    Return.objects.filter(pk=due[0].pk).update(spend_to_date=1)
    reconsider(contract, now=NOW)
    page = client.get(flag.get_absolute_url()).content.decode()
    assert "A change is" in page
    assert "no longer raise this question" in page
    assert '<form method="post" novalidate' not in page


def test_list_is_narrowed_by_rule_and_state(client, contract, due, bob) -> None:
    overspend(contract, due)
    client.force_login(bob)
    url = reverse("reporting:flag-list")
    asked = ["", "?rule=spend-past-value", "?rule=nil-again", "?state=open", "?state=cleared", "?q=housing", "?q=zzz"]
    assert [client.get(url + one).context["page"].paginator.count for one in asked] == [1, 1, 0, 1, 0, 1, 0]


def test_pages_cost_the_same_queries_for_one_flag_and_three(client, contract, due, bob) -> None:
    stand(due[0], spend_to_date=Decimal(130_000))
    reconsider(contract, now=NOW)
    client.force_login(bob)

    def cost(url: str) -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as caught:
            client.get(url)
        return len(caught)

    urls = [reverse("reporting:flag-list"), contract.get_absolute_url()]
    Flag.objects.exclude(rule="spend-past-value").delete()
    one = [cost(url) for url in urls]
    flag = Flag.objects.get()
    for rule in ("nil-again", "changes-inflate"):
        Flag.objects.create(contract=contract, rule=rule, rule_version="1", says="What is so?", raised_at=NOW)
    for other in Flag.objects.all():
        answer_flag(flag=other, organisation=flag.contract.supplier, text="So", submission_key=uuid4(), by=bob, now=NOW)
    answered = [cost(url) for url in urls]
    Flag.objects.exclude(rule="spend-past-value").delete()
    assert answered == [cost(url) for url in urls]
    assert one[0] == answered[0]


def test_flag_of_a_rule_that_is_no_more_is_still_shown(client, contract, due, bob) -> None:
    flag = overspend(contract, due)
    Flag.objects.filter(pk=flag.pk).update(rule="of-old")
    client.force_login(bob)
    assert "130000.00" in client.get(flag.get_absolute_url()).content.decode()


def test_rules_and_quality_are_public(client) -> None:
    page = client.get(reverse("reporting:flag-rules")).content.decode()
    assert [rule.id for rule in rules().rules if escape(rule.formula) not in page] == []
    assert "Section 74(4)" in page
    assert "at least 0. A correction keeps the late days" in client.get(reverse("reporting:quality")).content.decode()


def test_contract_that_fails_keeps_no_other_from_its_flags(buyer, supplier, contract, due, alice, monkeypatch) -> None:
    other = make_contract(buyer, supplier, alice, number="LATER-1")
    make_returns(other)
    seen, facts = [], flags.facts_of

    def failing(one: Contract, **given: object) -> object:
        seen.append(one.pk)
        if one == contract:
            raise ArithmeticError
        return facts(one, **given)

    monkeypatch.setattr(flags, "facts_of", failing)
    assert (reconsider_all(now=NOW), seen) == (1, [contract.pk, other.pk])
