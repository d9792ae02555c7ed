"""What bears claims out: staff read it."""

from __future__ import annotations

from django.contrib import admin

from portal.organisations.admin import ReadOnlyAdmin
from techmap.models import Evidence


@admin.register(Evidence)
class EvidenceAdmin(ReadOnlyAdmin):
    list_display = ["title", "supplier", "capability", "kind", "dated", "is_guessed"]
    list_filter = ["kind", "is_guessed", "dated"]
    search_fields = ["title", "source", "supplier__name", "capability__name"]
    list_select_related = ["supplier", "capability"]
    date_hierarchy = "dated"
