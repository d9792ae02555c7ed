"""Staff read scores; every write has rules and lives in the actions."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from innovation_den.models import Moderation, Score, ScoreSheet
from portal.organisations.admin import ReadOnlyAdmin


@admin.register(Moderation)
class ModerationAdmin(ReadOnlyAdmin):
    def get_queryset(self, request: HttpRequest) -> QuerySet[Moderation]:
        return super().get_queryset(request).exclude(score__sheet__pitch__den__panellists__user=request.user.pk)


@admin.register(Score)
class ScoreAdmin(ReadOnlyAdmin):
    list_display = ["sheet", "criterion", "value"]
    list_select_related = ["sheet__pitch", "sheet__panellist", "criterion"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Score]:
        return super().get_queryset(request).exclude(sheet__pitch__den__panellists__user=request.user.pk)


@admin.register(ScoreSheet)
class ScoreSheetAdmin(ReadOnlyAdmin):
    """Without the sheets of dens in which the reader sits on a panel: they read those where the others do."""

    list_display = ["pitch", "panellist", "state", "saved_at", "submitted_at"]
    list_filter = ["state"]
    search_fields = ["pitch__title", "pitch__reference", "panellist__name"]
    list_select_related = ["pitch", "panellist"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScoreSheet]:
        return super().get_queryset(request).exclude(pitch__den__panellists__user=request.user.pk)
