"""What the scores of a den say together, for those who may read them: no pitch that a conflict hides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from innovation_den.choices import HIDING, Booked, ConflictState, DenState, SheetState, SlotState
from innovation_den.models import (
    Booking,
    Conflict,
    Criterion,
    Den,
    Moderation,
    Panellist,
    Pitch,
    Score,
    ScoreSheet,
    Slot,
)
from innovation_den.queries.sheets import sheets_of
from innovation_den.scoring.means import weighted_mean
from innovation_den.scoring.standings import Mark, Standing, Standings, standings

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

    Person = User | AnonymousUser

AFTER_THE_DAY = frozenset({DenState.DECIDING, DenState.DECIDED, DenState.ARCHIVED})
SCORING = frozenset({DenState.ON_THE_DAY, DenState.DECIDING})  # whose sheets may still come in


@dataclass(frozen=True)
class Given:
    """A score as it counts: what was given first, and what it was changed to after the discussion."""

    score: Score
    changes: list[Moderation]

    @property
    def value(self) -> int | None:
        return self.changes[-1].new_value if self.changes else self.score.value

    @property
    def says(self) -> str:
        """The reason that the firm reads: that of the score as it counts."""
        return (self.changes[-1].reason if self.changes else self.score.reason).strip()

    @property
    def is_changed(self) -> bool:
        return bool(self.changes)


@dataclass(frozen=True)
class Sheet:
    """One panellist's sheet of one pitch as it counts."""

    sheet: ScoreSheet
    given: dict[int, Given]  # by criterion
    mean: Decimal | None

    @property
    def panellist(self) -> Panellist:
        return self.sheet.panellist

    @property
    def changed(self) -> int:
        return sum(given.is_changed for given in self.given.values())


@dataclass(frozen=True)
class CriterionMean:
    criterion: Criterion
    mean: Decimal | None
    scores: int


@dataclass(frozen=True)
class Results:
    """Every sheet that counts, and where each pitch stands. `pitches` are those that the reader may see."""

    den: Den
    criteria: list[Criterion]
    sheets: dict[int, list[Sheet]]  # by pitch
    pitches: dict[int, Pitch]
    standings: Standings[int, int]
    panellists: dict[int, Panellist]  # everybody whose sheets count, in the order of their names
    left_out: int  # sheets of panellists over whose pitch there is a conflict

    @cached_property
    def lines(self) -> list[tuple[int, Pitch, Standing[int]]]:
        """Place, pitch and standing, from the highest to the lowest."""
        return [(place, self.pitches[line.pitch], line) for place, line in enumerate(self.standings.lines, 1)]

    def given_by(self, panellist: int) -> list[Decimal]:
        """What the panellist gave each pitch that the reader may see."""
        sheets = [one for found in self.sheets.values() for one in found if one.panellist.pk == panellist]
        return [one.mean for one in sheets if one.mean is not None]

    def changed(self, pitch: Pitch) -> int:
        return sum(sheet.changed for sheet in self.sheets.get(pitch.pk, []))

    def by_criterion(self, pitch: Pitch) -> list[CriterionMean]:
        """The mean of what each criterion was given; who left it out does not count."""
        found = []
        for criterion in self.criteria:
            given = [sheet.given.get(criterion.pk) for sheet in self.sheets.get(pitch.pk, [])]
            values = [one.value for one in given if one is not None and one.value is not None]
            mean = Decimal(sum(values)) / len(values) if values else None
            found.append(CriterionMean(criterion, mean, len(values)))
        return found


# --- Who may read what ------------------------------------------------------------------------------


def heard_pitches(den: Den) -> QuerySet[Pitch]:
    """What is decided on: invited pitches that were heard, or that somebody has scored."""
    scored = ScoreSheet.objects.submitted().filter(pitch=OuterRef("pk"))
    was_heard = Q(slot__state=SlotState.HEARD, slot__cancelled_at=None)
    return den.pitches.accepted().filter(was_heard | Exists(scored)).select_related("firm").order_by("title", "pk")


def readable_pitches(den: Den, user: Person) -> QuerySet[Pitch]:
    """Those whose scores the user may read: no conflict, not of their own firms, none that they have yet to score."""
    pitches = heard_pitches(den).filter(pk__in=Pitch.objects.without_part_of(user).values("pk"))
    if den.state not in SCORING or not user.is_authenticated:
        return pitches
    return pitches.exclude(pk__in=missing_sheets(den).filter(panellist__user=user).values("slot__pitch"))


