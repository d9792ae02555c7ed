"""Calendars: read back with a reader, private where they are, and one that a conflicted panellist may have too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from icalendar import Calendar, Event

from innovation_den.actions.bookings import move_slot, reseat
from innovation_den.actions.calendars import draw_feed
from innovation_den.actions.dens import move_den
from innovation_den.choices import ConflictState, DenState, PitchState
from innovation_den.models import CalendarFeed, Conflict, Den, Pitch, Room, SlotInvitation
from innovation_den.queries.programme import panel_of, programme_of
from portal.accounts.models import User
from portal.organisations.models import Organisation
from tests.factories import make_user
from tests.innovation_den.makers import NOW, make_panellist
from tests.innovation_den.schedule_makers import make_drafted, make_released, release

pytestmark = pytest.mark.django_db
LINK = "https://meet.example.org/room-1"


@pytest.fixture(autouse=True)
def _at_one_moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def den() -> Den:
    den = make_drafted(2)
    Room.objects.filter(den=den).update(link=LINK)
    release(den)
    return den


def signed_in(user: User | None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client


def get(name: str, *args: Any, user: User | None = None, **headers: str) -> Any:
    return signed_in(user).get(reverse(f"innovation_den:{name}", args=args), headers=headers)


def events(answer: Any) -> list[Event]:
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/calendar")
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


def plain(answer: Any) -> str:
    """Without what a calendar folds and escapes."""
    return answer.content.decode().replace("\r\n ", "").replace("\\,", ",")


def hide(pitch: Pitch, panellist: Any) -> None:
    Conflict.objects.create(
        panellist=panellist, pitch=pitch, ground="declared", says="Kin.", found_at=NOW, state=ConflictState.CONFIRMED
    )


def member_of(pitch: Pitch) -> User:
    return pitch.firm.memberships.get().user


# --- The public programme ----------------------------------------------------------------------------


def test_programme_reads_back_as_a_calendar(den: Den) -> None:
    answer = get("programme-ics", den.reference)
    calendar = Calendar.from_ical(answer.content)
    assert (calendar["version"], calendar["method"]) == ("2.0", "PUBLISH")
    found = events(answer)
    slots = list(programme_of(den))
    assert [one.decoded("dtstart") for one in found] == [slot.starts_at for slot in slots]
    assert [one.decoded("dtend") for one in found] == [slot.ends_at for slot in slots]
    assert found[0]["summary"].startswith(slots[0].pitch.title)
    assert len({str(one["uid"]) for one in found}) == 2
    assert LINK not in answer.content.decode()


def test_uid_stays_and_sequence_grows_when_a_slot_moves(den: Den) -> None:
    before = events(get("programme-ics", den.reference))[0]
    slot = programme_of(den)[0]
    move_slot(slot=slot, session=slot.session, number=5, room=slot.room, by=den.owner, now=NOW, version=slot.version)
    after = next(one for one in events(get("programme-ics", den.reference)) if one["uid"] == before["uid"])
    assert (before["sequence"], after["sequence"]) == (0, 1)
    assert after.decoded("dtstart") == slot.session.slots[5][0]


@pytest.mark.parametrize("name", ["programme-ics", "schedule-json"])
def test_unchanged_programme_is_not_sent_again(den: Den, name: str) -> None:
    tag = get(name, den.reference)["ETag"]
    again = get(name, den.reference, **{"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    Pitch.objects.filter(den=den).update(version=7, title="Otherwise")
    assert get(name, den.reference, **{"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("name", ["programme", "programme-ics", "schedule-json", "release-list"])
def test_before_the_release_there_is_nothing(name: str) -> None:
    assert get(name, make_drafted(1).reference).status_code == 404


def test_links_are_for_those_who_take_part(den: Den) -> None:
    pitch = den.pitches.first()
    assert pitch
    assert LINK not in get("programme", den.reference).content.decode()
    assert LINK not in get("programme", den.reference, user=make_user()).content.decode()
    assert LINK in get("programme", den.reference, user=member_of(pitch)).content.decode()
    assert LINK in get("programme", den.reference, user=den.panellists.first().user).content.decode()


@pytest.mark.parametrize("name", ["programme", "programme-ics", "schedule-json"])
def test_conflicted_panellist_finds_the_pitch_nowhere(den: Den, name: str) -> None:
    panellist, (hidden, shown) = den.panellists.first(), den.pitches.order_by("title")
    hide(hidden, panellist)
    text = plain(get(name, den.reference, user=panellist.user))
    for secret in (hidden.title, hidden.reference, str(hidden.firm)):
        assert secret not in text
    assert shown.title in text
    assert hidden.title in plain(get(name, den.reference))


# --- Invitations -------------------------------------------------------------------------------------


def test_invitation_asks_the_person_alone(den: Den) -> None:
    slot = programme_of(den)[0]
    user = member_of(slot.pitch)
    answer = get("slot-invitation", den.reference, slot.pk, user=user)
    assert Calendar.from_ical(answer.content)["method"] == "REQUEST"
    (event,) = events(answer)
    assert str(event["attendee"]) == f"mailto:{user.email}"
    assert str(event["organizer"]) == f"mailto:{den.owner.email}"
    assert event["status"] == "CONFIRMED"
    assert LINK in event["description"]
    public = events(get("programme-ics", den.reference))[0]
    assert event["uid"] == public["uid"]


def test_who_leaves_a_seat_gets_a_cancellation_that_says_nothing_of_the_pitch(den: Den) -> None:
    slot = programme_of(den)[0]
    out = panel_of(slot)[0]
    assert out.user
    before = events(get("slot-invitation", den.reference, slot.pk, user=out.user))[0]
    reseat(slot=slot, out=out, into=None, by=den.owner, now=NOW)
    hide(slot.pitch, out)
    answer = get("slot-invitation", den.reference, slot.pk, user=out.user)
    assert Calendar.from_ical(answer.content)["method"] == "CANCEL"
    (event,) = events(answer)
    assert event["uid"] == before["uid"]
    assert event["sequence"] > before["sequence"]
    assert event["status"] == "CANCELLED"
    text = plain(answer)
    assert slot.pitch.title not in text
    assert slot.pitch.reference not in text
    page = get("slot-mine", den.reference, user=out.user).content.decode()
    assert slot.pitch.title not in page
    assert "take it out of your calendar" in page


def test_asked_again_after_a_cancellation_the_number_grows(den: Den) -> None:
    slot = programme_of(den)[0]
    out = panel_of(slot)[0]
    into = make_panellist(den, sector=out.sector)
    reseat(slot=slot, out=out, into=into, by=den.owner, now=NOW)
    reseat(slot=slot, out=into, into=out, by=den.owner, now=NOW)
    invitation = SlotInvitation.objects.get(slot=slot, user=out.user)
    assert (invitation.sequence, invitation.cancelled_at) == (2, None)


def test_nobody_else_has_the_invitation(den: Den) -> None:
    first, second = programme_of(den)
    assert get("slot-invitation", den.reference, first.pk, user=member_of(second.pitch)).status_code == 404
    assert get("slot-invitation", den.reference, first.pk, user=den.owner).status_code == 404
    assert get("slot-invitation", den.reference, first.pk).status_code == 302
    assert get("slot-mine", den.reference, user=make_user()).status_code == 404


def test_firm_off_the_programme_gets_a_cancellation(den: Den) -> None:
    slot = programme_of(den)[0]
    Pitch.objects.filter(pk=slot.pitch_id).update(state=PitchState.WITHDRAWN)
    release(den)
    (event,) = events(get("slot-invitation", den.reference, slot.pk, user=member_of(slot.pitch)))
    assert event["status"] == "CANCELLED"


def test_den_that_is_called_off_gives_everybody_a_cancellation(den: Den) -> None:
    slot = programme_of(den)[0]
    people = [member_of(slot.pitch), panel_of(slot)[0].user]
    move_den(den=den, to=DenState.ARCHIVED, by=den.owner, now=NOW, reason="The money is gone.")
    for person in people:
        (event,) = events(get("slot-invitation", den.reference, slot.pk, user=person))
        assert event["status"] == "CANCELLED"
        assert "take it out of your calendar" in get("slot-mine", den.reference, user=person).content.decode()


# --- The feed ----------------------------------------------------------------------------------------


def test_feed_holds_the_slots_of_its_owner_alone(den: Den) -> None:
    first, second = programme_of(den)
    secret = draw_feed(by=member_of(first.pitch), now=NOW)
    answer = get("feed", secret)
    (event,) = events(answer)
    assert event["summary"].startswith(first.pitch.title)
    assert second.pitch.title not in answer.content.decode()
    assert LINK in answer.content.decode().replace("\r\n ", "")
    assert get("feed", secret, **{"If-None-Match": answer["ETag"]}).status_code == 304


@pytest.mark.parametrize("change", ["firm", "recording"])
def test_whatever_a_calendar_or_file_says_moves_its_tag_on(den: Den, change: str) -> None:
    pitch = programme_of(den)[0].pitch
    secret = draw_feed(by=member_of(pitch), now=NOW)
    pages = [("programme-ics", den.reference), ("schedule-json", den.reference), ("feed", secret)]
    before = [get(*page) for page in pages]
    if change == "firm":
        Organisation.objects.filter(pk=pitch.firm_id).update(name="Brine and Daughters Ltd")
    else:
        den.sessions.update(is_recorded=True)
    after = [get(*page) for page in pages]
    moved = [old["ETag"] != new["ETag"] for old, new in zip(before, after, strict=True)]
    assert moved == [old.content != new.content for old, new in zip(before, after, strict=True)]
    assert sum(moved) == (3 if change == "firm" else 1)


def test_feed_of_a_panellist_leaves_out_a_conflict(den: Den) -> None:
    panellist = den.panellists.first()
    secret = draw_feed(by=panellist.user, now=NOW)
    assert len(events(get("feed", secret))) == 2
    hide(programme_of(den)[0].pitch, panellist)
    assert len(events(get("feed", secret))) == 1


def test_drawn_anew_the_old_address_is_dead(den: Den) -> None:
    user = member_of(programme_of(den)[0].pitch)
    client = signed_in(user)
    path = reverse("innovation_den:feed-edit")
    first = client.post(path).context["address"]
    second = client.post(path).context["address"]
    assert first != second
    assert Client().get(first.split("testserver")[-1].replace("http://localhost:8000", "")).status_code == 404
    stored = CalendarFeed.objects.get(user=user).token_hash
    assert stored not in second
    assert second.rsplit("/", 2)[-2] not in stored
    assert first not in client.get(path).content.decode()
    client.post(path, {"end": "yes"})
    assert not CalendarFeed.objects.exists()


def test_feed_of_somebody_who_was_shut_out_is_dead(den: Den) -> None:
    user = member_of(programme_of(den)[0].pitch)
    secret = draw_feed(by=user, now=NOW)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert get("feed", secret).status_code == 404
    assert get("feed", "tp_never").status_code == 404


def test_stood_down_panellist_has_an_empty_feed(den: Den) -> None:
    panellist = den.panellists.first()
    secret = draw_feed(by=panellist.user, now=NOW)
    type(panellist).objects.filter(pk=panellist.pk).update(state="stood_down")
    assert events(get("feed", secret)) == []


@pytest.mark.parametrize("pitches", [1, 3])
def test_feed_asks_the_same_of_the_database_however_many_slots(pitches: int, django_assert_num_queries: Any) -> None:
    den = make_released(pitches)
    secret = draw_feed(by=den.panellists.first().user, now=NOW)
    with django_assert_num_queries(5):
        get("feed", secret)
