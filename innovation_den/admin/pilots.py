"""Staff read pilots; every write has rules and lives in the actions."""

from __future__ import annotations

from django.contrib import admin

from innovation_den.admin.hidden import OfAPitch
from innovation_den.models import LogEntry, Pilot, PilotAmendment, ReviewPoint, SpendEntry, StopRule


@admin.register(LogEntry)
class LogEntryAdmin(OfAPitch):
    to_pitch = "pilot__pitch"


@admin.register(Pilot)
class PilotAdmin(OfAPitch):
    pass


@admin.register(PilotAmendment)
class PilotAmendmentAdmin(OfAPitch):
    to_pitch = "pilot__pitch"


@admin.register(ReviewPoint)
class ReviewPointAdmin(OfAPitch):
    to_pitch = "pilot__pitch"


@admin.register(SpendEntry)
class SpendEntryAdmin(OfAPitch):
    to_pitch = "pilot__pitch"


@admin.register(StopRule)
class StopRuleAdmin(OfAPitch):
    to_pitch = "pilot__pitch"
