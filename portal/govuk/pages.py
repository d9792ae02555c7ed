"""Pages that every app shows the same way: lists in pages, refusals, and two people saving at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.refusals import Refused

Rows = Sequence[tuple[str, Any]]


def paginate(request: HttpRequest, queryset: Any, per_page: int = 20) -> Page[Any]:
    """The page of the list that `?page=` asks for; a page that does not exist gives the nearest."""
    return Paginator(queryset, per_page).get_page(request.GET.get("page"))


def add_refusal(form: BaseForm, refused: Refused) -> None:
    """Put each reason on its field, or on the form where the form has no such field."""
    for reason in refused.reasons:
        form.add_error(reason.field if reason.field in form.fields else None, reason.message)


def refused_page(request: HttpRequest, refused: Refused, *, title: str, back_url: str) -> HttpResponse:
    """Say why not (422), where the refused action had no form of its own."""
    context = {"title": title, "reasons": refused.reasons, "back_url": back_url}
    return render(request, "pages/refused.html", context, status=422)


def conflict_page(
    request: HttpRequest, *, title: str, current_rows: Rows, submitted_rows: Rows, retry_url: str
) -> HttpResponse:
    """Show what is saved beside what was sent (409), so that the second to save loses nothing."""
    submitted = dict(submitted_rows)
    current = dict(current_rows)
    labels = list(dict.fromkeys([*current, *submitted]))
    rows = [
        {"label": label, "current": current.get(label, ""), "submitted": submitted.get(label, "")} for label in labels
    ]
    for row in rows:
        row["differs"] = str(row["current"]) != str(row["submitted"])
    context = {"title": title, "rows": rows, "retry_url": retry_url}
    return render(request, "pages/conflict.html", context, status=409)
