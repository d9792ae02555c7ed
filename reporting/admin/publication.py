"""What is published of which contract, and the files of it."""

from __future__ import annotations

from django.contrib import admin

from portal.organisations.admin import ReadOnlyAdmin
from reporting.models import OpenReportFile, Publication, PublishedRelease, Redaction


@admin.register(Publication)
class PublicationAdmin(ReadOnlyAdmin):
    list_display = ["contract", "is_published", "begins_anew", "by", "at"]
    list_select_related = ["contract", "by"]


@admin.register(Redaction)
class RedactionAdmin(ReadOnlyAdmin):
    list_display = ["publication", "table", "field", "ground", "reason"]
    list_select_related = ["publication__contract"]


@admin.register(PublishedRelease)
class PublishedReleaseAdmin(ReadOnlyAdmin):
    list_display = ["release_id", "contract", "event", "tag", "dated"]
    list_select_related = ["contract"]


@admin.register(OpenReportFile)
class OpenReportFileAdmin(ReadOnlyAdmin):
    list_display = ["name", "size", "rows", "made_at"]
