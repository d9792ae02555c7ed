"""The first page: what the portal is, and what government asks today."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from engagement.models import EngagementRequest
from engagement.queries import with_list_data
from portal.http import PortalRequest

MOST_SHOWN = 3


@require_safe
def home(http: PortalRequest) -> HttpResponse:
    now = timezone.now()
    newest = EngagementRequest.objects.open_at(now).order_by("-published_at", "-id")
    context = {"latest": with_list_data(newest)[:MOST_SHOWN], "now": now}
    return render(http, "home.html", context)
