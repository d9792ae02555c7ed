"""Panellists: who they are, when they are free, and what stands between them and a pitch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from innovation_den.choices import ConflictGround, ConflictState, Half, PanellistState, PanelSector
from portal.organisations.permissions import can_view_organisation
from portal.records import SubmittedOnce, Versioned

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


class PanellistQuerySet(models.QuerySet["Panellist"]):
    def accepted(self) -> PanellistQuerySet:
        return self.filter(state=PanellistState.ACCEPTED)

    def of_user(self, user: User | AnonymousUser) -> PanellistQuerySet:
        """The seats that the user holds today; a panellist who was stood down holds none."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.accepted().filter(user=user)

    def locked(self, pk: int) -> Panellist:
        return self.select_for_update(no_key=True, of=("self",)).select_related("den").get(pk=pk)


@pghistory.track()
class Panellist(Versioned, SubmittedOnce):
    """A person who hears pitches in one den. Invited by e-mail; `user` is theirs once they accept."""

    den = models.ForeignKey("innovation_den.Den", on_delete=models.CASCADE, related_name="panellists")
    email = models.EmailField()
    name = models.CharField(max_length=150)
    sector = models.CharField(max_length=10, choices=PanelSector.choices)
    employer_name = models.CharField("employer", max_length=200)
    employer = models.ForeignKey(
        "organisations.Organisation", null=True, blank=True, on_delete=models.SET_NULL, related_name="panel_seats"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="panel_seats"
    )
    state = models.CharField(max_length=10, choices=PanellistState.choices, default=PanellistState.INVITED)
    is_chair = models.BooleanField(default=False, help_text="Sees who has scored, and moderates.")
    expertise = models.ManyToManyField("techmap.Capability", blank=True, related_name="panellists")
    interests = models.TextField(
        "interests", max_length=3000, blank=True, help_text="Shares, posts, family and the like, in their own words."
    )
    has_declared = models.BooleanField("said what interests they have, or that they have none", default=False)
    token_hash = models.CharField(max_length=64, blank=True, editable=False, help_text="Of the link in the invitation.")
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    stood_down_reason = models.CharField(max_length=500, blank=True)

    objects = PanellistQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint("den", Lower("email"), name="panellist_email_once"),
            models.UniqueConstraint(fields=["den", "user"], name="panellist_user_once"),
            models.CheckConstraint(condition=Q(sector__in=PanelSector.values), name="panellist_sector_known"),
            models.CheckConstraint(condition=Q(state__in=PanellistState.values), name="panellist_state_known"),
            models.CheckConstraint(
                condition=~Q(state=PanellistState.ACCEPTED) | Q(user__isnull=False),
                name="panellist_accepted_is_someone",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def history_visible_to(self, user: User | AnonymousUser) -> bool:
        """The den's host and staff."""
        return can_view_organisation(user, self.den.host)


class FreeHalfDay(models.Model):
    """A half-day on which the panellist can come. Without a row they cannot."""

    panellist = models.ForeignKey(Panellist, on_delete=models.CASCADE, related_name="free_half_days")
    date = models.DateField()
    half = models.CharField(max_length=2, choices=Half.choices)

    class Meta:
        ordering = ["date", "half"]
        constraints = [models.UniqueConstraint(fields=["panellist", "date", "half"], name="free_half_day_once")]

    def __str__(self) -> str:
        return f"{self.date} {self.get_half_display().lower()}"


@pghistory.track()
class Conflict(models.Model):
    """What stands, or seems to stand, between a panellist and a pitch. Decided on, never ignored.

    While it is open or confirmed the panellist sees nothing of the pitch, anywhere.
    """

    panellist = models.ForeignKey(Panellist, on_delete=models.CASCADE, related_name="conflicts")
    pitch = models.ForeignKey("innovation_den.Pitch", on_delete=models.CASCADE, related_name="conflicts")
    ground = models.CharField(max_length=12, choices=ConflictGround.choices)
    state = models.CharField(max_length=10, choices=ConflictState.choices, default=ConflictState.OPEN)
    says = models.CharField(max_length=500, help_text="What was found or said, in words.")
    found_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField("why it was dismissed", max_length=1000, blank=True)

    class Meta:
        ordering = ["panellist__name", "pitch__title", "id"]
        constraints = [
            models.UniqueConstraint(fields=["panellist", "pitch", "ground"], name="conflict_once_a_ground"),
            models.CheckConstraint(condition=Q(state__in=ConflictState.values), name="conflict_state_known"),
            models.CheckConstraint(condition=Q(ground__in=ConflictGround.values), name="conflict_ground_known"),
            models.CheckConstraint(
                condition=~Q(state=ConflictState.DISMISSED) | ~Q(reason=""), name="conflict_dismissal_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.panellist}: {self.get_ground_display()}"

    def history_visible_to(self, user: User | AnonymousUser) -> bool:
        """Members of the host and staff, but nobody who has a part in the pitch themselves."""
        from innovation_den.models.pitches import Pitch

        seen = Pitch.objects.without_part_of(user).filter(pk=self.pitch_id)
        return can_view_organisation(user, self.panellist.den.host) and seen.exists()
