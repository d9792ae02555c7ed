"""The history page of any object that has one."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.audit.permissions import can_view_history
from portal.audit.queries import events_about, find_target, lines
from portal.govuk.pages import paginate


@require_safe
def history(request: HttpRequest, app_label: str, model_name: str, pk: int) -> HttpResponse:
    """Who did what to the object, for those whom the object's `history_visible_to` lets see it."""
    target = find_target(app_label, model_name, pk)
    if target is None or not can_view_history(request.user, target):
        raise Http404
    page = paginate(request, events_about(target, request.user))
    context = {"target": target, "page": page, "lines": lines(page, type(target)), "back_url": _back(request, target)}
    return render(request, "audit/history.html", context)


def _back(request: HttpRequest, target: Model) -> str:
    """The page that the reader came from: a file is listed on many, and staff come from the admin."""
    came_from = urlsplit(request.headers.get("Referer", ""))
    is_ours = came_from.netloc == request.get_host() and not came_from.path.startswith("//")
    if is_ours and came_from.path != request.path:
        return came_from._replace(scheme="", netloc="").geturl()
    return target.get_absolute_url() if hasattr(target, "get_absolute_url") else ""
