"""The clock reminds suppliers of returns, and tells those above of late ones: each once, one message a day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from portal.notifications.models import Delivery, Message
from portal.organisations.choices import Role, Status
from reporting.actions import end_contract, file_nil_returns
from reporting.choices import ReminderTo
from reporting.models import Contract, Reminder, Return
from reporting.tasks import remind_of_returns
from tests.factories import make_member, make_public_body, make_supplier
from tests.reporting.makers import make_contract, make_returns

pytestmark = pytest.mark.django_db
# September's return is due at 5pm on Wednesday 7 October 2026, its fifth working day after the period.
RAISED = datetime(2026, 10, 1, 6, tzinfo=UTC)


@pytest.fixture
def owner(supplier: Any) -> Any:
    return make_member(supplier, role=Role.OWNER, name="Olive Baker")


@pytest.fixture
def one(buyer, supplier, alice, bob) -> Return:
    """One return, of September."""
    contract = make_contract(buyer, supplier, alice)
    Contract.objects.update(reports_from=date(2026, 9, 1))
    (filed,) = make_returns(contract, RAISED)
    Message.objects.all().delete()
    return filed


def on(day: int, month: int = 10) -> list[tuple[str, str]]:
    """What the clock tells on that day: subject and who."""
    before = set(Delivery.objects.values_list("pk", flat=True))
    with time_machine.travel(datetime(2026, month, day, 8, tzinfo=UTC), tick=False):
        remind_of_returns()
    told = Delivery.objects.exclude(pk__in=before).order_by("message__subject", "recipient__name")
    return list(told.values_list("message__subject", "recipient__name"))


SEPTEMBER = "Case management for housing, September 2026"


def test_writers_are_reminded_before_on_and_after_the_day(one, bob) -> None:
    told = {day: on(day) for day in range(1, 16)}
    due, late = ("Return due: " + SEPTEMBER, "Bob Larkin"), ("Late return: " + SEPTEMBER, "Bob Larkin")
    assert {day: what for day, what in told.items() if what} == {
        5: [due],  # two working days before
        7: [due],  # on the day
        8: [late],  # the first working day after
        14: [late],  # the fifth
        15: [("1 return of your suppliers is late", "Alice Okafor")],  # more than five: the buyer
    }
    assert on(21) == [late]  # the tenth
    assert [on(day) for day in (22, 23, 30)] == [[], [], []]


def test_owners_and_the_buyer_are_told_of_what_is_late_for_long(one, owner, supplier) -> None:
    for day in (5, 7, 8, 14):
        on(day)
    assert on(15) == [
        ("1 return of Larkspur Systems Ltd is late", "Olive Baker"),
        ("1 return of your suppliers is late", "Alice Okafor"),
    ]
    message = Message.objects.get(subject="1 return of Larkspur Systems Ltd is late")
    assert f"{SEPTEMBER}: late since 7 October 2026" in message.body
    assert message.path == one.get_absolute_url()
    told = Message.objects.get(subject="1 return of your suppliers is late")
    assert f"Larkspur Systems Ltd: {SEPTEMBER}, due on 7 October 2026" in told.body
    assert told.path == one.contract.get_absolute_url()


def test_same_day_twice_tells_nobody_twice(one, bob) -> None:
    assert len(on(5)) == 1
    assert on(5) == []
    assert Reminder.objects.count() == 1


def test_days_on_which_the_clock_stood_still_are_made_up_for(one, bob) -> None:
    """Four stages have passed: one message, in the words of the last; the owners have their five days from then."""
    assert on(16) == [("Late return: " + SEPTEMBER, "Bob Larkin")]
    assert list(Reminder.objects.values_list("to", "stage")) == [("supplier", 5)]
    assert on(21) == [("Late return: " + SEPTEMBER, "Bob Larkin")]
    assert on(23) == []
    assert ("1 return of your suppliers is late", "Alice Okafor") in on(26)


def test_nothing_is_told_of_a_return_filed_meanwhile(one, bob) -> None:
    on(5)
    file_nil_returns(returns=[one], by=bob, now=datetime(2026, 10, 6, 9, tzinfo=UTC))
    Message.objects.all().delete()
    assert [on(day) for day in (7, 8, 14, 15, 21)] == [[]] * 5


def test_many_returns_are_one_message_a_day(buyer, supplier, alice, bob) -> None:
    for number in range(25):
        contract = make_contract(buyer, supplier, alice, number=f"N-{number}", title=f"Service {number:02}")
        Contract.objects.filter(pk=contract.pk).update(reports_from=date(2026, 9, 1))
        make_returns(contract, RAISED)
    late = make_contract(buyer, supplier, alice, number="L", title="Longest")
    Contract.objects.filter(pk=late.pk).update(reports_from=date(2026, 8, 1), state="active")
    make_returns(late, RAISED)
    Message.objects.all().delete()
    assert on(7) == [("27 returns to file, 1 of them late", "Bob Larkin")]
    message = Message.objects.get()
    assert message.body.startswith("Longest, August 2026: late since 7 September 2026\n")
    assert "and 7 more" in message.body
    assert message.path == reverse("reporting:return-list")


def test_supplier_that_may_not_file_is_not_reminded(one, supplier) -> None:
    supplier.status, supplier.status_reason = Status.SUSPENDED, "It is not what it said"
    supplier.save()
    assert on(5) == []


def test_returns_of_a_contract_that_ended_stay_due(one, alice, bob) -> None:
    end_contract(contract=one.contract, by=alice)
    assert len(on(7)) == 1


def test_viewers_and_others_are_told_nothing(one, supplier, charlie) -> None:
    make_member(supplier, role=Role.VIEWER, name="Vera Moss")
    assert {name for day in (5, 7, 8, 14, 15) for _, name in on(day)} == {"Bob Larkin", "Alice Okafor"}


def test_one_supplier_that_fails_keeps_no_other_from_its_message(one, buyer, alice, monkeypatch) -> None:
    from reporting import tasks

    other = make_supplier("Charnwood Digital Ltd")
    make_member(other, role=Role.EDITOR, name="Dora Lane")
    contract = make_contract(buyer, other, alice, number="N-2")
    Contract.objects.filter(pk=contract.pk).update(reports_from=date(2026, 9, 1))
    make_returns(contract, RAISED)
    right = tasks.remind_supplier

    def fail_for_larkspur(*, supplier_id: int, now: datetime) -> int:
        if supplier_id == one.supplier_id:
            raise RuntimeError("the first one fails")
        return right(supplier_id=supplier_id, now=now)

    monkeypatch.setattr(tasks, "remind_supplier", fail_for_larkspur)
    assert [name for _, name in on(7)] == ["Dora Lane"]


def test_database_holds_that_nobody_is_told_twice(one) -> None:
    Reminder.objects.create(filed=one, to=ReminderTo.SUPPLIER, stage=0, day=RAISED.date())
    with pytest.raises(IntegrityError, match="reminder_once"), transaction.atomic():
        Reminder.objects.create(filed=one, to=ReminderTo.SUPPLIER, stage=0, day=RAISED.date())


def test_number_of_queries_does_not_grow_with_returns(one, buyer, supplier, alice, bob, django_assert_max_num_queries):
    from reporting.actions.reminders import remind_supplier

    for number in range(5):
        contract = make_contract(buyer, supplier, alice, number=f"N-{number}")
        Contract.objects.filter(pk=contract.pk).update(reports_from=date(2026, 9, 1))
        make_returns(contract, RAISED)
    with django_assert_max_num_queries(15):
        told = remind_supplier(supplier_id=supplier.pk, now=datetime(2026, 10, 7, 8, tzinfo=UTC))
    assert told == 6


# --- Where late ones show ----------------------------------------------------------------------------


def test_late_ones_show_to_both_parties_and_to_nobody_else(client, one, buyer, alice, bob, charlie) -> None:
    late = reverse("reporting:return-late")
    with time_machine.travel(datetime(2026, 10, 9, 8, tzinfo=UTC), tick=False):
        for person in (alice, bob):
            client.force_login(person)
            assert "1 return of this contract is late." in client.get(one.contract.get_absolute_url()).content.decode()
        client.force_login(alice)
        assert "Late from your suppliers (1)" in client.get(reverse("reporting:return-list")).content.decode()
        shown = client.get(late).content.decode()
        assert "September 2026" in shown
        assert "Larkspur Systems Ltd" in shown
        other = make_member(make_public_body("Bryn County Council"), role=Role.EDITOR)
        for person in (bob, charlie, other):
            client.force_login(person)
            assert "September 2026" not in client.get(late).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_late_page_takes_the_same_queries(client, buyer, supplier, alice, count, django_assert_num_queries) -> None:
    contract = make_contract(buyer, supplier, alice)
    assert len(make_returns(contract)[:count]) == count
    Return.objects.exclude(pk__in=[filed.pk for filed in contract.returns.order_by("pk")[:count]]).delete()
    client.force_login(alice)
    client.get(reverse("reporting:return-late"))
    with django_assert_num_queries(7):
        assert client.get(reverse("reporting:return-late")).status_code == 200
