"""Trust row 5: no list, page, file, search, feed or export of the dens reveals a pitch to a panellist with a conflict.

Every address of the dens is opened, with every object that could stand in it: as a panellist who chairs, as one who
also writes for the host, and as one of the portal's staff. The same walk as somebody without a conflict finds the
pitch, so that a walk that finds nothing did look.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from innovation_den.actions.calendars import draw_feed
from innovation_den.actions.decisions import release_decisions
from innovation_den.actions.placements import set_lock
from innovation_den.choices import (
    Award,
    ConflictGround,
    ConflictState,
    DenState,
    PanelSector,
    PitchState,
    PlanOutcome,
    PlanState,
    Verdict,
)
from innovation_den.models import Appeal, Conflict, Den, Panellist, Pilot, Pitch, PlanRun, Score
from innovation_den.queries.plans import problem_of
from portal.accounts.models import User
from portal.files.models import StoredFile
from portal.organisations.choices import Role
from tests.engagement.makers import make_authority
from tests.factories import make_member, make_supplier, make_user
from tests.innovation_den.day_makers import begun, make_slot
from tests.innovation_den.makers import (
    MORNING,
    NOW,
    make_decision,
    make_den,
    make_panellist,
    make_pilot,
    make_pitch,
    make_sheet,
    make_view,
)
from tests.innovation_den.schedule_makers import place, release

pytestmark = pytest.mark.django_db
MARK = "Quokka"
WORDS = ("title", "summary", "problem", "idea", "evidence", "novelty", "test", "ask", "team", "needs_note")
WORKED = ("chair", "organiser", "staff")


@dataclass
class Life:
    """Dens at each step of their life, each with a pitch that is hidden from the three, and one that is not."""

    people: dict[str, User]
    dens: list[Den] = field(default_factory=list)
    hidden: list[Pitch] = field(default_factory=list)
    shown: list[Pitch] = field(default_factory=list)
    pilots: list[Pilot] = field(default_factory=list)
    # Of rows, by the word that stands before them in an address, and their den.
    numbers: dict[tuple[str, int], set[int]] = field(default_factory=lambda: defaultdict(set))
    feed: str = ""


@pytest.fixture(scope="module")
def life(django_db_setup: None, django_db_blocker: Any) -> Iterator[Life]:
    yield from lived(django_db_blocker)


def lived(blocker: Any) -> Iterator[Life]:
    """For all tests of a file, which change nothing of it."""
    with (
        blocker.unblock(),
        time_machine.travel(MORNING + timedelta(minutes=5), tick=False),
        transaction.atomic(),
    ):
        yield make_life()
        transaction.set_rollback(True)


def make_life() -> Life:
    host = make_authority()
    owner = make_member(host, name="Olive Owner")
    people = {
        "owner": owner,
        "chair": make_user(name="Cora Chair"),
        "organiser": make_member(host, role=Role.EDITOR, name="Otis Organiser"),
        "staff": make_user(name="Sam Staff", is_staff=True),
        "second": make_member(host, role=Role.EDITOR, name="Sid Second"),
    }
    life = Life(people)
    for add in (add_screened, add_planned, add_judged, add_decided):
        add(life, host)
    # What waits for a decision hides as well.
    Conflict.objects.filter(panellist__user=people["chair"]).update(state=ConflictState.OPEN)
    for role in WORKED:
        life.feed = draw_feed(by=people[role], now=NOW)
    return life


def add_den(life: Life, host: Any, state: str) -> tuple[Den, Pitch, Pitch, list[Panellist]]:
    """A den with both pitches, three panellists with the conflict, and three without."""
    den = make_den(host, by=life.people["owner"], state=state, title=f"A den: {state}")
    pitch_state = PitchState.SUBMITTED if state == DenState.SCREENING else PitchState.ACCEPTED
    firm = make_supplier(f"Firm {len(life.dens)} Ltd")
    words = dict.fromkeys(WORDS, f"{MARK} words")
    hidden = make_pitch(den, firm, state=pitch_state, **words, video_url=f"https://video.example/{MARK}")
    partner = hidden.partners.create(firm=make_supplier(f"Partner {len(life.dens)} Ltd"), role=f"{MARK} homes")
    life.numbers["firms", den.pk].add(partner.pk)
    stored = StoredFile.objects.create(
        name=f"{MARK}.txt",
        media_type="text/plain",
        size=3,
        sha256="0" * 64,
        scan_state="clean",
        uploaded_by=hidden.started_by,
    )
    stored.content.save("file", ContentFile(b"abc"))
    hidden.files.add(stored)
    shown = make_pitch(den, state=pitch_state, title="An idea for all to see")
    free = [make_panellist(den, sector=sector) for sector in PanelSector.values]
    for role in WORKED:
        seat = make_panellist(den, user=life.people[role], is_chair=role == "chair")
        conflict = Conflict.objects.create(
            panellist=seat,
            pitch=hidden,
            ground=ConflictGround.EMPLOYER,
            state=ConflictState.CONFIRMED,
            says=f"{MARK} is theirs",
            found_at=NOW,
        )
        life.numbers["conflicts", den.pk].add(conflict.pk)
        life.numbers["seats", den.pk].add(seat.pk)
    life.dens.append(den)
    life.hidden.append(hidden)
    life.shown.append(shown)
    life.numbers["rooms", den.pk].add(den.rooms.get().pk)
    for word in ("panellists", "step-back"):
        life.numbers[word, den.pk] |= {seat.pk, free[0].pk}
    return den, hidden, shown, free


def add_screened(life: Life, host: Any) -> None:
    _, hidden, _, _ = add_den(life, host, DenState.SCREENING)
    make_view(hidden, life.people["owner"], Verdict.REJECT, f"{MARK} is not new")
    make_view(hidden, life.people["second"], Verdict.REJECT, f"{MARK} has no test")
    Pitch.objects.filter(pk=hidden.pk).update(
        state=PitchState.REJECTED, reason=f"{MARK} is not new", decided_at=NOW, decided_by=life.people["owner"]
    )
    Appeal.objects.create(pitch=hidden, text=f"{MARK} is new", made_by=hidden.started_by, made_at=NOW)


def add_planned(life: Life, host: Any) -> None:
    den, hidden, shown, free = add_den(life, host, DenState.SCHEDULING)
    place(hidden, 0, free)
    place(shown, 1, free)
    release(den)
    set_lock(pitch=hidden, is_locked=True, by=life.people["owner"], now=NOW)
    plan = problem_of(den).previous
    run = PlanRun.objects.create(
        den=den,
        state=PlanState.FINISHED,
        outcome=PlanOutcome.FEASIBLE,
        asked_by=life.people["owner"],
        asked_at=NOW,
        finished_at=NOW,
        plan=plan.to_json() if plan else None,
        steps=[[0.5, 12, 4], [1, 8, 4]],
    )
    life.numbers["plans", den.pk].add(run.pk)
    life.numbers["mine", den.pk] |= {hidden.slot.pk, shown.slot.pk}


def add_judged(life: Life, host: Any) -> None:
    """On its day: the hidden pitch is being heard, and the chair is booked for it still."""
    den, hidden, shown, free = add_den(life, host, DenState.ON_THE_DAY)
    seat = den.panellists.get(user=life.people["chair"])
    slots = make_slot(hidden, [*free, seat]), make_slot(shown, [*free, seat], 1)
    begun(slots[0])
    make_sheet(hidden, free[0])
    make_sheet(shown, free[0])
    life.numbers["mine", den.pk] |= {slot.pk for slot in slots}
    life.numbers["my-scores", den.pk].add(Score.objects.filter(sheet__pitch=hidden)[0].pk)


def add_decided(life: Life, host: Any) -> None:
    den, hidden, shown, free = add_den(life, host, DenState.DECIDING)
    for pitch in (hidden, shown):
        for seat in free:
            make_sheet(pitch, seat)
        make_decision(pitch, Award.SELECTED, reason=f"{'Good' if pitch == shown else MARK}", letter=f"{pitch} wins")
    release_decisions(den=den, by=life.people["owner"], now=NOW)
    life.pilots = [make_pilot(hidden, title=f"{MARK} test", hypothesis=f"{MARK} smells", state="draft")]
    written = {"by": life.people["owner"], "at": NOW, "dated": NOW.date()}
    life.pilots[0].log.create(text=f"{MARK} begins", **written)
    life.pilots[0].spending.create(what=f"{MARK} food", amount=5, **written)


# --- The walk -----------------------------------------------------------------------------------------


def patterns(resolver: Any, namespace: str) -> Iterator[tuple[str, str, list[str]]]:
    """Name, route and the names of its parts, of each address in the room."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern) and pattern.name:
            yield f"{namespace}:{pattern.name}", str(pattern.pattern), list(pattern.pattern.converters)


