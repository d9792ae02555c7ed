"""PNG and JPEG: whole, well formed, and with nothing in front, behind or between."""

from __future__ import annotations

import re
import struct
import zlib
from typing import BinaryIO

from portal.files import kinds
from portal.files.inspection.threats import CHUNK, chunks_of
from portal.files.inspection.unfit import Unfit

PNG_START = b"\x89PNG\r\n\x1a\n"
JPEG_START = b"\xff\xd8\xff"
SCRIPT = re.compile(rb"<(?:script|\?php|html|!doctype html)", re.IGNORECASE)
RESAVE = "Open it in a picture program, save it as PNG or JPEG again, and choose that"
CUT_OFF = ("is cut off or damaged", RESAVE)


def check_png(stream: BinaryIO, length: int) -> kinds.FileKind:
    """Walk every chunk with its check sum (PNG, third edition, section 5): IHDR first, IEND last, then nothing."""
    stream.seek(len(PNG_START))
    names: list[bytes] = []
    while names[-1:] != [b"IEND"]:
        header = stream.read(8)
        if len(header) < 8:
            raise Unfit(*CUT_OFF)
        size, name = struct.unpack(">L4s", header)
        _check_png_chunk(stream, name, size)
        names.append(name)
    if names[0] != b"IHDR" or b"IDAT" not in names:
        raise Unfit(*CUT_OFF)
    if stream.tell() != length:
        raise Unfit("has something after the end of the picture", RESAVE)
    _check_no_script(stream)
    return kinds.PNG


def _check_png_chunk(stream: BinaryIO, name: bytes, size: int) -> None:
    crc = zlib.crc32(name)
    while size:
        piece = stream.read(min(size, CHUNK))
        if not piece:
            raise Unfit(*CUT_OFF)
        crc = zlib.crc32(piece, crc)
        size -= len(piece)
    if stream.read(4) != struct.pack(">L", crc):
        raise Unfit(*CUT_OFF)


def check_jpeg(stream: BinaryIO, length: int) -> kinds.FileKind:
    """Walk the segments to the end mark (ITU T.81, annex B). Phones append more whole JPEGs: walked too."""
    at = 0
    while at < length:
        stream.seek(at)
        if stream.read(3) != JPEG_START:
            raise Unfit("has something after the end of the picture", RESAVE)
        at = _end_of_jpeg(stream, at + 2)
    _check_no_script(stream)
    return kinds.JPEG


def _end_of_jpeg(stream: BinaryIO, at: int) -> int:
    """The place just after the end mark of the picture whose segments begin at `at`."""
    while True:
        stream.seek(at)
        head = stream.read(4)
        if head[:2] == b"\xff\xd9":
            return at + 2
        if head[:2] == b"\xff\xff":  # fill byte
            at += 1
            continue
        if len(head) < 4 or head[0] != 0xFF:
            raise Unfit(*CUT_OFF)
        at += 2 + int.from_bytes(head[2:])
        if head[1] == 0xDA:
            at = _end_of_scan(stream, at)


def _end_of_scan(stream: BinaryIO, at: int) -> int:
    """Where the next marker stands after packed picture data (FF00 and FFD0 to FFD7 belong to the data)."""
    stream.seek(at)
    tail = b""
    while piece := stream.read(CHUNK):
        window = tail + piece
        if found := re.search(rb"\xff[^\x00\xd0-\xd7\xff]", window, re.DOTALL):
            return at - len(tail) + found.start()
        at += len(piece)
        tail = window[-1:]
    raise Unfit(*CUT_OFF)


def _check_no_script(stream: BinaryIO) -> None:
    tail = b""
    for piece in chunks_of(stream):
        if SCRIPT.search(tail + piece):
            raise Unfit("has a web page or script inside it", RESAVE)
        tail = piece[-16:]
