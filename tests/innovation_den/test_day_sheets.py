"""Score sheets: kept as somebody writes, from any device, with nothing lost and nothing twice; submitted once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction

from innovation_den.actions.sheets import Copy, Written, keep_sheet, submit_sheet
from innovation_den.choices import DenState, PanellistState, SheetState, SlotState
from innovation_den.models import Den, Panellist, Pitch, Score, ScoreSheet, Slot
from portal.accounts.models import User
from portal.audit.models import Event
from portal.refusals import Refused, StaleWrite
from tests.factories import make_user
from tests.innovation_den.day_makers import begun, hide, make_day, make_optional, panel_of, words_on
from tests.innovation_den.makers import MORNING, make_sheet

pytestmark = pytest.mark.django_db

PHONE, LAPTOP = UUID(int=1), UUID(int=2)


@pytest.fixture
def slot() -> Slot:
    _, (slot,) = make_day(1)
    return begun(slot)


@pytest.fixture
def seat(slot: Slot) -> Panellist:
    return panel_of(slot)[0]


@pytest.fixture
def user(seat: Panellist) -> User:
    assert seat.user
    return seat.user


def written(pitch: Pitch, value: int | None = 4, reason: str = "Seen.", **words: str) -> Written:
    return Written({criterion.pk: (value, reason) for criterion in pitch.den.criteria.all()}, **words)


def keep(slot: Slot, by: User, what: Written, version: int = 0, copy: Copy | None = None) -> ScoreSheet:
    return keep_sheet(pitch=slot.pitch, written=what, version=version, by=by, now=MORNING, copy=copy)


def submit(slot: Slot, by: User, version: int) -> ScoreSheet:
    return submit_sheet(pitch=slot.pitch, version=version, by=by, now=MORNING)


# --- Kept --------------------------------------------------------------------------------------------


def test_first_words_make_the_sheet(slot: Slot, user: User, seat: Panellist) -> None:
    sheet = keep(slot, user, written(slot.pitch, comment="Clear."), copy=Copy(PHONE, 1))
    assert (sheet.panellist, sheet.state, sheet.version, sheet.comment) == (seat, SheetState.DRAFT, 1, "Clear.")
    assert words_on(sheet) == [(4, "Seen.")] * 4


def test_nothing_written_makes_no_sheet(slot: Slot, user: User) -> None:
    keep(slot, user, written(slot.pitch, None, ""), copy=Copy(PHONE, 1))
    assert ScoreSheet.objects.count() == 0


def test_newer_copy_of_the_same_browser_holds_whatever_version_it_knew(slot: Slot, user: User) -> None:
    keep(slot, user, written(slot.pitch, comment="One"), copy=Copy(PHONE, 1))
    sheet = keep(slot, user, written(slot.pitch, comment="Two"), version=0, copy=Copy(PHONE, 5))
    assert (sheet.comment, sheet.kept_number, sheet.version) == ("Two", 5, 2)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_repeated_or_older_copy_changes_nothing(slot: Slot, user: User, number: int) -> None:
    keep(slot, user, written(slot.pitch, comment="Three"), copy=Copy(PHONE, 3))
    words = "Three" if number == 3 else f"Early {number}"
    sheet = keep(slot, user, written(slot.pitch, comment=words), copy=Copy(PHONE, number))
    assert (sheet.comment, sheet.version, sheet.kept_number) == ("Three", 1, 3)


def test_second_device_that_has_not_read_the_first_hears_of_both(slot: Slot, user: User) -> None:
    keep(slot, user, written(slot.pitch, comment="On the phone"), copy=Copy(PHONE, 1))
    with pytest.raises(StaleWrite) as stale:
        keep(slot, user, written(slot.pitch, comment="On the laptop"), version=0, copy=Copy(LAPTOP, 1))
    assert stale.value.current.comment == ScoreSheet.objects.get().comment == "On the phone"


def test_second_device_that_has_read_the_first_goes_on(slot: Slot, user: User) -> None:
    first = keep(slot, user, written(slot.pitch, comment="On the phone"), copy=Copy(PHONE, 1))
    sheet = keep(slot, user, written(slot.pitch, comment="On the laptop"), version=first.version, copy=Copy(LAPTOP, 1))
    assert (sheet.comment, sheet.kept_key, sheet.kept_before) == ("On the laptop", LAPTOP, {str(PHONE): 1})


def test_copy_that_was_built_upon_elsewhere_and_comes_again_is_no_conflict(slot: Slot, user: User) -> None:
    """Its answer was lost on the way; the laptop has read it since."""
    late = written(slot.pitch, comment="On the phone")
    first = keep(slot, user, late, copy=Copy(PHONE, 4))
    keep(slot, user, written(slot.pitch, comment="More"), version=first.version, copy=Copy(LAPTOP, 1))
    sheet = keep(slot, user, late, version=0, copy=Copy(PHONE, 4))
    assert (sheet.comment, sheet.version) == ("More", 2)
    with pytest.raises(StaleWrite):
        keep(slot, user, replace(late, comment="New on the phone"), version=first.version, copy=Copy(PHONE, 5))


def test_same_number_with_other_words_is_not_lost_in_silence(slot: Slot, user: User) -> None:
    keep(slot, user, written(slot.pitch, comment="One"), copy=Copy(PHONE, 1))
    with pytest.raises(StaleWrite):
        keep(slot, user, written(slot.pitch, comment="Other"), version=0, copy=Copy(PHONE, 1))


def test_page_without_scripts_goes_by_the_version_alone(slot: Slot, user: User) -> None:
    first = keep(slot, user, written(slot.pitch, comment="One"))
    assert keep(slot, user, written(slot.pitch, comment="One"), version=0).version == first.version
    with pytest.raises(StaleWrite):
        keep(slot, user, written(slot.pitch, comment="Two"), version=0)
    assert keep(slot, user, written(slot.pitch, comment="Two"), version=first.version).comment == "Two"


def test_criterion_of_another_den_is_ignored(slot: Slot, user: User) -> None:
    other, _ = make_day(0, title="Another den")
    foreign = other.criteria.first()
    assert foreign
    sheet = keep(slot, user, Written({foreign.pk: (5, "Forged")}, comment="Mine"))
    assert Score.objects.filter(sheet=sheet).count() == 0


@pytest.mark.django_db(transaction=True)
def test_same_copy_that_comes_eight_times_at_once_is_kept_once() -> None:
    _, (slot,) = make_day(1)
    user = panel_of(begun(slot))[0].user
    assert user
    what = written(slot.pitch, comment="Once.")

    def send(_: int) -> int:
        try:
            return keep(slot, user, what, copy=Copy(PHONE, 7)).version
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(send, range(8))) == [1] * 8
    assert (ScoreSheet.objects.get().version, Score.objects.count()) == (1, 4)


# --- Who may write -----------------------------------------------------------------------------------


def nobody(slot: Slot, seat: Panellist) -> None:
    slot.bookings.filter(panellist=seat).delete()


def conflicted(slot: Slot, seat: Panellist) -> None:
    hide(slot.pitch, seat)


def stood_down(slot: Slot, seat: Panellist) -> None:
    Panellist.objects.filter(pk=seat.pk).update(state=PanellistState.STOOD_DOWN)


def cancelled(slot: Slot, seat: Panellist) -> None:
    Slot.objects.filter(pk=slot.pk).update(cancelled_at=MORNING)


@pytest.mark.parametrize("change", [nobody, conflicted, stood_down, cancelled])
def test_whoever_no_longer_hears_the_pitch_writes_nothing(slot: Slot, user: User, seat: Panellist, change: Any) -> None:
    sheet = keep(slot, user, written(slot.pitch))
    change(slot, seat)
    with pytest.raises(PermissionDenied):
        keep(slot, user, written(slot.pitch, 0), version=sheet.version)
    with pytest.raises(PermissionDenied):
        submit(slot, user, sheet.version)


def test_outsider_and_host_write_no_sheet(slot: Slot) -> None:
    for person in (make_user(name="Nora Quill"), slot.den.owner):
        with pytest.raises(PermissionDenied):
            keep(slot, person, written(slot.pitch))


@pytest.mark.parametrize("state", sorted(set(DenState) - {DenState.ON_THE_DAY}))
def test_sheets_are_written_on_the_day_alone(slot: Slot, user: User, state: str) -> None:
    sheet = keep(slot, user, written(slot.pitch))
    Den.objects.update(state=state)
    with pytest.raises(Refused, match="on the day alone"):
        keep(slot, user, written(slot.pitch, 0), version=sheet.version)
    with pytest.raises(Refused, match="on the day alone"):
        submit(slot, user, sheet.version)


def test_firm_that_did_not_come_is_not_scored(slot: Slot, user: User) -> None:
    begun(slot, SlotState.NO_SHOW)
    with pytest.raises(Refused, match="did not come"):
        keep(slot, user, written(slot.pitch))


# --- Submitted ---------------------------------------------------------------------------------------


def test_submitted_once_and_final(slot: Slot, user: User) -> None:
    sheet = keep(slot, user, written(slot.pitch))
    done = submit(slot, user, sheet.version)
    assert (done.state, done.submitted_at) == (SheetState.SUBMITTED, MORNING)
    assert submit(slot, user, sheet.version).version == done.version
    with pytest.raises(StaleWrite):
        keep(slot, user, written(slot.pitch, 0), version=done.version, copy=Copy(uuid4(), 1))
    assert keep(slot, user, written(slot.pitch), version=0).version == done.version
    assert [event.name for event in Event.objects.filter(name__startswith="innovation_den.sheet")] == [
        "innovation_den.sheet.submitted"
    ]


def test_submitting_asks_for_every_score_and_its_reason(slot: Slot, user: User) -> None:
    first, second, third, fourth = slot.den.criteria.all()
    make_optional(fourth)
    sheet = keep(slot, user, Written({first.pk: (3, "  "), second.pk: (None, "Only a reason")}))
    with pytest.raises(Refused) as refused:
        submit(slot, user, sheet.version)
    assert [(reason.message, reason.field) for reason in refused.value.reasons] == [
        (f"Say why you gave “{first.title}” a 3", f"reason_{first.pk}"),
        (f"Choose a score for “{second.title}”", f"value_{second.pk}"),
        (f"Choose a score for “{third.title}”", f"value_{third.pk}"),
    ]


def test_optional_criterion_may_be_left_out(slot: Slot, user: User) -> None:
    last = slot.den.criteria.last()
    assert last
    make_optional(last)
    what = written(slot.pitch)
    sheet = keep(slot, user, replace(what, scores={**what.scores, last.pk: (None, "")}))
    assert submit(slot, user, sheet.version).is_submitted
    assert words_on(sheet)[-1] == (None, "")


def test_sheet_is_not_submitted_before_the_pitch_begins(slot: Slot, user: User) -> None:
    Slot.objects.update(state=SlotState.CHECKED_IN, began_at=None)
    sheet = keep(slot, user, written(slot.pitch))
    with pytest.raises(Refused, match="has not begun"):
        submit(slot, user, sheet.version)


def test_sheet_that_moved_on_elsewhere_is_not_submitted(slot: Slot, user: User) -> None:
    first = keep(slot, user, written(slot.pitch))
    keep(slot, user, written(slot.pitch, 5), version=first.version)
    with pytest.raises(StaleWrite):
        submit(slot, user, first.version)


@pytest.mark.parametrize(
    "go_round",
    [
        lambda sheet: ScoreSheet.objects.filter(pk=sheet.pk).update(comment="Better words"),
        lambda sheet: sheet.scores.update(value=5),
        lambda sheet: sheet.scores.all().delete(),
        lambda sheet: sheet.delete(),
    ],
)
def test_submitted_sheet_is_final_in_the_database(slot: Slot, go_round: Any) -> None:
    sheet = make_sheet(slot.pitch, panel_of(slot)[0])
    with pytest.raises(DatabaseError, match=r"final|Cannot"), transaction.atomic():
        go_round(sheet)
    sheet.refresh_from_db()
    assert (sheet.comment, sheet.scores.filter(value=3).count()) == ("A clear case.", 4)


def test_score_off_the_scale_is_refused_by_the_database(slot: Slot, seat: Panellist) -> None:
    with pytest.raises(IntegrityError, match="score_on_the_scale"):
        make_sheet(slot.pitch, seat, [6, 3, 3, 3])
