"""How contracts and returns are narrowed: the same on the pages and, later, in the API."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet
from django.forms import CheckboxInput, HiddenInput
from django.utils import timezone

from reporting.choices import UNFILED, ContractState, FlagState, FoundState, ReturnState, UploadState
from reporting.models import Contract, Flag, FoundReturn, Return, Scheme, Upload, UploadFinding
from reporting.quality.declared import rules

MOST_WORDS = 8
SEVERITIES = [("error", "Errors"), ("question", "Questions"), ("note", "Notes")]


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
    """`show` says which tab it is, and stays with the filter."""

    q = django_filters.CharFilter(label="Contract", method="with_words")
    show = django_filters.CharFilter(widget=HiddenInput, method="keep")

    class Meta:
        model = Return
        fields: list[str] = []

    def with_words(self, returns: QuerySet[Return], _name: str, words: str) -> QuerySet[Return]:
        for word in words.split()[:MOST_WORDS]:
            returns = returns.filter(
                Q(contract__title__icontains=word)
                | Q(contract__number__icontains=word)
                | Q(contract__buyer__name__icontains=word)
                | Q(supplier__name__icontains=word)
            )
        return returns

    def keep(self, returns: QuerySet[Return], _name: str, _show: str) -> QuerySet[Return]:
        return returns


def _states(*, unfiled: bool) -> list[tuple[str, str]]:
    return [
        (value, label)
        for value, label in ReturnState.choices
        if (value in UNFILED) == unfiled and value != ReturnState.SUPERSEDED
    ]


class ToDoFilter(ReturnFilter):
    state = django_filters.ChoiceFilter(label="State", choices=_states(unfiled=True), empty_label="All")
    late = django_filters.BooleanFilter(label="Only late ones", method="only_late", widget=CheckboxInput)

    def only_late(self, returns: QuerySet[Return], _name: str, late: bool) -> QuerySet[Return]:
        return returns.filter(due_at__lt=timezone.now()) if late else returns


class FiledFilter(ReturnFilter):
    state = django_filters.ChoiceFilter(label="State", choices=_states(unfiled=False), empty_label="All")


class UploadFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="File name", field_name="name", lookup_expr="icontains")
    state = django_filters.ChoiceFilter(label="State", choices=UploadState.choices, empty_label="All")

    class Meta:
        model = Upload
        fields: list[str] = []


class FoundReturnFilter(django_filters.FilterSet):
    contract = django_filters.CharFilter(label="Contract number", field_name="contract_number", lookup_expr="icontains")
    found = django_filters.ChoiceFilter(
        label="Returns", field_name="state", choices=FoundState.choices[1:], empty_label="All"
    )

    class Meta:
        model = FoundReturn
        fields: list[str] = []


class FindingFilter(django_filters.FilterSet):
    """By kind, as the links of an upload's page name it, and by return."""

    severity = django_filters.ChoiceFilter(label="What", choices=SEVERITIES, empty_label="All")
    sheet = django_filters.CharFilter(label="Sheet", lookup_expr="icontains")
    contract = django_filters.CharFilter(
        label="Contract number", field_name="found__contract_number", lookup_expr="icontains"
    )
    check_id = django_filters.CharFilter(widget=HiddenInput)
    table = django_filters.CharFilter(widget=HiddenInput)
    field = django_filters.CharFilter(widget=HiddenInput)
    found = django_filters.NumberFilter(field_name="found_id", min_value=1, max_value=2**63 - 1, widget=HiddenInput)

    class Meta:
        model = UploadFinding
        fields: list[str] = []


class FlagFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="Contract", method="with_words")
    rule = django_filters.ChoiceFilter(label="Question", choices=lambda: rules().choices, empty_label="All")
    state = django_filters.ChoiceFilter(label="State", choices=FlagState.choices, empty_label="All")

    class Meta:
        model = Flag
        fields: list[str] = []

    def with_words(self, flags: QuerySet[Flag], _name: str, words: str) -> QuerySet[Flag]:
        for word in words.split()[:MOST_WORDS]:
            flags = flags.filter(Q(contract__title__icontains=word) | Q(contract__number__icontains=word))
        return flags
