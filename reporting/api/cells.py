"""What a program sends as a return, and what is wrong with it at each cell: by table, row, field and JSON Pointer."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from reporting.queries.answers import Place, place_of
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
        return list(islice(_misshapen(self.tables, standard, f"{self.at}/tables"), MOST_ERRORS))

    def read(self, standard: Standard) -> tuple[Filing, list[Error]]:
        """By the one reader of all formats; every cell that cannot be read is an error."""
        rows = {name: [found] if name == RETURN else found for name, found in self.tables.items()}
        filing, unreadable = read(standard, rows)
        return filing, [error_of(finding, self.at) for finding in islice(unreadable, MOST_ERRORS)]

    def rows(self, standard: Standard) -> dict[str, list[Mapping[str, Any]]]:
        """Each table of the standard; one that was not sent has no rows."""
        sent: dict[str, list[Mapping[str, Any]]] = {
            table.name: [self.head] if table.name == RETURN else list(self.tables.get(table.name, ()))
            for table in standard.tables
        }
        return sent

    def findings(self, filing: Filing, standard: Standard, known: Known) -> tuple[list[Error], list[Error]]:
        """Errors, and questions that nobody answered yet."""
        found = check(filing, standard, known)
        asked = {place_of(one) for one in found if not one.is_error}
        answered = places_of(self.answers)
        errors = errors_of((one for one in found if one.is_error), self.at)
        errors += answers_to_nothing(self.answers, asked, self.at)
        return errors, errors_of((one for one in found if not one.is_error and place_of(one) not in answered), self.at)


def errors_of(findings: Iterable[Finding], before: str = "") -> list[Error]:
    return [error_of(one, before) for one in islice(findings, MOST_ERRORS)]


def places_of(answers: Iterable[Mapping[str, Any]]) -> set[Place]:
    return {(one["check"], one["table"], one["row"]) for one in answers}


def answers_to_nothing(answers: Sequence[Mapping[str, Any]], asked: Container[Place], before: str = "") -> list[Error]:
    """An error for each answer to a question that the checks do not ask."""
    return [
        {
            "pointer": f"{before}/answers/{number}",
            "table": one["table"],
            "row": one["row"],
            "field": "",
            "says": f"The checks do not ask {one['check']!r} at this row",
            "mend": "Take the answer out, or name check, table and row as the question does",
        }
        for number, one in enumerate(answers)
        if (one["check"], one["table"], one["row"]) not in asked
    ]


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
