"""Staff read dens; every write has rules and lives in the actions."""

from __future__ import annotations

from django.contrib import admin

from innovation_den.models import Criterion, Den, EligibilityQuestion, Room, Session
from portal.organisations.admin import ReadOnlyAdmin


@admin.register(Criterion)
class CriterionAdmin(ReadOnlyAdmin):
    pass


@admin.register(Den)
class DenAdmin(ReadOnlyAdmin):
    pass


@admin.register(EligibilityQuestion)
class EligibilityQuestionAdmin(ReadOnlyAdmin):
    pass


@admin.register(Room)
class RoomAdmin(ReadOnlyAdmin):
    pass


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin):
    pass
