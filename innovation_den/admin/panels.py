"""Staff read panels and screening; every write has rules and lives in the actions.

Staff too read nothing of a pitch over which they have a conflict, and no view before both are given.
"""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from innovation_den.admin.hidden import OfAPitch
from innovation_den.models import Appeal, Conflict, FreeHalfDay, Panellist, Pitch, Screening
from innovation_den.queries.screening import VIEWS
from portal.organisations.admin import ReadOnlyAdmin


@admin.register(Screening)
class ScreeningAdmin(OfAPitch):
    list_display = ["pitch", "screener", "verdict", "given_at"]
    list_filter = ["verdict"]
    list_select_related = ["pitch", "screener"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Screening]:
        complete = Pitch.objects.annotate(given=Count("screenings")).filter(given=VIEWS)
        return super().get_queryset(request).filter(pitch__in=complete.values("pk"))


@admin.register(Appeal)
class AppealAdmin(OfAPitch):
    list_display = ["pitch", "state", "made_at", "decided_by", "decided_at"]
    list_filter = ["state"]
    list_select_related = ["pitch", "decided_by"]


@admin.register(Conflict)
class ConflictAdmin(OfAPitch):
    list_display = ["panellist", "pitch", "ground", "state", "says"]
    list_filter = ["state", "ground"]
    list_select_related = ["panellist", "pitch"]


@admin.register(FreeHalfDay)
class FreeHalfDayAdmin(ReadOnlyAdmin):
    list_display = ["panellist", "date", "half"]
    list_select_related = ["panellist"]


@admin.register(Panellist)
class PanellistAdmin(ReadOnlyAdmin):
    list_display = ["name", "den", "sector", "employer_name", "state", "is_chair"]
    list_filter = ["state", "sector"]
    list_select_related = ["den"]
    search_fields = ["name", "email", "employer_name"]
