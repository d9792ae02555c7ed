"""Pages of the day: the run sheet, the timer, a panellist's own list and sheets, and who steps back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from innovation_den.choices import ConflictGround, DenState, PanellistState, PanelSector, SlotState
from innovation_den.models import Conflict, Panellist, ScoreSheet, Slot
from innovation_den.queries.sheets import sheets_of
from portal.accounts.models import User
from portal.organisations.choices import Role
from tests.factories import make_member, make_user
from tests.innovation_den.day_makers import begun, hide, make_day, panel_of, posted, words_on
from tests.innovation_den.makers import MORNING, make_panellist, make_sheet

pytestmark = pytest.mark.django_db

FIRST = "Sensors that smell mould, 1"


@pytest.fixture(autouse=True)
def _ten_minutes_into_the_day() -> Iterator[None]:
    with time_machine.travel(MORNING + timedelta(minutes=10), tick=False):
        yield


@pytest.fixture
def slots() -> list[Slot]:
    _, slots = make_day(2)
    return slots


def signed_in(user: User | None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client


def sheet_url(slot: Slot, name: str = "sheet-edit") -> str:
    return reverse(f"innovation_den:{name}", args=[slot.pitch.reference])


def day_url(slot: Slot, name: str = "day-sheet", *more: Any) -> str:
    return reverse(f"innovation_den:{name}", args=[slot.den.reference, *more])


def leave_url(slot: Slot, panellist: Panellist) -> str:
    return day_url(slot, "day-step-back", slot.pitch.reference, panellist.pk)


def move(client: Client, slot: Slot, to: str) -> Any:
    data = {"to": to, "version": Slot.objects.get(pk=slot.pk).version}
    return client.post(day_url(slot, "slot-move", slot.pitch.reference), data)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


# --- Run sheet ---------------------------------------------------------------------------------------


def test_run_sheet_says_now_next_and_how_late(slots: list[Slot]) -> None:
    owner = signed_in(slots[0].den.owner)
    page = text_of(owner.get(day_url(slots[0])))
    assert "10 minutes late" in page
    assert "expected 9:40am" in page
    move(owner, slots[0], SlotState.PITCHING)
    page = text_of(owner.get(day_url(slots[0])))
    assert f"<strong>{FIRST}</strong><br>until 10am" in page
    assert "expected 10am" in page


def test_day_runs_by_its_buttons(slots: list[Slot]) -> None:
    owner = signed_in(slots[0].den.owner)
    for to in (SlotState.CHECKED_IN, SlotState.PITCHING, SlotState.HEARD):
        assert move(owner, slots[0], to).status_code == 302
    slot = Slot.objects.get(pk=slots[0].pk)
    assert (slot.state, slot.began_at, slot.heard_at) == (SlotState.HEARD, slot.checked_in_at, slot.checked_in_at)


def test_button_of_an_old_page_is_refused(slots: list[Slot]) -> None:
    owner = signed_in(slots[0].den.owner)
    data = {"to": SlotState.NO_SHOW, "version": slots[0].version}
    move(owner, slots[0], SlotState.CHECKED_IN)
    response = owner.post(day_url(slots[0], "slot-move", slots[0].pitch.reference), data)
    assert response.status_code == 422
    assert "has moved on since you opened the page. It is now: Here" in text_of(response)


@pytest.mark.parametrize("data", [{}, {"to": "gone", "version": "1"}, {"to": "heard", "version": "x"}])
def test_forged_step_is_refused(slots: list[Slot], data: dict[str, str]) -> None:
    response = signed_in(slots[0].den.owner).post(day_url(slots[0], "slot-move", slots[0].pitch.reference), data)
    assert response.status_code == 422


def test_run_sheet_and_its_buttons_by_position(slots: list[Slot]) -> None:
    den, panellist = slots[0].den, panel_of(slots[0])[0]
    chair = make_panellist(den, is_chair=True, user=make_user(name="Cora Bell"))
    people = {
        "writer": (make_member(den.host, role=Role.EDITOR), 200, 302),
        "chair": (chair.user, 200, 302),
        "viewer": (make_member(den.host, role=Role.VIEWER), 200, 403),
        "staff": (make_user(name="Sam Reeve", is_staff=True), 200, 403),
        "panellist": (panellist.user, 404, 404),
        "firm": (make_member(slots[0].pitch.firm), 404, 404),
        "outsider": (make_user(name="Nora Quill"), 404, 404),
    }
    seen = {}
    for name, (user, _, _) in people.items():
        Slot.objects.update(state=SlotState.PLANNED)
        client = signed_in(user)
        seen[name] = client.get(day_url(slots[0])).status_code, move(client, slots[0], SlotState.CHECKED_IN).status_code
    assert seen == {name: (get, post) for name, (_, get, post) in people.items()}


def test_chair_with_a_conflict_sees_nothing_of_the_pitch(slots: list[Slot]) -> None:
    chair = make_panellist(slots[0].den, is_chair=True, user=make_user(name="Cora Bell"))
    hide(slots[0].pitch, chair)
    client = signed_in(chair.user)
    timer = day_url(slots[0], "day-timer", slots[0].room_id)
    begun(slots[0])
    for url in (day_url(slots[0]), timer, day_url(slots[0], "day-mine")):
        page = text_of(client.get(url))
        assert (FIRST in page, str(slots[0].pitch.firm) in page) == (False, False), url
    assert move(client, slots[0], SlotState.HEARD).status_code == 404


def test_run_sheet_says_who_has_submitted_and_never_what(slots: list[Slot]) -> None:
    panel = panel_of(slots[0])
    begun(slots[0], SlotState.HEARD)
    make_sheet(slots[0].pitch, panel[0], [5, 5, 5, 5])
    make_sheet(slots[0].pitch, panel[1], state="draft")
    page = text_of(signed_in(slots[0].den.owner).get(day_url(slots[0])))
    assert "1 of 3 sheets in" in page
    assert f"{panel[0].name}, central government: sheet in" in page
    assert f"{panel[1].name}, local government: no sheet yet" in page
    assert ("Seen and weighed" in page, "A clear case" in page) == (False, False)


def queries_of(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize("name", ["day-sheet", "day-mine"])
def test_lists_ask_as_often_for_one_row_as_for_three(name: str) -> None:
    counts = set()
    for number in (1, 3):
        den, slots = make_day(number, title=f"Den of {number}")
        user = den.owner if name == "day-sheet" else panel_of(slots[0])[0].user
        counts.add(queries_of(signed_in(user), day_url(slots[0], name)))
    assert len(counts) == 1, counts


def test_timer_says_when_the_pitch_ends(slots: list[Slot]) -> None:
    begun(slots[0])
    url = day_url(slots[0], "day-timer", slots[0].room_id)
    page = text_of(signed_in(panel_of(slots[0])[0].user).get(url))
    assert 'data-ends="2026-12-14T09:50:00+00:00"' in page
    assert "Ends at 9:50am" in page
    assert signed_in(make_user(name="Nora Quill")).get(url).status_code == 404


def test_other_day_is_shown_when_asked_for(slots: list[Slot]) -> None:
    session = slots[1].session
    starts = MORNING + timedelta(days=1)
    Slot.objects.filter(pk=slots[1].pk).update(
        session=session, starts_at=starts, ends_at=starts + timedelta(minutes=20)
    )
    owner = signed_in(slots[0].den.owner)
    assert FIRST in text_of(owner.get(day_url(slots[0])))
    page = text_of(owner.get(f"{day_url(slots[0])}?date=2026-12-15"))
    assert (FIRST in page, "Sensors that smell mould, 2" in page) == (False, True)
    assert owner.get(f"{day_url(slots[0])}?date=never").status_code == 200


# --- Sheets ------------------------------------------------------------------------------------------


def test_sheet_is_there_for_its_panellist_alone(slots: list[Slot]) -> None:
    seat, other = panel_of(slots[0])[:2]
    slots[0].bookings.filter(panellist=other).delete()
    people = [seat.user, other.user, slots[0].den.owner, make_member(slots[0].pitch.firm), make_user(name="Nora Quill")]
    assert [signed_in(user).get(sheet_url(slots[0])).status_code for user in people] == [200, 404, 404, 404, 404]
    posts = [signed_in(user).post(sheet_url(slots[0], "sheet-keep"), posted(slots[0].pitch)) for user in people]
    assert [response.status_code for response in posts] == [200, 404, 404, 404, 404]


def test_stood_down_panellist_is_refused_at_the_next_request(slots: list[Slot]) -> None:
    seat = panel_of(slots[0])[0]
    client = signed_in(seat.user)
    assert client.get(sheet_url(slots[0])).status_code == 200
    Panellist.objects.filter(pk=seat.pk).update(state=PanellistState.STOOD_DOWN)
    for url in (sheet_url(slots[0]), day_url(slots[0], "day-mine"), leave_url(slots[0], seat)):
        assert client.get(url).status_code == 404
    assert client.post(sheet_url(slots[0], "sheet-keep"), posted(slots[0].pitch)).status_code == 404


def test_form_saves_and_submits_without_scripts(slots: list[Slot]) -> None:
    begun(slots[0])
    client = signed_in(panel_of(slots[0])[0].user)
    assert client.post(sheet_url(slots[0]), posted(slots[0].pitch, comment="Good.")).status_code == 302
    data = posted(slots[0].pitch, version=1, comment="Better.", intent="submit")
    assert client.post(sheet_url(slots[0]), data).status_code == 302
    sheet = ScoreSheet.objects.get()
    assert (sheet.is_submitted, sheet.comment, words_on(sheet)) == (True, "Better.", [(4, "Seen.")] * 4)
    page = text_of(client.get(sheet_url(slots[0])))
    assert ("Your sheet" in page, '<form method="post" novalidate' in page) == (True, False)


def test_refused_submit_says_what_is_missing_and_keeps_what_there_is(slots: list[Slot]) -> None:
    begun(slots[0])
    client = signed_in(panel_of(slots[0])[0].user)
    first = slots[0].den.criteria.first()
    assert first
    data = {**posted(slots[0].pitch, intent="submit"), f"value_{first.pk}": ""}
    response = client.post(sheet_url(slots[0]), data)
    page = text_of(response)
    assert response.status_code == 422
    assert f'<a href="#id_value_{first.pk}_0">Choose a score for “{first.title}”</a>' in page
    sheet = ScoreSheet.objects.get()
    assert (sheet.is_submitted, sheet.version) == (False, 1)
    assert 'name="version" value="1"' in page
    data = {**data, f"value_{first.pk}": "5", "version": 1}
    assert client.post(sheet_url(slots[0]), data).status_code == 302


@pytest.mark.parametrize("value", ["6", "-1", "2.5", "x"])
def test_score_off_the_scale_is_refused(slots: list[Slot], value: str) -> None:
    first = slots[0].den.criteria.first()
    assert first
    client = signed_in(panel_of(slots[0])[0].user)
    data = {**posted(slots[0].pitch), f"value_{first.pk}": value}
    assert client.post(sheet_url(slots[0]), data).status_code == 422
    answer = client.post(sheet_url(slots[0], "sheet-keep"), data)
    assert (answer.status_code, answer.json()["reasons"]) == (422, [f"Choose a score from 0 to 5 for “{first.title}”"])
    assert ScoreSheet.objects.count() == 0


def test_forged_fields_are_ignored(slots: list[Slot]) -> None:
    seat, other = panel_of(slots[0])[:2]
    forged = {"state": "submitted", "panellist": other.pk, "pitch": slots[1].pitch_id, "submitted_at": "2026-12-14"}
    signed_in(seat.user).post(sheet_url(slots[0]), {**posted(slots[0].pitch), **forged})
    sheet = ScoreSheet.objects.get()
    assert (sheet.panellist, sheet.pitch_id, sheet.state) == (seat, slots[0].pitch_id, "draft")


def test_second_device_gets_both_versions_and_says_which_holds(slots: list[Slot]) -> None:
    client = signed_in(panel_of(slots[0])[0].user)
    client.post(sheet_url(slots[0]), posted(slots[0].pitch, comment="From the phone"))
    late = posted(slots[0].pitch, value=2, comment="From the laptop")
    assert client.post(sheet_url(slots[0], "sheet-keep"), late).json() == {"state": "conflict"}
    response = client.post(sheet_url(slots[0]), late)
    page = text_of(response)
    assert response.status_code == 409
    for words in ("From the phone", "From the laptop", "4: Good", "2: Some", 'name="version" value="1"'):
        assert words in page
    assert ScoreSheet.objects.get().comment == "From the phone"
    client.post(sheet_url(slots[0]), {**late, "version": 1})
    assert ScoreSheet.objects.get().comment == "From the laptop"


def test_others_sheets_stay_hidden_until_each_has_submitted(slots: list[Slot]) -> None:
    begun(slots[0], SlotState.HEARD)
    first, second, third = panel_of(slots[0])
    pitch = slots[0].pitch
    for seat, words in ((first, "Words of the first"), (second, "Words of the second")):
        make_sheet(pitch, seat, comment=words)
    assert "Words of" not in text_of(signed_in(third.user).get(sheet_url(slots[0])))
    page = text_of(signed_in(first.user).get(sheet_url(slots[0])))
    assert ("Words of the second" in page, f"Yet to submit: {third.name}." in page) == (True, True)
    hide(pitch, second)  # found afterwards: theirs no longer counts, and nobody reads it
    assert "Words of the second" not in text_of(signed_in(first.user).get(sheet_url(slots[0])))


# --- Stepping back -----------------------------------------------------------------------------------


def test_panellist_steps_back_and_the_next_sits_in(slots: list[Slot]) -> None:
    slot = slots[1]
    seat = panel_of(slot)[0]
    spare = make_panellist(slot.den, sector=PanelSector.CENTRAL, user=make_user(name="Sally Reed"))
    client = signed_in(seat.user)
    client.post(sheet_url(slot), posted(slot.pitch, comment="What I thought"))
    url = leave_url(slot, seat)
    assert client.post(url, {"reason": ""}).status_code == 200
    assert client.post(url, {"reason": "My sister works there"}).status_code == 302
    assert (seat in panel_of(slot), spare in panel_of(slot)) == (False, True)
    conflict = Conflict.objects.get(panellist=seat, pitch=slot.pitch)
    assert (conflict.ground, conflict.says) == (ConflictGround.RECUSED, "My sister works there")
    assert [client.get(one).status_code for one in (sheet_url(slot), url)] == [404, 404]
    assert slot.pitch.title not in text_of(client.get(day_url(slot, "day-mine")))
    assert signed_in(spare.user).get(sheet_url(slot)).status_code == 200


def test_host_chooses_who_sits_in(slots: list[Slot]) -> None:
    slot = slots[1]
    seat = panel_of(slot)[0]
    spares = [make_panellist(slot.den, user=make_user(name=name)) for name in ("Sally Reed", "Tom Frost")]
    client = signed_in(slot.den.owner)
    assert "Who takes the seat?" in text_of(client.get(leave_url(slot, seat)))
    client.post(leave_url(slot, seat), {"reason": "They told us", "into": spares[1].pk})
    assert (spares[0] in panel_of(slot), spares[1] in panel_of(slot)) == (False, True)


def test_panellist_steps_back_in_mid_pitch_and_the_sheet_no_longer_counts(slots: list[Slot]) -> None:
    slot = begun(slots[0])
    seat = panel_of(slot)[0]
    make_sheet(slot.pitch, seat)
    assert len(sheets_of(slot.den)) == 1
    client = signed_in(seat.user)
    response = client.post(leave_url(slot, seat), {"reason": "I know them after all"}, follow=True)
    assert "Nobody sits in, so the panel is one short" in text_of(response)
    assert client.get(sheet_url(slot)).status_code == 404
    assert len(sheets_of(slot.den)) == 0


@pytest.mark.parametrize("state", [DenState.DECIDED, DenState.ARCHIVED])
def test_nobody_steps_back_from_what_is_decided(slots: list[Slot], state: str) -> None:
    seat = panel_of(slots[0])[0]
    type(slots[0].den).objects.update(state=state)
    page = text_of(signed_in(seat.user).post(leave_url(slots[0], seat), {"reason": "Too late"}))
    assert "This den is decided, so who heard a pitch can no longer change" in page
    assert Conflict.objects.count() == 0


def test_who_may_step_somebody_back(slots: list[Slot]) -> None:
    seat, other = panel_of(slots[0])[:2]
    den = slots[0].den
    people = [
        (den.owner, 200),
        (seat.user, 200),
        (other.user, 404),
        (make_member(den.host, role=Role.VIEWER), 403),
        (make_user(name="Nora Quill"), 404),
    ]
    url = leave_url(slots[0], seat)
    assert [signed_in(user).get(url).status_code for user, _ in people] == [status for _, status in people]


def test_without_a_day_the_pages_say_so(slots: list[Slot]) -> None:
    den = slots[0].den
    type(den).objects.update(state=DenState.SCHEDULING)
    owner, panellist = signed_in(den.owner), signed_in(panel_of(slots[0])[0].user)
    assert "It is now “Being scheduled”" in text_of(owner.get(day_url(slots[0])))
    assert move(owner, slots[0], SlotState.CHECKED_IN).status_code == 422
    assert "can be written while pitches are being heard" in text_of(panellist.get(sheet_url(slots[0])))
