"""Flags: staff read them and what was answered."""

from __future__ import annotations

from django.contrib import admin

from portal.organisations.admin import ReadOnlyAdmin
from reporting.models import Flag, FlagAnswer


@admin.register(Flag)
class FlagAdmin(ReadOnlyAdmin):
    list_display = ["contract", "rule", "state", "raised_at", "cleared_at"]
    list_select_related = ["contract"]


@admin.register(FlagAnswer)
class FlagAnswerAdmin(ReadOnlyAdmin):
    list_display = ["flag", "organisation", "at"]
    list_select_related = ["flag", "organisation"]
