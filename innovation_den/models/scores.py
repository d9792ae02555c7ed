"""Scores: what each panellist gives, criterion by criterion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from innovation_den.choices import SheetState
from innovation_den.models.dens import HIGHEST_SCORE
from portal.records import Versioned

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


class SheetQuerySet(models.QuerySet["ScoreSheet"]):
    def own(self, user: User | AnonymousUser) -> SheetQuerySet:
        """The user's own. Nobody reads another's before both are submitted: `permissions.can_read_sheet`."""
        return self.filter(panellist__user=user) if user.is_authenticated else self.none()

    def submitted(self) -> SheetQuerySet:
        return self.filter(state=SheetState.SUBMITTED)


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

    def __str__(self) -> str:
        return f"{self.panellist} on {self.pitch}"

    @property
    def is_submitted(self) -> bool:
        return self.state == SheetState.SUBMITTED


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

    def __str__(self) -> str:
        return f"{self.criterion}: {'left out' if self.value is None else self.value}"
