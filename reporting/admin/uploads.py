"""Files with many returns: staff see that they came and how far they are, not what they say."""

from __future__ import annotations

from django.contrib import admin

from portal.organisations.admin import ReadOnlyAdmin
from reporting.models import FoundReturn, FoundRow, Upload, UploadFinding


@admin.register(Upload)
class UploadAdmin(ReadOnlyAdmin):
    list_display = ["name", "supplier", "format", "state", "rows_read", "errors_found", "uploaded_at"]
    list_select_related = ["supplier"]


@admin.register(FoundReturn)
class FoundReturnAdmin(ReadOnlyAdmin):
    list_display = ["upload", "contract_number", "period_start", "state", "rows", "errors_found"]
    list_select_related = ["upload"]
    exclude = ["head"]


@admin.register(FoundRow)
class FoundRowAdmin(ReadOnlyAdmin):
    list_display = ["found", "table", "number", "sheet_row"]
    list_select_related = ["found"]
    exclude = ["data"]


@admin.register(UploadFinding)
class UploadFindingAdmin(ReadOnlyAdmin):
    list_display = ["upload", "check_id", "sheet", "sheet_row", "column"]
    list_select_related = ["upload"]
    exclude = ["value"]