def rooms() -> Iterator[tuple[str, str, list[str]]]:
    for found in get_resolver().url_patterns:
        if isinstance(found, URLResolver) and found.namespace == "innovation_den":
            yield from patterns(found, "innovation_den")
    for name in ("den-list", "den-detail", "den-programme"):
        yield f"api:{name}", name, [] if name == "den-list" else ["reference"]


def numbers_in(life: Life, den: Den, route: str) -> list[int]:
    """The rows of the den that the address is about; each row that we know of where it does not say."""
    found = re.search(r"([\w-]+)/<int:pk>", route)
    words = {word for word, _ in life.numbers}
    wanted = {found[1]} if found and found[1] in words else words
    return sorted(set().union(*(life.numbers.get((word, den.pk), set()) for word in wanted)))


def choices(life: Life, at: int, route: str, part: str) -> list[Any]:
    """What may stand in a part of an address that has to do with one of the dens."""
    den, hidden, shown = life.dens[at], life.hidden[at].reference, life.shown[at].reference
    if part == "reference":
        begins = route.split("/")[0]
        pilots = [pilot.reference for pilot in life.pilots if pilot.pitch.den_id == den.pk]
        return {"pitches": [hidden, shown], "sheets": [hidden, shown], "pilots": pilots}.get(begins, [den.reference])
    return {
        "pitch": [hidden, shown],
        "pitch_reference": [hidden, shown],
        "pk": numbers_in(life, den, route),
        "number": [1],
        "token": [life.feed],
        "signed": ["nothing"],
        "form": ["csv", "xlsx"],
        "chart": ["measure", "spending"],
        "slug": ["idea", "sessions", "terms"],
        "kind": ["criteria", "sessions", "rooms"],
    }[part]


