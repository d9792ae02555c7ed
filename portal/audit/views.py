"""The history page of any object that has one."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.audit.queries import events_about, find_target, lines
from portal.govuk.pages import paginate


@require_safe
def history(request: HttpRequest, app_label: str, model_name: str, pk: int) -> HttpResponse:
    """Who did what to the object, for those whom the object's `history_visible_to` lets see it."""
    target = find_target(app_label, model_name, pk)
    if target is None or not target.history_visible_to(request.user):  # type: ignore[attr-defined]
        raise Http404
    page = paginate(request, events_about(target))
    back_url = target.get_absolute_url() if hasattr(target, "get_absolute_url") else ""
    context = {"target": target, "page": page, "lines": lines(page, type(target)), "back_url": back_url}
    return render(request, "audit/history.html", context)
