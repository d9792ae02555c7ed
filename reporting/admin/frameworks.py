"""What frameworks ask for beside the standard."""

from __future__ import annotations

from django.contrib import admin

from portal.organisations.admin import ReadOnlyAdmin
from reporting.models import FrameworkField


@admin.register(FrameworkField)
class FrameworkFieldAdmin(ReadOnlyAdmin):
    list_display = ["framework", "table", "label", "type", "is_required", "since", "until"]
    list_select_related = ["framework"]
