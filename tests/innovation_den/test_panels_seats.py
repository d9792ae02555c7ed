"""What panellists say of themselves: interests first, then expertise, half-days and conflicts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from innovation_den.actions.conflicts import declare_conflict
from innovation_den.actions.seats import declare_interests, describe_oneself, save_availability
from innovation_den.choices import DenState, Half, PitchState
from innovation_den.models import Den, FreeHalfDay, Panellist, Pitch, Session
from innovation_den.queries.panellists import free_on, half_days_of
from portal.refusals import Refused, StaleWrite
from tests.engagement.makers import make_capability
from tests.factories import make_user
from tests.innovation_den.makers import AFTERNOON, DAY, NOW, make_den, make_panellist, make_pitch

pytestmark = pytest.mark.django_db
MORNING_OF, AFTERNOON_OF = f"{DAY.isoformat()}-am", f"{DAY.isoformat()}-pm"


def make_seat(**fields: Any) -> Panellist:
    return make_panellist(make_den(state=DenState.SCHEDULING), **{"free": (), **fields})


def client_of(seat: Panellist) -> Client:
    client = Client()
    client.force_login(seat.user)  # type: ignore[arg-type]
    return client


def address(seat: Panellist, part: str, *more: str) -> str:
    return reverse(f"innovation_den:seat-{part}", args=[seat.den.reference, *more])


# --- Interests come first -----------------------------------------------------------------------------


def test_no_pitch_is_seen_before_interests_are_declared() -> None:
    seat = make_seat(has_declared=False)
    pitch = make_pitch(seat.den, state=PitchState.ACCEPTED, title="Secret idea")
    client = client_of(seat)

    assert list(Pitch.objects.visible_to(seat.user)) == []  # type: ignore[arg-type]
    assert client.get(pitch.get_absolute_url()).status_code == 404
    assert client.get(address(seat, "declare", pitch.reference)).status_code == 404
    assert client.get(address(seat, "pitches")).headers["Location"] == address(seat, "interests")
    assert b"Secret idea" not in client.get(address(seat, "detail")).content

    client.post(address(seat, "interests"), {"version": 1, "has_interests": "none", "interests": ""})

    assert b"Secret idea" in client.get(address(seat, "pitches")).content
    assert list(Pitch.objects.visible_to(seat.user)) == [pitch]  # type: ignore[arg-type]


def test_interests_are_none_or_some_in_words() -> None:
    seat = make_seat(has_declared=False)
    client, page = client_of(seat), address(seat, "interests")

    assert b"Say whether you have interests" in client.post(page, {"version": 1}).content
    assert b"Say which interests you have" in client.post(page, {"version": 1, "has_interests": "some"}).content
    client.post(page, {"version": 1, "has_interests": "some", "interests": "Shares in Damp Ltd"})

    seat.refresh_from_db()
    assert (seat.has_declared, seat.interests) == (True, "Shares in Damp Ltd")


def test_pitches_are_listed_by_title_and_firm_and_one_is_declared() -> None:
    seat = make_seat()
    pitch = make_pitch(seat.den, state=PitchState.ACCEPTED, title="Theirs")
    make_pitch(seat.den, state=PitchState.ACCEPTED, title="Another")
    make_pitch(seat.den, title="Not invited")
    client = client_of(seat)
    text = client.get(address(seat, "pitches")).content.decode()
    assert ("Theirs" in text, str(pitch.firm) in text, pitch.problem in text, "Not invited" in text) == (
        True,
        True,
        False,
        False,
    )

    declare = address(seat, "declare", pitch.reference)
    assert b"Say what the conflict is" in client.post(declare, {"says": ""}).content
    client.post(declare, {"says": "My sister founded it"})

    text = client.get(address(seat, "pitches")).content.decode()
    assert ("Theirs" in text, "Another" in text) == (False, True)
    assert client.get(declare).status_code == 404


# --- Expertise and employer ---------------------------------------------------------------------------


def test_another_employer_is_looked_at_for_conflicts_at_once() -> None:
    seat = make_seat()
    pitch = make_pitch(seat.den, state=PitchState.ACCEPTED)
    capability = make_capability()

    client_of(seat).post(
        address(seat, "about"),
        {"version": 1, "name": "Dana Field", "employer_name": pitch.firm.name, "expertise": [capability.pk]},
    )

    seat.refresh_from_db()
    assert (seat.employer, list(seat.expertise.all())) == (pitch.firm, [capability])
    assert pitch.conflicts.get().ground == "employer"


def test_nobody_writes_for_another_and_the_second_to_save_is_told() -> None:
    seat = make_seat()
    for call in (
        lambda: declare_interests(panellist=seat, version=1, interests="", by=make_user()),
        lambda: save_availability(panellist=seat, version=1, free=[], by=seat.den.owner),
        lambda: declare_conflict(
            pitch=make_pitch(seat.den, state="accepted"), panellist=seat, says="x", by=make_user(), now=NOW
        ),
    ):
        with pytest.raises(PermissionDenied):
            call()
    assert seat.user
    declare_interests(panellist=seat, version=1, interests="", by=seat.user)
    with pytest.raises(StaleWrite):
        describe_oneself(panellist=seat, version=1, name="D", employer_name="E", expertise=[], by=seat.user, now=NOW)
    page = client_of(seat).post(address(seat, "availability"), {"version": 1, "free": [MORNING_OF]})
    assert (page.status_code, free_on(seat)) == (409, set())


# --- Half-days ----------------------------------------------------------------------------------------


def test_half_days_are_those_of_the_sessions_by_the_clock_in_london() -> None:
    den = make_den()
    room = den.rooms.get()
    summer = Session.objects.create(den=den, starts_at=NOW.replace(month=7, day=6, hour=11, minute=30), slot_count=1)
    late = Session.objects.create(den=den, starts_at=AFTERNOON + timedelta(hours=3), slot_count=1)
    for session in (summer, late):
        session.rooms.add(room)

    halves = half_days_of(den)

    assert [(half.date, half.half, half.hours) for half in halves] == [
        (date(2026, 7, 6), Half.AFTERNOON, "12:30 to 12:50"),
        (DAY, Half.MORNING, "09:30 to 11:45"),
        (DAY, Half.AFTERNOON, "13:30 to 16:50"),
    ]


def test_each_half_day_is_ticked_on_its_own() -> None:
    seat = make_seat()
    client, page = client_of(seat), address(seat, "availability")
    first = client.get(page).content.decode()
    assert (first.count('name="free"'), first.count(" checked")) == (2, 0)

    client.post(page, {"version": 1, "free": [AFTERNOON_OF]})
    assert free_on(seat) == {(DAY, "pm")}
    client.post(page, {"version": 2, "free": [MORNING_OF]})
    assert free_on(seat) == {(DAY, "am")}
    client.post(page, {"version": 3})
    assert free_on(seat) == set()


def test_half_day_on_which_the_den_does_not_sit_is_refused_and_others_stay() -> None:
    seat = make_seat(free=((DAY + timedelta(days=1), Half.MORNING),))
    assert seat.user
    with pytest.raises(Refused, match="no longer sits"):
        save_availability(panellist=seat, version=1, free=[(DAY + timedelta(days=1), "am")], by=seat.user)
    text = client_of(seat).post(address(seat, "availability"), {"version": 1, "free": ["2026-12-15-am"]}).content
    assert b"no longer sits on one of these half-days" in text

    save_availability(panellist=seat, version=1, free=[(DAY, "am")], by=seat.user)

    assert free_on(seat) == {(DAY, "am"), (DAY + timedelta(days=1), "am")}
    with pytest.raises(IntegrityError), transaction.atomic():
        FreeHalfDay.objects.create(panellist=seat, date=DAY, half="am")


def test_calendar_is_proposed_and_saved_only_when_the_person_says_so() -> None:
    seat = make_seat(free=((DAY, Half.MORNING),))
    entry = "DTSTART:20261214T100000Z\r\nDTEND:20261214T110000Z\r\nSUMMARY:Doctor"
    content = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\n{entry}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    upload = SimpleUploadedFile("mine.ics", content.encode(), content_type="text/calendar")

    text = client_of(seat).post(address(seat, "calendar"), {"calendar": upload}).content.decode()

    assert "Not saved yet" in text
    assert "Your calendar has something on 1 half-day." in text
    assert (text.count(" checked"), f'value="{AFTERNOON_OF}" checked' in text, "Doctor" in text) == (1, True, False)
    assert free_on(seat) == {(DAY, "am")}


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "The file is empty"), (b"PK\x03\x04 a picture", "not a calendar"), (b"x" * (5 * 2**20 + 1), "largest file")],
)
def test_what_is_no_calendar_is_refused_in_words(content: bytes, says: str) -> None:
    seat = make_seat()
    page = client_of(seat).post(address(seat, "calendar"), {"calendar": SimpleUploadedFile("mine.ics", content)})

    text = page.content.decode()
    assert (says in text, "Error: " in text, "Not saved yet" in text) == (True, True, False)


def test_no_file_is_told() -> None:
    seat = make_seat()
    page = client_of(seat).post(address(seat, "calendar"), {"key": uuid4()})

    assert b"Choose a calendar file" in page.content
    assert Den.objects.count() == 1
