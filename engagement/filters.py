"""How the list of requests is narrowed: the same on the page, in the feed and, later, in the API."""

from __future__ import annotations

from functools import cache
from typing import Any

import django_filters
from django import forms
from django.contrib.postgres.search import SearchQuery
from django.db.models import Case, F, Q, When
from django.utils import timezone

from engagement.choices import RequestState, Stage
from engagement.models import SEARCHED, EngagementRequest, RequestCapability, RequestQuerySet
from portal.govuk.kept import KeptChoices
from portal.organisations.models import Organisation
from portal.records import Region
from techmap.filters import capability_choices
from techmap.models import Capability

STATES = [
    ("open", "Open"),
    ("later", "Opens later"),
    ("closed", "Closed"),
    ("outcome", "Outcome published"),
    ("withdrawn", "Withdrawn"),
]
MOST_FOUND = 1_000_000
ORDERS = [("newest", "Newest first"), ("closing", "Closing soonest")]


def authority_choices() -> list[tuple[int, str]]:
    """Those that have published anything."""
    published = EngagementRequest.objects.public().values("authority_id")
    return list(Organisation.objects.filter(pk__in=published).values_list("pk", "name"))


AUTHORITIES = KeptChoices("authorities", authority_choices)
CAPABILITIES = KeptChoices("capabilities", capability_choices)


@cache
def with_searched_words() -> Any:
    """The ids of all requests, with what a search by words looks into. It is built once, for it takes long."""
    return EngagementRequest.objects.order_by().alias(words=SEARCHED).values("pk")


class RequestFilter(django_filters.FilterSet):
    """State goes by the clock, so a request that closed a second ago is listed as closed."""

    q = django_filters.CharFilter(label="Words", method="with_words")
    state = django_filters.ChoiceFilter(label="State", choices=STATES, method="in_state", empty_label="All")
    capability = django_filters.ChoiceFilter(
        label="Capability", choices=CAPABILITIES, method="with_capability", empty_label="All"
    )
    stage = django_filters.ChoiceFilter(label="Stage", choices=Stage.choices, empty_label="All")
    region = django_filters.ChoiceFilter(label="Region", choices=Region.choices, empty_label="All")
    authority = django_filters.ChoiceFilter(label="Authority", choices=AUTHORITIES, empty_label="All")
    order = django_filters.ChoiceFilter(
        label="Order", choices=ORDERS, method="in_order", empty_label=None, null_label=None, widget=forms.Select
    )

    class Meta:
        model = EngagementRequest
        fields: list[str] = []

    @property
    def is_search(self) -> bool:
        """Whether it looks up what takes longer than reading the rows found."""
        return self.form.is_valid() and any(self.form.cleaned_data[name] for name in ("q", "capability"))

    def with_words(self, requests: RequestQuerySet, _name: str, words: str) -> RequestQuerySet:
        """By the index of words. The limit is a fence: without it PostgreSQL may read the words of each
        request in turn, newest first, because it thinks that this costs nothing."""
        query = SearchQuery(words, search_type="websearch", config="english")
        return requests.filter(pk__in=with_searched_words().filter(words=query)[:MOST_FOUND])

    def in_state(self, requests: RequestQuerySet, _name: str, state: str) -> RequestQuerySet:
        now = timezone.now()
        by_clock = {
            "open": Q(state=RequestState.PUBLISHED, closes_at__gt=now) & (Q(opens_at=None) | Q(opens_at__lte=now)),
            "later": Q(state=RequestState.PUBLISHED, opens_at__gt=now),
            "closed": Q(state=RequestState.CLOSED) | Q(state=RequestState.PUBLISHED, closes_at__lte=now),
            "outcome": Q(state=RequestState.OUTCOME_PUBLISHED),
            "withdrawn": Q(state=RequestState.WITHDRAWN),
        }
        return requests.filter(by_clock[state])

    def with_capability(self, requests: RequestQuerySet, _name: str, code: str) -> RequestQuerySet:
        """A parent stands for all that it holds."""
        concerned = Capability.objects.filter(Q(code=code) | Q(parent__code=code)).values("pk")
        links = RequestCapability.objects.filter(capability__in=concerned)
        return requests.filter(pk__in=links.order_by().values("request"))

    def in_order(self, requests: RequestQuerySet, _name: str, order: str) -> RequestQuerySet:
        if order == "closing":
            is_open = When(closes_at__gt=timezone.now(), state=RequestState.PUBLISHED, then=0)
            return requests.order_by(Case(is_open, default=1), "closes_at", "-id")
        return requests.order_by(F("published_at").desc(nulls_last=True), "-id")
