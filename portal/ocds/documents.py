"""Cut a JSON document into its releases without reading it whole, and parse each by itself.

A streaming parser would stop at the first fault, and the one at hand (ijson with yajl) ends the
process on a number of 5,000 digits or on deep nesting. So brackets and quotes alone are followed to
find where each release begins and ends; the standard library parses what lies between. A fault
inside one release then costs that release and no other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any

from portal.ocds.encodings import Place
from portal.ocds.problems import Problem, Unreadable

CHUNK = 256 * 1024  # bytes read at a time
LARGEST_RELEASE = 10 * 1024 * 1024  # bytes; more than this at once would not keep memory bounded
BROKEN = "Broken JSON"
EXPECTED = "Expected an OCDS release package, record package or release."
PACKAGES = frozenset({b'"releases"', b'"records"'})
HEAD_OF_RELEASE = frozenset({b'"ocid"', b'"tag"', b'"parties"', b'"compiledRelease"'})

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_WHOLE_STRING = re.compile(_STRING, re.DOTALL)
_TO_BRACKET = re.compile(rb'(?:[^"\[\]{}]++|' + _STRING + rb")*+[\[\]{}]", re.DOTALL)  # the next one outside strings
_SCALAR = re.compile(rb'[^\s,:\[\]{}"]+')
_SPACE = re.compile(rb"[ \t\r\n]*")
_IDENTITY = re.compile(rb'"(ocid|id)"\s*:\s*"([^"\\]{1,200})"')


@dataclass(frozen=True)
class Piece:
    """One value cut out of the file, and the place where it began."""

    data: bytes
    place: Place


class Window:
    """The part of the file that is being looked at. What is passed over is let go."""

    def __init__(self, file: IO[bytes], start: int) -> None:
        file.seek(start)
        self._file = file
        self._data = b""
        self._at = 0
        self.place = Place(start)

    def peek(self) -> bytes:
        """The next byte that is not white space; nothing at the end of the file."""
        while True:
            space = _SPACE.match(self._data, self._at)
            self._pass_to(space.end() if space else self._at)
            if self._at < len(self._data) or not self._more():
                return self._data[self._at : self._at + 1]

    def take(self, expected: bytes) -> bytes:
        """Pass over the next byte where it is one of these, and say which."""
        found = self.peek()
        if not found or found not in expected:
            return b""
        self._pass_to(self._at + 1)
        return found

    def value(self, *, keep: bool = True) -> Piece:
        """The next value as it stands. One that is not wanted is passed over without being kept."""
        first = self.peek()
        begun = Place(self.place.byte, self.place.line)
        if not first or first in b",:]}":
            raise self.broken("a value is missing.")
        if first in b"{[":
            return Piece(self._bracketed(begun, keep), begun)
        return Piece(self._string(begun) if first == b'"' else self._scalar(), begun)

    def broken(self, what: str) -> Unreadable:
        """What is missing at the next byte; at the end of the file, all that should follow."""
        if not self.peek():
            return Unreadable(
                f"{BROKEN}: the file ends at byte {self.place.byte}. It was cut short: download it again."
            )
        return Unreadable(f"{BROKEN} at {self.place}: {what}")

    def _bracketed(self, begun: Place, keep: bool) -> bytes:
        depth = 0
        seen = 0  # bytes from the beginning of the value that were looked at
        while True:
            while match := _TO_BRACKET.match(self._data, self._at + seen):
                end = match.end()
                depth += 1 if self._data[end - 1] in b"{[" else -1
                if depth == 0:
                    return self._pass_to(end)
                seen = end - self._at
            if not keep:
                self._pass_to(self._at + seen)
                seen = 0
            self._read_on(begun)

    def _string(self, begun: Place) -> bytes:
        while (match := _WHOLE_STRING.match(self._data, self._at)) is None:
            self._read_on(begun)
        return self._pass_to(match.end())

    def _scalar(self) -> bytes:
        while True:
            match = _SCALAR.match(self._data, self._at)
            end = match.end() if match else self._at + 1
            if end < len(self._data) or end - self._at > LARGEST_RELEASE or not self._more():
                return self._pass_to(end)

    def _read_on(self, begun: Place) -> None:
        if len(self._data) - self._at > LARGEST_RELEASE:
            raise Unreadable(
                f"What begins at {begun} is longer than {LARGEST_RELEASE // 2**20} MB, more than a release can be. "
                "A bracket or a quotation mark may be missing there."
            )
        if not self._more():
            end = self.place.byte + len(self._data) - self._at
            raise Unreadable(
                f"{BROKEN}: the file ends at byte {end}, inside what begins at {begun}. "
                "It was cut short (download it again), or a bracket or a quotation mark is missing there."
            )

    def _more(self) -> bool:
        """Read on. False at the end of the file."""
        chunk = self._file.read(CHUNK)
        self._data, self._at = self._data[self._at :] + chunk, 0
        return bool(chunk)

    def _pass_to(self, end: int) -> bytes:
        passed, self._at = self._data[self._at : end], end
        self.place.pass_over(passed)
        return passed


def read_document(file: IO[bytes], start: int) -> Iterator[Piece]:
    """The releases or records of the document: those of a package or a list, or the single one that it is."""
    key = _package_key(Window(file, start))
    window = Window(file, start)
    if key:
        yield from _of_package(window, key)
    elif window.peek() == b"[":
        yield from _items(window)
    else:
        while window.peek():
            yield window.value()
    if window.peek():
        raise window.broken("the document has ended, and more follows.")


def _package_key(window: Window) -> bytes:
    """The key under which a package's list stands; nothing where the document is no package.

    Looks at as much as it takes. Raises `Unreadable` where the document cannot hold releases.
    """
    if window.peek() == b"[":
        return b""
    if window.peek() != b"{":
        raise Unreadable(f"{BROKEN} at {window.place}: it begins with neither {{ nor [. {EXPECTED}")
    keys = set()
    for key in _keys(window):
        keys.add(key)
        if key in PACKAGES and b'"ocid"' not in keys:
            if window.peek() != b"[":
                raise Unreadable(f"{key.decode()} at {window.place} is not a list. {EXPECTED}")
            return key
        window.value(keep=False)
    if not keys & HEAD_OF_RELEASE:
        raise Unreadable(f"The JSON holds neither releases nor records nor an ocid. {EXPECTED}")
    return b""


def _keys(window: Window) -> Iterator[bytes]:
    """The keys of the object at hand. Between two keys the caller passes over the value."""
    window.take(b"{")
    while not window.take(b"}"):
        if window.peek() != b'"':
            raise window.broken("a key in quotation marks is missing.")
        key = window.value().data
        if not window.take(b":"):
            name = key[:60].decode(errors="replace")
            raise window.broken(f"a colon is missing after {name}.")
        yield key
        if not window.take(b",") and window.peek() != b"}":
            raise window.broken("a comma is missing.")


def _of_package(window: Window, wanted: bytes) -> Iterator[Piece]:
    for key in _keys(window):
        if key == wanted and window.peek() == b"[":
            yield from _items(window)
        else:
            window.value(keep=False)


def _items(window: Window) -> Iterator[Piece]:
    window.take(b"[")
    while not window.take(b"]"):
        yield window.value()
        if not window.take(b",") and window.peek() != b"]":
            raise window.broken("a comma is missing between two releases.")


def parse(piece: Piece) -> tuple[Any, Problem | None]:
    """The piece's value; where it is broken, what it can be listed by, and what is wrong where."""
    try:
        return json.loads(piece.data, parse_float=_sum, parse_constant=_refuse), None
    except json.JSONDecodeError as fault:
        place = piece.place.after(fault.doc[: fault.pos].encode(errors="surrogatepass"))
        detail = f"{place}: {fault.msg}"
    except RecursionError:
        detail = f"{piece.place}: lists or objects are nested too deep"
    except ValueError as fault:
        detail = f"{piece.place}: {str(fault).partition(';')[0]}"
    return _identity(piece.data), Problem(BROKEN, detail)


def _sum(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError as fault:  # an exponent of twenty digits
        raise ValueError(f"{text[:40]} is too large or too small a number") from fault


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _identity(data: bytes) -> dict[str, str]:
    """The first ocid and id in a broken release, so that it can be found in the file."""
    found: dict[str, str] = {}
    for key, value in _IDENTITY.findall(data[:100_000]):
        found.setdefault(key.decode(), value.decode(errors="replace"))
    return found
