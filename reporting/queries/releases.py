"""Releases that are offered: of contracts that are published, told since something was last held back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from reporting.models import Contract, Publication, PublishedRelease

FIRST = 0  # below every decision's pk: a contract made from notices needs none


def offered(contracts: Q | None = None) -> QuerySet[PublishedRelease]:
    """Oldest first. Releases of decisions that held less back stay stored, and are offered no longer."""
    anew = Publication.objects.filter(contract=OuterRef("contract"), begins_anew=True).order_by("-at", "-pk")
    found = PublishedRelease.objects.filter(contract__is_published=True)
    if contracts is not None:
        found = found.filter(contracts)
    since = Coalesce(Subquery(anew.values("pk")[:1]), FIRST)
    told_by = Coalesce(F("publication"), FIRST)
    return found.annotate(since=since, told_by=told_by).filter(told_by__gte=F("since")).order_by("dated", "pk")


def releases_of(contract: Contract) -> QuerySet[PublishedRelease]:
    return offered(Q(contract=contract))


def contracts_without_releases() -> QuerySet[Contract]:
    """Published contracts of which nothing was told: those made from notices."""
    return Contract.objects.filter(is_published=True, releases=None).order_by("pk")


def by_process() -> Iterator[list[dict[str, Any]]]:
    """The offered releases of each contracting process, one process at a time."""
    held: list[dict[str, Any]] = []
    told = offered().order_by("ocid", "dated", "pk").values_list("data", flat=True)
    for data in told.iterator(chunk_size=500):
        if held and held[0]["ocid"] != data["ocid"]:
            yield held
            held = []
        held.append(data)
    if held:
        yield held
