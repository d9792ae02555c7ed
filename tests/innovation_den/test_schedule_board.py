"""The draft on its board: moved by a drop or by a form, with broken rules shown at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from innovation_den.actions.placements import place_pitch, remove_pitch, set_lock
from innovation_den.choices import DenState
from innovation_den.models import Den, Pitch, Placement
from innovation_den.queries.board import board_of, place_key
from innovation_den.queries.releases import unplaced_pitches
from portal.audit.models import Event
from portal.refusals import Refused, StaleWrite
from tests.factories import make_user
from tests.innovation_den.makers import NOW, make_pitch
from tests.innovation_den.schedule_makers import make_drafted

pytestmark = pytest.mark.django_db


@pytest.fixture
def den() -> Den:
    return make_drafted(2)


def pair(den: Den) -> tuple[Pitch, Pitch]:
    first, second = den.pitches.filter(placement__isnull=False).order_by("placement__slot")
    return first, second


def put(pitch: Pitch, number: int, **given: Any) -> Placement:
    session, room = pitch.den.sessions.first(), pitch.den.rooms.first()
    at = Placement.objects.filter(pitch=pitch).first()
    given = {"session": session, "room": room, "version": at.version if at else 0, "by": pitch.den.owner, **given}
    return place_pitch(pitch=pitch, number=number, now=NOW, **given)


def slot_of(pitch: Pitch) -> int | None:
    return Placement.objects.filter(pitch=pitch).values_list("slot", flat=True).first()


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def path(den: Den, name: str, *args: str) -> str:
    return reverse(f"innovation_den:{name}", args=[den.reference, *args])


# --- Moving ------------------------------------------------------------------------------------------


def test_pitch_moves_with_its_panel(den: Den) -> None:
    pitch, _ = pair(den)
    panel = set(pitch.placement.panel.all())
    moved = put(pitch, 4)
    assert (moved.slot, moved.version, set(moved.panel.all())) == (4, 2, panel)
    assert Event.objects.filter(name="innovation_den.placement.moved").count() == 1


def test_on_a_taken_place_the_two_change_places(den: Den) -> None:
    first, second = pair(den)
    put(first, 1)
    assert (slot_of(first), slot_of(second)) == (1, 0)


def test_new_pitch_on_a_taken_place_leaves_the_other_without_one(den: Den) -> None:
    first, _ = pair(den)
    new = make_pitch(den, state="accepted")
    put(new, 0)
    assert (slot_of(new), slot_of(first)) == (0, None)
    assert unplaced_pitches(den) == [first]


def test_locked_pitch_is_moved_by_nobody(den: Den) -> None:
    first, second = pair(den)
    set_lock(pitch=first, is_locked=True, by=den.owner, now=NOW)
    with pytest.raises(Refused, match="Unlock it to move it"):
        put(first, 4)
    with pytest.raises(Refused, match="at that place is locked"):
        put(second, 0)
    with pytest.raises(Refused, match="Unlock it"):
        remove_pitch(pitch=first, by=den.owner, now=NOW, version=1)
    set_lock(pitch=first, is_locked=False, by=den.owner, now=NOW)
    assert put(first, 4).slot == 4


def test_second_to_move_it_is_told(den: Den) -> None:
    first, _ = pair(den)
    put(first, 4)
    with pytest.raises(StaleWrite):
        put(first, 5, version=1)


@pytest.mark.parametrize("number", [-1, 6])
def test_place_that_is_not_is_refused(den: Den, number: int) -> None:
    with pytest.raises(Refused, match="no such slot"):
        put(pair(den)[0], number)


def test_room_of_another_session_or_den_is_refused(den: Den) -> None:
    other = make_drafted(0, title="Potholes")
    for room in (den.rooms.create(name="Old attic"), other.rooms.get()):
        with pytest.raises(Refused, match="does not use that room"):
            put(pair(den)[0], 4, room=room)


def test_who_may_not_and_when_not(den: Den) -> None:
    pitch, _ = pair(den)
    with pytest.raises(PermissionDenied):
        put(pitch, 4, by=make_user())
    Pitch.objects.filter(pk=pitch.pk).update(state="withdrawn")
    with pytest.raises(Refused, match="not invited"):
        put(pitch, 4)
    Den.objects.filter(pk=den.pk).update(state=DenState.DECIDED)
    with pytest.raises(Refused, match="no longer be changed"):
        put(pitch, 4)


# --- The board ---------------------------------------------------------------------------------------


def test_board_has_a_row_for_each_slot_and_says_what_is_broken(den: Den) -> None:
    Placement.objects.update(slot=0)
    board = board_of(den)
    assert [len(table.rows) for table in board.tables] == [6, 6]
    assert [row.is_after_break for row in board.tables[0].rows] == [False, False, False, True, False, False]
    assert any("at the same time" in line for line in board.tables[0].rows[0].cells[0].broken)
    text = client_of(den.owner).get(path(den, "board")).content.decode()
    assert "Rules broken" in text
    assert "at the same time" in text


def test_withdrawn_pitch_is_off_the_board(den: Den) -> None:
    first, _ = pair(den)
    Pitch.objects.filter(pk=first.pk).update(state="withdrawn")
    assert first.title not in client_of(den.owner).get(path(den, "board")).content.decode()


@pytest.mark.parametrize("pitches", [1, 3])
def test_board_asks_the_same_of_the_database_however_many(pitches: int, django_assert_num_queries: Any) -> None:
    den = make_drafted(pitches)
    with django_assert_num_queries(29):
        board_of(den)


def test_drop_moves_and_leads_back_to_the_pitch(den: Den) -> None:
    first, _ = pair(den)
    at = first.placement
    place = place_key(at.session_id, 5, at.room_id)
    data = {"pitch": first.reference, "place": place, "version": at.version}
    answer = client_of(den.owner).post(path(den, "board-move"), data)
    assert answer["Location"] == f"{path(den, 'board')}#{first.reference}"
    assert slot_of(first) == 5
    stale = client_of(den.owner).post(path(den, "board-move"), data)
    assert stale.status_code == 409
    assert "slot 6" in stale.content.decode()
    wrong = client_of(den.owner).post(path(den, "board-move"), data | {"place": "1-2"})
    assert (wrong.status_code, "Choose a time and room" in wrong.content.decode()) == (422, True)


def test_form_moves_and_seats_without_a_mouse(den: Den) -> None:
    first, second = pair(den)
    at, panel = first.placement, list(den.panellists.all())
    form = path(den, "placement-edit", first.reference)
    client = client_of(den.owner)
    assert f"Changes places with {second}" in client.get(form).content.decode()
    data = {"version": at.version, "place": place_key(at.session_id, 3, at.room_id), "panel": [panel[0].pk]}
    text = client.post(form, data, follow=True).content.decode()
    assert f"Moved: {first}" in text
    assert "Rules broken" in text  # a panel of one, said at once
    assert set(Placement.objects.get(pitch=first).panel.all()) == {panel[0]}
    empty = client.post(form, {"version": 2}).content.decode()
    assert "Choose a time" in empty
    assert "Error: " in empty


def test_lock_and_take_out_by_buttons(den: Den) -> None:
    first, _ = pair(den)
    client = client_of(den.owner)
    client.post(path(den, "placement-lock", first.reference), {"lock": "yes"})
    assert Placement.objects.get(pitch=first).is_locked is True
    assert client.post(path(den, "placement-remove", first.reference), {"version": 1}).status_code == 422
    client.post(path(den, "placement-lock", first.reference), {"lock": "no"})
    assert client.post(path(den, "placement-remove", first.reference), {"version": 9}).status_code == 409
    client.post(path(den, "placement-remove", first.reference), {"version": 1})
    assert slot_of(first) is None
    assert "Without a place: 1" in client.get(path(den, "board")).content.decode()


def test_viewer_reads_the_board_without_buttons(den: Den) -> None:
    from tests.factories import make_member

    viewer = make_member(den.host, role="viewer")
    text = client_of(viewer).get(path(den, "board")).content.decode()
    assert "Move<" not in text
    assert "data-place" not in text
