"""Early engagement in the admin: everything can be found and read, nothing can be changed.

Each write has rules that live in the actions, so there is no form here that could go round them.
Who asked a question is not shown here either: staff may work for an authority.
"""

from __future__ import annotations

from django.contrib import admin

from engagement.models import (
    Answer,
    EngagementRequest,
    MarketQuestion,
    Outcome,
    Question,
    RequestCapability,
    Response,
    Theme,
)
from portal.read_only import ReadOnly


class MarketQuestionInline(ReadOnly, admin.TabularInline):
    model = MarketQuestion
    fields = ["position", "text", "answer_type", "is_required"]
    extra = 0


class RequestCapabilityInline(ReadOnly, admin.TabularInline):
    model = RequestCapability
    fields = ["capability", "is_guessed"]
    extra = 0


@admin.register(EngagementRequest)
class EngagementRequestAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["title", "authority", "state", "stage", "published_at", "closes_at", "is_imported"]
    list_filter = ["state", "stage", "is_imported", "region"]
    list_select_related = ["authority"]
    search_fields = ["title", "reference", "ocid", "authority__name"]
    date_hierarchy = "published_at"
    inlines = [RequestCapabilityInline, MarketQuestionInline]


@admin.register(Question)
class QuestionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["text", "request", "state", "asked_at", "decided_at"]
    list_filter = ["state"]
    list_select_related = ["request"]
    search_fields = ["text", "request__title", "request__reference"]
    exclude = ["supplier", "asked_by", "submission_key"]


@admin.register(Response)
class ResponseAdmin(ReadOnly, admin.ModelAdmin):
    """That a response is there, and its state; never what it says before the authority may read it."""

    list_display = ["supplier", "request", "state", "submitted_at", "saved_at"]
    list_filter = ["state"]
    list_select_related = ["supplier", "request"]
    search_fields = ["supplier__name", "request__title", "request__reference"]
    exclude = ["files"]


class ThemeInline(ReadOnly, admin.StackedInline):
    model = Theme
    fields = ["heard", "decision", "explanation"]
    extra = 0


@admin.register(Outcome)
class OutcomeAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["request", "published_at"]
    list_select_related = ["request"]
    search_fields = ["request__title", "request__reference"]
    inlines = [ThemeInline]


@admin.register(Answer)
class AnswerAdmin(ReadOnly, admin.ModelAdmin):
    """Which questions were answered, and which answers are marked confidential. The words stay hidden."""

    list_display = ["question", "response", "is_confidential"]
    list_filter = ["is_confidential"]
    list_select_related = ["question", "response__supplier", "response__request"]
    search_fields = ["question__text", "response__supplier__name"]
    exclude = ["value"]
