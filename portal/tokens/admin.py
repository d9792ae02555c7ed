"""Tokens: staff see which there are, never a token itself."""

from __future__ import annotations

from django.contrib import admin

from portal.organisations.admin import ReadOnlyAdmin
from portal.tokens.models import ApiToken, KeptAnswer


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    exclude = ["digest"]
    list_display = ["name", "organisation", "hint", "made_by", "expires_at", "revoked_at", "used_at"]
    search_fields = ["name", "organisation__name", "hint"]
    list_select_related = ["organisation", "made_by"]


@admin.register(KeptAnswer)
class KeptAnswerAdmin(ReadOnlyAdmin):
    exclude = ["body", "fingerprint"]
    list_display = ["key", "token", "status", "at"]
    list_select_related = ["token"]
