"""Makers of records from published lists, their evidence, and what a merge could change."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from portal.organisations.choices import Status
from portal.organisations.models import Identifier, Organisation
from techmap.choices import EvidenceKind
from techmap.models import Capability, CapabilityClaim, Evidence, NameMatch, OtherName, Price, Rating, SupplierProfile
from tests.factories import make_supplier

MONTH = date(2013, 4, 1)


def make_imported(name: str = "MEMSET LTD", *, sources: tuple[str, ...] = ("spend:1",), **fields: Any) -> Organisation:
    """A supplier that a published list named, with a piece of evidence for each source."""
    supplier = make_supplier(name, status=Status.PENDING, is_imported=True, **fields)
    for source in sources:
        make_spend(supplier, source)
    return supplier


def make_spend(supplier: Organisation, source: str = "spend:1", **fields: Any) -> Evidence:
    given: dict[str, Any] = {"kind": EvidenceKind.SPEND, "title": "Hosting", "dated": MONTH, "value": Decimal(1200)}
    given |= {"buyer_name": "Ashford Vale Council"} | fields
    return Evidence.objects.create(supplier=supplier, source=source, **given)


def make_match(one: Organisation, two: Organisation, score: float = 100) -> NameMatch:
    first, second = sorted((one, two), key=lambda supplier: supplier.pk)
    return NameMatch.objects.create(first=first, second=second, score=score)


def belongings() -> dict[str, list[tuple[Any, ...]]]:
    """Whose everything is: all that a merge may move, row by row."""
    return {
        "evidence": rows(Evidence, "pk", "supplier"),
        "ratings": rows(Rating, "pk", "supplier"),
        "prices": rows(Price, "pk", "supplier"),
        "names": rows(OtherName, "pk", "supplier", "name"),
        "identifiers": rows(Identifier, "pk", "organisation"),
        "claims": rows(CapabilityClaim, "pk", "profile", "origin"),
        "profiles": rows(SupplierProfile, "pk", "organisation"),
    }


def rows(model: Any, *fields: str) -> list[tuple[Any, ...]]:
    return sorted(model.objects.values_list(*fields))


def held(supplier: Organisation) -> list[tuple[str, Capability | None]]:
    return sorted(supplier.evidence.values_list("source", "capability"), key=str)
