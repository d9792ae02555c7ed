"""What suppliers say of themselves: staff read it."""

from __future__ import annotations

from django.contrib import admin

from portal.organisations.admin import ReadOnlyAdmin
from techmap.models import Accreditation, CapabilityClaim, Contact, FrameworkPlace, RemovedClaim, SupplierProfile


@admin.register(SupplierProfile)
class SupplierProfileAdmin(ReadOnlyAdmin):
    list_display = ["organisation", "summary", "reviewed_at", "updated_at", "version"]
    list_filter = ["organisation__status", "organisation__size", "updated_at"]
    search_fields = ["organisation__name", "summary", "description"]
    list_select_related = ["organisation"]
    date_hierarchy = "updated_at"


@admin.register(CapabilityClaim)
class CapabilityClaimAdmin(ReadOnlyAdmin):
    list_display = ["capability", "profile", "origin", "level", "since", "claimed_at"]
    list_filter = ["origin", "level", "claimed_at", ("capability__parent", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["profile__organisation__name", "capability__name"]
    list_select_related = ["capability", "profile__organisation"]


@admin.register(RemovedClaim)
class RemovedClaimAdmin(ReadOnlyAdmin):
    list_display = ["capability", "profile", "removed_at"]
    search_fields = ["profile__organisation__name", "capability__name"]
    list_select_related = ["capability", "profile__organisation"]


@admin.register(Accreditation)
class AccreditationAdmin(ReadOnlyAdmin):
    list_display = ["kind", "profile", "number", "issued_by", "expires_on"]
    list_filter = ["kind", "expires_on"]
    search_fields = ["profile__organisation__name", "number", "issued_by"]
    list_select_related = ["profile__organisation"]


@admin.register(FrameworkPlace)
class FrameworkPlaceAdmin(ReadOnlyAdmin):
    list_display = ["framework", "profile", "lots"]
    list_filter = [("framework", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["profile__organisation__name", "framework__name", "framework__reference"]
    list_select_related = ["framework", "profile__organisation"]


@admin.register(Contact)
class ContactAdmin(ReadOnlyAdmin):
    list_display = ["name", "role", "profile", "email", "telephone"]
    list_filter = ["role"]
    search_fields = ["profile__organisation__name", "name", "email"]
    list_select_related = ["profile__organisation"]
