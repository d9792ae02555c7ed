"""Staff read decisions; every write has rules and lives in the actions."""

from __future__ import annotations

from django.contrib import admin

from innovation_den.models import DecisionRecord, PitchDecision
from portal.organisations.admin import ReadOnlyAdmin


@admin.register(DecisionRecord)
class DecisionRecordAdmin(ReadOnlyAdmin):
    pass


@admin.register(PitchDecision)
class PitchDecisionAdmin(ReadOnlyAdmin):
    pass
