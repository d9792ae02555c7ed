"""The record for staff to read. Nobody changes it: the admin offers no way, and the database refuses."""

from __future__ import annotations

from django.contrib import admin

from portal.audit.models import Event
from portal.audit.words import sentence
from portal.read_only import ReadOnly


@admin.register(Event)
class EventAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["at", "what", "target_label", "target_type", "actor"]
    list_filter = ["at", "target_type", "name"]
    search_fields = ["name", "target_label", "=target_id", "actor__email", "actor__name"]
    list_select_related = ["actor", "target_type"]
    date_hierarchy = "at"
    fields = ["at", "what", "name", "actor", "target_type", "target_id", "target_label", "old", "new", "note"]
    actions = None

    @admin.display(description="what happened", ordering="name")
    def what(self, event: Event) -> str:
        return sentence(event.name)
