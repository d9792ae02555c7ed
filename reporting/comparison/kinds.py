"""What kind of contract one is, and which others are like it: category, phase and size."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

# Upper limits of the baseline value, the limit itself left out.
BANDS: tuple[tuple[str, str, Decimal | None], ...] = (
    ("small", "under £100,000", Decimal(100_000)),
    ("medium", "£100,000 to £1 million", Decimal(1_000_000)),
    ("large", "£1 million to £10 million", Decimal(10_000_000)),
    ("very-large", "£10 million and over", None),
)
BAND_WORDS = {code: words for code, words, _ in BANDS}


def band_of(value: Decimal | None) -> str:
    """The code of the size band; "" where there is no value."""
    if value is None:
        return ""
    return next(code for code, _, limit in BANDS if limit is None or value < limit)


@dataclass(frozen=True)
class Kind:
    """The groups of capabilities that a contract is for, the CPV divisions it was published under, and the rest."""

    groups: frozenset[str] = frozenset()
    divisions: frozenset[str] = frozenset()
    phases: frozenset[str] = frozenset()
    bands: frozenset[str] = frozenset()

    @property
    def is_known(self) -> bool:
        return bool(self.groups or self.divisions)


def divisions_of(cpv_codes: Iterable[str]) -> frozenset[str]:
    """The first two figures of each code."""
    return frozenset(code[:2] for code in cpv_codes if code[:2].isdecimal() and len(code[:2]) == 2)


def joined(kinds: Iterable[Kind]) -> Kind:
    """The kind of a scheme: all that its contracts are."""
    kinds = list(kinds)
    return Kind(
        frozenset().union(*(kind.groups for kind in kinds)),
        frozenset().union(*(kind.divisions for kind in kinds)),
        frozenset().union(*(kind.phases for kind in kinds)),
        frozenset().union(*(kind.bands for kind in kinds)),
    )


def are_alike(one: Kind, other: Kind, like: Collection[str]) -> bool:
    """Whether they share a group of capabilities, or a CPV division where either names no group.

    `like` says what else they must share: the phase, the size. What is not known is not shared.
    """
    by_group = bool(one.groups and other.groups)
    shared = [one.groups & other.groups if by_group else one.divisions & other.divisions]
    if "phase" in like:
        shared.append(one.phases & other.phases)
    if "size" in like:
        shared.append(one.bands & other.bands)
    return all(shared)
