"""The library of learning: what it finds, what it says, and that it costs the same for one as for many."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from innovation_den.choices import PilotOutcome, PilotState
from innovation_den.filters import LibraryFilter
from innovation_den.models import Pilot
from tests.engagement.makers import make_authority, make_capability
from tests.innovation_den.makers import make_den, make_pilot, make_pitch
from tests.innovation_den.pilot_makers import BEGUN, ENDED, make_running

pytestmark = pytest.mark.django_db
LIST, FILE = (reverse(f"innovation_den:{name}") for name in ("library-list", "library-csv"))


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    caches["template_fragments"].clear()


def make_learnt(title: str, *, host: Any = None, capability: Any = None, **fields: Any) -> Pilot:
    """A published test, written without its life before."""
    den = make_den(host or make_authority(f"{title} Council"))
    pitch = make_pitch(den)
    pilot = make_pilot(pitch, title=title)
    pilot.log.create(dated=BEGUN.date(), text="Words of the log", value=22, by=den.owner, at=BEGUN)
    if capability:
        pilot.capabilities.add(capability)
    facts = {
        "state": PilotState.PUBLISHED,
        "agreed_by_sponsor": den.owner,
        "agreed_by_firm": pitch.started_by,
        "agreed_at": BEGUN,
        "started_at": BEGUN,
        "ended_at": ENDED,
        "published_at": ENDED,
        "outcome": PilotOutcome.DISPROVED,
        "exit": "stop",
        "learnt": "It smelt shoes.",
        **fields,
    }
    Pilot.objects.filter(pk=pilot.pk).update(**facts)
    pilot.refresh_from_db()
    return pilot


def found(query: str = "") -> list[str]:
    return sorted(str(pilot) for pilot in Client().get(f"{LIST}?{query}").context["page"])


def test_library_is_found_by_words_capability_outcome_and_body() -> None:
    sensing = make_capability("Sensing", parent="Devices")
    damp = make_learnt("Damp", capability=sensing, learnt="Wardrobes smell of shoes.")
    roads = make_learnt("Roads", outcome=PilotOutcome.PROVED, advice="Count the potholes twice.")
    make_running()

    assert found() == ["Damp", "Roads"]
    assert found("q=wardrobe+shoe") == ["Damp"]  # other forms of the words, too
    assert found("q=pothole") == ["Roads"]
    assert found("q=-wardrobe") == ["Roads"]
    assert found(f"capability={sensing.code}") == ["Damp"]
    assert found(f"capability={sensing.parent.code}") == ["Damp", "Roads"]  # not on offer, so it narrows nothing
    assert found("outcome=proved") == ["Roads"]
    assert found(f"body={damp.sponsor_id}") == ["Damp"]
    assert found(f"body={roads.sponsor_id}&outcome=disproved") == []
    assert "No test matches" in Client().get(f"{LIST}?q=nothing").content.decode()


def test_parent_capability_stands_for_all_that_it_holds() -> None:
    sensing = make_capability("Sensing", parent="Devices")
    damp = make_learnt("Damp", capability=sensing)
    make_learnt("Roads")
    pilots = Pilot.objects.public()
    assert list(LibraryFilter().with_capability(pilots, "capability", sensing.parent.code)) == [damp]


def test_file_holds_what_the_list_finds_and_no_formula() -> None:
    make_learnt("=Damp", learnt="-It smelt shoes.")
    make_learnt("Roads", outcome=PilotOutcome.PROVED)
    answer = Client().get(f"{FILE}?outcome=disproved")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [(row["Title"], row["What was learnt"], row["Last value"]) for row in rows] == [
        ("'=Damp", "'-It smelt shoes.", "22.0000")
    ]
    assert "Words of the log" not in str(rows)


def test_list_and_file_take_as_many_queries_for_three_as_for_one() -> None:
    capability = make_capability()
    make_learnt("Damp", capability=capability)

    def count(path: str) -> int:
        Client().get(path)
        with CaptureQueriesContext(connection) as queries:
            answer = Client().get(path)
            b"".join(answer.streaming_content) if answer.streaming else answer.content
        return len(queries)

    before = [count(path) for path in (LIST, FILE)]
    for title in ("Roads", "Trees"):
        make_learnt(title, capability=capability)
    assert [count(path) for path in (LIST, FILE)] == before
    assert len(found()) == 3


def test_list_comes_in_pages() -> None:
    for number in range(21):
        make_learnt(f"Test {number}")
    page = Client().get(f"{LIST}?page=2").context["page"]
    assert (len(page), page.paginator.count) == (1, 21)


def test_proved_reads_as_proved_and_disproved_as_a_success() -> None:
    proved, disproved = make_learnt("Roads", outcome=PilotOutcome.PROVED), make_learnt("Damp")
    page = Client().get(disproved.get_absolute_url()).content.decode()
    assert "Disproved early is a success of the test" in page
    assert "success of the test" not in Client().get(proved.get_absolute_url()).content.decode()