def walk(life: Life) -> Iterator[tuple[str, str]]:
    for name, route, parts in rooms():
        for at in range(len(life.dens) if parts else 1):
            for args in product(*(choices(life, at, route, part) for part in parts)):
                yield name, reverse(name, args=args)


def text_of(response: Any) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            body = b"\n".join(book.read(name) for name in book.namelist())
    return f"{response.headers}\n{body.decode(errors='replace')}"


def reveals(life: Life, path: str, text: str) -> bool:
    """Whether a word of a hidden pitch stands there, or its reference where the visitor did not write it themselves."""
    return MARK in text or any(pitch.reference in text for pitch in life.hidden if pitch.reference not in path)


def found_by(life: Life, role: str, paths: Iterator[tuple[str, str]], *methods: str) -> dict[str, list[str]]:
    """The addresses at which the person reads of a hidden pitch, by name."""
    client, found = Client(), dict[str, list[str]]()
    client.force_login(life.people[role])
    for name, path in paths:
        for method in methods:
            with transaction.atomic():
                response = getattr(client, method)(path)
                assert response.status_code < 500, path
                if reveals(life, path, text_of(response)):
                    found.setdefault(name, []).append(f"{method} {path} {response.status_code}")
                transaction.set_rollback(True)
    return found


def extra(life: Life) -> Iterator[tuple[str, str]]:
    """Beside the room's own: files, histories and notices."""
    yield "home", reverse("home")
    yield "inbox", reverse("notifications:inbox")
    for pitch in life.hidden:
        yield "file", reverse("files:file-download", args=[pitch.files.get().public_id])
        yield "history", reverse("audit:history", args=["innovation_den", "pitch", pitch.pk])
    for den in life.dens:
        yield "history", reverse("audit:history", args=["innovation_den", "den", den.pk])
    for conflict in Conflict.objects.all():
        yield "history", reverse("audit:history", args=["innovation_den", "conflict", conflict.pk])
    for pilot in life.pilots:
        yield "history", reverse("audit:history", args=["innovation_den", "pilot", pilot.pk])


def for_persons(life: Life) -> Iterator[tuple[str, str]]:
    """Without the open API, which knows no session and answers everybody as it answers the public."""
    return (found for found in walk(life) if not found[0].startswith("api:"))


def test_every_address_is_walked(life: Life) -> None:
    assert {name for name, _ in walk(life)} == {name for name, _, _ in rooms()}


@pytest.mark.slow
@pytest.mark.parametrize("role", WORKED)
def test_conflicted_panellist_reads_of_the_pitch_nowhere(life: Life, role: str) -> None:
    assert found_by(life, role, for_persons(life), "get") == {}


def test_open_api_answers_them_as_it_answers_the_public(life: Life) -> None:
    client = Client()
    client.force_login(life.people["chair"])
    for name, path in walk(life):
        if name.startswith("api:"):
            assert client.get(path).content == Client().get(path).content


@pytest.mark.parametrize("role", WORKED)
def test_nor_in_files_histories_and_notices(life: Life, role: str) -> None:
    assert found_by(life, role, extra(life), "get") == {}


@pytest.mark.slow
def test_nor_by_sending_forms(life: Life) -> None:
    assert found_by(life, "organiser", for_persons(life), "post") == {}


@pytest.mark.slow
def test_the_walk_finds_it_where_no_conflict_hides_it(life: Life) -> None:
    """The owner of the dens, and the public where it is public, read of it at these at least."""
    found = found_by(life, "owner", walk(life), "get")

    assert {
        "innovation_den:pitch-detail",
        "innovation_den:pitch-list",
        "innovation_den:pitch-export",
        "innovation_den:screening-list",
        "innovation_den:screening-give",
        "innovation_den:appeal-decide",
        "innovation_den:conflict-list",
        "innovation_den:conflict-decide",
        "innovation_den:board",
        "innovation_den:programme",
        "innovation_den:schedule-json",
        "innovation_den:programme-ics",
        "innovation_den:day-sheet",
        "innovation_den:result-list",
        "innovation_den:record-detail",
        "innovation_den:record-csv",
        "api:den-programme",
    } - found.keys() == set()
