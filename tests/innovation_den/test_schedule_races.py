"""Trust row 25: forty at one slot at the same moment, in several processes. One has it, the others hear why not."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context

import pytest
from django.db import connection

from innovation_den.actions.bookings import AT_ONCE, CLASHES, book
from innovation_den.models import Booking, Den, Placement, Session, Slot
from innovation_den.queries.programme import firms_in, programme_of
from tests.factories import make_supplier, make_user
from tests.innovation_den.at_once import move_at_once
from tests.innovation_den.makers import MORNING, NOW, make_den, make_panellist, make_pitch
from tests.reporting_api.at_once import be_a_web_process

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PROCESSES, EACH, ROUNDS = 5, 8, 3
FREE = PROCESSES * EACH  # the slot that nobody has yet


@pytest.fixture(scope="module")
def processes(django_db_setup: None) -> Iterator[ProcessPoolExecutor]:
    """They serve every test of this file: to start five of them takes longer than a round."""
    given = (connection.settings_dict["NAME"],)
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), initializer=be_a_web_process, initargs=given) as pool:
        list(pool.map(time.sleep, [1.0] * PROCESSES))  # every process stands before the first round
        yield pool


def run(
    processes: ProcessPoolExecutor, rounds: list[list[tuple[int, int, int]]], reset: list[Slot]
) -> list[Counter[str]]:
    """Each round all at one moment, shared out among the processes; after it everybody is back where they were."""
    found = []
    for moves in rounds:
        start_at = time.time() + 2
        jobs = [processes.submit(move_at_once, start_at, NOW, moves[n::PROCESSES]) for n in range(PROCESSES)]
        found.append(Counter(answer for job in jobs for answer in job.result(timeout=120)))
        at_the_place = {one.slot_id for one in Booking.objects.filter(during__contains=_free_time(reset[0]))}
        assert len(at_the_place) == 1
        for slot in reset:
            put_back(slot)
    return found


def _free_time(slot: Slot) -> object:
    return slot.session.slots[FREE][0] + timedelta(seconds=1)


def put_back(slot: Slot) -> None:
    found = programme_of(slot.den).get(pk=slot.pk)
    if found.starts_at != slot.starts_at:
        Slot.objects.filter(pk=slot.pk).update(starts_at=slot.starts_at, ends_at=slot.ends_at, version=slot.version)
        slot = programme_of(slot.den).get(pk=slot.pk)
        seats = [seat.panellist for seat in slot.seats]  # type: ignore[attr-defined]
        book(slot=slot, firms=firms_in(slot.pitch), panel=seats)


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
    Session.objects.filter(den=den).update(slot_count=FREE + 1, slot_minutes=5, break_after=None)
    return den


def check(found: list[Counter[str]], constraint: str) -> None:
    """One success and 39 friendly words in every round, and no error."""
    for answers in found:
        assert answers["moved"] == 1, answers
        assert sum(answers.values()) == FREE
        assert set(answers) <= {"moved", CLASHES[constraint], AT_ONCE}, answers


def test_forty_pitches_at_one_slot_of_one_room(processes: ProcessPoolExecutor) -> None:
    den = long_den("Damp homes")
    slots = [make_slot(den, number) for number in range(FREE)]
    moves = [(slot.pk, FREE, den.owner_id) for slot in slots]
    check(run(processes, [moves] * ROUNDS, slots), "booking_room_never_twice")


def test_forty_dens_that_want_one_person_at_one_minute(processes: ProcessPoolExecutor) -> None:
    """Each den has a lock of its own, so nothing but the person makes them wait for each other."""
    person, slots = make_user(name="Bea Busy"), []
    for number in range(FREE):
        den = long_den(f"Den {number}")
        slots.append(make_slot(den, number, panel=[make_panellist(den, user=person)]))
    moves = [(slot.pk, FREE, slot.den.owner_id) for slot in slots]
    check(run(processes, [moves] * 2, slots), "booking_person_never_twice")


def test_forty_dens_that_want_one_firm_at_one_minute(processes: ProcessPoolExecutor) -> None:
    firm, slots = make_supplier("Everywhere Ltd"), []
    for number in range(FREE):
        slots.append(make_slot(long_den(f"Den {number}"), number, firm))
    moves = [(slot.pk, FREE, slot.den.owner_id) for slot in slots]
    check(run(processes, [moves], slots), "booking_firm_never_twice")
