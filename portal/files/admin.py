"""Staff look at the files' records and may ask for a fresh scan; nothing else."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from portal.files.actions import rescan_file
from portal.files.kinds import size_text
from portal.files.models import StoredFile
from portal.read_only import ReadOnly
from portal.refusals import Refused


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["name", "media_type", "size_in_words", "scan_state", "uploaded_by", "uploaded_at"]
    list_filter = ["scan_state", "media_type", "uploaded_at"]
    search_fields = ["name", "public_id", "sha256"]
    list_select_related = ["uploaded_by"]
    date_hierarchy = "uploaded_at"
    ordering = ["-uploaded_at"]
    # The content has no link here: downloads go through the room that the file belongs to.
    fields = [
        "name", "public_id", "media_type", "size_in_words", "sha256",
        "scan_state", "scan_detail", "uploaded_by", "uploaded_at",
    ]  # fmt: skip
    actions = ["ask_for_scan"]

    @admin.display(description="size", ordering="size")
    def size_in_words(self, stored: StoredFile) -> str:
        return size_text(stored.size)

    @admin.action(description="Scan again for malware", permissions=["view"])
    def ask_for_scan(self, request: HttpRequest, queryset: QuerySet[StoredFile]) -> None:
        queued = 0
        for stored in queryset:
            try:
                rescan_file(stored_file=stored, by=request.user)  # type: ignore[arg-type]
                queued += 1
            except Refused as refused:
                self.message_user(request, str(refused), messages.ERROR)
        if queued:
            self.message_user(request, f"Queued for a scan: {queued}", messages.SUCCESS)
