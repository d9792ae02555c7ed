"""How far evidence bears a claim out today: the rule, and the one query that applies it to many claims.

A piece of evidence weighs what its kind weighs, halved where the capability was guessed, and halved
again with each half-life that has passed since. `docs/techmap.md` and the page "How evidence counts"
say so to everybody.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

from django.conf import settings

from techmap.choices import EvidenceKind, Support
from techmap.models import Evidence, SupplierProfile

if TYPE_CHECKING:
    from portal.organisations.models import Organisation

WEIGHTS: dict[str, float] = {
    EvidenceKind.RETURN: 1.0,
    EvidenceKind.PILOT: 1.0,
    EvidenceKind.CASE_STUDY: 1.0,
    EvidenceKind.AWARD: 1.0,
    EvidenceKind.SPEND: 0.5,
    EvidenceKind.ENGAGEMENT: 0.3,
}
# What a public body itself stands behind: it accepted, finished, confirmed or awarded the work.
STOOD_BEHIND = frozenset({EvidenceKind.RETURN, EvidenceKind.PILOT, EvidenceKind.CASE_STUDY, EvidenceKind.AWARD})
GUESSED = 0.5  # what the weight is multiplied by where the capability was read from codes and words


class Piece(Protocol):
    """What the rule reads of a piece of evidence."""

    @property
    def kind(self) -> str: ...
    @property
    def is_guessed(self) -> bool: ...
    @property
    def dated(self) -> date: ...


@dataclass(frozen=True)
class Fact:
    """A piece of evidence without its words, for those who hold many."""

    kind: str
    is_guessed: bool
    dated: date


def weight(kind: str, *, is_guessed: bool, dated: date, today: date) -> float:
    """What one piece weighs today, from 0 to 1. What is dated ahead has not aged."""
    age = max((today - dated).days, 0)
    full: float = WEIGHTS[kind] * (GUESSED if is_guessed else 1.0)
    return full * 0.5 ** (age / settings.EVIDENCE_HALF_LIFE_DAYS)


def support_of(evidence: Iterable[Piece], today: date) -> Support:
    """How far the evidence for one capability of one supplier bears it out.

    Verified: one piece that a public body stands behind, for this capability and not by guess, still
    weighs enough. Supported: all pieces together do. The two thresholds are settings.
    """
    pieces = [(piece, weight_of(piece, today)) for piece in evidence]
    if any(stands(piece) and now >= settings.EVIDENCE_VERIFIED_FROM for piece, now in pieces):
        return Support.VERIFIED
    # `fsum` rounds once, so that the order of the pieces never decides.
    if math.fsum(now for _, now in pieces) >= settings.EVIDENCE_SUPPORTED_FROM:
        return Support.SUPPORTED
    return Support.UNSUPPORTED


def weight_of(piece: Piece, today: date) -> float:
    return weight(piece.kind, is_guessed=piece.is_guessed, dated=piece.dated, today=today)


def stands(piece: Piece) -> bool:
    """Whether a public body itself says that the supplier did this."""
    return piece.kind in STOOD_BEHIND and not piece.is_guessed


def support_by_claim(
    suppliers: Iterable[SupplierProfile | Organisation | int], today: date
) -> dict[tuple[int, int], Support]:
    """The support of each capability that the suppliers have evidence for, by both numbers: one query.

    Suppliers may be given by their number, or as profiles. A pair that is missing has no evidence.
    """
    wanted = {_number(supplier) for supplier in suppliers}
    pieces: dict[tuple[int, int], list[Fact]] = {}
    rows = Evidence.objects.filter(supplier__in=wanted, capability__isnull=False).order_by()
    for supplier, capability, *fact in rows.values_list("supplier", "capability", "kind", "is_guessed", "dated"):
        pieces.setdefault((supplier, capability), []).append(Fact(*fact))
    return {pair: support_of(facts, today) for pair, facts in pieces.items()}


def _number(supplier: SupplierProfile | Organisation | int) -> int:
    if isinstance(supplier, int):
        return supplier
    return supplier.organisation_id if isinstance(supplier, SupplierProfile) else supplier.pk


# --- In words ------------------------------------------------------------------------------------

PARTS = [
    (1.0, "in full"), (0.75, "three quarters"), (0.5, "half"), (1 / 3, "a third"), (0.25, "a quarter"),
    (1 / 6, "a sixth"), (0.1, "a tenth"), (0.05, "a twentieth"),
]  # fmt: skip
LEAST = 0.035  # below it the nearest part would say too much
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def in_words(piece: Piece, today: date) -> str:
    """What one piece counts today and why: "counts half: two years old"."""
    why = [word for word in (_kind_words(piece), _age_words(piece, today)) if word]
    return f"counts {_part_words(weight_of(piece, today))}" + (f": {', '.join(why)}" if why else "")


def _part_words(now: float) -> str:
    if now < LEAST:
        return "hardly at all"
    part, words = min(PARTS, key=lambda pair: abs(math.log(now / pair[0])))
    if math.isclose(now, part, rel_tol=0.03):
        return words
    return "almost in full" if part == 1 else f"about {words}"


def _kind_words(piece: Piece) -> str:
    if piece.is_guessed:
        return "the capability is guessed"
    return "" if WEIGHTS[piece.kind] == 1 else EvidenceKind(piece.kind).label.lower()


def _age_words(piece: Piece, today: date) -> str:
    """The age where it lowers the weight by more than what rounds away."""
    dated = piece.dated
    months = (today.year - dated.year) * 12 + today.month - dated.month - (today.day < dated.day)
    if months < 1 or 0.5 ** ((today - dated).days / settings.EVIDENCE_HALF_LIFE_DAYS) > 0.97:
        return ""
    number, unit = (months // 12, "year") if months >= 24 or months == 12 else (months, "month")
    return f"{NUMBERS[number] if number < len(NUMBERS) else number} {unit}{'' if number == 1 else 's'} old"
