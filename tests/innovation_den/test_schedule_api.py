"""The programme as JSON: our own, and in the layout that conference apps read. Scores are in neither."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from innovation_den.choices import PitchState
from innovation_den.models import Den, Pitch, Placement, Room
from innovation_den.queries.programme import programme_of
from tests.innovation_den.makers import make_den, make_sheet
from tests.innovation_den.schedule_makers import make_drafted, make_released, release

pytestmark = pytest.mark.django_db
READER = Path(settings.BASE_DIR) / ".c3voc/bin/python"

# What readers of frab's and pretalx's schedule.json rely on, by the fields that their documentation names.
TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
CLOCK = {"type": "string", "pattern": r"^\d{2}:\d{2}$"}
EVENT = {
    "type": "object",
    "required": [
        "guid",
        "id",
        "date",
        "start",
        "duration",
        "room",
        "slug",
        "title",
        "subtitle",
        "track",
        "type",
        "language",
        "abstract",
        "persons",
    ],
    "properties": {
        "guid": {"type": "string", "pattern": "^[0-9a-f-]{36}$"},
        "id": NUMBER,
        "date": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}$"},
        "start": CLOCK,
        "duration": CLOCK,
        "slug": {"type": "string", "pattern": "^[a-z0-9-]+$"},
        "persons": {"type": "array", "items": {"type": "object", "required": ["id", "public_name"]}},
    },
}
DAY = {
    "type": "object",
    "required": ["index", "date", "day_start", "day_end", "rooms"],
    "properties": {"rooms": {"type": "object", "additionalProperties": {"type": "array", "items": EVENT}}},
}
CONFERENCE = {
    "type": "object",
    "required": [
        "acronym",
        "title",
        "start",
        "end",
        "daysCount",
        "timeslot_duration",
        "time_zone_name",
        "rooms",
        "days",
    ],
    "properties": {"daysCount": NUMBER, "timeslot_duration": CLOCK, "days": {"type": "array", "items": DAY}},
}
LAYOUT = {
    "type": "object",
    "required": ["schedule"],
    "properties": {
        "schedule": {
            "type": "object",
            "required": ["version", "base_url", "conference"],
            "properties": {"version": TEXT, "base_url": TEXT, "conference": CONFERENCE},
        }
    },
}


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def den() -> Den:
    return make_released(8)  # six in the morning, two after noon


def read(name: str, *args: Any, **headers: str) -> Any:
    return Client().get(reverse(name, args=args), headers=headers)


def conference(den: Den) -> dict[str, Any]:
    return json.loads(read("innovation_den:schedule-json", den.reference).content)


# --- schedule.json -----------------------------------------------------------------------------------


def test_schedule_has_the_layout_that_apps_read(den: Den) -> None:
    found = conference(den)
    jsonschema.validate(found, LAYOUT)
    (day,) = found["schedule"]["conference"]["days"]
    (events,) = day["rooms"].values()
    slots = list(programme_of(den))
    assert [event["title"] for event in events] == [slot.pitch.title for slot in slots]
    assert [datetime.fromisoformat(event["date"]) for event in events] == [slot.starts_at for slot in slots]
    assert {event["duration"] for event in events} == {"00:20"}
    assert events[0]["start"] == "09:30"
    assert events[0]["persons"][0]["public_name"] == str(slots[0].pitch.firm)
    assert len({event["guid"] for event in events}) == 8
    assert conference(den) == found


@pytest.mark.skipif(not READER.exists(), reason="c3voc-schedule-tools could not be fetched: make dev tries again.")
def test_real_reader_finds_every_pitch_at_its_time() -> None:
    """By the library of those who look after the layout: a program under the EUPL, and never imported."""
    den = make_drafted(8)
    second = Room.objects.create(den=den, name="Council chamber")
    den.sessions.order_by("starts_at").first().rooms.add(second)
    Placement.objects.filter(slot=4).update(room=second)
    release(den)
    found, slots = read_by_the_reader(conference(den)), list(programme_of(den))
    assert (found["version"], found["title"], found["time_zone"], found["days"]) == ("1", den.title, "Europe/London", 1)
    assert found["rooms"].keys() == {"Committee room 1", "Council chamber"}
    assert len(set(found["rooms"].values())) == 2
    assert sorted(
        (datetime.fromisoformat(event["start"]), event["room"], event["title"]) for event in found["events"]
    ) == [(slot.starts_at, slot.room.name, slot.pitch.title) for slot in slots]
    assert [timedelta(**event["duration"]) for event in found["events"]] == [timedelta(minutes=20)] * 8
    assert sorted(event["persons"] for event in found["events"]) == sorted([str(slot.pitch.firm)] for slot in slots)
    xml = ElementTree.fromstring(found["xml"])
    assert {event.get("guid") for event in xml.iter("event")} == {event["guid"] for event in found["events"]}


@pytest.mark.skipif(not READER.exists(), reason="c3voc-schedule-tools could not be fetched: make dev tries again.")
@pytest.mark.parametrize("field", ["date", "title", "duration"])
def test_real_reader_refuses_what_is_not_the_layout(den: Den, field: str) -> None:
    schedule = conference(den)
    (events,) = schedule["schedule"]["conference"]["days"][0]["rooms"].values()
    del events[0][field]
    with pytest.raises(subprocess.CalledProcessError):
        read_by_the_reader(schedule)


def read_by_the_reader(schedule: dict[str, Any]) -> Any:
    program = Path(__file__).with_name("conference_reader.py")
    env = os.environ | {"GIT_PYTHON_REFRESH": "quiet"}  # one of its needs would look for git
    command = [str(READER), str(program)]
    done = subprocess.run(
        command, input=json.dumps(schedule), capture_output=True, text=True, check=True, timeout=60, env=env
    )
    return json.loads(done.stdout)


def test_schedule_never_tells_scores_panels_or_links(den: Den) -> None:
    den.rooms.update(link="https://meet.example.org/secret")
    slot = programme_of(den)[0]
    panellist = den.panellists.first()
    make_sheet(slot.pitch, panellist)
    for text in (
        read("innovation_den:schedule-json", den.reference).content.decode(),
        read("api:den-programme", den.reference).content.decode(),
    ):
        assert "score" not in text.lower()
        assert panellist.name not in text
        assert "meet.example.org" not in text
        assert "A clear case" not in text


# --- Our own -----------------------------------------------------------------------------------------


def test_programme_over_the_api(den: Den) -> None:
    answer = read("api:den-programme", den.reference)
    found, slot = answer.json(), programme_of(den)[0]
    assert (found["den"], found["release"], len(found["slots"])) == (den.reference, 1, 8)
    first = found["slots"][0]
    assert (first["reference"], first["title"], first["room"]) == (
        slot.pitch.reference,
        slot.pitch.title,
        slot.room.name,
    )
    assert first["firms"] == [str(slot.pitch.firm)]
    assert datetime.fromisoformat(first["starts_at"]) == slot.starts_at
    assert first["state"] == "planned"


def test_programme_that_did_not_change_is_not_sent_again(den: Den) -> None:
    tag = read("api:den-programme", den.reference)["ETag"]
    again = read("api:den-programme", den.reference, **{"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    Pitch.objects.filter(den=den).update(title="Otherwise")
    assert read("api:den-programme", den.reference, **{"If-None-Match": tag}).status_code == 200


def test_drafts_and_unreleased_programmes_are_not_there() -> None:
    draft, planned = make_den(state="draft"), make_drafted(1, title="Planned")
    for name, den in (("api:den-detail", draft), ("api:den-programme", draft), ("api:den-programme", planned)):
        answer = read(name, den.reference)
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"
    found = read("api:den-list").json()
    assert [one["reference"] for one in found["results"]] == [planned.reference]


def test_list_by_state_and_page() -> None:
    dens = [make_den(title=f"Call {number}") for number in range(3)]
    found = Client().get(reverse("api:den-list"), {"state": "open", "per_page": 2}).json()
    assert (found["total"], found["pages"], len(found["results"])) == (3, 2, 2)
    assert Client().get(reverse("api:den-list"), {"state": "draft"}).status_code == 400
    assert read("api:den-detail", dens[0].reference).json()["host"] == str(dens[0].host)


@pytest.mark.parametrize("many", [1, 3])
def test_list_asks_the_same_of_the_database_however_long(many: int, django_assert_num_queries: Any) -> None:
    for number in range(many):
        make_den(title=f"Call {number}")
    read("api:den-list")
    with django_assert_num_queries(9):  # five of them count requests
        read("api:den-list")


def test_withdrawn_pitch_leaves_with_the_next_release(den: Den) -> None:
    gone = programme_of(den)[0].pitch
    Pitch.objects.filter(pk=gone.pk).update(state=PitchState.WITHDRAWN)
    release(den)
    assert gone.title not in read("api:den-programme", den.reference).content.decode()
    assert gone.title not in json.dumps(conference(den))
