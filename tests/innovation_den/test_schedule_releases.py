"""A release is refused while anything is wrong, kept for good, booked, and told to those whose slot has changed."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from innovation_den.actions.den_parts import save_part
from innovation_den.actions.placements import place_pitch
from innovation_den.actions.releases import release_programme
from innovation_den.choices import ConflictState, DenState, PanellistState, PitchState
from innovation_den.models import (
    Booking,
    Conflict,
    Den,
    FreeHalfDay,
    Panellist,
    Pitch,
    Placement,
    Release,
    Room,
    Session,
    Slot,
)
from innovation_den.queries.programme import programme_of
from innovation_den.queries.releases import why_not_in_force, why_not_release
from portal.notifications.models import Delivery, Message
from portal.organisations.choices import Role
from portal.refusals import Refused
from tests.factories import make_member, make_user
from tests.innovation_den.makers import NOW, make_panellist, make_pitch
from tests.innovation_den.schedule_makers import make_drafted, make_released, release

pytestmark = pytest.mark.django_db


@pytest.fixture
def den() -> Den:
    return make_drafted(2)


def told() -> dict[str, str]:
    found = Delivery.objects.select_related("recipient", "message")
    return {one.recipient.email: one.message.body for one in found}


def move(pitch: Pitch, number: int) -> Placement:
    at = Placement.objects.get(pitch=pitch)
    given = {"session": at.session, "room": at.room, "version": at.version}
    return place_pitch(pitch=pitch, number=number, by=pitch.den.owner, now=NOW, **given)


# --- When it is refused ------------------------------------------------------------------------------


def test_sound_draft_has_no_reason_against_it(den: Den) -> None:
    assert why_not_release(den) == []


def test_pitch_without_a_place_is_a_reason(den: Den) -> None:
    make_pitch(den, state=PitchState.ACCEPTED, title="Left over")
    assert why_not_release(den) == ["Every pitch needs a slot. Without one: Left over"]
    with pytest.raises(Refused, match="Left over"):
        release(den)


def test_place_that_is_no_more_is_a_pitch_without_a_place(den: Den) -> None:
    Placement.objects.filter(slot=1).update(slot=5)
    Session.objects.filter(den=den).update(slot_count=4, break_after=2)
    assert re.search("Every pitch needs a slot", why_not_release(den)[0])


def test_broken_rule_is_a_reason(den: Den) -> None:
    FreeHalfDay.objects.filter(panellist=den.panellists.first()).delete()
    assert len(why_not_release(den)) >= 1
    with pytest.raises(Refused):
        release(den)


def test_two_at_one_place_is_a_reason(den: Den) -> None:
    Placement.objects.update(slot=0)
    assert any("at the same time" in reason for reason in why_not_release(den))


def test_undecided_conflict_is_a_reason(den: Den) -> None:
    other = Panellist.objects.filter(den=den).last()
    rejected = make_pitch(den, state=PitchState.REJECTED)
    Conflict.objects.create(panellist=other, pitch=rejected, ground="employer", says="Works there.", found_at=NOW)
    assert why_not_release(den) == ["Conflicts that wait for a decision: 1. Confirm or dismiss each"]


@pytest.mark.parametrize("state", sorted(set(DenState) - {DenState.SCHEDULING, DenState.ON_THE_DAY}))
def test_release_belongs_to_scheduling_and_the_day(den: Den, state: str) -> None:
    Den.objects.filter(pk=den.pk).update(state=state)
    with pytest.raises(Refused, match="while the den is being scheduled"):
        release(den)


def test_only_an_organiser_whom_no_conflict_blinds_releases(den: Den) -> None:
    given: dict[str, Any] = {"den": den, "note": "", "now": NOW, "submission_key": uuid4()}
    with pytest.raises(PermissionDenied):
        release_programme(by=make_user(), **given)
    Panellist.objects.filter(pk=den.panellists.first().pk).update(user=den.owner)
    pitch = den.pitches.first()
    Conflict.objects.create(panellist=den.panellists.first(), pitch=pitch, ground="declared", says="Kin.", found_at=NOW)
    with pytest.raises(PermissionDenied):
        release_programme(by=den.owner, **given)


# --- What it does ------------------------------------------------------------------------------------


def test_release_books_and_tells_firms_and_panel(den: Den) -> None:
    made = release(den, "The first one.")
    assert (made.number, len(made.content), made.differences) == (1, 2, [])
    assert "score" not in str(made.content).lower()
    assert Booking.objects.count() == 2 * (1 + 1 + 3)
    panel = [one.user.email for one in den.panellists.all()]
    firms = [member.user.email for pitch in den.pitches.all() for member in pitch.firm.memberships.all()]
    assert set(told()) == {*panel, *firms}
    assert [told()[one].count("New:") for one in (*panel, *firms)] == [2, 2, 2, 1, 1]
    assert Message.objects.count() == 5  # one to each person, however many slots


def test_notices_name_the_pitch_to_its_firm_and_not_to_its_panel(den: Den) -> None:
    """What stands in a panellist's inbox stays there, also when a conflict hides the pitch later."""
    release(den)
    pitches = list(den.pitches.order_by("title"))
    move(pitches[0], 4)
    release(den)

    said = {delivery.email: delivery.message.body for delivery in Delivery.objects.order_by("pk")}
    for one in den.panellists.all():
        assert [pitch.title for pitch in pitches if pitch.title in said[one.user.email]] == []
        assert "Moved: a pitch at 9:30am on 14 December 2026" in said[one.user.email]
    for pitch in pitches:
        assert pitch.title in said[pitch.started_by.email]