def missing_sheets(den: Den) -> QuerySet[Booking]:
    """Seats at a pitch that was heard, without a sheet that was sent. Who stepped back owes none."""
    about = {"pitch": OuterRef("slot__pitch"), "panellist": OuterRef("panellist")}
    return Booking.objects.filter(
        ~Exists(ScoreSheet.objects.submitted().filter(**about)),
        ~Exists(Conflict.objects.filter(**about, state__in=HIDING)),
        slot__den=den,
        slot__cancelled_at=None,
        slot__state=SlotState.HEARD,
        kind=Booked.PANELLIST,
    )


def all_is_submitted(den: Den) -> bool:
    """Every pitch of the programme was heard, or did not come, and every sheet is in."""
    slots = Slot.objects.filter(den=den, cancelled_at=None)
    over = slots.filter(state__in=[SlotState.HEARD, SlotState.NO_SHOW])
    return slots.exists() and slots.count() == over.count() and not missing_sheets(den).exists()


# --- The scores themselves --------------------------------------------------------------------------


def results_of(den: Den, *, user: Person | None = None, places: int | None = None) -> Results:
    """Where each pitch stands; without a user, for the portal's own use, nothing is hidden.

    The scores of what is hidden still tell how severe panellists are; they are shown nowhere, nor counted in anything
    that is.
    """
    criteria = list(den.criteria.all())
    pitches = {pitch.pk: pitch for pitch in (heard_pitches(den) if user is None else readable_pitches(den, user))}
    sheets, left_out = _sheets(den, criteria)
    marks = [
        Mark(pitch, one.panellist.pk, one.mean)
        for pitch, found in sheets.items()
        for one in found
        if one.mean is not None
    ]
    scored = len({mark.pitch for mark in marks if mark.pitch in pitches})
    found = standings(marks, default_places(scored) if places is None else places)
    return Results(
        den=den,
        criteria=criteria,
        sheets={pitch: found for pitch, found in sheets.items() if pitch in pitches},
        pitches=pitches,
        panellists={one.pk: one for one in sorted(_panellists(sheets), key=lambda one: (one.name, one.pk))},
        standings=found if user is None else found.only(pitches.keys()),
        left_out=left_out,
    )


def _panellists(sheets: dict[int, list[Sheet]]) -> set[Panellist]:
    return {one.panellist for found in sheets.values() for one in found}


def default_places(pitches: int) -> int:
    """A third of them, one at least: where nobody has said how many may be selected."""
    return max(1, round(pitches / 3))


def _sheets(den: Den, criteria: Iterable[Criterion]) -> tuple[dict[int, list[Sheet]], int]:
    """Every sheet that counts, by pitch, and how many do not count because of a conflict."""
    weights = {criterion.pk: criterion.weight for criterion in criteria}
    of_heard = {"pitch__in": heard_pitches(den).order_by()}
    counted = sheets_of(den).filter(**of_heard).prefetch_related("scores__moderations")
    found: dict[int, list[Sheet]] = {}
    for sheet in counted.order_by("pitch__title", "pitch_id", "pk"):
        given = {score.criterion_id: Given(score, list(score.moderations.all())) for score in sheet.scores.all()}
        mean = weighted_mean({pk: one.value for pk, one in given.items()}, weights)
        found.setdefault(sheet.pitch_id, []).append(Sheet(sheet, given, mean))
    counting = sum(len(sheets) for sheets in found.values())
    return found, ScoreSheet.objects.submitted().filter(**of_heard).count() - counting


def own_sheets(den: Den, seat: Panellist) -> list[Sheet]:
    """What the panellist sent, as it counts; nothing of a pitch over which they have a conflict."""
    criteria = den.criteria.all()
    found, _ = _sheets(den, criteria)
    sheets = [one for sheets in found.values() for one in sheets if one.sheet.panellist_id == seat.pk]
    pitches = heard_pitches(den).in_bulk([one.sheet.pitch_id for one in sheets])
    for one in sheets:
        one.sheet.pitch = pitches[one.sheet.pitch_id]
    return sheets


def confirmed_conflicts(den: Den) -> QuerySet[Conflict]:
    """Who stepped back, or was kept, from which pitch that was heard."""
    conflicts = Conflict.objects.filter(pitch__in=heard_pitches(den).order_by(), state=ConflictState.CONFIRMED)
    return conflicts.filter(panellist__den=F("pitch__den")).select_related("panellist", "pitch")


def drafts_left(den: Den) -> int:
    """Sheets that somebody began and never sent: they count nowhere."""
    return ScoreSheet.objects.filter(pitch__den=den, state=SheetState.DRAFT).count()
