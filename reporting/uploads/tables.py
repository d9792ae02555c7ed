"""Reads CSV files, one by itself or several in a zip, as a stream. One broken row stops nothing."""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator
from typing import IO, Any

from portal.sheets import STARTS_A_FORMULA
from reporting.uploads.sheets import MOST_COLUMNS, Beat, Broken, Row, Sheet, Unreadable, no_beat

PIECE = 256 * 1024  # bytes
LONGEST_LINE = 256 * 1024  # characters
MOST_LINES = 200  # that one row may take, where a cell in quotes has line ends in it
BEAT_ROWS = 1_000  # between two signs of life
DELIMITERS = (",", ";", "\t")
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
NOTE = "is not in UTF-8, so we read it as Windows-1252. See that names with accents and pound signs are right"
_QUOTED = re.compile(r'"[^"]*"')
DAMAGED = "The file is damaged, or is no CSV file in UTF-8 or Windows-1252. Save it again as CSV and upload that."


class CsvFile:
    """One CSV file: one table."""

    def __init__(self, file: IO[bytes], name: str, beat: Beat = no_beat) -> None:
        self._beat = beat
        self._file, self._name = file, name
        self._size = file.seek(0, io.SEEK_END)
        self._encoding = _encoding_of(file)
        self.note = f"‘{name}’ {NOTE}" if self._encoding == "cp1252" else ""

    def version(self) -> str | None:
        return None

    def sheets(self) -> Iterator[Sheet]:
        self._file.seek(0)
        text = io.TextIOWrapper(self._file, self._encoding, newline="")  # type: ignore[arg-type]
        try:
            yield Sheet(self._name, _rows(text, self._beat))
        finally:
            text.detach()

    def done(self) -> float:
        return min(1.0, self._file.tell() / self._size) if self._size else 1.0


class ZipOfCsv:
    """A zip with a CSV file for each table."""

    def __init__(self, file: IO[bytes], beat: Beat = no_beat) -> None:
        self._beat = beat
        try:
            self._archive = zipfile.ZipFile(file)
        except zipfile.BadZipFile as error:
            raise Unreadable(DAMAGED) from error
        self._members = [one for one in self._archive.infolist() if _is_table(one.filename)]
        if not self._members:
            raise Unreadable("The zip holds no CSV file. Put a CSV file for each table into it, and upload it again.")
        self._size = sum(one.file_size for one in self._members)
        self._done = 0
        self._now: IO[bytes] | None = None
        self._encodings = {one.filename: self._encoding(one) for one in self._members}
        old = [name for name, encoding in self._encodings.items() if encoding == "cp1252"]
        self.note = f"‘{', '.join(old)[:200]}’ {NOTE}" if old else ""

    def _encoding(self, member: zipfile.ZipInfo) -> str:
        try:
            with self._archive.open(member) as stream:
                return _encoding_of(stream)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise Unreadable(DAMAGED) from error

    def version(self) -> str | None:
        return None

    def sheets(self) -> Iterator[Sheet]:
        for member in self._members:
            with self._archive.open(member) as stream:
                self._now = stream
                text = io.TextIOWrapper(stream, self._encodings[member.filename], newline="")
                yield Sheet(member.filename, _rows(text, self._beat))
                self._now = None
            self._done += member.file_size

    def done(self) -> float:
        now = self._now.tell() if self._now and not self._now.closed else 0
        return min(1.0, (self._done + now) / self._size) if self._size else 1.0


def _is_table(name: str) -> bool:
    """A Mac adds files of its own."""
    return name.lower().endswith(".csv") and not name.startswith("__MACOSX/")


def _encoding_of(stream: IO[bytes]) -> str:
    """By its mark; else UTF-8 where all of it is, and what Excel writes where it is not."""
    stream.seek(0)
    head = stream.read(4)
    marked = next((encoding for mark, encoding in MARKS if head.startswith(mark)), None)
    if marked:
        return marked
    decoder = codecs.getincrementaldecoder("utf-8")()
    piece = head
    try:
        while piece:
            decoder.decode(piece)
            piece = stream.read(PIECE)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


# --- Rows --------------------------------------------------------------------------------------------


class _Lines:
    """Lines for the CSV reader. It remembers those of the row in hand, so that they can be put back."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._waiting: deque[str] = deque()
        self.of_row: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else self._text.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self.of_row.append(line)
        if len(line) >= LONGEST_LINE or len(self.of_row) > MOST_LINES:
            raise csv.Error("a quote is opened and not closed, or the row is far too long")
        return line

    def put_back(self) -> None:
        """All but the first line of the row in hand are rows of their own. The rest of a long line is passed over."""
        first, *others = self.of_row
        self._waiting.extendleft(reversed(others))
        while not self._waiting and first and not first.endswith(("\n", "\r")):
            first = self._text.readline(LONGEST_LINE)

    def peek(self) -> str:
        line = self._text.readline(LONGEST_LINE)
        self._waiting.append(line)
        return line


def _rows(text: io.TextIOWrapper, beat: Beat = no_beat) -> Iterator[Row]:
    """Every row with its number. A blank line counts, as in a spreadsheet, and is passed over."""
    lines = _Lines(text)
    delimiter = _delimiter_of(lines.peek())
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        if not number % BEAT_ROWS:
            beat()
        lines.of_row.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, Broken(f"The row cannot be read: {error}", "".join(lines.of_row[:1])[:200].strip())
            lines.put_back()
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
        except UnicodeDecodeError as error:
            raise Unreadable(DAMAGED) from error
        else:
            if any(cells):
                yield number, _plain(cells) if len(cells) > MOST_COLUMNS or "'" in "".join(lines.of_row) else cells


def _plain(cells: list[Any]) -> list[Any]:
    """Without the apostrophes that our own files put before what would be a formula."""
    for place, cell in enumerate(cells):
        if cell[:1] == "'" and STARTS_A_FORMULA.match(cell[1:]):
            cells[place] = cell[1:]
    return cells[:MOST_COLUMNS] if len(cells) > MOST_COLUMNS else cells


def _delimiter_of(heading: str) -> str:
    """The one that stands most often in the heading; a comma where none does."""
    bare = _QUOTED.sub("", heading)
    return max(DELIMITERS, key=bare.count)
