"""What the cells of a workbook's sheets hold: texts, figures and days, as Excel writes them into XML."""

from __future__ import annotations

import mmap
import tempfile
from array import array
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from typing import IO, Any
from xml.parsers import expat

from portal.sheets import LONGEST_TEXT
from reporting.standards.values import Illegible
from reporting.uploads.sheets import FORMULA_FAILED, MOST_DEEP, Beat, Unreadable, fitting, parse

PIECE = 64 * 1024  # bytes of XML at once
MOST_TEXTS = 10_000_000
MOST_LETTERS = 3  # of a column; Excel's last is XFD
MOST_KEPT = 10_000  # texts in memory; the rest lie in a temporary file
DAMAGED = "The workbook is damaged or was made by a program that we cannot read. Save it again as XLSX and upload that."


def new_parser() -> Any:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    return parser


def handle(parser: Any, start: Callable[[str, dict[str, str]], None], end: Callable[[str], None]) -> None:
    """Call these for each element, as long as there are not far too many inside one another."""
    depth = 0

    def starts(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MOST_DEEP:
            raise Unreadable(DAMAGED)
        start(name, attributes)

    def ends(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name)

    parser.StartElementHandler, parser.EndElementHandler = starts, ends


def _refuse(*_: object) -> None:
    raise Unreadable(DAMAGED)


class SharedTexts:
    """The workbook's texts, which cells name by number. They lie in a temporary file; a few are kept in memory."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - `end` closes it
        self._ends = array("Q", [0])
        self._kept: dict[int, str] = {}
        self._bytes: mmap.mmap | bytes = b""

    def read(self, stream: IO[bytes], beat: Beat) -> None:
        parser, taken, state = new_parser(), [], [False, False]  # inside a text, inside a reading aid
        length = fed = 0  # of the text so far; no more of it is kept than shows that it is too long

        def start(name: str, _attributes: dict[str, str]) -> None:
            local = name.rpartition(":")[2]
            state[0] = local == "t" and not state[1]
            state[1] = state[1] or local == "rPh"

        def characters(text: str) -> None:
            nonlocal length
            if state[0] and length <= LONGEST_TEXT:
                taken.append(text)
                length += len(text)

        def end(name: str) -> None:
            nonlocal length
            local = name.rpartition(":")[2]
            state[0] = False
            if local == "rPh":
                state[1] = False
            elif local == "si":
                self._add("".join(taken))
                taken.clear()
                length = 0

        handle(parser, start, end)
        parser.CharacterDataHandler = characters
        while piece := stream.read(PIECE):
            fed = parse(parser, piece, fed, DAMAGED)
            beat()
        parser.Parse(b"", True)

    def _add(self, text: str) -> None:
        if len(self._ends) > MOST_TEXTS:
            raise Unreadable(f"The workbook has more than {MOST_TEXTS:,} texts. Split it, and upload each part.")
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
def place_of(letters: str) -> int:
    """The column, from 0."""
    if len(letters) > MOST_LETTERS:
        raise ValueError(letters[:10])
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


@lru_cache(maxsize=4096)
def day_of(text: str, is_1904: bool) -> date | float:
    """The day that Excel's number means (ECMA-376 part 1, 18.17.4.1)."""
    try:
        return (date(1904, 1, 1) if is_1904 else date(1899, 12, 30)) + timedelta(days=int(float(text)))
    except (OverflowError, ValueError):
        return float(text)


def figure_of(text: str) -> int | float:
    return int(text) if len(text) < 16 and text.isdigit() else float(text)


def value_of(kind: str, text: str, style: str, texts: SharedTexts, is_1904: bool) -> Any:
    if kind == "s":
        return fitting(texts[int(text)])
    if kind == "n":
        if style == "date":
            return day_of(text, is_1904)
        return round(float(text) * 100, 10) if style == "percent" else figure_of(text)
    if kind == "b":
        return text == "1"
    if kind == "e":
        return Illegible(text[:200], FORMULA_FAILED)
    return fitting(text)
