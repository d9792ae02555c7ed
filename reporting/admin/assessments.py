"""What authorities say of returns and contracts: staff read it."""

from __future__ import annotations

from django.contrib import admin

from portal.organisations.admin import ReadOnlyAdmin
from reporting.models import Assessment, AssessmentKpi, KpiRating, LineQuery


@admin.register(LineQuery)
class LineQueryAdmin(ReadOnlyAdmin):
    list_display = ["filed", "table", "row", "asked_at", "answered_at", "settled_at"]
    list_select_related = ["filed__contract"]


@admin.register(KpiRating)
class KpiRatingAdmin(ReadOnlyAdmin):
    list_display = ["filed", "kpi_id", "rating", "rated_at"]
    list_select_related = ["filed__contract"]


@admin.register(Assessment)
class AssessmentAdmin(ReadOnlyAdmin):
    list_display = ["contract", "period_end", "state", "rating", "final_at"]
    list_select_related = ["contract"]


@admin.register(AssessmentKpi)
class AssessmentKpiAdmin(ReadOnlyAdmin):
    list_display = ["assessment", "kpi_id", "title", "rating"]
    list_select_related = ["assessment__contract"]
