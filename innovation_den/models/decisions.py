"""What is changed after the scores are in, what is decided of each pitch, and what the public reads of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from innovation_den.choices import Award
from innovation_den.models.dens import HIGHEST_SCORE
from innovation_den.models.pitches import Pitch
from portal.addresses import address
from portal.organisations.permissions import can_view_organisation
from portal.records import SubmittedOnce, Versioned

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


class Moderation(SubmittedOnce):
    """A score that its panellist changed after the discussion, with the reason. What was given first stays in `Score`.

    What counts is the `new_value` of the last one.
    """

    score = models.ForeignKey("innovation_den.Score", on_delete=models.PROTECT, related_name="moderations")
    old_value = models.PositiveSmallIntegerField(null=True)
    new_value = models.PositiveSmallIntegerField(null=True)
    reason = models.CharField(max_length=1000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="moderation_has_reason"),
            models.CheckConstraint(condition=~Q(old_value=F("new_value")), name="moderation_changes_something"),
            models.CheckConstraint(
                condition=Q(new_value=None) | Q(new_value__lte=HIGHEST_SCORE), name="moderation_on_the_scale"
            ),
        ]
        triggers = [pgtrigger.Protect(name="moderation_is_final", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.score}: {self.old_value} to {self.new_value}"

    def history_visible_to(self, user: User | AnonymousUser) -> bool:
        """The panellist alone, whose score it is."""
        return user.is_authenticated and user.pk == self.score.sheet.panellist.user_id


class PitchDecision(Versioned):
    """What is decided of a pitch: staged in private, released with all the others."""

    pitch = models.OneToOneField("innovation_den.Pitch", on_delete=models.PROTECT, related_name="decision")
    award = models.CharField(max_length=12, choices=Award.choices)
    reason = models.TextField("why, as the public reads it", max_length=3000)
    letter = models.TextField(max_length=20_000, blank=True)
    is_letter_edited = models.BooleanField(default=False, help_text="What people wrote is never made anew.")
    letter_award = models.CharField(
        max_length=12, choices=Award.choices, blank=True, help_text="What was decided when the letter was edited."
    )
    feedback = models.JSONField(default=dict, blank=True, help_text="By criterion, frozen when it is released.")
    staged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    staged_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pitch__title", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(award__in=Award.values), name="award_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="decision_has_reason"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="released_decision_is_final",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__released_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.pitch}: {self.get_award_display()}"

    def get_absolute_url(self) -> str:
        return address("innovation_den:decision-detail", self.pitch.reference)

    def history_visible_to(self, user: User | AnonymousUser) -> bool:
        """The host's members and staff, but nobody who has a conflict over the pitch or belongs to its firms."""
        may = can_view_organisation(user, self.pitch.den.host)
        return may and Pitch.objects.without_part_of(user).filter(pk=self.pitch_id).exists()


class DecisionRecord(models.Model):
    """What the public reads of a den's decision, frozen when it is released. Opinion of people, held by numbers."""

    den = models.OneToOneField("innovation_den.Den", on_delete=models.PROTECT, related_name="decision_record")
    content = models.JSONField(help_text="Criteria, weights, recusals, raw and adjusted scores, awards and reasons.")
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField()

    class Meta:
        triggers = [pgtrigger.Protect(name="record_is_final", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"Decision of {self.den}"
