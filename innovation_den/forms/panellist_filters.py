"""How the lists of panellists and of conflicts are narrowed."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TypeVar

import django_filters
from django.db.models import Model, Q, QuerySet

from innovation_den.choices import ConflictGround, ConflictState, PanellistState, PanelSector
from innovation_den.models import Conflict, Panellist

Row = TypeVar("Row", bound=Model)

MOST_WORDS = 8


def with_each_word(rows: QuerySet[Row], words: str, *columns: str) -> QuerySet[Row]:
    """Rows that say each of the words in one of the columns."""
    for word in words.split()[:MOST_WORDS]:
        rows = rows.filter(reduce(or_, (Q((f"{column}__icontains", word)) for column in columns)))
    return rows


class PanellistFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="Name or employer", method="with_words")
    sector = django_filters.ChoiceFilter(label="Sector", choices=PanelSector.choices, empty_label="All")
    state = django_filters.ChoiceFilter(label="State", choices=PanellistState.choices, empty_label="All")

    class Meta:
        model = Panellist
        fields: list[str] = []

    def with_words(self, panellists: QuerySet[Panellist], _name: str, words: str) -> QuerySet[Panellist]:
        return with_each_word(panellists, words, "name", "employer_name")


class ConflictFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="Panellist, pitch or firm", method="with_words")
    state = django_filters.ChoiceFilter(label="State", choices=ConflictState.choices, empty_label="All")
    ground = django_filters.ChoiceFilter(label="Ground", choices=ConflictGround.choices, empty_label="All")

    class Meta:
        model = Conflict
        fields: list[str] = []

    def with_words(self, conflicts: QuerySet[Conflict], _name: str, words: str) -> QuerySet[Conflict]:
        return with_each_word(conflicts, words, "panellist__name", "pitch__title", "pitch__firm__name")
