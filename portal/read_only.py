"""Rows that the admin shows and never changes: each write has rules, and they live in the actions."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect


class ReadOnly:
    """Mixed into an admin or an inline, before Django's class: look, never touch."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The button "History" leads to the portal's own record, where the reader may see it; Django's is empty."""
        found: Any = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        if hasattr(found, "history_visible_to") and found.history_visible_to(request.user):
            return redirect("audit:history", found._meta.app_label, found._meta.model_name, found.pk)
        page: HttpResponse = super().history_view(request, object_id, extra_context)  # type: ignore[misc]
        return page
