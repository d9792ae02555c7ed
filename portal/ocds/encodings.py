"""Only UTF-8 is read. A file in another encoding is told so, to the byte, and how to mend it."""

from __future__ import annotations

import codecs
from typing import IO

from portal.ocds.problems import Unreadable

CHUNK = 1024 * 1024  # bytes read at a time
WIDE = {  # byte order marks of other encodings; UTF-32's begins with UTF-16's, so it stands first
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


class Place:
    """A place in a file: bytes counted from 0, lines from 1."""

    def __init__(self, byte: int = 0, line: int = 1) -> None:
        self.byte = byte
        self.line = line

    def pass_over(self, data: bytes) -> None:
        self.byte += len(data)
        self.line += data.count(b"\n")

    def after(self, data: bytes) -> Place:
        place = Place(self.byte, self.line)
        place.pass_over(data)
        return place

    def __str__(self) -> str:
        return f"byte {self.byte} (line {self.line})"


def check_encoding(file: IO[bytes]) -> int:
    """The byte at which the text begins, after a byte order mark. Raises `Unreadable` unless all of it is UTF-8."""
    head = file.read(4)
    for mark, name in WIDE.items():
        if head.startswith(mark):
            raise Unreadable(f"The file is in {name}: it begins with {mark.hex(' ').upper()} at byte 0. {_mend(name)}")
    if b"\0" in head:
        name = "UTF-16BE" if head.startswith(b"\0") else "UTF-16LE"
        raise Unreadable(f"The file looks like {name}: byte {head.index(0)} is nought. {_mend(name)}")
    start = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    _check_utf8(file, start)
    return start


def _check_utf8(file: IO[bytes], start: int) -> None:
    """Decode all of it once: quick beside the import, and a file in another encoding is refused whole."""
    file.seek(start)
    decoder = codecs.getincrementaldecoder("utf-8")()
    place = Place(start)
    while True:
        chunk = file.read(CHUNK)
        data = decoder.getstate()[0] + chunk  # a character may be split between two chunks
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as fault:
            raise Unreadable(_not_utf8(place.after(data[: fault.start]), data[fault.start])) from fault
        if not chunk:
            return
        place.pass_over(data[: len(data) - len(decoder.getstate()[0])])


def _not_utf8(place: Place, byte: int) -> str:
    meant = bytes([byte]).decode("cp1252", errors="ignore")
    hint = f", which is '{meant}' in Windows-1252" if meant else ""
    return f"The file is not UTF-8: {place} is 0x{byte:02X}{hint}. {_mend('WINDOWS-1252')}"


def _mend(encoding: str) -> str:
    return f"Save it as UTF-8, for example: iconv -f {encoding} -t UTF-8 old.json > new.json"
