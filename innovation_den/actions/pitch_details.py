"""What belongs to a pitch beside its text: answers of eligibility, half-days and needs, files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from innovation_den.actions.changes import save_changes
from innovation_den.actions.pitches import (
    STILL_TO_BE_HEARD,
    check_takes_pitches,
    locked_pitch,
    locked_pitch_draft,
)
from innovation_den.choices import DenState, Half, PitchState
from innovation_den.models import EligibilityAnswer, EligibilityQuestion, Pitch, PitchHalfDay
from portal.audit.actions import record
from portal.files.actions import remove_file as delete_file
from portal.files.actions import store_file
from portal.files.models import StoredFile
from portal.refusals import Reason, Refused

if TYPE_CHECKING:
    from portal.accounts.models import User

MOST_FILES = 10
WISH, CANNOT = "wish", "cannot"
PLANNED = STILL_TO_BE_HEARD - {DenState.ON_THE_DAY}


@dataclass(frozen=True)
class Given:
    """One answer as the form read it."""

    question: EligibilityQuestion
    is_yes: bool | None = None
    text: str = ""


@transaction.atomic
def save_answers(*, pitch: Pitch, version: int, given: Iterable[Given], by: User, now: datetime) -> Pitch:
    """Keep the answers to the den's own questions; a question of another den is never written."""
    pitch = locked_pitch_draft(pitch, by, now)
    own = set(pitch.den.eligibility_questions.values_list("pk", flat=True))
    wanted = {item.question.pk: (item.is_yes, item.text) for item in given if item.question.pk in own}
    stored = {answer.question_id: (answer.is_yes, answer.text) for answer in pitch.eligibility_answers.all()}
    if {key: value for key, value in wanted.items() if value != (None, "")} == {
        key: value for key, value in stored.items() if value != (None, "")
    }:
        return pitch
    pitch.check_version(version)
    EligibilityAnswer.objects.bulk_create(
        [
            EligibilityAnswer(pitch=pitch, question_id=key, is_yes=is_yes, text=text)
            for key, (is_yes, text) in wanted.items()
        ],
        update_conflicts=True,
        unique_fields=["pitch", "question"],
        update_fields=["is_yes", "text"],
    )
    pitch.bump_version().save(update_fields=["version"])
    record("innovation_den.pitch.saved", target=pitch, by=by, new={"eligibility": "Answered"})
    return pitch


def may_change_days(pitch: Pitch, now: datetime) -> bool:
    """A draft while the call is open, and what is submitted or accepted until its programme stands."""
    if pitch.den.takes_pitches(now):
        return pitch.state in {PitchState.DRAFT, PitchState.SUBMITTED}
    return pitch.state in {PitchState.SUBMITTED, PitchState.ACCEPTED} and pitch.den.state_at(now) in PLANNED


@transaction.atomic
def save_days(
    *,
    pitch: Pitch,
    version: int,
    half_days: Mapping[tuple[date, Half], str],
    fields: Mapping[str, object],
    by: User,
    now: datetime,
) -> Pitch:
    """Keep the half-days that the firm wishes for or cannot come, and what it needs in the room.

    They say nothing of the idea, so they may change until the schedule is settled. A half-day that is given no
    word, or that the den does not have, is free.
    """
    pitch = locked_pitch(pitch, by)
    if not may_change_days(pitch, now):
        check_takes_pitches(pitch.den, now)
        raise Refused("This pitch is withdrawn. Take it up again first")
    held = {session.half_day for session in pitch.den.sessions.all()}
    wanted = {key: word == WISH for key, word in half_days.items() if key in held and word in {WISH, CANNOT}}
    stored = {(row.date, Half(row.half)): row.is_wish for row in pitch.half_days.all()}
    needs = {name: fields[name] for name in ("needs", "needs_note") if name in fields}
    if wanted == stored and all(getattr(pitch, name) == value for name, value in needs.items()):
        return pitch
    pitch.check_version(version)
    pitch.half_days.all().delete()
    PitchHalfDay.objects.bulk_create(
        PitchHalfDay(pitch=pitch, date=day, half=half, is_wish=is_wish) for (day, half), is_wish in wanted.items()
    )
    if not save_changes(pitch, version, needs, frozenset({"needs", "needs_note"})):
        pitch.bump_version().save(update_fields=["version"])
    said = [
        f"{day:%-d %B} {half.label.lower()}: {'wish' if is_wish else 'no'}" for (day, half), is_wish in wanted.items()
    ]
    record("innovation_den.pitch.saved", target=pitch, by=by, new={"half-days": said, **needs})
    return pitch


@transaction.atomic
def save_files(
    *, pitch: Pitch, version: int, uploads: Sequence[UploadedFile], video_url: str, by: User, now: datetime
) -> Pitch:
    """Add files and keep the link to a video. The files are stored last, when nothing else can refuse."""
    pitch = locked_pitch_draft(pitch, by, now)
    if pitch.files.count() + len(uploads) > MOST_FILES:
        raise Refused([Reason(f"A pitch may have up to {MOST_FILES} files. Remove one first", "uploads")])
    if changes := save_changes(pitch, version, {"video_url": video_url}, frozenset({"video_url"})):
        record("innovation_den.pitch.saved", target=pitch, by=by, old=changes.old, new=changes.new)
    elif uploads:
        pitch.check_version(version)
        pitch.bump_version().save(update_fields=["version"])
    for upload in uploads:
        stored = store_file(upload=upload, by=by)
        pitch.files.add(stored)
        record("innovation_den.pitch.file_added", target=pitch, by=by, new={"file": stored.name})
    return pitch


@transaction.atomic
def remove_pitch_file(*, pitch: Pitch, stored_file: StoredFile, by: User, now: datetime) -> None:
    """Delete a file of the draft."""
    pitch = locked_pitch_draft(pitch, by, now)
    if not pitch.files.filter(pk=stored_file.pk).exists():
        return
    delete_file(stored_file=stored_file, by=by)
    pitch.bump_version().save(update_fields=["version"])
    record("innovation_den.pitch.file_removed", target=pitch, by=by, old={"file": stored_file.name})
