"""Contracts, schemes and returns: staff read them; every write has rules and lives in the actions."""

from __future__ import annotations

from django.contrib import admin

from portal.organisations.admin import ReadOnlyAdmin
from reporting.models import Amendment, Contract, Return, Scheme, SchemeYear


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


@admin.register(Contract)
class ContractAdmin(ReadOnlyAdmin):
    list_display = ["title", "number", "buyer", "supplier", "state", "current_value", "current_end"]
    list_filter = ["state", "rhythm", "is_published", "is_imported"]
    search_fields = ["title", "number", "ocid", "buyer__name", "supplier__name"]
    list_select_related = ["buyer", "supplier"]
    date_hierarchy = "baseline_start"


@admin.register(Amendment)
class AmendmentAdmin(ReadOnlyAdmin):
    list_display = ["contract", "number", "dated", "value_change", "end_after"]
    search_fields = ["contract__title", "reason"]
    list_select_related = ["contract"]


@admin.register(Return)
class ReturnAdmin(ReadOnlyAdmin):
    list_display = ["contract", "period_start", "revision", "state", "is_nil", "due_at", "submitted_at"]
    list_filter = ["state", "is_nil", "standard"]
    search_fields = ["contract__title", "contract__number", "supplier__name"]
    list_select_related = ["contract"]
    date_hierarchy = "period_start"
