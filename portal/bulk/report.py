"""What became of the rows of a file: counted, and each that was not imported whole listed with its line."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TextIO

from portal.ocds.importing import Outcome
from portal.ocds.problems import Problem
from portal.ocds.report import table
from portal.sheets import safe_cell

COLUMNS = ("file", "line", "outcome", "reason", "detail")


@dataclass(frozen=True)
class Listed:
    """A row that was not imported, or not wholly, or something to know about it."""

    number: int
    problem: Problem
    is_imported: bool = False

    def __str__(self) -> str:
        return f"Line {self.number:,}{'' if self.is_imported else ' not imported'}. {self.problem}"


@dataclass
class Batch:
    """What became of some rows that were written together."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    written: Counter[str] = field(default_factory=Counter)
    listed: list[Listed] = field(default_factory=list)


@dataclass
class Tally:
    """Counts, bounded by the kinds of things and not by their number."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    written: Counter[str] = field(default_factory=Counter)
    not_imported: Counter[str] = field(default_factory=Counter)
    noted: Counter[str] = field(default_factory=Counter)

    def add(self, batch: Batch) -> None:
        self.outcomes.update(batch.outcomes)
        self.written.update(batch.written)
        for listed in batch.listed:
            (self.noted if listed.is_imported else self.not_imported)[listed.problem.reason] += 1

    def lines(self) -> Iterator[str]:
        """The tables, right-aligned numbers before their words."""
        yield from table("Rows read", [("in all", sum(self.outcomes.values()))])
        yield from table("What became of them", [(outcome, self.outcomes[outcome]) for outcome in Outcome])
        if self.not_imported:
            yield from table("Not imported, by reason", self.not_imported.most_common())
        if self.noted:
            yield from table("Imported with a note, by reason", self.noted.most_common())
        if self.written:
            yield from table("Written", sorted(self.written.items()))


class CsvReport:
    """The list as CSV, written as the import goes on. Cells that a spreadsheet would run are made text."""

    def __init__(self, file: TextIO) -> None:
        self._writer = csv.writer(file)
        self._writer.writerow(COLUMNS)

    def add(self, file_name: str, listed: Iterable[Listed]) -> None:
        for row in listed:
            outcome = "imported" if row.is_imported else Outcome.NOT_IMPORTED
            cells = (file_name, str(row.number), outcome, row.problem.reason, row.problem.detail)
            self._writer.writerow([safe_cell(cell) for cell in cells])

    def add_unreadable(self, file_name: str, message: str) -> None:
        self._writer.writerow([safe_cell(cell) for cell in (file_name, "", "file not read", "Unreadable", message)])
