"""Staff read pilots; every write has rules and lives in the actions."""

from __future__ import annotations

from django.contrib import admin

from innovation_den.models import LogEntry, Pilot, PilotAmendment, ReviewPoint, SpendEntry, StopRule
from portal.organisations.admin import ReadOnlyAdmin


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    pass


@admin.register(Pilot)
class PilotAdmin(ReadOnlyAdmin):
    pass


@admin.register(PilotAmendment)
class PilotAmendmentAdmin(ReadOnlyAdmin):
    pass


@admin.register(ReviewPoint)
class ReviewPointAdmin(ReadOnlyAdmin):
    pass


@admin.register(SpendEntry)
class SpendEntryAdmin(ReadOnlyAdmin):
    pass


@admin.register(StopRule)
class StopRuleAdmin(ReadOnlyAdmin):
    pass
