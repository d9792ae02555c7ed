"""Reads OpenDocument spreadsheets as a stream (ODF 1.3 part 3, section 9). Memory stays the same, however many rows."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date
from typing import IO, Any
from xml.parsers import expat

from portal.sheets import LONGEST_TEXT
from reporting import standards
from reporting.standards.values import Illegible
from reporting.standards.workbooks import ABOUT, GUIDE, LISTS
from reporting.uploads.sheets import (
    FORMULA_FAILED,
    FOUND,
    MOST_COLUMNS,
    MOST_DEEP,
    NOT_WORKED_OUT,
    Beat,
    Sheet,
    Unreadable,
    fitting,
    no_beat,
    parse,
)

PIECE = 64 * 1024  # bytes of XML at once
CONTENT = "content.xml"
MOST_ROWS = 2_000_000  # with something in them, in all sheets; one that is written once may be meant many times
LAST_ROW = 16 * 1024 * 1024  # that any program has in a sheet
BEAT_ROWS = 1_000  # between two signs of life
TOO_MANY = (
    f"The spreadsheet has more than {MOST_ROWS:,} rows with something in them. Take out the rows and the sheets that "
    "are not of your returns, often copies down to the end of a sheet, and upload it again."
)
DAMAGED = "The spreadsheet is damaged, or made by a program that we cannot read. Save it again as ODS and upload that."
_OURS = {name.casefold() for name in (GUIDE, LISTS, ABOUT, FOUND)}
# Office writes a comment's paragraphs inside its cell.
_ASIDE = {"office:annotation", "office:forms", "table:shapes", "table:tracked-changes"}

Event = tuple[str, Any]  # ("sheet", its name) or ("row", the row)


class Spreadsheet:
    """An opened spreadsheet. Its sheets come in their order, in one pass."""

    note = ""

    def __init__(self, file: IO[bytes], beat: Beat = no_beat) -> None:
        self._beat = beat
        self._done = 0
        self._said: dict[str, str] = {}
        try:
            self._archive = zipfile.ZipFile(file)
            self._size = self._archive.getinfo(CONTENT).file_size
        except (zipfile.BadZipFile, KeyError) as error:
            raise Unreadable(DAMAGED) from error

    def version(self) -> str | None:
        """Our sheet is the last. It is looked for only where there is a choice; else it is known after the reading."""
        if not self._said and len(standards.versions()) > 1:
            for _ in self.sheets():
                pass
            self._done = 0
        return self._said.get("standard")

    def sheets(self) -> Iterator[Sheet]:
        events = self._events()
        following: list[str] = []
        for kind, what in events:
            name = what if kind == "sheet" else None
            while name is not None:
                rows = self._rows_of_one(events, following)
                if name.casefold() not in _OURS:
                    yield Sheet(name, rows)
                for _, cells in rows:  # what the caller left, and the sheets that are passed over
                    if name.casefold() == ABOUT.casefold() and len(cells) > 1 and cells[0] == "standard":
                        self._said.setdefault("standard", str(cells[1]))
                name = following.pop() if following else None

    @staticmethod
    def _rows_of_one(events: Iterator[Event], following: list[str]) -> Iterator[tuple[int, list[Any]]]:
        """The rows up to the next sheet, whose name is left in `following`."""
        for kind, what in events:
            if kind == "sheet":
                following.append(what)
                return
            yield what

    def done(self) -> float:
        return min(1.0, self._done / self._size) if self._size else 1.0

    def _events(self) -> Iterator[Event]:
        reading, fed = _Reading(self._beat), 0
        try:
            with self._archive.open(CONTENT) as stream:
                while piece := stream.read(PIECE):
                    fed = parse(reading.parser, piece, fed, DAMAGED)
                    self._done += len(piece)
                    self._beat()
                    yield from reading.take()
            reading.parser.Parse(b"", True)
            yield from reading.take()
        except (zipfile.BadZipFile, EOFError, ValueError, expat.ExpatError) as error:
            raise Unreadable(DAMAGED) from error


class _Reading:
    """The state of one pass over the XML; `take` hands over what has come since."""

    def __init__(self, beat: Beat) -> None:
        self._beat = beat
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._enter
        self.parser.EndElementHandler = self._leave
        self.parser.CharacterDataHandler = self._characters
        self.parser.StartDoctypeDeclHandler = self._refuse
        self._events: list[tuple[str, Any, int]] = []
        self._number = self._row_times = self._times = 0
        self._cells: list[Any] = []
        self._at = 0
        self._cell: dict[str, str] = {}
        self._in_cell = self._in_text = False
        self._aside = 0
        self._texts: list[str] = []
        self._length = 0  # of the texts
        self._paragraphs = 0
        self._depth = self._given = 0

    def take(self) -> Iterator[Event]:
        for kind, what, times in self._events:
            if kind == "sheet":
                yield kind, what
                continue
            number, cells = what
            for step in range(times):
                self._given += 1
                if self._given > MOST_ROWS:
                    raise Unreadable(TOO_MANY)
                if not self._given % BEAT_ROWS:
                    self._beat()
                yield kind, (number + step, list(cells))
        self._events.clear()

    @staticmethod
    def _refuse(*_: object) -> None:
        raise Unreadable(DAMAGED)

    def _enter(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MOST_DEEP:
            raise Unreadable(DAMAGED)
        self._start(name, attributes)

    def _leave(self, name: str) -> None:
        self._depth -= 1
        self._end(name)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._aside or name in _ASIDE:
            self._aside += name in _ASIDE
        elif name == "text:p":
            self._in_text = self._in_cell
            if self._paragraphs and self._in_cell:
                self._say("\n")
            self._paragraphs += 1
        elif name in ("table:table-cell", "table:covered-table-cell"):
            self._cell, self._in_cell, self._paragraphs = attributes, True, 0
            self._texts.clear()
            self._length = 0
            self._times = _times(attributes, "table:number-columns-repeated")
        elif name == "table:table-row":
            self._cells, self._at = [], 0
            self._row_times = _times(attributes, "table:number-rows-repeated")
        elif self._in_text:
            self._say(_BLANKS.get(name, "") * min(_times(attributes, "text:c"), LONGEST_TEXT + 1))
        elif name == "table:table":
            self._number = 0
            self._events.append(("sheet", attributes.get("table:name", ""), 1))

    def _characters(self, text: str) -> None:
        if self._in_text and not self._aside:
            self._say(text)

    def _say(self, text: str) -> None:
        """No more of a cell is kept than shows that it is too long."""
        if self._length <= LONGEST_TEXT and text:
            self._texts.append(text)
            self._length += len(text)

    def _end(self, name: str) -> None:
        if self._aside:
            self._aside -= name in _ASIDE
        elif name == "text:p":
            self._in_text = False
        elif name in ("table:table-cell", "table:covered-table-cell"):
            self._put(_value(self._cell, "".join(self._texts)))
            self._in_cell = False
        elif name == "table:table-row":
            if self._cells:
                if self._number + self._row_times > LAST_ROW:
                    raise Unreadable(DAMAGED)
                self._events.append(("row", (self._number + 1, self._cells), self._row_times))
            self._number += self._row_times

    def _put(self, value: Any) -> None:
        """Of cells that are meant many times only as many are made as a sheet may have columns."""
        if value is not None and value != "":
            times = min(self._times, MOST_COLUMNS - self._at)
            if times > 0:
                self._cells += [None] * (self._at - len(self._cells))
                self._cells += [value] * times
        self._at += self._times


_BLANKS = {"text:s": " ", "text:tab": "\t", "text:line-break": "\n"}


def _times(attributes: dict[str, str], name: str) -> int:
    said = attributes.get(name)
    return max(1, int(said)) if said else 1


def _value(cell: dict[str, str], text: str) -> Any:
    """By the cell's type (ODF 1.3 part 3, 19.389). A share is given in per cent, as it is shown."""
    kind = cell.get("office:value-type") or cell.get("calcext:value-type")
    if cell.get("calcext:value-type") == "error":
        return Illegible(text, FORMULA_FAILED)
    if kind in ("float", "currency", "percentage"):
        figure = float(cell.get("office:value", ""))
        if kind == "percentage":
            return round(figure * 100, 10)
        return int(figure) if figure.is_integer() and abs(figure) < 10**15 else figure
    if kind == "date":
        said = cell.get("office:date-value", "")[:10]
        try:
            return date.fromisoformat(said)
        except ValueError:
            return fitting(text or said)
    if kind == "boolean":
        return cell.get("office:boolean-value") == "true"
    if kind is None and not text and cell.get("table:formula"):
        return Illegible("", NOT_WORKED_OUT)
    return fitting(cell.get("office:string-value", text))
