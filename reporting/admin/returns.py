"""Returns: staff read those that were submitted."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from portal.organisations.admin import ReadOnlyAdmin, ReadOnlyInline
from reporting.models import Answer, Reminder, Return, ReturnLine


class AnswerInline(ReadOnlyInline):
    model = Answer
    fk_name = "filed"


@admin.register(Return)
class ReturnAdmin(ReadOnlyAdmin):
    """Submitted ones alone: until then a return is its supplier's. What it says stands on its own page."""

    exclude = ["data"]
    inlines = [AnswerInline]
    list_display = ["contract", "period_start", "revision", "state", "is_nil", "due_at", "submitted_at"]
    list_filter = ["state", "is_nil", "standard"]
    search_fields = ["contract__title", "contract__number", "supplier__name"]
    list_select_related = ["contract"]
    date_hierarchy = "period_start"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Return]:
        return super().get_queryset(request).filter(submitted_at__isnull=False)


@admin.register(ReturnLine)
class ReturnLineAdmin(ReadOnlyAdmin):
    """Of submitted returns alone. What a line says stands on the return's page."""

    exclude = ["data"]
    list_display = ["filed", "table", "number", "supplier"]
    list_filter = ["table"]
    search_fields = ["filed__contract__title", "filed__contract__number"]
    list_select_related = ["filed__contract", "supplier"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReturnLine]:
        return super().get_queryset(request).filter(filed__submitted_at__isnull=False)


@admin.register(Reminder)
class ReminderAdmin(ReadOnlyAdmin):
    list_display = ["filed", "to", "stage", "day"]
    list_filter = ["to"]
    list_select_related = ["filed__contract"]
    date_hierarchy = "day"
