"""A supplier's record: every final assessment of its published contracts, and how it was rated in each year."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import ExtractYear
from django.urls import reverse

from portal.organisations.models import Organisation
from reporting.models import Assessment
from reporting.queries.assessments import rating_words
from techmap.links import Link
from techmap.models import Merge

MOST_MERGED = 10  # steps from a supplier to those that were merged into it


@dataclass(frozen=True)
class Year:
    """How many assessments of one year had each rating, in the order of the ratings."""

    year: int
    counts: list[tuple[str, int]]

    @property
    def total(self) -> int:
        return sum(number for _, number in self.counts)


def known_as(supplier: Organisation) -> set[int]:
    """The supplier and every record that was merged into it."""
    found, newest = {supplier.pk}, {supplier.pk}
    for _ in range(MOST_MERGED):
        merged = Merge.objects.filter(kept__in=newest, undone_at=None).exclude(folded__in=found)
        newest = set(merged.values_list("folded", flat=True))
        if not newest:
            break
        found |= newest
    return found


def record_of(supplier: Organisation) -> QuerySet[Any]:
    """The assessments that stand, the newest first. Published contracts alone, whoever asks."""
    final = Assessment.objects.final().filter(contract__supplier__in=known_as(supplier), contract__is_published=True)
    return final.select_related("contract__buyer", "contract__supplier").order_by("-period_end", "-pk")


def years_of(assessments: QuerySet[Any]) -> list[Year]:
    """Overall ratings by the year in which the period ended, the oldest first: one query."""
    rows = assessments.order_by().annotate(year=ExtractYear("period_end")).values_list("year", "rating")
    counts: dict[int, Counter[str]] = {}
    for year, rating, number in rows.annotate(Count("pk")):
        counts.setdefault(year, Counter())[rating] += number
    words = rating_words()
    return [Year(year, [(label, counts[year][code]) for code, label in words.items()]) for year in sorted(counts)]


def record_link(supplier: Organisation) -> Link | None:
    """For the supplier's page in the techmap; none where nothing is final yet."""
    number = record_of(supplier).count()
    if not number:
        return None
    label = f"{number} assessment{'s' if number > 1 else ''} of its contracts"
    return Link(label, reverse("reporting:supplier-record", args=[supplier.pk]))
