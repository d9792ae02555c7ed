"""How contracts and returns are narrowed: the same on the pages and, later, in the API."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet

from reporting.choices import ContractState, ReturnState
from reporting.models import Contract, Return, Scheme

MOST_WORDS = 8


class ContractFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="Words", method="with_words")
    state = django_filters.ChoiceFilter(label="State", choices=ContractState.choices, empty_label="All")

    class Meta:
        model = Contract
        fields: list[str] = []

    def with_words(self, contracts: QuerySet[Contract], _name: str, words: str) -> QuerySet[Contract]:
        """Each word must stand in the title, the number, or the name of a party or the scheme."""
        for word in words.split()[:MOST_WORDS]:
            contracts = contracts.filter(
                Q(title__icontains=word)
                | Q(number__icontains=word)
                | Q(ocid__icontains=word)
                | Q(buyer__name__icontains=word)
                | Q(supplier__name__icontains=word)
                | Q(scheme__name__icontains=word)
            )
        return contracts


class SchemeFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="Words", method="with_words")
    category = django_filters.AllValuesFilter(label="Category", empty_label="All")

    class Meta:
        model = Scheme
        fields: list[str] = []

    def with_words(self, schemes: QuerySet[Scheme], _name: str, words: str) -> QuerySet[Scheme]:
        for word in words.split()[:MOST_WORDS]:
            schemes = schemes.filter(Q(name__icontains=word) | Q(department__icontains=word) | Q(aims__icontains=word))
        return schemes


class ReturnFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="Contract", method="with_words")
    state = django_filters.ChoiceFilter(label="State", choices=ReturnState.choices, empty_label="All")

    class Meta:
        model = Return
        fields: list[str] = []

    def with_words(self, returns: QuerySet[Return], _name: str, words: str) -> QuerySet[Return]:
        for word in words.split()[:MOST_WORDS]:
            returns = returns.filter(Q(contract__title__icontains=word) | Q(contract__number__icontains=word))
        return returns
