"""Staff read pitches; every write has rules and lives in the actions.

Staff who sit on a panel have a conflict like anybody else: here, too, the pitch is not there for them.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from innovation_den.models import EligibilityAnswer, Pitch, PitchHalfDay, PitchPartner
from portal.organisations.admin import ReadOnlyAdmin


@admin.register(Pitch)
class PitchAdmin(ReadOnlyAdmin):
    list_display = ("title", "firm", "den", "state", "submitted_at")
    list_filter = ("state",)
    search_fields = ("title", "reference", "firm__name", "den__title")
    list_select_related = ("firm", "den")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pitch]:
        """What was handed in to a call that has closed; drafts are the firm's own."""
        return Pitch.objects.visible_to(request.user)  # type: ignore[arg-type]


class OfVisiblePitches(ReadOnlyAdmin):
    """What belongs to pitches that the person may read."""

    list_select_related = ("pitch",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        pitches = Pitch.objects.visible_to(request.user)  # type: ignore[arg-type]
        return super().get_queryset(request).filter(pitch__in=pitches.values("pk"))


@admin.register(PitchPartner)
class PitchPartnerAdmin(OfVisiblePitches):
    list_display = ("pitch", "firm", "agreed_at")


@admin.register(EligibilityAnswer)
class EligibilityAnswerAdmin(OfVisiblePitches):
    list_display = ("pitch", "question", "is_yes")


@admin.register(PitchHalfDay)
class PitchHalfDayAdmin(OfVisiblePitches):
    list_display = ("pitch", "date", "half", "is_wish")
