"""Who reads what of the results: the host, the chair, each panellist, the firms and the public."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from innovation_den.actions.decisions import release_decisions
from innovation_den.actions.moderation import moderate_score
from innovation_den.choices import Award, ConflictGround, ConflictState, DenState, PitchState, SlotState
from innovation_den.models import Booking, Conflict, Pitch, PitchDecision, PitchPartner, Score, ScoreSheet
from portal.notifications.models import Message
from tests.factories import make_member, make_supplier
from tests.innovation_den.makers import NOW, make_decision, make_pitch, make_sheet
from tests.innovation_den.result_makers import Decided, make_deciding
from tests.innovation_den.schedule_makers import make_released

pytestmark = pytest.mark.django_db

LISTS = ["result-list", "result-discussion", "result-panel", "decision-list", "letter-list"]


@dataclass(frozen=True)
class Seen:
    status_code: int
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()


def page(user: Any, name: str, *args: Any, **query: str) -> Seen:
    client = Client()
    if user:
        client.force_login(user)
    response: Any = client.get(reverse(f"innovation_den:{name}", args=args), query)
    return Seen(response.status_code, b"".join(response.streaming_content) if response.streaming else response.content)


def conflict(panellist: Any, pitch: Pitch, state: str = ConflictState.CONFIRMED) -> None:
    fields = {"ground": ConflictGround.DECLARED, "state": state, "says": "Holds shares", "found_at": NOW}
    Conflict.objects.create(panellist=panellist, pitch=pitch, **fields)


def released(decided: Decided) -> Decided:
    for number, pitch in enumerate(decided.pitches):
        make_decision(pitch, Award.SELECTED if number < 2 else Award.NOT_SELECTED, staged_by=decided.organiser)
    release_decisions(den=decided.den, by=decided.organiser, now=NOW)
    decided.den.refresh_from_db()
    return decided


# --- The table --------------------------------------------------------------------------------------


def test_results_stand_in_order_with_intervals_and_the_line() -> None:
    decided = make_deciding()
    answer = page(decided.organiser, "result-list", decided.den.reference)
    titles = [f"{place}. " for place in range(1, 9)]
    assert [answer.text.index(title) for title in titles] == sorted(answer.text.index(title) for title in titles)
    assert "Selection line: 3 may be selected" in answer.text
    assert "Too close to call with the next" in answer.text
    assert "People decide." in answer.text
    assert "Selection line: 5" in page(decided.organiser, "result-list", decided.den.reference, places="5").text
    wrong = page(decided.organiser, "result-list", decided.den.reference, places="many")
    assert "Enter a whole number" in wrong.text
    assert page(decided.organiser, "result-chart", decided.den.reference).text.startswith("<svg")


def test_results_are_downloaded_in_order() -> None:
    decided = make_deciding()
    Pitch.objects.filter(pk=decided.pitches[0].pk).update(title="=1+1")
    lines = page(decided.organiser, "result-list", decided.den.reference, download="csv").text.splitlines()
    assert len(lines) == 9
    assert lines[1].startswith("1,'=1+1,")
    assert [line.split(",")[0] for line in lines[1:]] == [str(place) for place in range(1, 9)]
    assert page(decided.organiser, "result-list", decided.den.reference, download="xlsx").content.startswith(b"PK")


def test_too_few_panellists_are_refused_with_the_reason() -> None:
    decided = make_deciding(panellists=3)
    for name in ("result-list", "result-discussion", "result-panel"):
        answer = page(decided.organiser, name, decided.den.reference)
        assert "There are 8 pitches and 3 panellists with scores." in answer.text
        assert "Too close" not in answer.text
    own = page(decided.panel[0].user, "severity-own", decided.den.reference)
    assert "It is not known. There are 8 pitches and 3 panellists with scores." in own.text


def test_changed_score_is_used_and_said() -> None:
    decided = make_deciding()
    score = Score.objects.filter(sheet__pitch=decided.pitches[0], sheet__panellist=decided.panel[1]).first()
    assert score
    moderate_score(
        score=score, value=0, reason="I misread it", by=decided.panel[1].user, now=NOW, submission_key=uuid4()
    )
    answer = page(decided.organiser, "result-detail", decided.den.reference, decided.pitches[0].reference)
    assert "Changed from 5 to 0 after the discussion" in answer.text
    assert "I misread it" in answer.text
    assert "1 score changed" in page(decided.organiser, "result-discussion", decided.den.reference).text


def test_sheet_of_somebody_with_a_conflict_counts_nowhere() -> None:
    decided = make_deciding()
    before = page(decided.organiser, "result-list", decided.den.reference).text
    conflict(decided.panel[0], decided.pitches[0], ConflictState.OPEN)
    after = page(decided.organiser, "result-list", decided.den.reference).text
    assert "does not count: there is a conflict" not in before
    assert "1 score sheet does not count: there is a conflict" in after.replace("  ", " ")


@pytest.mark.parametrize("name", [*LISTS, "severity-own", "record-detail"])
def test_queries_stay_the_same(name: str) -> None:
    def asked(pitches: int) -> int:
        decided = make_deciding(pitches=pitches)
        if name == "record-detail":
            released(decided)
        else:
            for pitch in decided.pitches:
                make_decision(pitch, staged_by=decided.organiser)
        user = decided.panel[0].user if name == "severity-own" else decided.organiser
        page(user, name, decided.den.reference)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert page(user, name, decided.den.reference).status_code == 200
        return len(queries)

    assert asked(1) == asked(3)


# --- Who reads what ---------------------------------------------------------------------------------


def test_chair_reads_on_the_day_once_all_is_in() -> None:
    den = make_released(2)
    chair = den.panellists.first()
    assert chair
    den.panellists.filter(pk=chair.pk).update(is_chair=True)
    type(den).objects.filter(pk=den.pk).update(state=DenState.ON_THE_DAY)
    assert "Scores are shown after the day" in page(chair.user, "result-list", den.reference).text
    assert page(chair.user, "result-discussion", den.reference).status_code == 404
    den.programme.update(state=SlotState.HEARD)
    assert (
        "score sheets of pitches that were heard are not in yet" in page(chair.user, "result-list", den.reference).text
    )
    for seat in Booking.objects.filter(slot__den=den).exclude(panellist=None).select_related("slot"):
        fields = {"state": "submitted", "saved_at": NOW, "submitted_at": NOW}
        ScoreSheet.objects.create(pitch=seat.slot.pitch, panellist=seat.panellist, **fields)
    assert page(chair.user, "result-discussion", den.reference).status_code == 200
    assert page(den.owner, "result-discussion", den.reference).status_code == 404  # the host waits for the step


def test_own_unsent_sheet_hides_the_scores_of_its_pitch() -> None:
    den = make_released(2)
    type(den).objects.filter(pk=den.pk).update(state=DenState.DECIDING)
    den.programme.update(state=SlotState.HEARD)
    chair = den.panellists.filter(bookings__isnull=False).first()
    assert chair
    den.panellists.filter(pk=chair.pk).update(is_chair=True)
    seats = Booking.objects.filter(slot__den=den).exclude(panellist=None).exclude(panellist=chair)
    for seat in seats.select_related("slot"):
        fields = {"state": "submitted", "saved_at": NOW, "submitted_at": NOW}
        ScoreSheet.objects.create(pitch=seat.slot.pitch, panellist=seat.panellist, **fields)
    owed = Pitch.objects.filter(slot__bookings__panellist=chair)
    assert owed.exists()
    for pitch in owed:
        assert page(chair.user, "result-detail", den.reference, pitch.reference).status_code == 404
        assert page(den.owner, "result-detail", den.reference, pitch.reference).status_code == 200


def test_panellist_sees_own_severity_alone() -> None:
    decided = make_deciding()
    severe = decided.panel[2]
    for name in LISTS:
        assert page(severe.user, name, decided.den.reference).status_code == 404
    answer = page(severe.user, "severity-own", decided.den.reference)
    assert "You score lower than the others would score the same pitches" in answer.text
    assert not [one.name for one in decided.panel if one != severe and one.name in answer.text]
    heard = {f"Idea {number}" for number in (0, 1, 2, 6, 7)}
    assert {title for title in (f"Idea {number}" for number in range(8)) if title in answer.text} <= heard
    panel = page(decided.panel[0].user, "result-panel", decided.den.reference)  # the chair
    assert all(one.name in panel.text for one in decided.panel)


def test_conflict_hides_the_pitch_everywhere_from_a_host_who_also_sits_on_the_panel() -> None:
    decided = make_deciding()
    seat, hidden = decided.panel[3], decided.pitches[2]
    seat.user = decided.organiser
    seat.save(update_fields=["user"])
    for pitch in decided.pitches:
        make_decision(pitch, staged_by=decided.organiser)
    conflict(seat, hidden)
    reference = decided.den.reference
    for name in (*LISTS, "result-chart", "severity-own"):
        answer = page(decided.organiser, name, reference)
        assert answer.status_code == 200
        assert hidden.title not in answer.text, name
        assert hidden.reference not in answer.text, name
    assert hidden.title not in page(decided.organiser, "result-list", reference, download="csv").text
    for name in ("result-detail", "decision-edit", "letter-edit"):
        assert page(decided.organiser, name, reference, hidden.reference).status_code == 404
    release_decisions(den=decided.den, by=decided.organiser, now=NOW)
    for name in ("record-detail", "record-json", "record-csv"):
        assert hidden.title not in page(decided.organiser, name, reference).text
        assert hidden.title in page(None, name, reference).text


# --- Firms and the public ---------------------------------------------------------------------------


@pytest.mark.parametrize("names_panel", [True, False])
def test_panellists_are_named_only_where_the_den_names_them(names_panel: bool) -> None:
    decided = released(make_deciding(names_panel=names_panel))
    conflict(decided.panel[5], decided.pitches[0])
    pitch, reference = decided.pitches[0], decided.den.reference
    told = [page(pitch.started_by, "decision-detail", pitch.reference).text]
    told += [page(None, name, reference).text for name in ("record-detail", "record-json", "record-csv")]
    told += [Message.objects.get(subject__endswith=pitch.title).body, PitchDecision.objects.get(pitch=pitch).letter]
    named = [any(one.name in text for one in decided.panel) for text in told]
    assert named == [names_panel] * len(told)
    assert not [text for text in told if any(one.email in text for one in decided.panel)]
    if not names_panel:
        assert "Panellist 1 (central government)" in told[0]


def test_note_for_the_panel_reaches_no_firm() -> None:
    decided = make_deciding()
    make_sheet(decided.pitches[0], decided.panel[3], private_note="Between us alone")
    released(decided)
    pitch = decided.pitches[0]
    for text in (
        page(pitch.started_by, "decision-detail", pitch.reference).text,
        page(None, "record-json", decided.den.reference).text,
        PitchDecision.objects.get(pitch=pitch).letter,
    ):
        assert "Between us" not in text
    assert "Between us" in page(decided.organiser, "result-detail", decided.den.reference, pitch.reference).text


def test_firm_reads_its_own_letter_with_feedback_by_criterion_and_no_others() -> None:
    decided = make_deciding()
    pitch = decided.pitches[1]
    assert page(pitch.started_by, "decision-detail", pitch.reference).status_code == 404
    released(decided)
    answer = page(pitch.started_by, "decision-detail", pitch.reference)
    assert f"Dear {pitch.firm}" in answer.text
    assert answer.text.count("Seen and weighed.") >= 12  # four criteria, three panellists
    assert page(decided.pitches[0].started_by, "decision-detail", pitch.reference).status_code == 404
    assert page(decided.organiser, "decision-detail", pitch.reference).status_code == 404


def test_partner_reads_the_letter_once_it_has_agreed_to_join() -> None:
    decided = make_deciding(pitches=1)
    (pitch,) = decided.pitches
    firms = [make_supplier("Agreed Ltd"), make_supplier("Asked Ltd")]
    readers = [make_member(firm) for firm in firms]
    for firm, at in zip(firms, (NOW, None), strict=True):
        PitchPartner.objects.create(pitch=pitch, firm=firm, agreed_at=at)
    released(decided)
    assert [page(one, "decision-detail", pitch.reference).status_code for one in readers] == [200, 404]
    told = Message.objects.get(subject__endswith=pitch.title).deliveries
    assert {one.recipient for one in told.all()} == {pitch.started_by, readers[0]}


def test_record_holds_only_numbers_of_what_was_not_heard() -> None:
    decided = make_deciding()
    make_pitch(decided.den, make_supplier("Nobody Ltd"), state=PitchState.REJECTED, title="Turned away")
    make_pitch(decided.den, make_supplier("Gone Ltd"), state=PitchState.WITHDRAWN, title="Taken back", submitted_at=NOW)
    make_pitch(decided.den, make_supplier("Late Ltd"), state=PitchState.DRAFT, title="Never sent")
    released(decided)
    record = page(None, "record-json", decided.den.reference)
    counts = json.loads(record.text)["counts"]
    assert (counts["submitted"], counts["withdrawn"], counts["not_invited"], counts["heard"]) == (10, 1, 1, 8)
    assert (counts["selected"], counts["not_selected"]) == (2, 6)
    for name in ("record-detail", "record-json", "record-csv"):
        text = page(None, name, decided.den.reference).text
        assert not [
            secret for secret in ("Turned away", "Nobody Ltd", "Taken back", "Gone Ltd", "Never sent") if secret in text
        ]
    assert [one["weight"] for one in json.loads(record.text)["criteria"]] == ["3", "2", "2", "1"]
    first = json.loads(record.text)["pitches"][0]
    assert float(first["low"]) < float(first["adjusted"]) < float(first["high"])
