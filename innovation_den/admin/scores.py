"""Staff read scores; every write has rules and lives in the actions."""

from __future__ import annotations

from django.contrib import admin

from innovation_den.models import Moderation, Score, ScoreSheet
from portal.organisations.admin import ReadOnlyAdmin


@admin.register(Moderation)
class ModerationAdmin(ReadOnlyAdmin):
    pass


@admin.register(Score)
class ScoreAdmin(ReadOnlyAdmin):
    pass


@admin.register(ScoreSheet)
class ScoreSheetAdmin(ReadOnlyAdmin):
    pass
