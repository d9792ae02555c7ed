"""Rows of a sheet as Excel, LibreOffice and openpyxl write them, read by one regular expression.

It takes only what it knows to be well-formed and to mean what Expat would make of it: attributes in the order of the
schema, no comments, no mixed texts, no rows without numbers. Whatever else there is, it says None, and Expat reads it.
"""

from __future__ import annotations

import re
from typing import Any
from xml.sax.saxutils import unescape

from portal.sheets import LONGEST_TEXT
from reporting.standards.values import Illegible
from reporting.uploads.cells import MOST_KEPT, SharedTexts, place_of, value_of
from reporting.uploads.sheets import LAST_ROW, MOST_COLUMNS, NOT_WORKED_OUT, fitting

LONGEST_KEPT = 200  # characters
_SOME = f"{{0,{LONGEST_TEXT}}}"  # what is longer is for Expat
_PLAIN = r"[^<&>\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]" + _SOME
_TEXT = r"[^<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]" + _SOME
_ROW_HAS = "spans s customFormat ht hidden customHeight outlineLevel collapsed thickTop thickBot ph x14ac:dyDescent"
_CELL = re.compile(
    r"(?:<row r=\"([0-9]{1,9})\"" + "".join(rf"(?: {name}=\"[\w.: -]*\")?" for name in _ROW_HAS.split()) + r">)?"
    r"<c r=\"([A-Z]{1,3})[0-9]{1,9}\"(?: s=\"([0-9]{1,9})\")?(?: t=\"(n|s|b|e|str|inlineStr)\")?"
    rf"(?: ?/>|>(?:(<f>{_PLAIN}</f>)?<v>({_TEXT})</v>|<is><t(?: xml:space=\"preserve\")?>({_TEXT})</t></is>)?</c>)"
    r"(</row>)?",
    re.ASCII,
)
_FIGURE = (None, "n")  # what a cell without a type is too
_GROUPS = _CELL.groups + 1  # and what stands before the next cell, which is nothing
_ENTITY = re.compile("&(?!(?:amp|lt|gt|quot|apos);)")
_ENTITIES = {"&quot;": '"', "&apos;": "'"}


class LeanReader:
    """`number` is that of the last row."""

    def __init__(self, texts: SharedTexts, styles: dict[str, str], *, is_1904: bool) -> None:
        self._texts, self._styles, self._is_1904 = texts, styles, is_1904
        self._kept: dict[str, str] = {}  # what shared texts are, by the words in the cell
        self._places: dict[str, int] = {}
        self.number = 0

    def read(self, content: bytes) -> list[tuple[int, list[Any]]] | None:
        """The rows in a piece that begins before a row and ends after one; None where it is for Expat."""
        try:
            text = content.decode()
        except UnicodeDecodeError:
            return None
        parts = iter(_CELL.split(text))
        if next(parts) or ("&" in text and _ENTITY.search(text)):
            return None
        return self._rows(zip(*[parts] * _GROUPS, strict=True))

    def _rows(self, found: Any) -> list[tuple[int, list[Any]]] | None:  # noqa: C901 -- it runs for every cell
        rows: list[tuple[int, list[Any]]] = []
        styles, places, kept = self._styles, self._places, self._kept
        cells: list[Any] | None = None
        for begins, letters, style, kind, formula, value, inline, ends, gap in found:
            if gap or (begins is None) is (cells is None):
                return None
            if cells is None:
                number, cells = int(begins), []
                if not 0 < number <= LAST_ROW:
                    return None
            text = value if value is not None else inline
            if text is not None:
                if "&" in text:
                    text = unescape(text, _ENTITIES)
                at = places.get(letters)
                if at is None:
                    at = places[letters] = place_of(letters)
                if at >= MOST_COLUMNS:
                    pass
                elif text:
                    if kind == "s":
                        held: Any = kept.get(text) or self._shared(text)
                    elif kind in _FIGURE and style not in styles:
                        held = int(text) if len(text) < 16 and text.isdigit() else float(text)
                    else:
                        held = value_of(kind or "n", text, styles.get(style, ""), self._texts, self._is_1904)
                    if at != len(cells):
                        cells.extend([None] * (at + 1 - len(cells)))
                        cells[at] = held
                    else:
                        cells.append(held)
                elif formula and kind in _FIGURE:
                    cells.extend([None] * (at + 1 - len(cells)))
                    cells[at] = Illegible("", NOT_WORKED_OUT)
            if ends:
                if cells:
                    rows.append((number, cells))
                cells = None
        if cells is not None:
            return None
        self.number = number
        return rows

    def _shared(self, number: str) -> str | Illegible:
        text = self._texts[int(number)]
        if len(text) <= LONGEST_KEPT:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[number] = text
        return fitting(text)
