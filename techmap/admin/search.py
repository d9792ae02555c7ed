"""What the search reads, to look at: it is made from everything else, so nobody edits it."""

from __future__ import annotations

from django.contrib import admin

from portal.organisations.admin import ReadOnlyAdmin
from techmap.models import SearchRow, SearchWord


@admin.register(SearchRow)
class SearchRowAdmin(ReadOnlyAdmin):
    list_display = ["supplier", "changed"]
    search_fields = ["name_key"]
    list_select_related = ["supplier"]


@admin.register(SearchWord)
class SearchWordAdmin(ReadOnlyAdmin):
    list_display = ["word", "suppliers"]
    search_fields = ["word"]
