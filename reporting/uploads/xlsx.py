"""Reads Excel workbooks as a stream: memory stays the same however many rows there are.

Our own, because openpyxl takes far longer and calamine holds the whole sheet in memory (docs/decisions.md). What
an upload may be was looked at before (`portal.files.inspection`): no macros, no document types, no bombs.
"""

from __future__ import annotations

import mmap
import posixpath
import re
import tempfile
import zipfile
from array import array
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import IO, Any
from xml.parsers import expat

from reporting.standards.values import Illegible
from reporting.standards.workbooks import ABOUT, GUIDE, LISTS
from reporting.uploads.sheets import FORMULA_FAILED, FOUND, MOST_COLUMNS, NOT_WORKED_OUT, Row, Sheet, Unreadable

PIECE = 64 * 1024  # bytes of XML at once
MOST_SMALL = 16 * 1024 * 1024  # bytes of the parts that say what is where
MOST_KEPT = 10_000  # texts in memory; the rest lie in a temporary file
DAMAGED = "The workbook is damaged or was made by a program that we cannot read. Save it again as XLSX and upload that."
DATES = {*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)}  # built-in formats, ECMA-376 part 1, 18.8.30
PERCENTS = {9, 10}
_UNTELLING = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_DIGITS = "0123456789"
_OURS = {name.casefold() for name in (GUIDE, LISTS, ABOUT, FOUND)}


class Workbook:
    """An opened workbook. Reads the sheets in their order; our own sheets of guidance and codes are passed over."""

    note = ""

    def __init__(self, file: IO[bytes]) -> None:
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
                said = {str(cells[0]): str(cells[1]) for _, cells in self._rows(part) if len(cells) > 1}
                return said.get("standard")
        return None

    def sheets(self) -> Iterator[Sheet]:
        for name, part in self._sheets:
            if name.casefold() not in _OURS:
                yield Sheet(name, self._counted(part))

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
                if relation in parts:
                    self._sheets.append((attributes.get("name", ""), parts[relation]))
            elif name == "workbookPr":
                self._is_1904 = attributes.get("date1904") in ("1", "true")

        self._small(main, element)

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
        parser = _parser()
        parser.StartElementHandler = lambda name, attributes: element(name.rpartition(":")[2], attributes)
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

        for _, part in self._others["/styles"]:
            self._small(part, element)
        kinds = ((str(number), _kind(format_id, codes.get(format_id, ""))) for number, format_id in enumerate(styles))
        return {number: kind for number, kind in kinds if kind}

    def _read_texts(self) -> SharedTexts:
        texts = SharedTexts()
        try:
            for _, part in self._others["/sharedStrings"]:
                with self._archive.open(part) as stream:
                    texts.read(stream)
        finally:
            texts.end()
        return texts

    # --- Rows ---

    def _counted(self, part: str) -> Iterator[Row]:
        try:
            yield from self._rows(part, is_counted=True)
        except (zipfile.BadZipFile, EOFError, KeyError, IndexError, ValueError, expat.ExpatError) as error:
            raise Unreadable(DAMAGED) from error

    def _rows(self, part: str, *, is_counted: bool = False) -> Iterator[tuple[int, list[Any]]]:
        rows: list[tuple[int, list[Any]]] = []
        parser = _rows_into(rows, self._texts, self._styles, is_1904=self._is_1904)
        with self._archive.open(part) as stream:
            while piece := stream.read(PIECE):
                parser.Parse(piece, False)
                self._done += len(piece) if is_counted else 0
                yield from rows
                rows.clear()
        parser.Parse(b"", True)
        yield from rows


def _parser() -> Any:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    return parser


def _refuse(*_: object) -> None:
    raise Unreadable(DAMAGED)


def _kind(format_id: int, code: str) -> str:
    telling = _UNTELLING.sub("", code).lower()
    if format_id in PERCENTS or "%" in telling:
        return "percent"
    is_date = format_id in DATES or (telling != "general" and any(letter in telling for letter in "ymdhs"))
    return "date" if is_date else ""


