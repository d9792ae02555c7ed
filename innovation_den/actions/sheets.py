"""Score sheets: kept while a panellist writes, from whichever device, and submitted once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from innovation_den.choices import SHEET_TRANSITIONS, DenState, SheetState, SlotState
from innovation_den.models import Den, Panellist, Pitch, Score, ScoreSheet, Slot
from innovation_den.permissions import scoring_seat
from portal.audit.actions import record
from portal.records import check_transition
from portal.refusals import Reason, Refused, StaleWrite

if TYPE_CHECKING:
    from portal.accounts.models import User

MOST_KEYS = 50  # of earlier browsers that a sheet remembers; nobody scores a pitch on more


@dataclass(frozen=True)
class Written:
    """What stands on a sheet: for each criterion, by its id, a score or none, and why."""

    scores: Mapping[int, tuple[int | None, str]] = field(default_factory=dict)
    comment: str = ""
    private_note: str = ""

    @classmethod
    def on(cls, sheet: ScoreSheet) -> Written:
        scores = {score.criterion_id: (score.value, score.reason) for score in sheet.scores.all()} if sheet.pk else {}
        return cls(scores, sheet.comment, sheet.private_note)

    def without_blanks(self) -> Written:
        scores = {pk: given for pk, given in self.scores.items() if given != (None, "")}
        return Written(scores, self.comment, self.private_note)

    def says_as(self, other: Written) -> bool:
        return self.without_blanks() == other.without_blanks()


@dataclass(frozen=True)
class Copy:
    """Which copy in a browser something comes from. One key a browser and sheet; each change has a higher number."""

    key: UUID
    number: int


@transaction.atomic
def keep_sheet(
    *, pitch: Pitch, written: Written, version: int, by: User, now: datetime, copy: Copy | None = None
) -> ScoreSheet:
    """Keep what the panellist has written so far, and give back the sheet as it then stands.

    A copy that came before, or one older than what came from the same browser, changes nothing. Raises `StaleWrite`
    where another device has written since this one last read, or the sheet is submitted, and they differ.
    """
    panellist = locked_seat(pitch, by)
    sheet = stored_sheet(pitch, panellist, now)
    if (copy and came_before(sheet, copy)) or written.says_as(Written.on(sheet)):
        return sheet
    check_can_be_written(pitch)
    is_newer_here = copy is not None and copy.key == sheet.kept_key and copy.number > sheet.kept_number
    if sheet.is_submitted or not (is_newer_here or version == sheet.version):
        raise StaleWrite(sheet)
    write_sheet(sheet, written, copy, now)
    return sheet


@transaction.atomic
def submit_sheet(*, pitch: Pitch, version: int, by: User, now: datetime) -> ScoreSheet:
    """Submit what is kept: final. Sent twice, it is submitted once.

    Raises `Refused` with every criterion that still needs a score or a reason, `StaleWrite` where another device has
    written since.
    """
    Den.objects.locked(pitch.den_id)
    panellist = locked_seat(pitch, by)
    sheet = stored_sheet(pitch, panellist, now)
    if sheet.is_submitted:
        return sheet
    slot = check_can_be_written(pitch)
    sheet.check_version(version)
    check_transition(SHEET_TRANSITIONS, sheet.state, SheetState.SUBMITTED, "This sheet is submitted already")
    reasons = why_not_submit(pitch, slot, Written.on(sheet))
    if reasons:
        raise Refused(reasons)
    sheet.state, sheet.submitted_at, sheet.saved_at = SheetState.SUBMITTED, now, now
    sheet.bump_version().save()
    record("innovation_den.sheet.submitted", target=pitch.den, by=by, new={"pitch": pitch.reference})
    return sheet


def locked_seat(pitch: Pitch, by: User) -> Panellist:
    """The seat from which `by` scores the pitch, locked: asked again under the lock, as it may have been taken away."""
    seat = scoring_seat(by, pitch)
    if seat:
        Panellist.objects.locked(seat.pk)
        seat = scoring_seat(by, pitch)
    if seat is None:
        raise PermissionDenied
    return seat


def stored_sheet(pitch: Pitch, panellist: Panellist, now: datetime) -> ScoreSheet:
    """The sheet as it is; where there is none yet, an empty one that is not stored, of version 0."""
    sheet = ScoreSheet.objects.select_for_update().filter(pitch=pitch, panellist=panellist).first()
    return sheet or ScoreSheet(pitch=pitch, panellist=panellist, saved_at=now, version=0)


def check_can_be_written(pitch: Pitch) -> Slot:
    """The pitch's slot. Raises `Refused` where it is not the day, or there is nothing to score."""
    slot = Slot.objects.select_related("den").get(pitch=pitch)
    if slot.den.state != DenState.ON_THE_DAY:
        raise Refused("Score sheets can be written on the day alone. This one can no longer be changed, or not yet")
    if slot.state == SlotState.NO_SHOW:
        raise Refused("The firm did not come, so there is nothing to score")
    return slot


def came_before(sheet: ScoreSheet, copy: Copy) -> bool:
    """Whether this very copy, or a later one of the same browser, is in already."""
    if copy.key == sheet.kept_key:
        return copy.number < sheet.kept_number
    return copy.number <= sheet.kept_before.get(str(copy.key), -1)


def write_sheet(sheet: ScoreSheet, written: Written, copy: Copy | None, now: datetime) -> None:
    sheet.comment, sheet.private_note, sheet.saved_at = written.comment, written.private_note, now
    remember(sheet, copy)
    sheet.bump_version().save()
    known = set(sheet.pitch.den.criteria.values_list("pk", flat=True))
    Score.objects.bulk_create(
        [
            Score(sheet=sheet, criterion_id=pk, value=value, reason=reason)
            for pk, (value, reason) in written.scores.items()
            if pk in known
        ],
        update_conflicts=True,
        unique_fields=["sheet", "criterion"],
        update_fields=["value", "reason"],
    )


def remember(sheet: ScoreSheet, copy: Copy | None) -> None:
    """Write down the copy, and the last one of the browser before it: it may come again."""
    key = copy.key if copy else None
    if sheet.kept_key and sheet.kept_key != key:
        before = {**sheet.kept_before, str(sheet.kept_key): sheet.kept_number}
        sheet.kept_before = dict(list(before.items())[-MOST_KEYS:])
    if copy:
        sheet.kept_before.pop(str(copy.key), None)
    sheet.kept_key, sheet.kept_number = key, copy.number if copy else 0


def why_not_submit(pitch: Pitch, slot: Slot, written: Written) -> list[Reason]:
    """Every criterion that needs a score, and every score that needs its reason."""
    reasons = []
    if slot.state not in {SlotState.PITCHING, SlotState.HEARD}:
        reasons.append(Reason("This pitch has not begun. You can submit your sheet once it has"))
    for criterion in pitch.den.criteria.all():
        value, reason = written.scores.get(criterion.pk, (None, ""))
        if value is None and not criterion.is_optional:
            reasons.append(Reason(f"Choose a score for “{criterion.title}”", f"value_{criterion.pk}"))
        elif value is not None and not reason.strip():
            reasons.append(Reason(f"Say why you gave “{criterion.title}” a {value}", f"reason_{criterion.pk}"))
    return reasons
