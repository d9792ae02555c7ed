"""Money in the prices of one financial year, by the GDP deflator; or as it was paid, which is nominal."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "data" / "gdp_deflator.toml"
PENNY = Decimal("0.01")


@dataclass(frozen=True)
class Deflator:
    """The published index, with where it comes from. A year outside it counts as the nearest that is in it."""

    title: str
    publisher: str
    published: date
    url: str
    note: str
    forecast_from: str
    index: dict[str, Decimal]

    @property
    def years(self) -> list[str]:
        return list(self.index)

    @property
    def lines(self) -> list[tuple[str, Decimal, bool]]:
        """Year, index, and whether it is a forecast."""
        return [(year, value, year >= self.forecast_from) for year, value in self.index.items()]

    def at(self, year: int) -> Decimal:
        """The index of the financial year that begins in April of this year."""
        first, last = int(self.years[0][:4]), int(self.years[-1][:4])
        return self.index[year_name(min(max(year, first), last))]


@cache
def deflator() -> Deflator:
    read = tomllib.loads(FILE.read_text())
    index = {year: Decimal(value) for year, value in read.pop("index").items()}
    return Deflator(index=index, **read)


def year_of(day: date) -> int:
    """The year in whose April the day's financial year began."""
    return day.year if day.month >= 4 else day.year - 1


def year_name(year: int) -> str:
    """2025-26 for 2025."""
    return f"{year}-{(year + 1) % 100:02d}"


@cache
def _factor(base: str, year: int) -> Decimal:
    return deflator().index[base] / deflator().at(year)


@dataclass(frozen=True)
class Prices:
    """In the prices of the financial year `base`; nominal where it is empty."""

    base: str = ""

    @property
    def words(self) -> str:
        return f"{self.base} prices" if self.base else "nominal"

    def in_year(self, amount: Decimal, year: int) -> Decimal:
        """What a sum of that financial year is in these prices."""
        return amount * _factor(self.base, year) if self.base else amount

    def over(self, amount: Decimal, start: date, end: date) -> Decimal:
        """A sum whose days are not known, taken as spread evenly from `start` to `end`."""
        if not self.base:
            return amount
        days = max((end - start).days + 1, 1)
        parts = (self.in_year(amount * part / days, year) for year, part in days_by_year(start, end))
        return sum(parts, Decimal(0))


def days_by_year(start: date, end: date) -> Iterator[tuple[int, int]]:
    """Each financial year from `start` to `end` with its days among them; the day of `start` at least."""
    end = max(start, end)
    while start <= end:
        year = year_of(start)
        last = min(date(year + 1, 3, 31), end)
        yield year, (last - start).days + 1
        start = last + timedelta(days=1)
