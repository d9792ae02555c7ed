"""How the board of pilots and the library of learning are narrowed: the same on the page and in the file."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet

from innovation_den.choices import PilotOutcome, PilotState
from innovation_den.models import Pilot
from innovation_den.queries.pilots import about, capabilities_in_library, saying
from portal.govuk.kept import KeptChoices
from portal.organisations.models import Organisation


def body_choices() -> list[tuple[int, str]]:
    """Those that have published what they learnt."""
    published = Pilot.objects.public().values("sponsor_id")
    return list(Organisation.objects.filter(pk__in=published).order_by("name").values_list("pk", "name"))


def capability_choices() -> list[tuple[Any, ...]]:
    """Those that anything was learnt of."""
    return list(capabilities_in_library().values_list("code", "name"))


class BoardFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="Title", field_name="title", lookup_expr="icontains")
    state = django_filters.ChoiceFilter(label="State", choices=PilotState.choices, empty_label="All")

    class Meta:
        model = Pilot
        fields: list[str] = []


class LibraryFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="Words", method="with_words")
    capability = django_filters.ChoiceFilter(
        label="Capability",
        choices=KeptChoices("library_capabilities", capability_choices),
        method="with_capability",
        empty_label="All",
    )
    outcome = django_filters.ChoiceFilter(label="Outcome", choices=PilotOutcome.choices, empty_label="All")
    body = django_filters.ChoiceFilter(
        label="Public body",
        field_name="sponsor",
        choices=KeptChoices("library_bodies", body_choices),
        empty_label="All",
    )

    class Meta:
        model = Pilot
        fields: list[str] = []

    def with_words(self, pilots: QuerySet[Pilot], _name: str, words: str) -> QuerySet[Pilot]:
        return saying(pilots, words)

    def with_capability(self, pilots: QuerySet[Pilot], _name: str, code: str) -> QuerySet[Pilot]:
        return about(pilots, code)
