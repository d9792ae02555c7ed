"""Reads the rows of one sheet's XML, piece by piece.

What most programs write is read by one regular expression (`lean`), the rest by Expat, which also reads everything
before and after the rows. Both give the same; Expat alone decides what is well-formed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
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


@dataclass
class _Place:
    """Where Expat is: the number of the row, and at which bytes it came to the rows and to the end of the last one."""

    number: int = 0
    begun: int = -1
    ended: int = -1


class SheetRows:
    """`feed` and `end` give the rows that are whole. `is_lean=False` has Expat read all of it."""

    def __init__(self, texts: SharedTexts, styles: dict[str, str], *, is_1904: bool, is_lean: bool = True) -> None:
        self._rows: _Rows = []
        self._place = _Place()
        self._parser = _rows_into(self._rows, self._place, texts, styles, is_1904=is_1904)
        self._lean = LeanReader(texts, styles, is_1904=is_1904)
        self._waiting = b""
        self._fed = 0  # bytes that Expat has
        self._step = self._before if is_lean else self._all

    def feed(self, piece: bytes) -> Iterator[tuple[int, list[Any]]]:
        self._waiting += piece
        yield from self._step()

    def end(self) -> Iterator[tuple[int, list[Any]]]:
        yield from self._all()
        self._parser.Parse(b"", True)
        yield from self._taken()

    def _before(self) -> _Rows:
        """Everything before the first row is for Expat; it says whether what looks like the rows' begin is it."""
        found = self._waiting.find(_DATA)
        if found < 0 and len(self._waiting) < LONGEST_HEAD:
            return []
        if found < 0 or not _UTF_8.match(self._waiting):
            return self._leave()
        self._give(found + len(_DATA))
        if self._place.begun != found:
            return self._leave()
        self._step = self._between
        return self._between()

    def _between(self) -> _Rows:
        cut = self._waiting.rfind(_ROW) + len(_ROW)
        if cut < len(_ROW):
            return [] if len(self._waiting) < LONGEST_HEAD else self._leave()
        rows = self._lean.read(self._waiting[:cut])
        if rows is not None:
            self._place.number = self._lean.number
            self._waiting = self._waiting[cut:]
            return rows
        self._give(cut)
        if self._place.ended + len(_ROW) != self._fed:  # it stands in the middle of something
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
        self._fed = parse(self._parser, self._waiting[:count], self._fed, DAMAGED)
        self._waiting = self._waiting[count:]

    def _taken(self) -> _Rows:
        rows = self._rows.copy()
        self._rows.clear()
        return rows


def _row_number(said: str | int) -> int:
    number = int(said)
    if not 0 < number <= LAST_ROW:
        raise Unreadable(DAMAGED)
    return number


def _rows_into(  # noqa: C901
    rows: list[Any], at_row: _Place, texts: SharedTexts, styles: dict[str, str], *, is_1904: bool
) -> Any:
    """A parser that adds each row with something in it to `rows`, and says in `at_row` where it is.

    Its functions run for every cell of a large file, so they are written out, without a call that can be spared.
    """
    parser = new_parser()
    cells: list[Any] = []
    taken: list[str] = []
    kind = style = ""
    at = depth = length = 0
    takes = is_value = is_formula = is_aid = False
    prefix = ""
    c, v, t, row, f, aid, data = "c", "v", "t", "row", "f", "rPh", "sheetData"

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal kind, style, at, depth, takes, is_value, is_formula, is_aid
        depth += 1
        if depth > MOST_DEEP:
            raise Unreadable(DAMAGED)
        if name == c:
            place = attributes.get("r")
            at = place_of(place.rstrip(_DIGITS)) if place else at + 1
            kind = attributes.get("t", "n")
            style = styles.get(attributes.get("s", ""), "")
            is_value = is_formula = False
        elif name == v or (name == t and not is_aid):
            takes = is_value = True
        elif name == row:
            at_row.number = _row_number(attributes.get("r") or at_row.number + 1)
            at = -1
        elif name == f:
            is_formula = True
        elif name == aid:
            is_aid = True
        elif name == data:
            at_row.begun = parser.CurrentByteIndex

    def characters(text: str) -> None:
        nonlocal length
        if takes and length <= LONGEST_TEXT:  # no more than shows that it is too long
            taken.append(text)
            length += len(text)

    def end(name: str) -> None:
        nonlocal depth, takes, is_aid
        depth -= 1
        if name in (v, t):
            takes = False
        elif name == c:
            if is_value or is_formula:
                put()
        elif name == row:
            if cells:
                rows.append((at_row.number, cells.copy()))
                cells.clear()
            at_row.ended = parser.CurrentByteIndex
        elif name == aid:
            is_aid = False

    def put() -> None:
        nonlocal length
        text = taken[0] if len(taken) == 1 else "".join(taken)
        taken.clear()
        length = 0
        if at >= MOST_COLUMNS:
            return
        if not is_value or (is_formula and not text and kind == "n"):
            value: Any = Illegible("", NOT_WORKED_OUT)
        elif text:
            value = value_of(kind, text, style, texts, is_1904)
        else:
            return
        if at > len(cells):
            cells.extend([None] * (at - len(cells)))
        if at == len(cells):
            cells.append(value)
        else:
            cells[at] = value

    def root(name: str, _attributes: dict[str, str]) -> None:
        """The first element says which prefix the names have."""
        nonlocal prefix, c, v, t, row, f, aid, data
        prefix = name.rpartition(":")[0]
        if prefix:
            c, v, t, row, f, aid, data = (f"{prefix}:{local}" for local in (c, v, t, row, f, aid, data))
        parser.StartElementHandler = start

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = root, end, characters
    return parser
