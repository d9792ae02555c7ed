"""Shortlists and their records: staff read them; the database itself refuses to change a locked one."""

from __future__ import annotations

from django.contrib import admin

from portal.organisations.admin import ReadOnlyAdmin
from portal.read_only import ReadOnly
from techmap.models import Shortlist, ShortlistEntry, ShortlistExport, ShortlistNote


class ExportInline(ReadOnly, admin.TabularInline):
    model = ShortlistExport
    fields = ["format", "sha256", "size", "made_by", "made_at"]
    extra = 0


@admin.register(Shortlist)
class ShortlistAdmin(ReadOnlyAdmin):
    list_display = ["title", "organisation", "state", "outcome", "created_at", "locked_at"]
    list_filter = ["state", "outcome", "created_at"]
    search_fields = ["title", "organisation__name", "=record_hash", "=exports__sha256"]
    list_select_related = ["organisation"]
    date_hierarchy = "created_at"
    inlines = [ExportInline]


@admin.register(ShortlistEntry)
class ShortlistEntryAdmin(ReadOnlyAdmin):
    list_display = ["supplier", "shortlist", "position", "is_left_out", "decided_at"]
    list_filter = ["is_left_out"]
    search_fields = ["supplier__name", "shortlist__title", "reason"]
    list_select_related = ["supplier", "shortlist"]


@admin.register(ShortlistNote)
class ShortlistNoteAdmin(ReadOnlyAdmin):
    list_display = ["text", "shortlist", "by", "at"]
    search_fields = ["text", "shortlist__title"]
    list_select_related = ["shortlist", "by"]
