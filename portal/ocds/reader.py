"""Files of OCDS releases, read as a stream: memory stays bounded however large the file is.

Reads release packages, record packages (each record's compiledRelease), single releases, lists of
releases, and JSON Lines of any of these; plain or gzipped; from a file or from standard input.
Knows files alone: what a release means is not its matter.
"""

from __future__ import annotations

import gzip
import json
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from portal.ocds.documents import LARGEST_RELEASE, Piece, parse, read_document
from portal.ocds.encodings import Place, check_encoding
from portal.ocds.fields import WRONG_TYPE, describe
from portal.ocds.problems import Problem, Unreadable

STANDARD_INPUT = "-"
LINES_SUFFIXES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
LONGEST_LOOK = 1024 * 1024  # bytes of each of the first lines that are looked at


@dataclass(frozen=True)
class Entry:
    """One release as it stands in the file, or what is wrong with it. Its number counts from 1."""

    number: int
    value: Any
    problem: Problem | None = None


class Counted:
    """The stored file, which tells how much of it was read. A second look is not counted."""

    def __init__(self, file: IO[bytes], progress: Callable[[int], object]) -> None:
        self._file = file
        self._progress = progress
        self._counted = 0

    def count(self) -> None:
        here = self._file.tell()
        if here > self._counted:
            self._progress(here - self._counted)
            self._counted = here


def size_of(name: str) -> int | None:
    """The bytes that `read_releases` will count to, where that can be known."""
    path = Path(name)
    return path.stat().st_size if name != STANDARD_INPUT and path.is_file() else None


def read_releases(name: str, progress: Callable[[int], object] = lambda size: None) -> Iterator[Entry]:
    """The releases of the file in their order. Raises `Unreadable` where it cannot be read, or not further.

    `progress` is told of each piece read, in bytes of the file as it is stored.
    """
    number = 0
    with stored_file(name) as stored, unpacked_file(stored) as file:
        start = check_encoding(file)
        lines = name.lower().endswith(LINES_SUFFIXES) or _has_a_value_a_line(file, start)
        file.seek(start)
        counted = Counted(stored, progress)
        for piece in _lines(file, start) if lines else read_document(file, start):
            counted.count()
            for value, problem in _releases_in(piece):
                number += 1
                yield Entry(number, value, problem)
        counted.count()


@contextmanager
def stored_file(name: str) -> Iterator[IO[bytes]]:
    """The file as it is stored, able to go back to its beginning."""
    with ExitStack() as closing:
        file: IO[bytes]
        try:
            if name == STANDARD_INPUT:
                file = closing.enter_context(tempfile.TemporaryFile())
                shutil.copyfileobj(sys.stdin.buffer, file)
                file.seek(0)
            else:
                file = closing.enter_context(Path(name).open("rb"))
        except OSError as fault:
            raise Unreadable(f"The file cannot be opened: {fault.strerror}.") from fault
        yield file


@contextmanager
def unpacked_file(stored: IO[bytes]) -> Iterator[IO[bytes]]:
    magic = stored.read(4)
    stored.seek(0)
    if not magic:
        raise Unreadable("The file is empty.")
    if magic == b"PK\x03\x04":
        raise Unreadable("The file is a ZIP archive. Unpack it and import the JSON file inside.")
    if not magic.startswith(b"\x1f\x8b"):
        yield stored
        return
    try:
        with gzip.GzipFile(fileobj=stored) as file:
            yield cast(IO[bytes], file)
    except (gzip.BadGzipFile, EOFError, zlib.error) as fault:
        raise Unreadable(f"The gzip file is damaged: {fault}. Download it again.") from fault


def _has_a_value_a_line(file: IO[bytes], start: int) -> bool:
    """JSON Lines: the first line is an object of its own and more follows, or the second one is.

    The second counts because the first may be broken. No document has an object alone on its second
    line, unless the first line ends in an open bracket, a comma or a colon.
    """
    file.seek(start)
    lines: list[bytes] = []
    while len(lines) < 2 and (line := file.readline(LONGEST_LOOK)):
        if line.strip():
            lines.append(line.strip())
    if len(lines) < 2 or not lines[0].startswith(b"{") or lines[0].endswith((b"{", b"[", b",", b":")):
        return False
    return any(_is_object(line) for line in lines)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, ArithmeticError, RecursionError):
        return False


def _lines(file: IO[bytes], start: int) -> Iterator[Piece]:
    """Each line that holds something. Of an endless one only the beginning is kept, which shows it as broken."""
    file.seek(start)
    place = Place(start)
    while line := file.readline(LARGEST_RELEASE):
        piece = Piece(line, Place(place.byte, place.line))
        place.pass_over(line)
        while line and not line.endswith(b"\n"):
            line = file.readline(LARGEST_RELEASE)
            place.pass_over(line)
        if piece.data.strip():
            yield piece


def _releases_in(piece: Piece) -> Iterator[tuple[Any, Problem | None]]:
    value, problem = parse(piece)
    if problem:
        yield value, problem
    else:
        yield from _unpack(value)


def _unpack(value: Any) -> Iterator[tuple[Any, Problem | None]]:
    """The releases in a value: itself, or those of the package, the record or the list that it is."""
    match value:
        case {"compiledRelease": dict() as compiled}:
            yield compiled, None
        case {"compiledRelease": _} | {"ocid": _, "releases": _}:
            yield from _of_record(value)
        case {"releases": list() as items} | {"records": list() as items} | [*items]:
            for item in items:
                yield from _unpack(item) if isinstance(item, dict) else [(item, None)]
        case _:
            yield value, None


def _of_record(record: dict[str, Any]) -> Iterator[tuple[Any, Problem | None]]:
    """A record without a compiled release gives the releases that stand in it in full."""
    listed = record.get("releases")
    whole = [item for item in listed if isinstance(item, dict) and "ocid" in item] if isinstance(listed, list) else []
    if not whole:
        compiled = describe(record.get("compiledRelease"))
        yield record, Problem(WRONG_TYPE, f"the record's compiledRelease holds {compiled}, and it lists no releases")
    for release in whole:
        yield release, None
