"""What an import did: counted, shown as tables, and written as a CSV list."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from django.core.management.base import CommandError

from portal.ocds.importing import Outcome, Result
from portal.sheets import safe_cell

COLUMNS = ("file", "number", "ocid", "release id", "outcome", "reason", "detail")


@dataclass
class Tally:
    """Counts of what became of the releases; bounded by the kinds of things, not by their number."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    written: Counter[tuple[str, str]] = field(default_factory=Counter)
    not_imported: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def add(self, result: Result) -> None:
        self.outcomes[result.outcome] += 1
        self.written.update((change.noun, change.verb) for change in result.changes)
        reasons = [problem.reason for problem in result.problems]
        if result.outcome is Outcome.NOT_IMPORTED:
            self.not_imported.update(reasons[:1])
        else:
            self.left_out.update(set(reasons))

    def lines(self) -> Iterator[str]:
        """The tables, right-aligned numbers before their words."""
        yield from table("Releases read", [("in all", sum(self.outcomes.values()))])
        yield from table("What became of them", [(outcome, self.outcomes[outcome]) for outcome in Outcome])
        if self.not_imported:
            yield from table("Not imported, by reason", self.not_imported.most_common())
        if self.left_out:
            yield from table("Imported without a part, by reason", self.left_out.most_common())
        if self.written:
            rows = [(f"{noun}: {verb}", count) for (noun, verb), count in sorted(self.written.items())]
            yield from table("Written", rows)


def table(title: str, rows: Iterable[tuple[str, int]]) -> Iterator[str]:
    yield ""
    yield title
    yield from (f"{count:>10,}  {words}" for words, count in rows)


def listing(result: Result) -> Iterator[str]:
    """One line for each thing of the release that was not imported."""
    which = f"Release {result.number} ({result.ocid or 'no ocid'}, {result.release_id or 'no id'})"
    what = "not imported" if result.outcome is Outcome.NOT_IMPORTED else f"{result.outcome}, with a part left out"
    for problem in result.problems:
        yield f"{which} {what}. {problem}"


class CsvReport:
    """The list as CSV, written as the import goes on. Cells that a spreadsheet would run are made text."""

    def __init__(self, file: TextIO) -> None:
        self._writer = csv.writer(file)
        self._writer.writerow(COLUMNS)

    def add(self, file_name: str, result: Result) -> None:
        head = (file_name, str(result.number), result.ocid, result.release_id, result.outcome)
        for reason, detail in [(problem.reason, problem.detail) for problem in result.problems] or [("", "")]:
            self._writer.writerow([safe_cell(cell) for cell in (*head, reason, detail)])

    def add_unreadable(self, file_name: str, message: str) -> None:
        cells = (file_name, "", "", "", "file not read", "Unreadable", message)
        self._writer.writerow([safe_cell(cell) for cell in cells])


def open_report(closing: ExitStack, name: str) -> TextIO:
    """The file that a command's `--report` names, open until the command ends."""
    try:
        return closing.enter_context(Path(name).open("w", newline="", encoding="utf-8"))
    except OSError as fault:
        raise CommandError(f"The report {name} cannot be written: {fault.strerror}.") from fault
