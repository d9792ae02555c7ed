"""Contracts: staff read them; every write has rules and lives in the actions."""

from __future__ import annotations

from django.contrib import admin

from portal.organisations.admin import ReadOnlyAdmin, ReadOnlyInline
from reporting.models import Amendment, BaselineKpi, BaselineMilestone, Contract, ContractParty


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