class SharedTexts:
    """The workbook's texts, which cells name by number. They lie in a temporary file; a few are kept in memory."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - `end` closes it
        self._ends = array("Q", [0])
        self._kept: dict[int, str] = {}
        self._bytes: mmap.mmap | bytes = b""

    def read(self, stream: IO[bytes]) -> None:
        parser, taken, state = _parser(), [], [False, False]  # inside a text, inside a reading aid

        def start(name: str, _attributes: dict[str, str]) -> None:
            local = name.rpartition(":")[2]
            state[0] = local == "t" and not state[1]
            state[1] = state[1] or local == "rPh"

        def characters(text: str) -> None:
            if state[0]:
                taken.append(text)

        def end(name: str) -> None:
            local = name.rpartition(":")[2]
            state[0] = False
            if local == "rPh":
                state[1] = False
            elif local == "si":
                self._add("".join(taken))
                taken.clear()

        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, characters
        while piece := stream.read(PIECE):
            parser.Parse(piece, False)
        parser.Parse(b"", True)

    def _add(self, text: str) -> None:
        content = text.encode(errors="replace")
        self._file.write(content)
        self._ends.append(self._ends[-1] + len(content))

    def end(self) -> None:
        """Nothing is added any more. The map keeps what the file held."""
        with self._file as file:
            file.flush()
            if self._ends[-1]:
                self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __getitem__(self, number: int) -> str:
        text = self._kept.get(number)
        if text is None:
            if number < 0:
                raise IndexError(number)
            text = self._bytes[self._ends[number] : self._ends[number + 1]].decode()
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[number] = text
        return text


@lru_cache(maxsize=2000)
def _place(letters: str) -> int:
    """The column, from 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


@lru_cache(maxsize=4096)
def _day(text: str, is_1904: bool) -> date | float:
    """The day that Excel's number means (ECMA-376 part 1, 18.17.4.1)."""
    try:
        return (date(1904, 1, 1) if is_1904 else date(1899, 12, 30)) + timedelta(days=int(float(text)))
    except (OverflowError, ValueError):
        return float(text)


def _figure(text: str) -> int | float:
    return int(text) if len(text) < 16 and text.isdigit() else float(text)


def _value(kind: str, text: str, style: str, texts: SharedTexts, is_1904: bool) -> Any:
    if kind == "s":
        return texts[int(text)]
    if kind == "n":
        if style == "date":
            return _day(text, is_1904)
        return round(float(text) * 100, 10) if style == "percent" else _figure(text)
    if kind == "b":
        return text == "1"
    if kind == "e":
        return Illegible(text, FORMULA_FAILED)
    return text


def _rows_into(rows: list[Any], texts: SharedTexts, styles: dict[str, str], *, is_1904: bool) -> Any:  # noqa: C901
    """A parser that adds each row with something in it to `rows`.

    Its functions run for every cell of a large file, so they are written out, without a call that can be spared.
    """
    parser = _parser()
    cells: list[Any] = []
    taken: list[str] = []
    kind = style = ""
    number = at = 0
    takes = is_value = is_formula = is_aid = False
    prefix = ""
    c, v, t, row, f, aid = "c", "v", "t", "row", "f", "rPh"

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal kind, style, at, takes, is_value, is_formula, is_aid, number
        if name == c:
            place = attributes.get("r")
            at = _place(place.rstrip(_DIGITS)) if place else at + 1
            kind = attributes.get("t", "n")
            style = styles.get(attributes.get("s", ""), "")
            is_value = is_formula = False
        elif name == v or (name == t and not is_aid):
            takes = is_value = True
        elif name == row:
            number = int(attributes.get("r") or number + 1)
            at = -1
        elif name == f:
            is_formula = True
        elif name == aid:
            is_aid = True

    def characters(text: str) -> None:
        if takes:
            taken.append(text)

    def end(name: str) -> None:
        nonlocal takes, is_aid
        if name in (v, t):
            takes = False
        elif name == c:
            if is_value or is_formula:
                put()
        elif name == row:
            if cells:
                rows.append((number, cells.copy()))
                cells.clear()
        elif name == aid:
            is_aid = False

    def put() -> None:
        text = taken[0] if len(taken) == 1 else "".join(taken)
        taken.clear()
        if at >= MOST_COLUMNS:
            return
        if not is_value or (is_formula and not text and kind == "n"):
            value: Any = Illegible("", NOT_WORKED_OUT)
        elif text:
            value = _value(kind, text, style, texts, is_1904)
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
        nonlocal prefix, c, v, t, row, f, aid
        prefix = name.rpartition(":")[0]
        if prefix:
            c, v, t, row, f, aid = (f"{prefix}:{local}" for local in (c, v, t, row, f, aid))
        parser.StartElementHandler = start

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = root, end, characters
    return parser
