"""The outbox as staff see it: nothing can be edited, and what failed can be tried again."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from portal.notifications import actions
from portal.notifications.models import Delivery, Message, Preference
from portal.read_only import ReadOnly
from portal.refusals import Refused


@admin.register(Message)
class MessageAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["subject", "kind", "created_at"]
    list_filter = ["kind", "created_at"]
    search_fields = ["subject"]
    fields = ["subject", "kind", "words", "path", "link_text", "dedupe_key", "created_at"]
    readonly_fields = ["words"]

    @admin.display(description="text")
    def words(self, message: Message) -> str:
        """Never the text of mail that may hold a link with which a reader could sign in as somebody else."""
        return "Not shown: it may hold a link that signs a person in." if message.erase_when_sent else message.body


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["message", "email", "state", "attempts", "error", "not_before", "sent_at", "created_at"]
    list_filter = ["state", "message__kind", "created_at"]
    list_select_related = ["message"]
    search_fields = ["email", "message__subject", "reference", "error"]
    date_hierarchy = "created_at"
    actions = ["try_again"]

    @admin.action(description="Try again to deliver those that failed", permissions=["view"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        queued = 0
        for delivery in queryset.select_related("message"):
            try:
                actions.retry_delivery(delivery, by=request.user)  # type: ignore[arg-type]  # staff are signed in
            except Refused as refused:
                messages.error(request, f"{delivery}: {refused}")
            else:
                queued += 1
        if queued:
            messages.success(request, f"{queued} will be tried again.")


@admin.register(Preference)
class PreferenceAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["user", "kind", "frequency"]
    list_filter = ["kind", "frequency"]
    list_select_related = ["user"]
    search_fields = ["user__email"]
