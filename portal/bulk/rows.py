"""The rows of a CSV file by the names of their columns. One broken row stops nothing."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from portal.bulk.files import LONGEST_LINE, numbered_lines
from portal.ocds.problems import Problem, Unreadable

MOST_LINES = 60  # that one row may take, where a cell in quotes has line ends in it
_NOT_TELLING = re.compile(r"[^a-z0-9.]+")
_OPEN_QUOTE = "A quote that is not closed"

Lines = Iterator[tuple[int, bytes]]


@dataclass(frozen=True)
class Column:
    """One column: the names under which files have it, whatever their case and spaces."""

    names: tuple[str, ...]
    is_needed: bool = True


@dataclass(frozen=True)
class Row:
    """One row at its line. Either its cells, in the order of the columns asked for, or what is wrong with it."""

    number: int
    cells: tuple[str, ...] = ()
    problem: Problem | None = None


class _Broken(Exception):
    """The line is no row."""

    def __init__(self, reason: str, detail: str) -> None:
        self.problem = Problem(reason, detail)
        super().__init__(reason)


def read_rows(
    name: str, columns: Mapping[str, Column], progress: Callable[[int], object] = lambda size: None
) -> Iterator[Row]:
    """Every row under the heading, each with the cells of `columns`; a column that the file lacks is blank.

    Raises `Unreadable` where the file cannot be read, or is no CSV file with the columns that are needed.
    """
    lines = _Source(numbered_lines(name, progress))
    places, width = _heading(lines, columns)
    while (taken := lines.take()) is not None:
        number, line = taken
        if line.strip():
            yield _row(lines, number, line, places, width)


class _Source:
    """Lines that can be put back."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._waiting: deque[tuple[int, bytes]] = deque()

    def take(self) -> tuple[int, bytes] | None:
        return self._waiting.popleft() if self._waiting else next(self._lines, None)

    def put_back(self, lines: Iterable[tuple[int, bytes]]) -> None:
        self._waiting.extendleft(reversed(list(lines)))


def _heading(lines: _Source, columns: Mapping[str, Column]) -> tuple[list[int], int]:
    """Where each column stands, -1 where the file lacks it; and how many cells a row has."""
    _, line = lines.take() or (1, b"")
    try:
        heads = _cells(_text(line.removeprefix(b"\xef\xbb\xbf")))
    except _Broken as broken:
        raise Unreadable(f"The first line is no heading of a CSV file in UTF-8. {broken.problem}.") from broken
    known = [telling(head) for head in heads]
    places = [_place(known, column) for column in columns.values()]
    missing = [it.names[0] for it, place in zip(columns.values(), places, strict=True) if place < 0 and it.is_needed]
    if missing:
        found = ", ".join(head.strip() for head in heads)[:200]
        raise Unreadable(f"The first line must name the columns {', '.join(missing)}. It has: {found}.")
    return places, len(heads)


def _place(known: list[str], column: Column) -> int:
    return next((known.index(telling(name)) for name in column.names if telling(name) in known), -1)


def telling(head: str) -> str:
    """A heading without what files write in different ways: case, spaces, underscores."""
    return _NOT_TELLING.sub("", head.casefold())


def _row(lines: _Source, number: int, line: bytes, places: Sequence[int], width: int) -> Row:
    try:
        cells = _whole_row(lines, number, line, width)
    except _Broken as broken:
        return Row(number, problem=broken.problem)
    return Row(number, tuple(cells[place].strip() if place >= 0 else "" for place in places))


def _whole_row(lines: _Source, number: int, line: bytes, width: int) -> list[str]:
    """The cells of the row; further lines are taken only where they close a quote and make a sound row."""
    try:
        return _sound(_cells(_text(line)), width)
    except _Broken as broken:
        if broken.problem.reason != _OPEN_QUOTE:
            raise
        taken: list[tuple[int, bytes]] = []
        while len(taken) < MOST_LINES and (following := lines.take()) is not None:
            taken.append(following)
            try:
                return _sound(_cells(_text(line + b"".join(more for _, more in taken))), width)
            except _Broken:
                continue
        lines.put_back(taken)
        raise


def _text(line: bytes) -> str:
    if len(line) >= LONGEST_LINE:
        raise _Broken("A line that is too long", f"it has {LONGEST_LINE:,} bytes or more")
    try:
        text = line.decode()
    except UnicodeDecodeError as fault:
        byte = line[fault.start]
        meant = bytes([byte]).decode("cp1252", errors="ignore")
        hint = f", which is '{meant}' in Windows-1252" if meant else ""
        raise _Broken("Not UTF-8", f"byte {fault.start + 1} of the line is 0x{byte:02X}{hint}") from fault
    if "\0" in text:
        raise _Broken("A byte that is nought", "text never has one; the file is damaged, or is no CSV file in UTF-8")
    return text


def _cells(text: str) -> list[str]:
    try:
        rows = list(csv.reader([text], strict=True))
    except csv.Error as fault:
        if "unexpected end of data" in str(fault):
            raise _Broken(_OPEN_QUOTE, "the row begins a cell in quotes and does not end it") from fault
        raise _Broken("No row of a CSV file", str(fault)) from fault
    if len(rows) != 1:
        raise _Broken("No row of a CSV file", f"it holds {len(rows)} rows")
    return rows[0]


def _sound(cells: list[str], width: int) -> list[str]:
    if len(cells) < width or any(cells[width:]):
        raise _Broken("A row of another length", f"it has {len(cells)} cells, the heading has {width}")
    return cells
