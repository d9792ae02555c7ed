"""Staff read pitches; every write has rules and lives in the actions."""

from __future__ import annotations

from django.contrib import admin

from innovation_den.models import EligibilityAnswer, Pitch, PitchHalfDay, PitchPartner
from portal.organisations.admin import ReadOnlyAdmin


@admin.register(EligibilityAnswer)
class EligibilityAnswerAdmin(ReadOnlyAdmin):
    pass


@admin.register(Pitch)
class PitchAdmin(ReadOnlyAdmin):
    pass


@admin.register(PitchHalfDay)
class PitchHalfDayAdmin(ReadOnlyAdmin):
    pass


@admin.register(PitchPartner)
class PitchPartnerAdmin(ReadOnlyAdmin):
    pass
