"""Writing dens and pitches in steps: forms sent twice, forged, stale or wrong, and what publication settles."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from innovation_den.choices import DenState, PitchState
from innovation_den.models import Den, Pitch
from portal.organisations.choices import Size
from tests.engagement.makers import make_authority, make_capability, make_request
from tests.factories import make_member, make_supplier
from tests.innovation_den.makers import CLOSES, NOW, OPENS, SCALE, make_den, make_pitch
from tests.innovation_den.pages import initial, plain, signed_in, url

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_the_middle_of_the_call() -> Any:
    with time_machine.travel(NOW, tick=True):
        yield


# --- The draft of a den -------------------------------------------------------------------------------


def test_a_step_is_saved_and_a_second_person_gets_both_versions() -> None:
    den = make_den(state=DenState.DRAFT)
    alice, path = signed_in(den.owner), url("den-step", den.reference, "prize")
    first = initial(alice, path, prize="A bus")
    second = initial(alice, path, prize="A train")

    assert alice.post(path, first).status_code == 302
    assert alice.post(path, first).status_code == 302  # sent twice
    answer = alice.post(path, second)

    assert answer.status_code == 409
    assert "A bus" in answer.content.decode()
    assert "A train" in answer.content.decode()
    assert Den.objects.get().prize == "A bus"


def test_forged_fields_of_a_den_are_ignored() -> None:
    den = make_den(state=DenState.DRAFT)
    other = make_authority("Birch Vale Council")
    alice, path = signed_in(den.owner), url("den-step", den.reference, "rules")
    forged = {"state": "decided", "host": other.pk, "published_at": "2026-01-01", "panel_size": 9, "reference": "dxxxx"}

    alice.post(path, initial(alice, path, rules="Be kind", **forged))

    stored = Den.objects.get()
    assert (stored.state, stored.host, stored.published_at) == (DenState.DRAFT, den.host, None)
    assert (stored.panel_size, stored.reference, stored.rules) == (3, den.reference, "Be kind")


@pytest.mark.parametrize(
    ("step", "changes", "says"),
    [
        ("challenge", {"title": ""}, "Enter the title"),
        ("prize", {"budget_cap": "lots"}, "must be an amount of money"),
        ("panels", {"panel_size": "2"}, "must be 3 or more"),
        ("panels", {"most_pitches_a_day": "9", "most_pitches_in_all": "8"}, "at least the number for a half-day"),
        ("eligibility", {"sizes": ["huge"]}, "Select a valid choice"),
        ("eligibility", {"most_pitches_each": "0"}, "must be 1 or more"),
        ("dates", {"closes_at_day": "31", "closes_at_month": "2", "closes_at_year": "2027"}, "must be a real date"),
    ],
)
def test_a_step_says_what_is_wrong(step: str, changes: dict[str, Any], says: str) -> None:
    den = make_den(state=DenState.DRAFT)
    alice, path = signed_in(den.owner), url("den-step", den.reference, step)
    answer = alice.post(path, {**plain(initial(alice, path)), **changes})
    assert says in answer.content.decode()
    assert "Error:" in answer.content.decode()


@pytest.mark.parametrize("kind", ["criteria", "questions", "rooms", "sessions"])
def test_parts_are_added_once_changed_and_removed(kind: str) -> None:
    den = make_den(state=DenState.DRAFT)
    alice = signed_in(den.owner)
    room = den.rooms.get()
    given: dict[str, dict[str, Any]] = {
        "criteria": {"title": "Cost", "weight": "2.5"},
        "questions": {"text": "Have you a model?", "type": "yes_no"},
        "rooms": {"name": "Room 2", "place": "Here"},
        "sessions": {
            "starts_at_day": "15", "starts_at_month": "12", "starts_at_year": "2026", "starts_at_time": "9:30am",
            "rooms": [room.pk],
        },
    }  # fmt: skip
    manager = {"questions": den.eligibility_questions}.get(kind) or getattr(den, kind)
    before = manager.count()
    new = {**plain(initial(alice, url("den-part-create", den.reference, kind))), **given[kind]}

    for _ in range(2):
        assert alice.post(url("den-part-create", den.reference, kind), new).status_code == 302
    assert manager.count() == before + 1

    row = manager.order_by("-pk").first()
    if kind == "criteria":
        assert (row.weight, len(row.scale), row.position) == (2.5, len(SCALE), 4)
    edit = url("den-part-edit", den.reference, kind, row.pk)
    stale = {**plain(initial(alice, edit)), **given[kind]}
    type(row).objects.filter(pk=row.pk).update(version=9)
    changed = {"criteria": "title", "questions": "text", "rooms": "name", "sessions": "slot_count"}[kind]
    assert alice.post(edit, {**stale, changed: "4"}).status_code == 409
    assert alice.post(url("den-part-remove", den.reference, kind, row.pk)).status_code == 302
    assert manager.count() == before


def test_weight_is_shown_as_it_counts() -> None:
    den = make_den(state=DenState.DRAFT)
    den.criteria.update(weight="2.25")
    alice = signed_in(den.owner)

    for path in (url("den-part-list", den.reference, "criteria"), url("den-preview", den.reference)):
        assert alice.get(path).content.decode().count("Weight 2.25") == 4


def test_a_den_has_so_many_parts_of_a_kind_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    den = make_den(state=DenState.DRAFT)
    alice, path = signed_in(den.owner), url("den-part-create", den.reference, "criteria")
    monkeypatch.setattr("innovation_den.actions.den_parts.MOST", den.criteria.count())

    said = alice.post(path, {**plain(initial(alice, path)), "title": "Cost", "weight": "1"}).content.decode()

    assert "A den may have up to 4 criteria. Remove one first" in said
    assert den.criteria.count() == 4


def test_criteria_are_put_in_order_and_keep_it_at_the_ends() -> None:
    den = make_den(state=DenState.DRAFT)
    alice = signed_in(den.owner)
    first, *_, last = den.criteria.all()

    def titles_after(row: Any, way: str) -> list[str]:
        alice.post(url("den-part-move", den.reference, "criteria", row.pk), {"way": way})
        return [str(criterion)[0] for criterion in den.criteria.all()]

    assert titles_after(first, "up") == ["V", "N", "C", "T"]
    assert titles_after(first, "down") == ["N", "V", "C", "T"]
    assert titles_after(last, "up") == ["N", "V", "T", "C"]


@pytest.mark.parametrize(
    ("kind", "field"), [("criteria", "title"), ("questions", "text"), ("rooms", "name"), ("sessions", "slot_count")]
)
def test_after_publication_only_rooms_and_sessions_change(kind: str, field: str) -> None:
    den = make_den()
    den.eligibility_questions.create(text="Have you a model?")
    manager = {"questions": den.eligibility_questions}.get(kind) or getattr(den, kind)
    row, alice = manager.first(), signed_in(den.owner)
    path = url("den-part-edit", den.reference, kind, row.pk)
    if kind in ("criteria", "questions"):
        assert alice.get(path).status_code == 422
        for name in ("den-part-remove", "den-part-move"):
            assert alice.post(url(name, den.reference, kind, row.pk)).status_code == 422
        assert alice.get(url("den-edit", den.reference)).status_code == 404
        return
    assert alice.get(path).status_code == 200
    Den.objects.update(state=DenState.ON_THE_DAY)
    assert alice.get(path).status_code == 422
    assert alice.post(url("den-part-remove", den.reference, kind, row.pk)).status_code == 422


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"slot_count": "20"}, "must end by 1pm"),
        ({"starts_at_time": "10am"}, "the same room at the same time"),
        ({"starts_at_month": "11", "starts_at_day": "26"}, "must start after the call closes"),
        ({"rooms": []}, "Select at least one room"),
        ({"slot_minutes": "1"}, "must be 5 or more"),
    ],
)
def test_a_session_that_cannot_be_held_says_why(changes: dict[str, Any], says: str) -> None:
    den = make_den()
    alice, path = signed_in(den.owner), url("den-part-create", den.reference, "sessions")
    data = {
        **plain(initial(alice, path)), "starts_at_day": "14" if "starts_at_time" in changes else "15",
        "starts_at_month": "12", "starts_at_year": "2026", "starts_at_time": "9am", "rooms": [den.rooms.get().pk],
        **changes,
    }  # fmt: skip
    assert says in alice.post(path, data).content.decode()
    assert den.sessions.count() == 2


def test_move_page_lists_what_stands_against_it_and_a_button_pressed_twice_moves_once() -> None:
    draft = make_den(state=DenState.DRAFT, opens_at=None, closes_at=None)
    alice, path = signed_in(draft.owner), url("den-move", draft.reference)
    said = alice.get(path).content.decode()
    assert "Choose at least one capability" in said
    assert "Give the date and time when the call closes" in said
    assert alice.post(path, {"to": "open"}).status_code == 422

    draft.capabilities.add(make_capability())
    Den.objects.update(closes_at=CLOSES)
    for _ in range(2):
        assert alice.post(path, {"to": "open"}).status_code == 302
    assert Den.objects.get().state == DenState.OPEN
    assert alice.post(path, {"to": "decided"}).status_code == 422


def test_a_request_leads_to_its_den_and_back() -> None:
    host = make_authority()
    alice = signed_in(make_member(host))
    request = make_request(host)
    assert f"?request={request.reference}" in alice.get(request.get_absolute_url()).content.decode()
    path = f"{url('den-create')}?request={request.reference}"
    alice.post(path, initial(alice, path))
    den = Den.objects.get()
    assert den.engagement == request
    assert den.title not in Client().get(den.get_absolute_url()).content.decode()

    public = make_den(host, title="Empty homes den", engagement=request)
    text = Client().get(request.get_absolute_url()).content.decode()
    assert public.get_absolute_url() in text
    assert den.get_absolute_url() not in text
    assert request.get_absolute_url() in Client().get(public.get_absolute_url()).content.decode()


# --- The draft of a pitch -----------------------------------------------------------------------------


def test_a_firm_hears_why_it_may_not_pitch_before_it_begins() -> None:
    den = make_den(sizes=[Size.SMALL])
    bob = signed_in(make_member(make_supplier("Vast plc", size=Size.LARGE)))
    for path in (den.get_absolute_url(), url("pitch-start", den.reference)):
        assert "This den is for small firms" in bob.get(path).content.decode()


def test_forged_fields_of_a_pitch_are_ignored() -> None:
    pitch = make_pitch(make_den(), state=PitchState.DRAFT)
    other = make_supplier("Other Ltd")
    bob, path = signed_in(pitch.started_by), url("pitch-step", pitch.reference, "idea")
    forged = {"state": "accepted", "firm": other.pk, "submitted_at": "2026-01-01", "reason": "x", "ask_amount": "1"}

    assert bob.post(path, initial(bob, path, idea="Better", **forged)).status_code == 302

    stored = Pitch.objects.get()
    assert (stored.state, stored.firm, stored.submitted_at, stored.reason) == (PitchState.DRAFT, pitch.firm, None, "")
    assert (stored.ask_amount, stored.idea) == (12_000, "Better")


def test_two_colleagues_get_both_versions() -> None:
    pitch = make_pitch(make_den(), state=PitchState.DRAFT)
    bob, path = signed_in(pitch.started_by), url("pitch-step", pitch.reference, "days")
    data = initial(bob, path, needs_note="By link")
    Pitch.objects.update(version=7, needs_note="On foot")
    answer = bob.post(path, data)
    assert answer.status_code == 409
    assert "On foot" in answer.content.decode()


def test_a_step_of_a_closed_call_says_so_and_keeps_nothing() -> None:
    pitch = make_pitch(make_den(), state=PitchState.DRAFT)
    bob, path = signed_in(pitch.started_by), url("pitch-step", pitch.reference, "idea")
    data = initial(bob, path, idea="Too late")
    with time_machine.travel(CLOSES, tick=False):
        bob = signed_in(pitch.started_by)
        assert "The call has closed" in bob.post(path, data).content.decode()
        assert bob.post(url("pitch-submit", pitch.reference)).status_code == 422
    assert Pitch.objects.get().idea != "Too late"


@pytest.mark.parametrize("link", ["http://video.example/1", "javascript:alert(1)", "ftp://video.example/1"])
def test_a_video_is_a_safe_link(link: str) -> None:
    pitch = make_pitch(make_den(), state=PitchState.DRAFT)
    bob, path = signed_in(pitch.started_by), url("pitch-step", pitch.reference, "files")
    answer = bob.post(path, {"version": pitch.version, "video_url": link})
    assert re.search("must begin with https|Enter the whole link", answer.content.decode())


def test_submitting_twice_and_taking_back() -> None:
    pitch = make_pitch(make_den(), state=PitchState.DRAFT)
    bob = signed_in(pitch.started_by)
    for _ in range(2):
        assert bob.post(url("pitch-submit", pitch.reference)).status_code == 302
    assert bob.get(url("pitch-edit", pitch.reference)).status_code == 404
    assert bob.post(url("pitch-take-back", pitch.reference)).status_code == 302
    assert Pitch.objects.get().state == PitchState.DRAFT


def test_a_draft_before_opening_cannot_be_begun() -> None:
    den = make_den(opens_at=OPENS + timedelta(days=20))
    bob = signed_in(make_member(make_supplier()))
    path = url("pitch-start", den.reference)
    assert "not open for pitches yet" in bob.post(path, initial(bob, path, title="Early")).content.decode()
