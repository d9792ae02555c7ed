"""What the search reads and the files of everything, made from everything else: nobody edits them."""

from __future__ import annotations

from django.contrib import admin

from portal.organisations.admin import ReadOnlyAdmin
from techmap.models import BulkFile, SearchGone, SearchRow, SearchWord


@admin.register(SearchRow)
class SearchRowAdmin(ReadOnlyAdmin):
    list_display = ["supplier", "changed"]
    search_fields = ["name_key"]
    list_select_related = ["supplier"]


@admin.register(SearchWord)
class SearchWordAdmin(ReadOnlyAdmin):
    list_display = ["word", "suppliers"]
    search_fields = ["word"]


@admin.register(SearchGone)
class SearchGoneAdmin(ReadOnlyAdmin):
    list_display = ["supplier", "changed"]
    search_fields = ["=supplier"]


@admin.register(BulkFile)
class BulkFileAdmin(ReadOnlyAdmin):
    list_display = ["name", "media_type", "size", "suppliers", "made_at"]
    search_fields = ["name"]
