"""Reads Excel workbooks as a stream: memory stays the same however many rows there are.

Our own, because openpyxl takes far longer and calamine holds the whole sheet in memory (docs/decisions.md). What
an upload may be was looked at before (`portal.files.inspection`): no macros, no document types, no bombs.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import IO, Any
from xml.parsers import expat

from reporting.standards.workbooks import ABOUT, GUIDE, LISTS
from reporting.uploads.cells import DAMAGED, PIECE, SharedTexts, handle, new_parser
from reporting.uploads.sheet_rows import SheetRows
from reporting.uploads.sheets import (
    FOUND,
    MOST_SHEETS,
    Beat,
    Row,
    Sheet,
    Unreadable,
    no_beat,
    too_many_sheets,
)

MOST_SMALL = 16 * 1024 * 1024  # bytes of the parts that say what is where
DATES = {*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)}  # built-in formats, ECMA-376 part 1, 18.8.30
PERCENTS = {9, 10}
_UNTELLING = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_OURS = {name.casefold() for name in (GUIDE, LISTS, ABOUT, FOUND)}


class Workbook:
    """An opened workbook. Reads the sheets in their order; our own sheets of guidance and codes are passed over."""

    note = ""

    def __init__(self, file: IO[bytes], beat: Beat = no_beat) -> None:
        self._beat = beat
        self._size = self._done = 0
        try:
            self._archive = zipfile.ZipFile(file)
            self._find_parts()
            self._styles = self._read_styles()
            self._texts = self._read_texts()
        except (zipfile.BadZipFile, KeyError, expat.ExpatError, ValueError) as error:
            raise Unreadable(DAMAGED) from error
        shown = [part for name, part in self._sheets if name.casefold() not in _OURS]
        self._size = sum(self._archive.getinfo(part).file_size for part in shown)

    def version(self) -> str | None:
        for name, part in self._sheets:
            if name.casefold() == ABOUT.casefold():
                rows = (cells for _, cells in self._read(part) if isinstance(cells, list))
                return next((str(cells[1]) for cells in rows if len(cells) > 1 and cells[0] == "standard"), None)
        return None

    def sheets(self) -> Iterator[Sheet]:
        for name, part in self._sheets:
            if name.casefold() not in _OURS:
                yield Sheet(name, self._read(part, is_counted=True))

    def done(self) -> float:
        return min(1.0, self._done / self._size) if self._size else 1.0

    # --- Which part is what ---

    def _find_parts(self) -> None:
        main = self._relations("", "_rels/.rels", "/officeDocument")[0][1]
        folder = posixpath.dirname(main)
        rels = posixpath.join(folder, "_rels", posixpath.basename(main) + ".rels")
        parts = dict(self._relations(folder, rels, "/worksheet"))
        self._others = {kind: self._relations(folder, rels, kind) for kind in ("/sharedStrings", "/styles")}
        self._sheets: list[tuple[str, str]] = []
        self._is_1904 = False

        def element(name: str, attributes: dict[str, str]) -> None:
            if name == "sheet":
                relation = next((value for key, value in attributes.items() if key.endswith(":id")), "")
                if part := parts.pop(relation, None):
                    self._sheets.append((attributes.get("name", ""), part))
            elif name == "workbookPr":
                self._is_1904 = attributes.get("date1904") in ("1", "true")

        self._small(main, element)
        if len(self._sheets) > MOST_SHEETS:
            raise too_many_sheets()
        if len({part for _, part in self._sheets}) < len(self._sheets):
            raise Unreadable(DAMAGED)

    def _relations(self, folder: str, part: str, kind: str) -> list[tuple[str, str]]:
        """The id and the path of each relation of this kind."""
        found: list[tuple[str, str]] = []

        def element(name: str, attributes: dict[str, str]) -> None:
            if name == "Relationship" and attributes.get("Type", "").endswith(kind):
                path = posixpath.normpath(posixpath.join("/" + folder, attributes["Target"])).lstrip("/")
                found.append((attributes["Id"], path))

        if part in self._archive.namelist():
            self._small(part, element)
        return found

    def _small(self, part: str, element: Callable[[str, dict[str, str]], None]) -> None:
        if self._archive.getinfo(part).file_size > MOST_SMALL:
            raise Unreadable(DAMAGED)
        parser = new_parser()
        handle(parser, lambda name, attributes: element(name.rpartition(":")[2], attributes), lambda _: None)
        parser.Parse(self._archive.read(part), True)

    def _read_styles(self) -> dict[str, str]:
        """What a style number means for a figure: "date" or "percent"."""
        codes: dict[int, str] = {}
        styles: list[int] = []
        inside: list[bool] = [False]

        def element(name: str, attributes: dict[str, str]) -> None:
            if name == "numFmt":
                codes[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
            elif name in ("cellXfs", "cellStyleXfs", "cellStyles", "dxfs"):
                inside[0] = name == "cellXfs"
            elif name == "xf" and inside[0]:
                styles.append(int(attributes.get("numFmtId", 0)))

        for _, part in self._others["/styles"][:1]:
            self._small(part, element)
        kinds = ((str(number), _kind(format_id, codes.get(format_id, ""))) for number, format_id in enumerate(styles))
        return {number: kind for number, kind in kinds if kind}

    def _read_texts(self) -> SharedTexts:
        texts = SharedTexts()
        try:
            for _, part in self._others["/sharedStrings"][:1]:
                with self._archive.open(part) as stream:
                    texts.read(stream, self._beat)
        finally:
            texts.end()
        return texts

    # --- Rows ---

    def _read(self, part: str, *, is_counted: bool = False) -> Iterator[Row]:
        try:
            yield from self._rows(part, is_counted=is_counted)
        except (zipfile.BadZipFile, EOFError, KeyError, IndexError, ValueError, expat.ExpatError) as error:
            raise Unreadable(DAMAGED) from error

    def _rows(self, part: str, *, is_counted: bool = False) -> Iterator[tuple[int, list[Any]]]:
        sheet = SheetRows(self._texts, self._styles, is_1904=self._is_1904)
        with self._archive.open(part) as stream:
            while piece := stream.read(PIECE):
                self._done += len(piece) if is_counted else 0
                self._beat()
                yield from sheet.feed(piece)
        yield from sheet.end()


def _kind(format_id: int, code: str) -> str:
    telling = _UNTELLING.sub("", code).lower()
    if format_id in PERCENTS or "%" in telling:
        return "percent"
    is_date = format_id in DATES or (telling != "general" and any(letter in telling for letter in "ymdhs"))
    return "date" if is_date else ""
