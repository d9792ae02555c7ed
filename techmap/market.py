"""How thin or how concentrated a part of the market is: figures and the words for them. No database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

FEW = 3  # fewer suppliers than this in a place, and there is little to choose from
FEWEST_CONTRACTS = 5  # fewer than this say nothing about concentration
WHOLE = 10_000  # the index where one supplier has all
# The bands by which the competition authorities of the United Kingdom long read the index: Merger Assessment
# Guidelines, OFT1254 (2010), paragraph 5.3.5.
CONCENTRATED, HIGHLY = 1_000, 2_000


def herfindahl(values: Iterable[float]) -> float:
    """The Herfindahl-Hirschman index of these suppliers' values: the sum of squared shares in percent, 0 to 10,000."""
    given = list(values)
    total = sum(given)
    return sum((value / total) ** 2 for value in given) * WHOLE if total else 0.0


def band(index: int) -> str:
    if index < CONCENTRATED:
        return "not concentrated"
    return "concentrated" if index <= HIGHLY else "highly concentrated"


@dataclass(frozen=True)
class Cell:
    """Suppliers of one capability in one region."""

    suppliers: int = 0
    smes: int = 0

    @property
    def sme_share(self) -> int | None:
        """In whole percent; None where there is nobody."""
        return round(self.smes * 100 / self.suppliers) if self.suppliers else None

    @property
    def is_gap(self) -> bool:
        return self.suppliers < FEW


@dataclass(frozen=True)
class Contracts:
    """Known contracts, each counted once, with the suppliers that hold them. Values in pounds."""

    contracts: int = 0
    suppliers: int = 0
    value: float = 0.0
    sme_value: float = 0.0
    exact_index: float = 0.0

    @property
    def index(self) -> int | None:
        """The Herfindahl index; None where there are too few contracts to say."""
        return round(self.exact_index) if self.contracts >= FEWEST_CONTRACTS else None

    @property
    def words(self) -> str:
        return "too few contracts to say" if self.index is None else band(self.index)

    @property
    def sme_share(self) -> int | None:
        return round(self.sme_value * 100 / self.value) if self.value else None


@dataclass(frozen=True)
class Year:
    year: int
    contracts: Contracts
    is_running: bool


@dataclass(frozen=True)
class Trade:
    """What is known of the contracts for one capability: all of them, and year by year, years without any too."""

    all: Contracts = Contracts()
    by_year: dict[int, Contracts] = field(default_factory=dict)

    def years(self, this_year: int) -> list[Year]:
        if not self.by_year:
            return []
        last = max(this_year, *self.by_year)
        return [
            Year(year, self.by_year.get(year, Contracts()), is_running=year == this_year)
            for year in range(min(self.by_year), last + 1)
        ]
