"""The filter of the inbox."""

from __future__ import annotations

import django_filters
from django import forms

from portal.notifications.choices import NOTICES
from portal.notifications.models import Delivery, DeliveryQuerySet


class InboxFilter(django_filters.FilterSet):
    kind = django_filters.MultipleChoiceFilter(
        field_name="message__kind",
        label="About",
        choices=[(kind.value, kind.label) for kind in NOTICES],
        widget=forms.CheckboxSelectMultiple,
    )
    unread = django_filters.BooleanFilter(
        method="only_unread", label="Only notices that you have not read", widget=forms.CheckboxInput
    )

    class Meta:
        model = Delivery
        fields: list[str] = []

    def only_unread(self, queryset: DeliveryQuerySet, name: str, value: bool | None) -> DeliveryQuerySet:
        return queryset.unread() if value else queryset
