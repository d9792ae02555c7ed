"""The company register, other names and merges: staff read them; merges are made and undone on their own page."""

from __future__ import annotations

from django.contrib import admin

from portal.organisations.admin import ReadOnlyAdmin
from techmap.models import Company, Merge, NameMatch, OtherName


@admin.register(Company)
class CompanyAdmin(ReadOnlyAdmin):
    list_display = ["number", "name", "status", "locality", "imported_at"]
    search_fields = ["number"]  # by its beginning alone: there are millions
    ordering = ["number"]
    show_full_result_count = False

    def get_search_results(self, request, queryset, search_term):  # type: ignore[no-untyped-def]
        return queryset.filter(number__startswith=search_term.strip().upper()) if search_term else queryset, False


@admin.register(OtherName)
class OtherNameAdmin(ReadOnlyAdmin):
    list_display = ["name", "supplier", "folded", "source"]
    search_fields = ["name", "folded", "supplier__name"]
    list_select_related = ["supplier"]


@admin.register(NameMatch)
class NameMatchAdmin(ReadOnlyAdmin):
    list_display = ["first", "second", "score", "state", "decided_by", "decided_at"]
    list_filter = ["state", "found_at"]
    search_fields = ["first__name", "second__name"]
    list_select_related = ["first", "second", "decided_by"]


@admin.register(Merge)
class MergeAdmin(ReadOnlyAdmin):
    list_display = ["folded", "kept", "by", "at", "undone_by", "undone_at"]
    list_filter = ["at", "undone_at"]
    search_fields = ["folded__name", "kept__name"]
    list_select_related = ["folded", "kept", "by", "undone_by"]
    date_hierarchy = "at"
