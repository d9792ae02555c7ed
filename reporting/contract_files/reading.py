"""Read a file to the end: every row with its values, and every fault at its row and column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from reporting.contract_files.columns import MOST_ROWS, Kind
from reporting.standards.values import Unfit, Value, reader
from reporting.uploads.sheets import Broken, Row, Unreadable
from reporting.uploads.tables import DAMAGED, CsvFile


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong. `row` is the row of the spreadsheet, the heading being 1; 0 where it is of none."""

    row: int
    column: str
    value: str
    says: str


@dataclass
class Read:
    """The rows that could be read, by their numbers, and the faults of the others."""

    rows: dict[int, dict[str, Value]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    bad: set[int] = field(default_factory=set)  # rows with a fault
    count: int = 0

    def fault(self, row: int, column: str, value: Any, says: str) -> None:
        self.faults.append(Fault(row, column, str(value)[:100], says))
        self.bad.add(row)


def read(file: IO[bytes], name: str, kind: Kind) -> Read:
    """Where the heading is wrong, or there are too many rows, nothing else is looked at."""
    found = Read()
    try:
        for sheet in CsvFile(file, name).sheets():
            rows = sheet.rows
            places = _places(next(rows, None), kind, found)
            if places:
                _read_rows(rows, places, kind, found)
    except Unreadable as unreadable:
        found.fault(0, "", "", str(unreadable))
    except UnicodeDecodeError:
        found.rows.clear()
        found.fault(0, "", "", DAMAGED)
    return found


def _places(heading: Row | None, kind: Kind, found: Read) -> dict[str, int]:
    """Where each column stands. A name counts whatever its case, its spaces and its underscores."""
    number, cells = heading or (1, [])
    if isinstance(cells, Broken):
        found.fault(number, "", cells.text, cells.says)
        return {}
    known = {_telling(name): item.name for item in kind.columns for name in (item.name, item.label)}
    places: dict[str, int] = {}
    for place, cell in enumerate(cells):
        name = known.get(_telling(cell))
        if name in places:
            found.fault(number, str(cell), cell, "This column stands twice. Take one of them out")
        elif name:
            places[name] = place
        elif str(cell or "").strip():
            found.fault(number, str(cell), cell, "There is no such column. Take it out, or use a name of the template")
    for item in kind.columns:
        if item.required and item.name not in places:
            found.fault(number, item.name, "", f"The column {item.name} is missing. Begin with the template")
    return {} if found.faults else places


def _telling(text: Any) -> str:
    return "".join(letter for letter in str(text or "").casefold() if letter.isalnum())


def _read_rows(rows: Iterator[Row], places: dict[str, int], kind: Kind, found: Read) -> None:
    held = [item for item in kind.columns if item.name in places]
    readers = [(item, places[item.name], reader(item, kind.codes(item))) for item in held]
    for number, cells in rows:
        found.count += 1
        if found.count > MOST_ROWS:
            found.rows.clear()
            found.faults = []
            found.fault(number, "", "", f"A file may have {MOST_ROWS:,} rows. Split it into several files")
            return
        if isinstance(cells, Broken):
            found.fault(number, "", cells.text, cells.says)
            continue
        values: dict[str, Value] = {item.name: None for item in kind.columns}
        for item, place, read_cell in readers:
            cell = cells[place] if place < len(cells) else None
            try:
                values[item.name] = read_cell(cell)
            except Unfit as unfit:
                found.fault(number, item.name, cell, str(unfit))
                continue
            if item.required and values[item.name] is None:
                found.fault(number, item.name, "", f"{item.label} is missing. {item.help}")
        found.rows[number] = values
