"""Quartiles, and the place of one figure among others. Pure functions; figures are decimals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

FEWEST_PEERS = 5  # contracts that have the figure, the one in question left out
FEWEST_CONTRACTS, FEWEST_SUPPLIERS = 5, 3  # in a group of the cost explorer
FEWEST_FOR_ENDS = 10  # contracts, before the cheapest and the dearest of them are shown
Number = Decimal | int


def quantile(ordered: Sequence[Number], share: Decimal) -> Decimal:
    """The value below which this share of the values lies; between two of them in a straight line.

    As `numpy.quantile` has it with `method="linear"`, its default (Hyndman and Fan's type 7). The values are
    in order, one at least; the share is from 0 to 1.
    """
    place = share * (len(ordered) - 1)
    below = int(place)
    low = Decimal(ordered[below])
    if below + 1 == len(ordered):
        return low
    return low + (Decimal(ordered[below + 1]) - low) * (place - below)


def percentile(value: Number, peers: Iterable[Number]) -> int | None:
    """How many in 100 peers are lower, those with the same value counted as half; whole, and rounded half up.

    0 is lowest of all, 100 highest, 50 in the middle. None where there are fewer than `FEWEST_PEERS`.
    The value itself is not among the peers.
    """
    known = list(peers)
    if len(known) < FEWEST_PEERS:
        return None
    lower = sum(peer < value for peer in known)
    same = sum(peer == value for peer in known)
    return (200 * lower + 100 * same + len(known)) // (2 * len(known))


@dataclass(frozen=True)
class Distribution:
    """How values lie. `lowest` and `highest` are None where there are too few to show a single one."""

    number: int
    low: Decimal  # the lower quartile
    middle: Decimal  # the median
    high: Decimal  # the upper quartile
    lowest: Decimal | None
    highest: Decimal | None


def distribution(values: Iterable[Number]) -> Distribution | None:
    """None where there is no value."""
    ordered = sorted(values)
    if not ordered:
        return None
    low, middle, high = (quantile(ordered, Decimal(quarter) / 4) for quarter in (1, 2, 3))
    ends = len(ordered) >= FEWEST_FOR_ENDS
    return Distribution(
        number=len(ordered),
        low=low,
        middle=middle,
        high=high,
        lowest=Decimal(ordered[0]) if ends else None,
        highest=Decimal(ordered[-1]) if ends else None,
    )
