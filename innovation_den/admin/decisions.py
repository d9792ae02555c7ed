"""Staff read decisions; every write has rules and lives in the actions."""

from __future__ import annotations

from django.contrib import admin

from innovation_den.admin.hidden import OfAllPitches, OfAPitch
from innovation_den.models import DecisionRecord, PitchDecision


@admin.register(DecisionRecord)
class DecisionRecordAdmin(OfAllPitches):
    list_display = ["den", "released_at", "released_by"]
    list_select_related = ["den", "released_by"]
    search_fields = ["den__title", "den__reference"]


@admin.register(PitchDecision)
class PitchDecisionAdmin(OfAPitch):
    list_display = ["pitch", "award", "is_letter_edited", "staged_at", "released_at"]
    list_filter = ["award", "is_letter_edited"]
    list_select_related = ["pitch"]
    search_fields = ["pitch__title", "pitch__den__title"]
