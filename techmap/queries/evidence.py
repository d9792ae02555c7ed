"""Evidence as people read it: a contract that bears out three capabilities is one piece."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Min, QuerySet

from techmap.models import Capability, Evidence
from techmap.support import Fact, in_words

if TYPE_CHECKING:
    from portal.organisations.models import Organisation


@dataclass
class Piece:
    """One piece of evidence with all that it bears out."""

    evidence: Evidence
    counts: str  # what it counts today, in words
    capabilities: list[tuple[Capability, bool]] = field(default_factory=list)  # and whether each is guessed


def evidence_of(supplier: Organisation, *, kind: str = "", capability: str = "") -> QuerySet[Evidence]:
    """One row for each piece of a supplier's evidence, the latest first; of one kind, or for one capability."""
    rows = Evidence.objects.filter(supplier=supplier)
    if kind:
        rows = rows.filter(kind=kind)
    if capability:
        rows = rows.filter(capability__code=capability)
    heads = rows.order_by().values("kind", "source").annotate(head=Min("pk")).values("head")
    return Evidence.objects.filter(pk__in=heads).select_related("buyer").order_by("-dated", "-pk")


def pieces(heads: Iterable[Evidence], today: date) -> list[Piece]:
    """The rows of `evidence_of`, each with all the capabilities of its piece: two queries, however many they are."""
    rows = list(heads)
    same = Evidence.objects.filter(
        supplier__in={row.supplier_id for row in rows}, source__in={row.source for row in rows}
    )
    found: dict[tuple[int, str, str], list[Evidence]] = {}
    for row in same.select_related("capability__parent").order_by("capability__name"):
        found.setdefault((row.supplier_id, row.kind, row.source), []).append(row)
    return [_piece(row, found[row.supplier_id, row.kind, row.source], today) for row in rows]


def _piece(row: Evidence, same: list[Evidence], today: date) -> Piece:
    is_guessed = all(other.is_guessed for other in same)
    counts = in_words(Fact(row.kind, is_guessed, row.dated), today)
    return Piece(row, counts, [(other.capability, other.is_guessed) for other in same if other.capability])


def capabilities_with_evidence(supplier: Organisation) -> QuerySet[Capability]:
    return Capability.objects.filter(evidence__supplier=supplier).distinct().order_by("name")
