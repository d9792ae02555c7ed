"""The Atom feed of requests: the list, with the same filters, for feed readers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed

from engagement.filters import RequestFilter
from engagement.models import EngagementRequest, RequestQuerySet
from engagement.queries import with_list_data

MOST_ENTRIES = 50


class RequestFeed(Feed):
    """The 50 newest public requests that match the query."""

    feed_type = Atom1Feed
    title = f"{settings.SERVICE_NAME}: early-engagement requests"
    subtitle = "What government asks the technology market, before it buys."

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """In one piece: the writer leaves thousands, and a server sends each by itself."""
        response = super().__call__(request, *args, **kwargs)
        response.content = response.content
        return response

    def link(self) -> str:
        return reverse("engagement:request-list")

    def get_object(self, request: HttpRequest) -> RequestQuerySet:
        requests = EngagementRequest.objects.public().order_by("-published_at", "-id")
        return with_list_data(RequestFilter(request.GET, queryset=requests).qs)

    def items(self, requests: RequestQuerySet) -> RequestQuerySet:
        return requests[:MOST_ENTRIES]

    def item_title(self, item: EngagementRequest) -> str:  # type: ignore[override]
        return str(item)

    def item_description(self, item: EngagementRequest) -> str:  # type: ignore[override]
        closes = f"{timezone.localtime(item.closes_at):%-d %B %Y at %H:%M}" if item.closes_at else "no date given"
        return f"{item.authority}. Closes: {closes}.\n\n{item.problem[:500]}"

    def item_pubdate(self, item: EngagementRequest) -> datetime | None:
        return item.published_at

    def item_updateddate(self, item: EngagementRequest) -> datetime | None:
        """What an entry says does not change after publication."""
        return item.published_at

    def item_categories(self, item: EngagementRequest) -> list[str]:
        return [chip["name"] for chip in getattr(item, "chips", [])]

    def item_author_name(self, item: EngagementRequest) -> str:
        return str(item.authority)
