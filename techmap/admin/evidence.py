"""What bears claims out: staff read it."""

from __future__ import annotations

from django.contrib import admin

from portal.organisations.admin import ReadOnlyAdmin
from techmap.models import CaseStudy, Evidence, Price, Rating, RefereeRequest


@admin.register(Evidence)
class EvidenceAdmin(ReadOnlyAdmin):
    list_display = ["title", "supplier", "capability", "kind", "dated", "value", "buyer_name", "is_guessed"]
    list_filter = ["kind", "is_guessed", "region", "dated"]
    search_fields = ["title", "source", "supplier__name", "capability__name", "buyer_name"]
    list_select_related = ["supplier", "capability"]
    date_hierarchy = "dated"


@admin.register(Rating)
class RatingAdmin(ReadOnlyAdmin):
    list_display = ["what", "grade", "supplier", "rated_by", "dated"]
    list_filter = ["grade", "dated"]
    search_fields = ["what", "supplier__name", "rated_by", "source"]
    list_select_related = ["supplier"]
    date_hierarchy = "dated"


@admin.register(Price)
class PriceAdmin(ReadOnlyAdmin):
    list_display = ["what", "amount", "unit", "supplier", "dated"]
    list_filter = ["unit", "dated"]
    search_fields = ["what", "supplier__name", "source"]
    list_select_related = ["supplier"]
    date_hierarchy = "dated"


@admin.register(CaseStudy)
class CaseStudyAdmin(ReadOnlyAdmin):
    list_display = ["title", "profile", "customer", "finished_on", "version"]
    list_filter = ["finished_on"]
    search_fields = ["title", "customer", "profile__organisation__name"]
    list_select_related = ["profile__organisation"]
    date_hierarchy = "finished_on"


@admin.register(RefereeRequest)
class RefereeRequestAdmin(ReadOnlyAdmin):
    """The hash of the link's token is of no use to anybody, and is left out."""

    list_display = ["case_study", "email", "answer", "asked_at", "answered_at"]
    list_filter = ["answer", "asked_at"]
    search_fields = ["email", "case_study__title", "case_study__profile__organisation__name"]
    list_select_related = ["case_study"]
    exclude = ["token_hash", "submission_key"]
    date_hierarchy = "asked_at"
