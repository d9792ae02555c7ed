"""The Atom feed of dens: the list, with the same filters, for feed readers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed

from innovation_den.forms.filters import DenFilter
from innovation_den.models import Den
from innovation_den.models.dens import DenQuerySet
from innovation_den.queries.dens import newest_first, with_list_data
from portal.govuk.formats import when

MOST_ENTRIES = 50


class DenFeed(Feed):
    """The 50 newest public dens that match the query."""

    feed_type = Atom1Feed
    title = f"{settings.SERVICE_NAME}: innovation dens"
    subtitle = "Calls for ideas that firms pitch to a panel."

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """In one piece: the writer leaves many, and a server sends each by itself."""
        response = super().__call__(request, *args, **kwargs)
        response.content = response.content
        return response

    def link(self) -> str:
        return reverse("innovation_den:den-list")

    def get_object(self, request: HttpRequest) -> DenQuerySet:
        return with_list_data(DenFilter(request.GET, queryset=newest_first(Den.objects.public())).qs)

    def items(self, dens: DenQuerySet) -> DenQuerySet:
        return dens[:MOST_ENTRIES]

    def item_title(self, item: Den) -> str:  # type: ignore[override]
        return str(item)

    def item_description(self, item: Den) -> str:  # type: ignore[override]
        return f"{item.host}. The call closes: {when(item.closes_at)}.\n\n{item.challenge[:500]}"

    def item_pubdate(self, item: Den) -> datetime | None:
        return item.published_at

    def item_updateddate(self, item: Den) -> datetime | None:
        return item.published_at

    def item_categories(self, item: Den) -> list[str]:
        return [str(capability) for capability in item.capabilities.all()]

    def item_author_name(self, item: Den) -> str:
        return str(item.host)
