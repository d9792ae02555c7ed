"""Reads JSON as a stream: one return as the JSON Schema has it, a list of them, `{"returns": [...]}`, or one a line.

Rows come one by one, however large the file. It is read twice, because a return may name its contract after its lines.
"""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from django.conf import settings

from reporting.standards import RETURN, Standard, load, versions
from reporting.standards.values import Illegible
from reporting.uploads.sheets import MOST_RETURNS, Broken, Sheet, Unreadable, too_many_returns, too_many_rows

PIECE = 128 * 1024  # bytes
TICK = 500  # rows between two words on how far it is
LARGEST = 1024 * 1024  # characters of one row
NOT_ONE_VALUE = "Enter one value here, not a list or an object"
ENVELOPE = ("returns", "standard", "version")
_SPACE = " \t\r\n"


@dataclass
class Item:
    """One row of one table of one return, counted from 1."""

    returned: int
    table: str
    number: int
    row: Any


@dataclass
class JsonFile:
    """An opened file. `items` gives its rows in the file's order."""

    file: IO[bytes]
    is_lines: bool = False
    note: str = ""
    _version: str | None = None
    _passes: int = field(default=0)

    def __post_init__(self) -> None:
        self._size = self.file.seek(0, io.SEEK_END)

    def version(self) -> str | None:
        return self._version

    def heads(self, tick: Callable[[], None] = lambda: None) -> list[dict[str, Any]]:
        """The keys in the own row of each return, in their order; empty where it has none. Reads the whole file."""
        heads: list[dict[str, Any]] = []
        keys = {item.name for version in versions() for item in load(version).keys}
        rows = 0
        for count, item in enumerate(self.items()):
            if not count % TICK:
                tick()
            rows += item.number > 0
            if rows > settings.RETURNS_UPLOAD_ROWS:
                raise too_many_rows(settings.RETURNS_UPLOAD_ROWS)
            if item.returned > MOST_RETURNS:
                raise too_many_returns(MOST_RETURNS)
            while len(heads) < item.returned:
                heads.append({})
            if item.table == RETURN and item.number == 1 and isinstance(item.row, dict):
                heads[item.returned - 1] = {key: one_value(item.row[key]) for key in keys & item.row.keys()}
        self._passes = 1
        return heads

    def done(self) -> float:
        """The first pass is the quicker one: a quarter."""
        part = min(1.0, self.file.tell() / self._size) if self._size else 1.0
        return 0.25 + 0.75 * part if self._passes else 0.25 * part

    def items(self) -> Iterator[Item]:
        self.file.seek(0)
        scan = _Scan(self.file)
        self._returns = 0
        if not scan.peek():
            raise Unreadable("The file holds nothing. Check that you chose the right file.")
        yield from self._top(scan)
        while scan.peek():
            if not self.is_lines:
                raise Unreadable(f"There is something after the end of the JSON, {scan.where()}.")
            yield from self._top(scan)

    def _top(self, scan: _Scan) -> Iterator[Item]:
        if scan.peek() == "[" and not self.is_lines:
            yield from self._list(scan)
            return
        scan.expect("{")
        for key in scan.names():
            if key not in ENVELOPE:
                self._returns += 1
                yield from self._return(scan, key)
                return
            if key == "returns":
                yield from self._list(scan)
            else:
                self._version = str(scan.value())

    def _list(self, scan: _Scan) -> Iterator[Item]:
        for _ in scan.entries():
            scan.expect("{")
            self._returns += 1
            yield from self._return(scan, None)

    def _return(self, scan: _Scan, first: str | None) -> Iterator[Item]:
        """The rows of a return whose opening brace, and perhaps its first key, have been read."""
        names = scan.names() if first is None else scan.names_from(first)
        is_empty = True
        for key in names:
            is_empty = False
            if scan.peek() == "[":
                yield Item(self._returns, key, 0, None)  # the table is there, with rows or without
                for number, _ in enumerate(scan.entries(), start=1):
                    yield Item(self._returns, key, number, scan.value())
            else:
                yield Item(self._returns, key, 1, scan.value())
        if is_empty:
            yield Item(self._returns, RETURN, 0, None)


