"""Contracts, schemes and returns: staff read them; every write has rules and lives in the actions."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from portal.organisations.admin import ReadOnlyAdmin, ReadOnlyInline
from reporting.models import (
    Amendment,
    Answer,
    BaselineKpi,
    BaselineMilestone,
    Contract,
    ContractParty,
    Return,
    ReturnLine,
    Scheme,
    SchemeYear,
)


@admin.register(Scheme)
class SchemeAdmin(ReadOnlyAdmin):
    list_display = ["name", "department", "category", "organisation", "is_imported"]
    list_filter = ["is_imported", "category"]
    search_fields = ["name", "code", "department"]
    list_select_related = ["organisation"]


@admin.register(SchemeYear)
class SchemeYearAdmin(ReadOnlyAdmin):
    list_display = ["scheme", "year", "own_confidence", "whole_life_millions"]
    list_filter = ["year", "own_confidence"]
    search_fields = ["scheme__name"]
    list_select_related = ["scheme"]


class ContractPartyInline(ReadOnlyInline):
    model = ContractParty


class BaselineMilestoneInline(ReadOnlyInline):
    model = BaselineMilestone


class BaselineKpiInline(ReadOnlyInline):
    model = BaselineKpi


@admin.register(Contract)
class ContractAdmin(ReadOnlyAdmin):
    list_display = ["title", "number", "buyer", "supplier", "state", "current_value", "current_end"]
    list_filter = ["state", "rhythm", "is_published", "is_imported"]
    search_fields = ["title", "number", "ocid", "buyer__name", "supplier__name"]
    list_select_related = ["buyer", "supplier"]
    date_hierarchy = "baseline_start"
    inlines = [ContractPartyInline, BaselineMilestoneInline, BaselineKpiInline]


@admin.register(Amendment)
class AmendmentAdmin(ReadOnlyAdmin):
    list_display = ["contract", "number", "dated", "value_change", "end_after"]
    search_fields = ["contract__title", "reason"]
    list_select_related = ["contract"]


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
