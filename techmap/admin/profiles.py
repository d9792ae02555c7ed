"""What suppliers say of themselves: staff read it."""

from __future__ import annotations

from django.contrib import admin

from portal.organisations.admin import ReadOnlyAdmin
from techmap.models import CapabilityClaim, RemovedClaim, SupplierProfile


@admin.register(SupplierProfile)
class SupplierProfileAdmin(ReadOnlyAdmin):
    list_display = ["organisation", "summary", "updated_at", "version"]
    list_filter = ["organisation__status", "organisation__size", "updated_at"]
    search_fields = ["organisation__name", "summary", "description"]
    list_select_related = ["organisation"]
    date_hierarchy = "updated_at"


@admin.register(CapabilityClaim)
class CapabilityClaimAdmin(ReadOnlyAdmin):
    list_display = ["capability", "profile", "origin", "claimed_at"]
    list_filter = ["origin", "claimed_at", ("capability__parent", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["profile__organisation__name", "capability__name"]
    list_select_related = ["capability", "profile__organisation"]


@admin.register(RemovedClaim)
class RemovedClaimAdmin(ReadOnlyAdmin):
    list_display = ["capability", "profile", "removed_at"]
    search_fields = ["profile__organisation__name", "capability__name"]
    list_select_related = ["capability", "profile__organisation"]
