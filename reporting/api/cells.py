"""What a program sends as a return, and what is wrong with it at each cell: by table, row, field and JSON Pointer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reporting.standards import RETURN, Standard, Table
from reporting.standards.filing import Filing, Finding, Known, check, read

Error = dict[str, Any]
Tables = Mapping[str, Any]
CELL = (str, int, Decimal, bool, type(None))
MOST_ERRORS = 10_000  # in one answer


def error_of(finding: Finding, before: str = "") -> Error:
    """A finding as the API has it. `before` is the pointer of the return that it is in."""
    place = f"{before}/tables/{finding.table}"
    if finding.table != RETURN:
        place += f"/{max(finding.row - 1, 0)}"
    return {
        "pointer": f"{place}/{finding.field}" if finding.field else place,
        "table": finding.table,
        "row": finding.row,
        "field": finding.field,
        "value": finding.value,
        "says": finding.says,
        "mend": finding.mend,
        "check": finding.check,
        "severity": finding.severity,
    }


def escaped(name: str) -> str:
    """One step of a JSON Pointer."""
    return name.replace("~", "~0").replace("/", "~1")


@dataclass(frozen=True)
class Given:
    """One return as it was sent: its tables, which of the questions it answers, and where in the body it stands."""

    tables: Tables
    answers: list[dict[str, Any]]
    at: str = ""

    @property
    def head(self) -> Mapping[str, Any]:
        found = self.tables.get(RETURN, {})
        return found if isinstance(found, Mapping) else {}

    def misshapen(self, standard: Standard) -> list[Error]:
        """Tables, rows and fields that the standard does not have: to leave them out would lose them unseen."""
        return list(_misshapen(self.tables, standard, f"{self.at}/tables"))

    def read(self, standard: Standard) -> tuple[Filing, list[Error]]:
        """By the one reader of all formats; every cell that cannot be read is an error."""
        rows = {name: [found] if name == RETURN else found for name, found in self.tables.items()}
        filing, unreadable = read(standard, rows)
        return filing, [error_of(finding, self.at) for finding in unreadable]

    def rows(self, standard: Standard) -> dict[str, list[Mapping[str, Any]]]:
        """Each table of the standard; one that was not sent has no rows."""
        sent: dict[str, list[Mapping[str, Any]]] = {
            table.name: [self.head] if table.name == RETURN else list(self.tables.get(table.name, ()))
            for table in standard.tables
        }
        return sent

    def findings(self, filing: Filing, standard: Standard, known: Known) -> tuple[list[Error], list[Error]]:
        """Errors, and questions that nobody answered yet."""
        answered = {(one["check"], one["table"], one["row"]) for one in self.answers}
        return sorted_out(check(filing, standard, known), answered, self.at)


def sorted_out(
    findings: Iterable[Finding], answered: set[tuple[str, str, int]], before: str = ""
) -> tuple[list[Error], list[Error]]:
    errors: list[Error] = []
    questions: list[Error] = []
    for finding in findings:
        if finding.is_error:
            errors.append(error_of(finding, before))
        elif (finding.check, finding.table, finding.row) not in answered:
            questions.append(error_of(finding, before))
    return errors[:MOST_ERRORS], questions[:MOST_ERRORS]


def _misshapen(tables: Tables, standard: Standard, at: str) -> Iterator[Error]:
    known = {table.name: table for table in standard.tables}
    for name, found in tables.items():
        place = f"{at}/{escaped(name)}"
        table = known.get(name)
        if table is None:
            yield _wrong(place, f"Version {standard.version} of the standard has no table {name[:60]!r}", known)
        elif table.is_single:
            yield from _misshapen_row(found, table, place, 1)
        elif not isinstance(found, list):
            yield {"pointer": place, "table": name, "says": "The rows of this table must be a list"}
        else:
            for number, row in enumerate(found, start=1):
                yield from _misshapen_row(row, table, f"{place}/{number - 1}", number)


def _misshapen_row(row: Any, table: Table, place: str, number: int) -> Iterator[Error]:
    if not isinstance(row, Mapping):
        yield {"pointer": place, "table": table.name, "row": number, "says": "A row must be an object of fields"}
        return
    names = [item.name for item in table.fields]
    for name, cell in row.items():
        here = {"table": table.name, "row": number, "field": name[:60]}
        if name not in names:
            yield (
                _wrong(f"{place}/{escaped(name)}", f"The table {table.label} has no field {name[:60]!r}", names) | here
            )
        elif not isinstance(cell, CELL):
            says = "A field holds text, a number, true, false or null, and nothing further inside"
            yield {"pointer": f"{place}/{escaped(name)}", "says": says} | here


def _wrong(pointer: str, says: str, names: Iterable[str]) -> Error:
    return {"pointer": pointer, "says": says, "mend": f"Take it out, or use one of: {', '.join(names)}"}
