"""Staff read dens; every write has rules and lives in the actions."""

from __future__ import annotations

from django.contrib import admin

from innovation_den.models import Criterion, Den, EligibilityQuestion, Room, Session
from portal.organisations.admin import ReadOnlyAdmin


@admin.register(Den)
class DenAdmin(ReadOnlyAdmin):
    list_display = ("title", "host", "state", "closes_at", "published_at")
    list_filter = ("state",)
    search_fields = ("title", "reference", "host__name")
    list_select_related = ("host",)


@admin.register(Criterion)
class CriterionAdmin(ReadOnlyAdmin):
    list_display = ("title", "den", "weight", "is_optional")
    list_select_related = ("den",)
    search_fields = ("title", "den__title")


@admin.register(EligibilityQuestion)
class EligibilityQuestionAdmin(ReadOnlyAdmin):
    list_display = ("text", "den", "type")
    list_select_related = ("den",)


@admin.register(Room)
class RoomAdmin(ReadOnlyAdmin):
    list_display = ("name", "den", "place")
    list_select_related = ("den",)


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin):
    list_display = ("starts_at", "den", "slot_minutes", "slot_count", "is_recorded")
    list_select_related = ("den",)