def test_release_sent_twice_is_one(den: Den) -> None:
    key = uuid4()
    for _ in range(2):
        release_programme(den=den, note="", by=den.owner, now=NOW, submission_key=key)
    assert Release.objects.count() == 1


def test_second_release_tells_only_whose_slot_has_changed(den: Den) -> None:
    release(den)
    first, second = den.pitches.order_by("title")
    move(first, 4)
    Delivery.objects.all().delete()
    made = release(den)
    assert [one["pitch"] for one in made.differences] == [first.reference]
    assert re.fullmatch(r"Moves from 9:30am on 14 December 2026 in .* to 11:05am .*", made.differences[0]["says"])
    other = [member.user.email for member in second.firm.memberships.all()]
    assert set(other).isdisjoint(told())
    assert all("Moved:" in body for body in told().values())
    assert Slot.objects.get(pitch=first).sequence == 1
    assert Slot.objects.get(pitch=second).sequence == 0


def test_two_may_change_places_in_one_release(den: Den) -> None:
    release(den)
    first, second = den.pitches.order_by("title")
    move(first, 1)
    release(den)
    assert [slot.pitch for slot in programme_of(den)] == [second, first]


def test_same_draft_is_not_released_again(den: Den) -> None:
    release(den)
    with pytest.raises(Refused, match="nothing to release"):
        release(den)


def test_drop_out_is_off_the_programme_and_frees_its_room(den: Den) -> None:
    release(den)
    gone = den.pitches.order_by("title").first()
    Pitch.objects.filter(pk=gone.pk).update(state=PitchState.WITHDRAWN)
    Delivery.objects.all().delete()
    made = release(den)
    assert made.differences[0]["says"].startswith("Is off the programme; it was 9:30am")
    assert Slot.objects.get(pitch=gone).cancelled_at == NOW
    assert Booking.objects.filter(slot__pitch=gone).count() == 0
    assert all("Called off for you" in body for body in told().values())


def test_stood_down_panellist_must_be_replaced_first(den: Den) -> None:
    release(den)
    Panellist.objects.filter(pk=den.panellists.first().pk).update(state=PanellistState.STOOD_DOWN)
    with pytest.raises(Refused):
        release(den)


def test_what_has_begun_cannot_be_moved_by_a_release(den: Den) -> None:
    release(den)
    first = den.pitches.order_by("title").first()
    Slot.objects.filter(pitch=first).update(state="heard")
    move(first, 4)
    with pytest.raises(Refused, match="has been heard"):
        release(den)
    assert Release.objects.count() == 1


