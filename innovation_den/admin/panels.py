"""Staff read panels; every write has rules and lives in the actions."""

from __future__ import annotations

from django.contrib import admin

from innovation_den.models import Appeal, Conflict, FreeHalfDay, Panellist, Screening
from portal.organisations.admin import ReadOnlyAdmin


@admin.register(Appeal)
class AppealAdmin(ReadOnlyAdmin):
    pass


@admin.register(Conflict)
class ConflictAdmin(ReadOnlyAdmin):
    pass


@admin.register(FreeHalfDay)
class FreeHalfDayAdmin(ReadOnlyAdmin):
    pass


@admin.register(Panellist)
class PanellistAdmin(ReadOnlyAdmin):
    pass


@admin.register(Screening)
class ScreeningAdmin(ReadOnlyAdmin):
    pass