class _Scan:
    """Goes over JSON text piece by piece; a value is decoded by the standard library once all of it is there."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        # Figures stay texts, so that no penny is lost and no length of a number does harm.
        self._json = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=_refuse)
        self._text, self._at, self._passed, self._ended = "", 0, 0, False

    def where(self) -> str:
        return f"after {self._passed + self._at:,} characters"

    def _fill(self) -> bool:
        if self._ended:
            return False
        piece = self._file.read(max(PIECE, len(self._text) - self._at))
        self._ended = not piece
        try:
            more = self._decode(piece, self._ended)
        except UnicodeDecodeError as error:
            raise Unreadable(f"The file is not in UTF-8, {self.where()}. Save it in UTF-8 and upload that.") from error
        self._passed += self._at
        self._text, self._at = self._text[self._at :] + more, 0
        return True

    def peek(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            while self._at < len(self._text):
                found = self._text[self._at]
                if found not in _SPACE:
                    return found
                self._at += 1
            if not self._fill():
                return ""

    def expect(self, wanted: str) -> None:
        if self.peek() != wanted:
            raise self._fault(f"“{wanted}” is missing")
        self._at += 1

    def _fault(self, what: str) -> Unreadable:
        return Unreadable(f"The file is not the JSON that our schema describes: {what}, {self.where()}.")

    def value(self) -> Any:
        self.peek()
        while True:
            try:
                value, end = self._json.raw_decode(self._text, self._at)
                if end < len(self._text) or not self._fill():
                    self._at = end
                    return value
            except json.JSONDecodeError as error:
                if len(self._text) - self._at > LARGEST:
                    raise self._fault("a row is broken, or larger than 1 MB") from error
                if not self._fill():
                    raise self._fault(error.msg) from error
            except (RecursionError, ValueError) as error:
                raise self._fault("a value cannot be read") from error

    def names(self) -> Iterator[str]:
        """The keys of an object whose brace was opened; the caller reads each one's value."""
        if self.peek() == "}":
            self._at += 1
            return
        yield from self.names_from(self._key())

    def names_from(self, first: str) -> Iterator[str]:
        """The same where the first key was read."""
        yield first
        while self.peek() == ",":
            self._at += 1
            yield self._key()
        self.expect("}")

    def _key(self) -> str:
        if self.peek() != '"':
            raise self._fault("a name in quotes is missing")
        key = str(self.value())
        self.expect(":")
        return key

    def entries(self) -> Iterator[None]:
        """Stops at each entry of a list, which the caller reads."""
        self.expect("[")
        if self.peek() == "]":
            self._at += 1
            return
        yield None
        while self.peek() == ",":
            self._at += 1
            yield None
        self.expect("]")


def one_value(value: Any) -> Any:
    return Illegible(str(value)[:200], NOT_ONE_VALUE) if isinstance(value, list | dict) else value


def _refuse(name: str) -> Any:
    raise ValueError(name)


def sheets_of(source: JsonFile, standard: Standard) -> Iterator[Sheet]:
    """The file as if it were a workbook: a sheet for each table. Reads the file once for each."""
    heads = source.heads()
    for table in standard.tables:
        yield Sheet(table.label, _rows_of(source, standard, table.name, heads))


def _rows_of(
    source: JsonFile, standard: Standard, name: str, heads: list[dict[str, Any]]
) -> Iterator[tuple[int, list[Any] | Broken]]:
    columns = standard.columns(standard.table(name))
    yield 1, [item.label for item in columns]
    keys = {item.name for item in standard.keys}
    number = 1
    for item in source.items():
        if item.table == name and item.number:
            number += 1
            row = item.row if isinstance(item.row, dict) else {}
            head = heads[item.returned - 1]
            yield number, [(head if column.name in keys else row).get(column.name) for column in columns]
