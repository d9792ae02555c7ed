"""How the lists of panellists and of conflicts are narrowed."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet

from innovation_den.choices import ConflictGround, ConflictState, PanellistState, PanelSector
from innovation_den.models import Conflict, Panellist

MOST_WORDS = 8


class PanellistFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="Name or employer", method="with_words")
    sector = django_filters.ChoiceFilter(label="Sector", choices=PanelSector.choices, empty_label="All")
    state = django_filters.ChoiceFilter(label="State", choices=PanellistState.choices, empty_label="All")

    class Meta:
        model = Panellist
        fields: list[str] = []

    def with_words(self, panellists: QuerySet[Panellist], _name: str, words: str) -> QuerySet[Panellist]:
        for word in words.split()[:MOST_WORDS]:
            panellists = panellists.filter(Q(name__icontains=word) | Q(employer_name__icontains=word))
        return panellists


class ConflictFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="Panellist, pitch or firm", method="with_words")
    state = django_filters.ChoiceFilter(label="State", choices=ConflictState.choices, empty_label="All")
    ground = django_filters.ChoiceFilter(label="Ground", choices=ConflictGround.choices, empty_label="All")

    class Meta:
        model = Conflict
        fields: list[str] = []

    def with_words(self, conflicts: QuerySet[Conflict], _name: str, words: str) -> QuerySet[Conflict]:
        for word in words.split()[:MOST_WORDS]:
            conflicts = conflicts.filter(
                Q(panellist__name__icontains=word)
                | Q(pitch__title__icontains=word)
                | Q(pitch__firm__name__icontains=word)
            )
        return conflicts
