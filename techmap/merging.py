"""Rooms above that keep rows of a supplier ask here to have them move with a merge, and back when it is undone.

They register in their `AppConfig.ready()`. All is done in the transaction of the merge, both suppliers locked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal.organisations.models import Organisation

    Moved = dict[str, list[int]]


@dataclass(frozen=True)
class Mover:
    """`take` moves rows of `folded` to `kept` and says which; `give_back` moves those of them back.

    `why_not` gives each reason why what was moved can't go back any more.
    """

    take: Callable[[Organisation, Organisation], Moved]
    give_back: Callable[[Organisation, Organisation, Mapping[str, list[int]]], None]
    why_not: Callable[[Organisation, Mapping[str, list[int]]], Iterable[str]]


_movers: list[Mover] = []


def register_mover(mover: Mover) -> Mover:
    """Twice counts once."""
    if mover not in _movers:
        _movers.append(mover)
    return mover


def movers() -> tuple[Mover, ...]:
    return tuple(_movers)
