"""Decisions: staged in private, held to their rules, released together and once."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, transaction

from innovation_den.actions.decisions import edit_letter, release_decisions, stage_decision
from innovation_den.actions.dens import move_den
from innovation_den.actions.moderation import moderate_score
from innovation_den.choices import Award, ConflictGround, ConflictState, DenState, PitchState
from innovation_den.models import Conflict, DecisionRecord, Moderation, PitchDecision, Score
from innovation_den.queries.decisions import staged_of, why_not_release
from portal.notifications.models import Delivery
from portal.refusals import Refused, StaleWrite
from tests.factories import make_member
from tests.innovation_den.makers import NOW, make_decision, make_pitch
from tests.innovation_den.result_makers import Decided, make_deciding

pytestmark = pytest.mark.django_db

FINAL = r"Cannot (update|delete)"


@pytest.fixture
def decided() -> Decided:
    return make_deciding()


def stage_all(decided: Decided) -> None:
    for number, pitch in enumerate(decided.pitches):
        make_decision(pitch, Award.SELECTED if number < 2 else Award.NOT_SELECTED, staged_by=decided.organiser)


def stage(decided: Decided, number: int = 0, **fields: object) -> PitchDecision:
    pitch = decided.pitches[number]
    fields = {"award": Award.SELECTED, "reason": "The strongest case.", "version": 0, "by": decided.organiser, **fields}
    return stage_decision(pitch=pitch, now=NOW, **fields)  # type: ignore[arg-type]


def test_staged_decision_is_changed_until_the_release(decided) -> None:
    first = stage(decided)
    again = stage(decided, award=Award.RESERVE, version=first.version)
    assert (again.pk, again.award, again.version) == (first.pk, Award.RESERVE, 2)
    with pytest.raises(StaleWrite):
        stage(decided, award=Award.NOT_SELECTED, version=first.version)
    assert stage(decided, award=Award.RESERVE, version=1).version == 2  # the same form, sent twice


def test_staging_says_all_that_is_missing(decided) -> None:
    with pytest.raises(Refused) as refused:
        stage(decided, award="winner", reason=" ")
    assert [reason.field for reason in refused.value.reasons] == ["award", "reason"]


@pytest.mark.parametrize("state", [DenState.ON_THE_DAY, DenState.DECIDED, DenState.ARCHIVED])
def test_nothing_is_staged_at_another_step(state: str) -> None:
    decided = make_deciding(pitches=1, state=state)
    with pytest.raises(Refused, match="another step"):
        stage(decided)


def test_only_writers_of_the_host_stage_and_release(decided) -> None:
    stage_all(decided)
    for person in (decided.panel[0].user, make_member(decided.host, role="viewer"), decided.pitches[0].started_by):
        with pytest.raises(PermissionDenied):
            stage(decided, by=person)
        with pytest.raises(PermissionDenied):
            release_decisions(den=decided.den, by=person, now=NOW)


def test_organiser_with_a_conflict_decides_nothing_of_that_pitch(decided) -> None:
    seat = decided.panel[0]
    seat.user = decided.organiser
    seat.save(update_fields=["user"])
    conflict(decided, 0, 3)
    with pytest.raises(PermissionDenied):
        stage(decided, 3)
    assert decided.pitches[3].title not in {one.pitch.title for one in staged_of(decided.den, user=decided.organiser)}
    assert stage(decided, 4)


def conflict(decided: Decided, panellist: int, pitch: int, state: str = ConflictState.CONFIRMED) -> Conflict:
    return Conflict.objects.create(
        panellist=decided.panel[panellist],
        pitch=decided.pitches[pitch],
        ground=ConflictGround.DECLARED,
        state=state,
        says="Holds shares in the firm",
        found_at=NOW,
    )


# --- What keeps them back ---------------------------------------------------------------------------


def test_release_needs_a_decision_on_each_pitch_that_was_heard(decided) -> None:
    make_pitch(decided.den, state=PitchState.REJECTED)
    stage(decided)
    assert why_not_release(decided.den, NOW) == ["7 pitches have no decision yet. Decide on each pitch that was heard"]
    with pytest.raises(Refused, match="7 pitches have no decision yet"):
        release_decisions(den=decided.den, by=decided.organiser, now=NOW)
    assert not PitchDecision.objects.exclude(released_at=None).exists()


def test_open_conflicts_and_letters_of_another_award_keep_it_back(decided) -> None:
    stage_all(decided)
    conflict(decided, 0, 0, ConflictState.OPEN)
    decision = PitchDecision.objects.get(pitch=decided.pitches[0])
    decision = edit_letter(decision=decision, letter="You won.", version=1, by=decided.organiser, now=NOW)
    assert len(why_not_release(decided.den, NOW)) == 1
    decision = stage(decided, award=Award.NOT_SELECTED, version=decision.version)
    assert why_not_release(decided.den, NOW) == [
        "1 letter was edited before another decision was chosen. Read each again and save it",
        "1 conflict waits for a decision. Confirm each, or dismiss it with a reason",
    ]
    edit_letter(decision=decision, letter="Not this time.", version=decision.version, by=decided.organiser, now=NOW)
    assert len(why_not_release(decided.den, NOW)) == 1


def test_nothing_heard_is_nothing_to_decide() -> None:
    empty = make_deciding(scored=False)
    assert why_not_release(empty.den, NOW) == [
        "No pitch was heard, so there is nothing to decide. Call the den off instead"
    ]


def test_den_is_decided_by_the_release_alone(decided) -> None:
    stage_all(decided)
    with pytest.raises(Refused, match="Release the decisions"):
        move_den(den=decided.den, to=DenState.DECIDED, by=decided.organiser, now=NOW)


# --- The release ------------------------------------------------------------------------------------


def test_release_sends_each_letter_once_and_decides_the_den(decided) -> None:
    stage_all(decided)
    made = release_decisions(den=decided.den, by=decided.organiser, now=NOW)
    assert release_decisions(den=decided.den, by=decided.organiser, now=NOW) == made

    decided.den.refresh_from_db()
    assert (decided.den.state, decided.den.decided_at) == (DenState.DECIDED, NOW)
    told = Delivery.objects.filter(message__subject__startswith="Decision on your pitch")
    assert told.count() == 8
    assert {one.recipient for one in told} == {pitch.started_by for pitch in decided.pitches}
    for decision in PitchDecision.objects.all():
        message = told.get(recipient=decision.pitch.started_by).message
        assert message.body == decision.letter
        assert f"Dear {decision.pitch.firm}" in decision.letter
        assert message.path == f"/dens/pitches/{decision.pitch.reference}/decision/"


def test_edited_letter_goes_out_as_it_was_written(decided) -> None:
    stage_all(decided)
    first = PitchDecision.objects.get(pitch=decided.pitches[0])
    edit_letter(decision=first, letter="In our own words.\r\nTwo lines.", version=1, by=decided.organiser, now=NOW)
    score = Score.objects.filter(sheet__pitch=decided.pitches[0], sheet__panellist=decided.panel[0]).first()
    moderate_score(
        score=score, value=0, reason="It was too kind", by=decided.panel[0].user, now=NOW, submission_key=uuid4()
    )
    release_decisions(den=decided.den, by=decided.organiser, now=NOW)
    first.refresh_from_db()
    assert first.letter == "In our own words.\nTwo lines."
    other = PitchDecision.objects.get(pitch=decided.pitches[1])
    assert "What the panel scored" in other.letter


def test_released_decision_and_record_are_final_in_the_database(decided) -> None:
    stage_all(decided)
    made = release_decisions(den=decided.den, by=decided.organiser, now=NOW)
    decisions, records = PitchDecision.objects.filter(pitch__den=decided.den), DecisionRecord.objects.filter(pk=made.pk)
    for change in (
        lambda: decisions.update(award=Award.SELECTED),
        lambda: decisions.update(letter="Something else"),
        lambda: decisions.delete(),
        lambda: records.update(content={}),
        lambda: records.delete(),
    ):
        with pytest.raises(DatabaseError, match=FINAL), transaction.atomic():
            change()


def test_failing_release_changes_nothing(decided, monkeypatch) -> None:
    stage_all(decided)
    monkeypatch.setattr("innovation_den.actions.decisions.tell", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        release_decisions(den=decided.den, by=decided.organiser, now=NOW)
    decided.den.refresh_from_db()
    assert decided.den.state == DenState.DECIDING
    assert not DecisionRecord.objects.exists()
    assert not PitchDecision.objects.exclude(released_at=None).exists()


# --- Changes after the discussion -------------------------------------------------------------------


def test_changed_score_counts_and_the_first_stays(decided) -> None:
    panellist, pitch = decided.panel[0], decided.pitches[0]
    score = Score.objects.filter(sheet__pitch=pitch, sheet__panellist=panellist).first()
    assert score.value == 5
    change = {"reason": "The risk was explained", "by": panellist.user, "now": NOW}
    made = moderate_score(score=score, value=3, submission_key=uuid4(), **change)
    assert (made.old_value, made.new_value) == (5, 3)
    assert moderate_score(score=score, value=3, submission_key=made.submission_key, **change) == made
    moderate_score(score=score, value=4, submission_key=uuid4(), **change)

    score.refresh_from_db()
    assert score.value == 5
    assert list(score.moderations.values_list("old_value", "new_value")) == [(5, 3), (3, 4)]
    results = staged_of(decided.den)[0].results
    (own,) = [sheet for sheet in results.sheets[pitch.pk] if sheet.panellist == panellist]
    assert own.given[score.criterion_id].value == 4
    assert float(own.mean) == pytest.approx((4 * 3 + 5 * 2 + 5 * 2 + 5) / 8)
    assert results.changed(pitch) == 1


@pytest.mark.parametrize(
    ("value", "reason", "says"),
    [
        (None, "Changed my mind", "may not be left out"),
        (6, "Changed my mind", "Choose a score from 0 to 5"),
        (5, "Changed my mind", "This is the score that you gave"),
        (3, "  ", "Enter the reason for the change"),
    ],
)
def test_change_is_refused(decided, value, reason: str, says: str) -> None:
    score = Score.objects.filter(sheet__pitch=decided.pitches[0], sheet__panellist=decided.panel[0]).first()
    with pytest.raises(Refused, match=says):
        moderate_score(
            score=score, value=value, reason=reason, by=decided.panel[0].user, now=NOW, submission_key=uuid4()
        )


def test_nobody_changes_anothers_score_or_one_after_the_release(decided) -> None:
    score = Score.objects.filter(sheet__pitch=decided.pitches[0], sheet__panellist=decided.panel[0]).first()
    change = {"score": score, "value": 1, "reason": "No", "now": NOW}
    for person in (decided.panel[1].user, decided.organiser):
        with pytest.raises(PermissionDenied):
            moderate_score(by=person, submission_key=uuid4(), **change)
    conflict(decided, 0, 0)
    with pytest.raises(PermissionDenied):
        moderate_score(by=decided.panel[0].user, submission_key=uuid4(), **change)
    Conflict.objects.all().delete()
    type(decided.den).objects.filter(pk=decided.den.pk).update(state=DenState.DECIDED, decided_at=NOW)
    with pytest.raises(Refused, match="until the decisions are released"):
        moderate_score(by=decided.panel[0].user, submission_key=uuid4(), **change)


def test_moderation_is_final_in_the_database(decided) -> None:
    score = Score.objects.filter(sheet__pitch=decided.pitches[0]).first()
    made = Moderation.objects.create(
        score=score, old_value=5, new_value=2, reason="Because", by=decided.organiser, at=NOW
    )
    for change in (lambda: Moderation.objects.update(new_value=5), lambda: made.delete()):
        with pytest.raises(DatabaseError, match=FINAL), transaction.atomic():
            change()
    for fields in ({"reason": ""}, {"new_value": 6}, {"new_value": 5}):
        whole = {"old_value": 5, "new_value": 2, "reason": "Because", **fields}
        with pytest.raises(IntegrityError), transaction.atomic():
            Moderation.objects.create(score=score, by=decided.organiser, at=NOW, **whole)
