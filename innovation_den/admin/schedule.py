"""Staff read schedule; every write has rules and lives in the actions."""

from __future__ import annotations

from django.contrib import admin

from innovation_den.models import Booking, CalendarFeed, Placement, PlanRun, Release, Slot, SlotInvitation
from portal.organisations.admin import ReadOnlyAdmin


@admin.register(Booking)
class BookingAdmin(ReadOnlyAdmin):
    pass


@admin.register(CalendarFeed)
class CalendarFeedAdmin(ReadOnlyAdmin):
    pass


@admin.register(Placement)
class PlacementAdmin(ReadOnlyAdmin):
    pass


@admin.register(PlanRun)
class PlanRunAdmin(ReadOnlyAdmin):
    pass


@admin.register(Release)
class ReleaseAdmin(ReadOnlyAdmin):
    pass


@admin.register(Slot)
class SlotAdmin(ReadOnlyAdmin):
    pass


@admin.register(SlotInvitation)
class SlotInvitationAdmin(ReadOnlyAdmin):
    pass
