"""How the list of suppliers is narrowed: the same on the page and, later, in the API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from portal.organisations.choices import SME_SIZES, Size
from portal.organisations.models import Organisation
from portal.records import Region
from techmap.models import Capability, CapabilityClaim
from techmap.queries import capabilities_named

MOST_WORDS = 8
SIZES = [("sme", "Small and medium (all up to 249 staff)"), *Size.choices]


def capability_choices() -> list[Any]:
    """Each parent as a group that begins with all of it."""
    groups: dict[str, list[tuple[str, str]]] = {}
    rows = Capability.objects.offered().by_parent().select_related(None)
    for parent_code, parent, code, name in rows.values_list("parent__code", "parent__name", "code", "name"):
        group = groups.setdefault(parent, [(parent_code, f"Any: {parent}")])
        group.append((code, name))
    return list(groups.items())


class SupplierFilter(django_filters.FilterSet):
    """Suppliers that match every field. Claims and guesses both count; the page tells them apart."""

    q = django_filters.CharFilter(label="Words", method="with_words")
    capability = django_filters.ChoiceFilter(
        label="Capability", choices=capability_choices, method="with_capability", empty_label="All"
    )
    region = django_filters.ChoiceFilter(
        label="Delivers in", choices=Region.choices, method="in_region", empty_label="All regions"
    )
    size = django_filters.ChoiceFilter(label="Size", choices=SIZES, method="of_size", empty_label="All sizes")

    class Meta:
        model = Organisation
        fields: list[str] = []

    def with_words(self, suppliers: QuerySet[Organisation], _name: str, words: str) -> QuerySet[Organisation]:
        """Each word must stand in the name, the profile or a capability's name or alias."""
        for word in words.split()[:MOST_WORDS]:
            claims = CapabilityClaim.objects.filter(capability__in=capabilities_named(word).values("pk"))
            suppliers = suppliers.filter(
                Q(name__icontains=word)
                | Q(supplier_profile__summary__icontains=word)
                | Q(supplier_profile__description__icontains=word)
                | Q(supplier_profile__in=claims.values("profile"))
            )
        return suppliers

    def with_capability(self, suppliers: QuerySet[Organisation], _name: str, code: str) -> QuerySet[Organisation]:
        """A parent stands for all that it holds."""
        claims = CapabilityClaim.objects.filter(Q(capability__code=code) | Q(capability__parent__code=code))
        return suppliers.filter(supplier_profile__in=claims.values("profile"))

    def in_region(self, suppliers: QuerySet[Organisation], _name: str, region: str) -> QuerySet[Organisation]:
        return suppliers.filter(supplier_profile__regions_served__contains=[region])

    def of_size(self, suppliers: QuerySet[Organisation], _name: str, size: str) -> QuerySet[Organisation]:
        return suppliers.filter(size__in=SME_SIZES if size == "sme" else [size])
