"""Reads the rows of one sheet's XML, piece by piece.

What most programs write is read by one regular expression (`lean`), the rest by Expat, which also reads everything
before and after the rows. Both give the same; Expat alone decides what is well-formed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from portal.sheets import LONGEST_TEXT
from reporting.standards.values import Illegible
from reporting.uploads.cells import DAMAGED, SharedTexts, new_parser, place_of, value_of
from reporting.uploads.lean import LeanReader
from reporting.uploads.sheets import LAST_ROW, MOST_COLUMNS, MOST_DEEP, NOT_WORKED_OUT, Unreadable, parse

LONGEST_HEAD = 1024 * 1024  # bytes before the rows, or of one row; where there are more, Expat reads everything
_DIGITS = "0123456789"
_UTF_8 = re.compile(
    rb"""(?:<\?xml version=["']1.0["'](?: encoding=["']utf-8["'])?(?: standalone=["'][a-z]+["'])? ?\?>|<[A-Za-z])""",
    re.IGNORECASE,
)
_DATA, _ROW = b"<sheetData>", b"</row>"
_Rows = list[tuple[int, list[Any]]]


class SheetRows:
    """`feed` and `end` give the rows that are whole. `is_lean=False` has Expat read all of it."""

    def __init__(self, texts: SharedTexts, styles: dict[str, str], *, is_1904: bool, is_lean: bool = True) -> None:
        self._expat = _Expat(texts, styles, is_1904=is_1904)
        self._lean = LeanReader(texts, styles, is_1904=is_1904)
        self._waiting = b""
        self._fed = 0  # bytes that Expat has
        self._step = self._before if is_lean else self._all

    def feed(self, piece: bytes) -> Iterator[tuple[int, list[Any]]]:
        self._waiting += piece
        yield from self._step()

    def end(self) -> Iterator[tuple[int, list[Any]]]:
        yield from self._all()
        self._expat.parser.Parse(b"", True)
        yield from self._taken()

    def _before(self) -> _Rows:
        """Everything before the first row is for Expat; it says whether what looks like the rows' begin is it."""
        found = self._waiting.find(_DATA)
        if found < 0 and len(self._waiting) < LONGEST_HEAD:
            return []
        if found < 0 or not _UTF_8.match(self._waiting):
            return self._leave()
        self._give(found + len(_DATA))
        if self._expat.begun != found:
            return self._leave()
        self._step = self._between
        return self._between()

    def _between(self) -> _Rows:
        cut = self._waiting.rfind(_ROW) + len(_ROW)
        if cut < len(_ROW):
            return [] if len(self._waiting) < LONGEST_HEAD else self._leave()
        rows = self._lean.read(self._waiting[:cut])
        if rows is not None:
            self._expat.number = self._lean.number
            self._waiting = self._waiting[cut:]
            return rows
        self._give(cut)
        if self._expat.ended + len(_ROW) != self._fed:  # it stands in the middle of something
            return self._leave()
        return self._taken()

    def _leave(self) -> _Rows:
        """From here on Expat alone."""
        self._step = self._all
        return self._all()

    def _all(self) -> _Rows:
        self._give(len(self._waiting))
        return self._taken()

    def _give(self, count: int) -> None:
        self._fed = parse(self._expat.parser, self._waiting[:count], self._fed, DAMAGED)
        self._waiting = self._waiting[count:]

    def _taken(self) -> _Rows:
        rows, self._expat.rows = self._expat.rows, []
        return rows


def _row_number(said: str | int) -> int:
    number = int(said)
    if not 0 < number <= LAST_ROW:
        raise Unreadable(DAMAGED)
    return number


class _Expat:
    """Expat over one sheet: adds each row with something in it to `rows`, and knows where it is."""

    def __init__(self, texts: SharedTexts, styles: dict[str, str], *, is_1904: bool) -> None:
        self.rows: _Rows = []
        self.number = 0  # of the row
        self.begun = self.ended = -1  # at which bytes it came to the rows, and to the end of the last one
        self.parser = new_parser()
        self.parser.StartElementHandler = self._root
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self._texts, self._styles, self._is_1904 = texts, styles, is_1904
        self._cells: list[Any] = []
        self._taken: list[str] = []
        self._kind = self._style = self._prefix = ""
        self._at = self._depth = self._length = 0
        self._takes = self._is_value = self._is_formula = self._is_aid = False

    def _root(self, name: str, _attributes: dict[str, str]) -> None:
        """The first element says which prefix the names have."""
        prefix, colon, _ = name.rpartition(":")
        self._prefix = prefix + colon
        self.parser.StartElementHandler = self._start

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MOST_DEEP:
            raise Unreadable(DAMAGED)
        match self._local(name):
            case "c":
                self._begin_cell(attributes)
            case "v" | "t" if not self._is_aid:
                self._takes = self._is_value = True
            case "row":
                self.number = _row_number(attributes.get("r") or self.number + 1)
                self._at = -1
            case "f":
                self._is_formula = True
            case "rPh":
                self._is_aid = True
            case "sheetData":
                self.begun = self.parser.CurrentByteIndex

    def _local(self, name: str) -> str:
        """Without the prefix; empty for a name of another vocabulary."""
        if not self._prefix:
            return name
        return name.removeprefix(self._prefix) if name.startswith(self._prefix) else ""

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        place = attributes.get("r")
        self._at = place_of(place.rstrip(_DIGITS)) if place else self._at + 1
        self._kind = attributes.get("t", "n")
        self._style = self._styles.get(attributes.get("s", ""), "")
        self._is_value = self._is_formula = False

    def _characters(self, text: str) -> None:
        if self._takes and self._length <= LONGEST_TEXT:  # no more than shows that it is too long
            self._taken.append(text)
            self._length += len(text)

    def _end(self, name: str) -> None:
        self._depth -= 1
        match self._local(name):
            case "v" | "t":
                self._takes = False
            case "c" if self._is_value or self._is_formula:
                self._put()
            case "row":
                if self._cells:
                    self.rows.append((self.number, self._cells))
                    self._cells = []
                self.ended = self.parser.CurrentByteIndex
            case "rPh":
                self._is_aid = False

    def _put(self) -> None:
        """The cell that has ended, in its place: before it may stand some without anything in them."""
        text = "".join(self._taken)
        self._taken.clear()
        self._length = 0
        if self._at >= MOST_COLUMNS:
            return
        if not self._is_value or (self._is_formula and not text and self._kind == "n"):
            value: Any = Illegible("", NOT_WORKED_OUT)
        elif text:
            value = value_of(self._kind, text, self._style, self._texts, self._is_1904)
        else:
            return
        self._cells.extend([None] * (self._at + 1 - len(self._cells)))
        self._cells[self._at] = value