def test_room_of_the_programme_stays_in_its_session(den: Den) -> None:
    release(den)
    session = Slot.objects.first().session  # type: ignore[union-attr]
    other = Room.objects.create(den=den, name="Another room", place="Here")

    with pytest.raises(Refused, match="in a room that you took out"):
        save_part(
            den=den,
            kind="sessions",
            pk=session.pk,
            version=session.version,
            by=den.owner,
            fields={"starts_at": session.starts_at, "slot_count": session.slot_count, "rooms": [other]},
        )


def test_release_never_changes(den: Den) -> None:
    made = release(den)
    with pytest.raises(DatabaseError), transaction.atomic():
        Release.objects.filter(pk=made.pk).update(note="Otherwise")
    with pytest.raises(DatabaseError), transaction.atomic():
        made.delete()


def test_day_begins_only_with_the_draft_in_force(den: Den) -> None:
    assert why_not_in_force(den) == ["Release the programme first, so that firms and panellists know when to come"]
    release(den)
    assert why_not_in_force(den) == []
    move(den.pitches.first(), 5)
    assert why_not_in_force(den) == ["The draft differs from the programme that is out. Release it, or change it back"]


# --- Pages -------------------------------------------------------------------------------------------


def page(den: Den, name: str, user: Any = None) -> str:
    client = Client()
    if user:
        client.force_login(user)
    answer = client.get(reverse(f"innovation_den:{name}", args=[den.reference]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_next_step_names_no_pitch_that_is_without_a_slot(den: Den) -> None:
    """An organiser with a conflict does not plan, but may move the den on."""
    release(den)
    hidden = make_pitch(den, state=PitchState.ACCEPTED, title="Left over")
    own = make_panellist(den, user=make_member(den.host, role=Role.EDITOR))
    Conflict.objects.create(
        panellist=own, pitch=hidden, ground="group", says="Kin", found_at=NOW, state=ConflictState.CONFIRMED
    )
    client = Client()
    client.force_login(own.user)  # type: ignore[arg-type]

    text = client.get(reverse("innovation_den:den-move", args=[den.reference])).content.decode()

    assert ("Pitches without one: 1" in text, "Left over" in text) == (True, False)


def test_release_page_says_why_not_or_what_changes(den: Den) -> None:
    assert "Is new: 9:30am" in page(den, "release-create", den.owner)
    Placement.objects.update(slot=0)
    text = page(den, "release-create", den.owner)
    assert "cannot go out yet" in text
    assert "at the same time" in text


def test_release_by_its_page_ends_at_the_programme(den: Den) -> None:
    client = Client()
    client.force_login(den.owner)
    path = reverse("innovation_den:release-create", args=[den.reference])
    answer = client.post(path, {"note": "Now out.", "submission_key": uuid4()}, follow=True)
    assert "Release 1 is out" in answer.content.decode()
    again = client.post(path, {"note": "", "submission_key": uuid4()})
    assert "nothing to release" in again.content.decode()


def test_past_releases_hide_what_a_conflict_hides(den: Den) -> None:
    release(den)
    first, second = den.pitches.order_by("title")
    Pitch.objects.filter(pk=second.pk).update(title="Another wholly")
    move(first, 4)
    release(den)
    assert first.title in page(den, "release-list")
    panellist = den.panellists.first()
    Conflict.objects.create(
        panellist=panellist, pitch=first, ground="declared", says="Kin.", found_at=NOW, state=ConflictState.CONFIRMED
    )
    assert first.title not in page(den, "release-list", panellist.user)


@pytest.mark.parametrize("pitches", [1, 3])
def test_public_pages_ask_the_same_of_the_database_however_many_pitches(
    pitches: int, django_assert_num_queries: Any
) -> None:
    den = make_released(pitches)
    client = Client()
    paths = [reverse(f"innovation_den:{name}", args=[den.reference]) for name in ("programme", "schedule-json")]
    for path in paths:
        client.get(path)
    with django_assert_num_queries(5):
        client.get(paths[0])
    with django_assert_num_queries(5):
        client.get(paths[1])
