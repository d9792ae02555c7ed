"""Rows that the admin shows and never changes: each write has rules, and they live in the actions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

Narrowing = Callable[[Any, QuerySet[Any]], QuerySet[Any]]

_narrowings: list[Narrowing] = []


def register_narrowing(narrowing: Narrowing) -> Narrowing:
    """Let a room keep rows of the records that all rooms share from some of the staff: called in its `ready()`."""
    if narrowing not in _narrowings:
        _narrowings.append(narrowing)
    return narrowing


def shown_to(user: Any, rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows without those that any room keeps from the person."""
    for narrowing in _narrowings:
        rows = narrowing(user, rows)
    return rows


class ReadOnly:
    """Mixed into an admin or an inline, before Django's class: look, never touch."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return shown_to(request.user, super().get_queryset(request))  # type: ignore[misc]

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
