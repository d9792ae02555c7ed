"""The record for staff to read. Nobody changes it: the admin offers no way, and the database refuses."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from portal.audit.models import Event
from portal.audit.words import sentence


@admin.register(Event)
class EventAdmin(admin.ModelAdmin):
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

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
