"""The columns of the table of suppliers: how each is called, sorted and written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Max, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Lower

from portal.organisations.choices import Size, Status
from portal.organisations.models import Organisation
from portal.records import Region
from techmap.choices import ClaimOrigin, Sector, Support
from techmap.models import CapabilityClaim, Evidence
from techmap.queries.published import PublishedSupplier
from techmap.search import matching
from techmap.search.query import SearchQuery

MOST_IN_A_WORKBOOK = 10_000  # rows


@dataclass(frozen=True)
class Column:
    """`order` names what it is sorted by; a column without it is not sorted by."""

    name: str
    label: str
    order: str = ""
    is_number: bool = False


COLUMNS = (
    Column("name", "Name", "by_name"),
    Column("size", "Size", "by_size"),
    Column("regions", "Delivers in"),
    Column("capabilities", "Capabilities", "by_capabilities", is_number=True),
    Column("verified", "Verified", is_number=True),
    Column("accreditations", "Accreditations"),
    Column("evidence", "Latest evidence", "by_evidence", is_number=True),
)


def in_order(query: SearchQuery, column: Column, *, descending: bool, today: date) -> Any:
    """The numbers of all that match, which can be cut into pages. Those without a value come last either way."""
    order = F(column.order)
    first = order.desc(nulls_last=True) if descending else order.asc(nulls_last=True)
    return _sortable(matching(query, today=today)).order_by(first, "by_name", "pk").values_list("pk", flat=True)


def _sortable(pks: list[int]) -> QuerySet[Organisation]:
    """Suppliers with what they can be sorted by. Of one that is not verified only its guessed claims count."""
    evidence = Evidence.objects.filter(supplier=OuterRef("pk")).order_by().values("supplier")
    claims = CapabilityClaim.objects.filter(profile__organisation=OuterRef("pk")).order_by()
    own = claims.values("profile").annotate(number=Count("pk")).values("number")
    guessed = claims.filter(origin=ClaimOrigin.GUESSED).values("profile").annotate(number=Count("pk")).values("number")
    sizes = [When(size=size, then=Value(number)) for number, size in enumerate(Size.values)]
    return Organisation.objects.filter(pk__in=pks).annotate(
        by_name=Lower("name"),
        by_size=Case(*sizes, output_field=IntegerField()),
        by_evidence=Subquery(evidence.annotate(latest=Max("dated")).values("latest")),
        by_capabilities=Case(When(status=Status.VERIFIED, then=Subquery(own)), default=Subquery(guessed)),
    )


# --- Files -------------------------------------------------------------------------------------------

HEADINGS: Sequence[str] = (
    "Number",
    "Name",
    "Page",
    "Verified organisation",
    "Size",
    "Small or medium",
    "Voluntary, community or social enterprise",
    "Office",
    "Delivers in",
    "Sectors",
    "Summary",
    "Capabilities claimed",
    "Of these verified",
    "Of these supported",
    "Guessed from notices",
    "Accreditations",
    "Frameworks",
    "Pieces of evidence",
    "Latest evidence",
)


def row_of(supplier: PublishedSupplier) -> list[Any]:
    """One supplier under `HEADINGS`. Several values of one cell are parted by semicolons."""
    own = [claim for claim in supplier.claims if not claim.is_guessed]
    return [
        supplier.id,
        supplier.name,
        supplier.url,
        _yes(supplier.is_verified),
        Size(supplier.size).label if supplier.size else "",
        _yes(supplier.is_sme) if supplier.size else "",
        "" if supplier.is_vcse is None else _yes(supplier.is_vcse),
        Region(supplier.office_region).label if supplier.office_region else "",
        _joined(Region(code).label for code in supplier.regions),
        _joined(Sector(code).label for code in supplier.sectors),
        supplier.summary,
        _joined(claim.name for claim in own),
        _joined(claim.name for claim in supplier.claims if claim.support == Support.VERIFIED),
        _joined(claim.name for claim in supplier.claims if claim.support == Support.SUPPORTED),
        _joined(claim.name for claim in supplier.claims if claim.is_guessed),
        _joined(item.name for item in supplier.held),
        _joined(place.name for place in supplier.frameworks),
        supplier.evidence_count,
        supplier.latest_evidence,
    ]


def _yes(value: bool) -> str:
    return "Yes" if value else "No"


def _joined(values: Any) -> str:
    return "; ".join(str(value) for value in values)
