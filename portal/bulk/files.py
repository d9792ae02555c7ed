"""Open a published CSV file however it was packed, and give its lines as they stand, in bounded memory."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, cast

from portal.ocds.encodings import WIDE
from portal.ocds.problems import Unreadable
from portal.ocds.reader import STANDARD_INPUT, Counted, size_of, stored_file

__all__ = ["LONGEST_LINE", "STANDARD_INPUT", "numbered_lines", "size_of"]

LONGEST_LINE = 1024 * 1024  # bytes; of a longer line only the beginning is kept, which shows it as broken
_TELL_EVERY = 1_000  # lines between two words on the progress


def numbered_lines(name: str, progress: Callable[[int], object]) -> Iterator[tuple[int, bytes]]:
    """Each line with its number, from 1. Raises `Unreadable` where the file cannot be read, or not further.

    `progress` is told of each piece read, in bytes of the file as it is stored.
    """
    number = 0
    with stored_file(name) as stored, _unpacked(stored) as file:
        counted = Counted(stored, progress)
        try:
            while line := file.readline(LONGEST_LINE):
                number += 1
                yield number, line
                _pass_to_the_end(file, line)
                if number % _TELL_EVERY == 0:
                    counted.count()
        except (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile) as fault:
            raise Unreadable(f"The file is damaged after line {number:,}: {fault}. Download it again.") from fault
        counted.count()


def _pass_to_the_end(file: IO[bytes], line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = file.readline(LONGEST_LINE)


@contextmanager
def _unpacked(stored: IO[bytes]) -> Iterator[IO[bytes]]:
    head = stored.read(4)
    stored.seek(0)
    if not head:
        raise Unreadable("The file is empty.")
    for mark, encoding in WIDE.items():
        if head.startswith(mark):
            raise Unreadable(f"The file is in {encoding}. Save it as CSV in UTF-8.")
    with ExitStack() as closing:
        if head == b"PK\x03\x04":
            yield closing.enter_context(_in_archive(stored))
        elif head.startswith(b"\x1f\x8b"):
            yield cast(IO[bytes], closing.enter_context(gzip.GzipFile(fileobj=stored)))
        else:
            yield stored


@contextmanager
def _in_archive(stored: IO[bytes]) -> Iterator[IO[bytes]]:
    """The one CSV file in a ZIP archive, unpacked as it is read."""
    try:
        archive = zipfile.ZipFile(stored)
    except (zipfile.BadZipFile, NotImplementedError) as fault:
        raise Unreadable(f"The ZIP archive is damaged: {fault}. Download it again.") from fault
    with archive:
        names = [name for name in archive.namelist() if name.lower().endswith(".csv")]
        if len(names) != 1:
            held = f"{len(names)} CSV files" if names else "no CSV file"
            raise Unreadable(f"The ZIP archive holds {held}. Unpack it and import each file by itself.")
        try:
            member = archive.open(names[0])
        except (RuntimeError, NotImplementedError, zipfile.BadZipFile) as fault:
            raise Unreadable(f"{names[0]} in the ZIP archive cannot be read: {fault}.") from fault
        with member:
            yield member
