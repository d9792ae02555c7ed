"""Looks for programs and archives that hide inside another file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from portal.files.inspection.unfit import Unfit

CHUNK = 256 * 1024  # bytes

# Signatures long enough that chance does not make one in 500 MB (6 bytes and more).
PROGRAMS = (
    *(b"PE\0\0" + machine for machine in (b"\x4c\x01", b"\x64\x86", b"\x64\xaa", b"\xc0\x01", b"\xc4\x01")),
    *(b"\x7fELF" + width + order + b"\x01" for width in (b"\x01", b"\x02") for order in (b"\x01", b"\x02")),
    b"\xcf\xfa\xed\xfe\x07\0\0\x01",
    b"\xcf\xfa\xed\xfe\x0c\0\0\x01",
    b"\0asm\x01\0\0\0",
    b"dex\n03",
)
ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"MSCF\0\0\0\0")
LONGEST = max(len(mark) for mark in (*PROGRAMS, *ARCHIVES))

CARRIES_PROGRAM = Unfit(
    "has a program inside it",
    "Open it where it was made, save only the document as a new file, and choose that",
)
CARRIES_ARCHIVE = Unfit(
    "has an archive inside it",
    "Open it where it was made, save only the document as a new file, and choose that",
)


def chunks_of(stream: BinaryIO, size: int = CHUNK) -> Iterator[bytes]:
    """The whole stream from its start, in pieces."""
    stream.seek(0)
    while piece := stream.read(size):
        yield piece


class ThreatSearch:
    """Fed with a file in pieces; raises `Unfit` at the first sign of a program or an archive."""

    def __init__(self) -> None:
        self._tail = b""

    def feed(self, piece: bytes) -> None:
        window = self._tail + piece
        if any(mark in window for mark in PROGRAMS):
            raise Unfit(CARRIES_PROGRAM.what, CARRIES_PROGRAM.mend)
        if any(mark in window for mark in ARCHIVES):
            raise Unfit(CARRIES_ARCHIVE.what, CARRIES_ARCHIVE.mend)
        self._tail = window[-(LONGEST - 1) :]


def search_whole(stream: BinaryIO) -> None:
    """Search every byte of the file as it lies."""
    search = ThreatSearch()
    for piece in chunks_of(stream):
        search.feed(piece)
