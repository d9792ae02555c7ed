"""Scores: what each panellist gives, criterion by criterion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pgtrigger
from django.db import models
from django.db.models import Exists, OuterRef, Q

from innovation_den.choices import HIDING, DenState, SheetState
from innovation_den.models.dens import HIGHEST_SCORE
from innovation_den.models.panels import Conflict, Panellist
from innovation_den.models.pitches import Pitch
from portal.organisations.models import Organisation
from portal.records import Versioned

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

AFTER_THE_DAY = frozenset({DenState.DECIDING, DenState.DECIDED, DenState.ARCHIVED})


class SheetQuerySet(models.QuerySet["ScoreSheet"]):
    def own(self, user: User | AnonymousUser) -> SheetQuerySet:
        """Those of the user's seats today. Nobody reads another's before both are submitted: `visible_to`."""
        return self.filter(panellist__in=Panellist.objects.of_user(user))

    def visible_to(self, user: User | AnonymousUser) -> SheetQuerySet:
        """The user's own; those of their peers once each has submitted theirs; all that were submitted, after the day.

        After the day means: for the chair, the host's members and staff, once the den decides. Never one of a
        pitch over which the user has a conflict, and never for anybody of its firms.
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        seats = Panellist.objects.of_user(user)
        sent_too = ScoreSheet.objects.filter(pitch=OuterRef("pitch"), panellist__in=seats, state=SheetState.SUBMITTED)
        chaired = Q(pitch__den__in=seats.filter(is_chair=True).values("den"))
        hosted = Q(pitch__den__host__in=Organisation.objects.of_user(user).values("pk"))
        after = Q(pitch__den__state__in=AFTER_THE_DAY)
        if not user.is_staff:
            after &= chaired | hosted
        free = Pitch.objects.without_part_of(user).values("pk")
        others = Q(state=SheetState.SUBMITTED) & ~Exists(_stepped_back()) & (Exists(sent_too) | after)
        return self.filter(Q(panellist__in=seats) | others, pitch__in=free)

    def submitted(self) -> SheetQuerySet:
        return self.filter(state=SheetState.SUBMITTED)

    def counted(self) -> SheetQuerySet:
        """Those that count: submitted, and their panellist has no conflict over the pitch, found then or later."""
        return self.submitted().exclude(Exists(_stepped_back()))


def _stepped_back() -> models.QuerySet[Conflict]:
    return Conflict.objects.filter(pitch=OuterRef("pitch"), panellist=OuterRef("panellist"), state__in=HIDING)


class ScoreSheet(Versioned):
    """What one panellist thinks of one pitch. Saved as they write; final once it is submitted."""

    pitch = models.ForeignKey("innovation_den.Pitch", on_delete=models.PROTECT, related_name="sheets")
    panellist = models.ForeignKey("innovation_den.Panellist", on_delete=models.PROTECT, related_name="sheets")
    state = models.CharField(max_length=10, choices=SheetState.choices, default=SheetState.DRAFT)
    comment = models.TextField("for the firm", max_length=3000, blank=True)
    private_note = models.TextField("for the panel alone", max_length=3000, blank=True)
    # Of the last page that was kept: a copy that was waiting in a browser and is older changes nothing.
    kept_key = models.UUIDField(null=True, blank=True)
    kept_number = models.PositiveIntegerField(default=0)
    kept_before = models.JSONField(
        default=dict, blank=True, help_text="The last number that came under each earlier key: {key: number}."
    )
    saved_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)

    objects = SheetQuerySet.as_manager()

    class Meta:
        ordering = ["pitch__title", "panellist__name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["pitch", "panellist"], name="sheet_once_each"),
            models.CheckConstraint(
                condition=Q(state=SheetState.DRAFT, submitted_at=None)
                | Q(state=SheetState.SUBMITTED, submitted_at__isnull=False),
                name="sheet_submitted_has_time",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="submitted_sheet_is_final",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__state=SheetState.SUBMITTED),
            )
        ]

    def __str__(self) -> str:
        return f"{self.panellist} on {self.pitch}"

    @property
    def is_submitted(self) -> bool:
        return self.state == SheetState.SUBMITTED


# What was given first stays: a change after the discussion is a row of its own.
SUBMITTED_SCORES = pgtrigger.Trigger(
    name="submitted_score_is_final",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    declare=[("held", "bigint")],
    func=f"""
        held := CASE WHEN TG_OP = 'INSERT' THEN NEW.sheet_id ELSE OLD.sheet_id END;
        IF EXISTS (SELECT 1 FROM innovation_den_scoresheet WHERE id = held AND state = '{SheetState.SUBMITTED}') THEN
            RAISE EXCEPTION 'The scores of a submitted sheet are final' USING ERRCODE = 'check_violation';
        END IF;
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        RETURN NEW;
    """,  # noqa: S608 - a word of this app
)


class Score(models.Model):
    """One criterion of one sheet: 0 to 5, or none where it may be left out, with the reason."""

    sheet = models.ForeignKey(ScoreSheet, on_delete=models.CASCADE, related_name="scores")
    criterion = models.ForeignKey("innovation_den.Criterion", on_delete=models.PROTECT, related_name="scores")
    value = models.PositiveSmallIntegerField(null=True, blank=True)
    reason = models.TextField(max_length=2000, blank=True)

    class Meta:
        ordering = ["criterion__position", "criterion_id"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "criterion"], name="score_once_a_criterion"),
            models.CheckConstraint(condition=Q(value=None) | Q(value__lte=HIGHEST_SCORE), name="score_on_the_scale"),
        ]
        triggers = [SUBMITTED_SCORES]

    def __str__(self) -> str:
        return f"{self.criterion}: {'left out' if self.value is None else self.value}"
