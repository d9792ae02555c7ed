"""Trust row 25: forty processes at one slot at the same moment. One has it, the others hear why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from innovation_den.actions.bookings import AT_ONCE, CLASHES, book
from innovation_den.models import Booking, Den, Placement, Session, Slot
from tests.factories import make_supplier, make_user
from tests.innovation_den.makers import MORNING, NOW, make_den, make_panellist, make_pitch
from tests.nursery import Nursery
from tests.racers import Racers, racers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PROCESSES = 40


@pytest.fixture(scope="module")
def forty(django_db_setup: None) -> Iterator[Racers]:
    with Nursery("portal.urls") as nursery, racers(nursery, PROCESSES) as found:
        yield found


def run(forty: Racers, slots: list[Slot], rounds: int, constraint: str) -> None:
    """Each round all want the slot that nobody has; next time that is the one which the winner has left.

    One success and 39 friendly words in every round, and no error.
    """
    numbers = {slot.pk: number for number, slot in enumerate(slots)}
    free = PROCESSES
    for _ in range(rounds):
        answers = forty.run(
            "tests.innovation_den.at_once:move", [(NOW, one.pk, free, one.den.owner_id) for one in slots]
        )
        found = Counter(answers)
        assert found["moved"] == 1, found
        assert set(found) <= {"moved", CLASHES[constraint], AT_ONCE}, found
        winner = slots[answers.index("moved")]
        assert_has_it(winner, free)
        numbers[winner.pk], free = free, numbers[winner.pk]


def assert_has_it(winner: Slot, number: int) -> None:
    during = winner.session.slots[number]
    assert {one.slot_id for one in Booking.objects.filter(during=during)} == {winner.pk}


def make_slot(den: Den, number: int, firm: object = None, panel: object = ()) -> Slot:
    session = den.sessions.first()
    assert session
    start, end = session.slots[number]
    pitch = make_pitch(den, firm, state="accepted")  # type: ignore[arg-type]
    room = den.rooms.get()
    Placement.objects.create(pitch=pitch, session=session, slot=number, room=room)
    slot = Slot.objects.create(den=den, pitch=pitch, session=session, room=room, starts_at=start, ends_at=end)
    book(slot=slot, firms=[pitch.firm], panel=list(panel))  # type: ignore[call-overload]
    return slot


def long_den(title: str) -> Den:
    den = make_den(state="scheduling", title=title)
    Session.objects.filter(den=den).exclude(starts_at=MORNING).delete()
    Session.objects.filter(den=den).update(slot_count=PROCESSES + 1, slot_minutes=5, break_after=None)
    return den


def test_forty_pitches_at_one_slot_of_one_room(forty: Racers) -> None:
    den = long_den("Damp homes")
    run(forty, [make_slot(den, number) for number in range(PROCESSES)], 50, "booking_room_never_twice")


def test_forty_dens_that_want_one_person_at_one_minute(forty: Racers) -> None:
    """Each den has a lock of its own, so nothing but the person makes them wait for each other."""
    person, slots = make_user(name="Bea Busy"), []
    for number in range(PROCESSES):
        den = long_den(f"Den {number}")
        slots.append(make_slot(den, number, panel=[make_panellist(den, user=person)]))
    run(forty, slots, 5, "booking_person_never_twice")


def test_forty_dens_that_want_one_firm_at_one_minute(forty: Racers) -> None:
    firm = make_supplier("Everywhere Ltd")
    slots = [make_slot(long_den(f"Den {number}"), number, firm) for number in range(PROCESSES)]
    run(forty, slots, 5, "booking_firm_never_twice")
