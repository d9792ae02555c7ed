"""What was signed and began changes by an amendment of both sides alone, whichever way somebody goes round."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, ProgrammingError, transaction

from innovation_den.actions.amendments import drop_amendment, sign_amendment
from innovation_den.actions.pilot_ends import end_pilot
from innovation_den.actions.pilots import save_terms
from innovation_den.choices import PilotState, Side
from innovation_den.models import Pilot, PilotAmendment
from portal.audit.models import Event
from portal.notifications.models import Delivery
from portal.organisations.choices import Role
from portal.refusals import Refused, StaleWrite
from tests.factories import make_member, make_user
from tests.innovation_den.pilot_makers import (
    LATER,
    NEW_END,
    agree,
    make_agreed,
    make_ended,
    make_running,
    make_two,
    propose,
    sign,
    spend,
)

pytestmark = pytest.mark.django_db


def test_amendment_holds_when_the_second_side_signs_and_not_before() -> None:
    two = make_running()
    amendment = propose(two)
    two.pilot.refresh_from_db()
    assert (two.pilot.threshold, two.pilot.ends_on) == (60, date(2027, 4, 9))
    before = two.pilot.version

    amendment = agree(two, amendment)

    assert (two.pilot.threshold, two.pilot.ends_on, two.pilot.version) == (Decimal("55.5"), NEW_END, before + 1)
    assert (amendment.applied_at, amendment.signed_by_firm, amendment.signed_by_sponsor) == (LATER, two.bob, two.alice)
    assert amendment.rows() == [
        ("What would prove it", "60", "55.5"),
        ("Last day", "9 April 2027", "28 May 2027"),
    ]
    event = Event.objects.get(name="innovation_den.pilot.amended")
    assert event.note == "Half of the homes came late."


def test_other_side_hears_of_it() -> None:
    two = make_running()
    Delivery.objects.all().delete()
    propose(two)
    assert [delivery.recipient for delivery in Delivery.objects.all()] == [two.alice]


@pytest.mark.parametrize(
    "fields",
    [
        {"hypothesis": "Otherwise."},
        {"measure": "Homes", "unit": "homes"},
        {"better": "lower", "threshold": Decimal(2)},
        {"baseline": Decimal("-1.25")},
        {"budget_cap": Decimal(25_000)},
        {"data_notes": "Names, too. 'Quoted', \"twice\" and \\ as well."},
        {"ethics_notes": "Line\nbreak."},
    ],
)
def test_every_kind_of_term_is_written_as_it_was_signed(fields: dict[str, Any]) -> None:
    two = make_running()
    agree(two, propose(two, **fields))
    assert {name: getattr(two.pilot, name) for name in fields} == fields


def test_nobody_signs_for_both_sides_or_from_outside() -> None:
    two = make_running()
    amendment = propose(two)
    for person in (two.bob, make_user(is_staff=True), make_member(two.pilot.sponsor, role=Role.VIEWER)):
        with pytest.raises(PermissionDenied):
            sign_amendment(amendment=amendment, side=Side.SPONSOR, by=person, now=LATER)
    colleague = make_member(two.pilot.firm, role=Role.EDITOR)
    with pytest.raises(Refused, match="Bob Larkin has signed for"):
        sign_amendment(amendment=amendment, side=Side.FIRM, by=colleague, now=LATER)
    two.pilot.sponsor.memberships.create(user=two.bob, role=Role.EDITOR)
    with pytest.raises(Refused, match="Somebody else must sign"):
        sign_amendment(amendment=amendment, side=Side.SPONSOR, by=two.bob, now=LATER)
    with pytest.raises(IntegrityError, match="signed_by_two"), transaction.atomic():
        PilotAmendment.objects.update(signed_by_sponsor=two.bob)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"budget_cap": Decimal(99)}, "£100 is spent already"),
        ({"budget_cap": Decimal(25_001)}, "The den allows £25,000"),
        ({"threshold": Decimal(9)}, "must be more than what it is today"),
        ({"threshold": None}, "Say what would prove it"),
        ({"ends_on": date(2027, 1, 30)}, "must not be in the past"),
        ({"threshold": Decimal(60)}, "Nothing is different"),
    ],
)
def test_change_that_cannot_be_is_refused(fields: dict[str, Any], message: str) -> None:
    two = make_running()
    spend(two, 100)
    with pytest.raises(Refused, match=message):
        propose(two, **fields)


def test_first_day_does_not_change_once_it_has_begun() -> None:
    with pytest.raises(ValueError, match="starts_on"):
        propose(make_running(), starts_on=date(2027, 1, 12))


def test_only_one_amendment_waits_at_a_time_and_a_stale_page_is_told() -> None:
    two = make_running()
    version = two.pilot.version
    amendment = propose(two)
    with pytest.raises(Refused, match="waiting to be signed"):
        propose(two, side=Side.SPONSOR)
    agree(two, amendment)
    with pytest.raises(StaleWrite):
        propose(two, version=version)


def test_money_spent_meanwhile_is_looked_at_when_the_second_signs() -> None:
    two = make_running()
    amendment = propose(two, budget_cap=Decimal(1_000))
    spend(two, 2_000)
    with pytest.raises(Refused, match="£2,000 is spent already"):
        agree(two, amendment)
    with pytest.raises(IntegrityError, match="never_over_its_cap"), transaction.atomic():
        PilotAmendment.objects.update(signed_by_sponsor=two.alice, applied_at=LATER)


def test_either_side_drops_an_amendment_which_then_stays_dropped() -> None:
    two = make_running()
    amendment = drop_amendment(amendment=propose(two), by=two.alice, now=LATER)
    assert drop_amendment(amendment=amendment, by=two.bob, now=LATER).dropped_at == LATER
    with pytest.raises(Refused, match="taken back or refused"):
        agree(two, amendment)
    agree(two, propose(two))
    with pytest.raises(Refused, match="in force"):
        drop_amendment(amendment=PilotAmendment.objects.get(number=2), by=two.alice, now=LATER)


def test_amendment_signed_twice_is_in_force_once() -> None:
    two = make_running()
    amendment = agree(two, propose(two))
    version = two.pilot.version
    agree(two, amendment)
    assert two.pilot.version == version


@pytest.mark.parametrize("make", [make_two, make_agreed, make_ended])
def test_only_a_pilot_that_runs_is_amended(make: Any) -> None:
    with pytest.raises(Refused, match="while the pilot runs"):
        propose(make())


def test_end_drops_what_waits() -> None:
    two = make_running()
    amendment = propose(two)
    end_pilot(pilot=two.pilot, reason="Enough.", by=two.bob, now=LATER)
    amendment.refresh_from_db()
    assert amendment.dropped_at == LATER


# --- Going round -----------------------------------------------------------------------------------

TERMS = [
    {"hypothesis": "Another"},
    {"measure": "Another"},
    {"unit": "Another"},
    {"better": "lower"},
    {"baseline": None},
    {"threshold": 1},
    {"budget_cap": 1_000_000},
    {"starts_on": date(2027, 1, 1)},
    {"ends_on": date(2030, 1, 1)},
    {"data_notes": ""},
    {"ethics_notes": ""},
]


@pytest.mark.parametrize("fields", TERMS, ids=lambda fields: next(iter(fields)))
def test_database_refuses_a_change_of_what_runs(fields: dict[str, Any]) -> None:
    two = make_running()
    with pytest.raises(IntegrityError, match="by an amendment alone"), transaction.atomic():
        Pilot.objects.update(**fields)
    two.pilot.refresh_from_db()
    Pilot.objects.update(title="The title is none of the terms")


def test_database_refuses_a_change_of_what_one_side_has_signed() -> None:
    two = make_two()
    sign(two, Side.FIRM)
    with pytest.raises(IntegrityError, match="by an amendment alone"), transaction.atomic():
        Pilot.objects.update(threshold=1)


def test_pilot_that_runs_is_not_talked_back_into_a_draft() -> None:
    make_running()
    unsigned = {"agreed_by_sponsor": None, "agreed_by_firm": None, "state": PilotState.DRAFT}
    with pytest.raises(IntegrityError, match="by an amendment alone"), transaction.atomic():
        Pilot.objects.update(**unsigned, threshold=1)
    with pytest.raises(IntegrityError, match="has begun"), transaction.atomic():
        Pilot.objects.update(**unsigned, started_at=None, threshold=1)
    with pytest.raises(IntegrityError, match="pilot_fixed_before_start"), transaction.atomic():
        Pilot.objects.update(agreed_by_firm=None)


def test_unsigned_amendment_is_not_put_in_force_and_a_proposed_one_not_rewritten() -> None:
    two = make_running()
    propose(two)
    with pytest.raises(IntegrityError, match="signed_by_both"), transaction.atomic():
        PilotAmendment.objects.update(applied_at=LATER)
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        PilotAmendment.objects.update(new={"threshold": "1"})
    agree(two, PilotAmendment.objects.get())
    for act in (lambda: PilotAmendment.objects.update(reason="Other"), lambda: PilotAmendment.objects.all().delete()):
        with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
            act()


def test_amendment_writes_terms_and_nothing_else() -> None:
    two = make_running()
    amendment = PilotAmendment.objects.create(
        pilot=two.pilot,
        number=1,
        old={"threshold": "60"},
        new={"threshold": "50", "spent": "19999", "state": "published", "title": "Stolen"},
        reason="Round it",
        proposed_side=Side.FIRM,
        signed_by_firm=two.bob,
        proposed_at=LATER,
    )
    PilotAmendment.objects.filter(pk=amendment.pk).update(signed_by_sponsor=two.alice, applied_at=LATER)
    pilot = Pilot.objects.get()
    assert (pilot.threshold, pilot.spent, pilot.state, pilot.title) == (50, 0, "running", two.pilot.title)


def test_amendment_of_what_does_not_run_is_refused_by_the_database() -> None:
    two = make_ended()
    with pytest.raises(IntegrityError, match="Only a pilot that runs"), transaction.atomic():
        PilotAmendment.objects.create(
            pilot=two.pilot,
            number=1,
            old={},
            new={"threshold": "1"},
            reason="Round it",
            proposed_side=Side.FIRM,
            signed_by_firm=two.bob,
            signed_by_sponsor=two.alice,
            proposed_at=LATER,
            applied_at=LATER,
        )


def test_unsigning_by_a_change_before_the_start_still_works() -> None:
    two = make_agreed()
    version = two.pilot.version
    pilot = save_terms(
        pilot=two.pilot, version=version, by=two.bob, fields={"threshold": Decimal(61)}, today=date(2026, 12, 22)
    )
    assert (pilot.state, pilot.threshold) == (PilotState.DRAFT, 61)
