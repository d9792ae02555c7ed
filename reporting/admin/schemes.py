"""Schemes: staff read them."""

from __future__ import annotations

from django.contrib import admin

from portal.organisations.admin import ReadOnlyAdmin
from reporting.models import Scheme, SchemeYear


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
