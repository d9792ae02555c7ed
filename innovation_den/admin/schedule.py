"""Staff read the schedule; every write has rules and lives in the actions."""

from __future__ import annotations

from django.contrib import admin

from innovation_den.admin.hidden import OfAllPitches, OfAPitch
from innovation_den.models import Booking, CalendarFeed, Placement, PlanRun, Release, Slot, SlotInvitation
from portal.organisations.admin import ReadOnlyAdmin


@admin.register(Booking)
class BookingAdmin(OfAPitch):
    to_pitch = "slot__pitch"


@admin.register(CalendarFeed)
class CalendarFeedAdmin(ReadOnlyAdmin):
    pass


@admin.register(Placement)
class PlacementAdmin(OfAPitch):
    pass


@admin.register(PlanRun)
class PlanRunAdmin(OfAllPitches):
    pass


@admin.register(Release)
class ReleaseAdmin(OfAllPitches):
    pass


@admin.register(Slot)
class SlotAdmin(OfAPitch):
    pass


@admin.register(SlotInvitation)
class SlotInvitationAdmin(OfAPitch):
    to_pitch = "slot__pitch"
