"""Reads a ZIP strictly: one plain archive from the first byte to the last, unpacking to what it declares.

Written out rather than left to `zipfile`, which is made to read as much as it can: it accepts bytes
in front of and behind the archive, trusts the declared sizes, and reads a directory of any length.
Sources: APPNOTE.TXT 6.3.10, sections 4.3.7 (local header), 4.3.12 (directory), 4.3.16 (end record).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from portal.files.inspection.threats import CHUNK
from portal.files.inspection.unfit import Unfit

MAX_MEMBERS = 5_000
MAX_DIRECTORY = 2 * 1024 * 1024  # bytes
MAX_UNPACKED = 512 * 1024 * 1024  # bytes
MAX_RATIO = 150
RATIO_FROM = 16 * 1024 * 1024  # bytes; below this a high ratio does no harm

END = struct.Struct("<4s4H2LH")
END64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR64_SIZE = 20
ENTRY = struct.Struct("<4s6H3L5H2L")
LOCAL = struct.Struct("<4s5H3L2H")
STORED, DEFLATED = 0, 8
ENCRYPTED_FLAGS = 0x0001 | 0x0040 | 0x2000
UNKNOWN = 0xFFFFFFFF
DESCRIPTOR_SIZES = (0, 12, 16, 20, 24)

RESAVE = "Open it where it was made, save it as a new file, and choose that"


def damaged(detail: str) -> Unfit:
    return Unfit(f"is damaged or has been tampered with ({detail})", RESAVE)


def bomb(detail: str) -> Unfit:
    return Unfit(f"unpacks to far more than it should ({detail})", "Split it into smaller files and choose those")


@dataclass(frozen=True)
class Member:
    """One file in the archive, as the directory declares it."""

    name: str
    raw_name: bytes
    offset: int
    packed: int
    size: int
    crc: int
    method: int
    data_offset: int = 0


def read_members(stream: BinaryIO, length: int) -> list[Member]:
    """Every member in the order of the file. Raises `Unfit` for whatever a plain office file never has."""
    start, directory, count = _read_directory(stream, length)
    members = sorted(_parse_entries(directory, count), key=lambda member: member.offset)
    _check_names(members)
    _check_sizes(members)
    return _check_layout(stream, members, start)


def _read_directory(stream: BinaryIO, length: int) -> tuple[int, bytes, int]:
    """Where the directory begins, its bytes, and how many members the end record declares."""
    if length < END.size:
        raise damaged("its directory is missing")
    stream.seek(length - END.size)
    signature, disk, first_disk, here, count, size, offset, comment = END.unpack(stream.read(END.size))
    if signature != b"PK\x05\x06" or comment:
        raise damaged("there is something after its end")
    if disk or first_disk or here != count:
        raise damaged("it is one part of several")
    if count > MAX_MEMBERS or size > MAX_DIRECTORY:
        raise bomb(f"more than {MAX_MEMBERS:,} parts")
    gap = length - END.size - offset - size
    if gap and not _is_end64(stream, offset + size, gap, offset, size):
        raise damaged("there is something before its beginning or after its end")
    stream.seek(offset)
    return offset, stream.read(size), count


def _is_end64(stream: BinaryIO, at: int, gap: int, offset: int, size: int) -> bool:
    """Whether the gap is a ZIP64 end record that says the same as the plain one (some writers add it)."""
    if gap != END64.size + LOCATOR64_SIZE:
        return False
    stream.seek(at)
    signature, *_rest, size64, offset64 = END64.unpack(stream.read(END64.size))
    return signature == b"PK\x06\x06" and (size64, offset64) == (size, offset)


def _parse_entries(directory: bytes, count: int) -> Iterator[Member]:
    at = 0
    for _ in range(count):
        if at + ENTRY.size > len(directory):
            raise damaged("its directory is cut off")
        fields = ENTRY.unpack_from(directory, at)
        name_size, extra_size, comment_size = fields[10:13]
        name_at = at + ENTRY.size
        extra_at = name_at + name_size
        at = extra_at + extra_size + comment_size
        yield _member(fields, directory[name_at:extra_at], directory[extra_at : extra_at + extra_size])
    if at != len(directory):
        raise damaged("its directory is longer than it says")


def _member(fields: tuple, raw_name: bytes, extra: bytes) -> Member:
    signature, _made, _needs, flags, method, _time, _date, crc, packed, size = fields[:10]
    if signature != b"PK\x01\x02":
        raise damaged("its directory is broken")
    if flags & ENCRYPTED_FLAGS:
        raise Unfit("is protected by a password", "Save it without a password and choose it again")
    if method not in (STORED, DEFLATED):
        raise damaged("it is packed in an unusual way")
    size, packed, offset = _large_values(extra, size, packed, fields[16])
    try:
        name = raw_name.decode("utf-8" if flags & 0x800 else "cp437")
    except UnicodeDecodeError as error:
        raise damaged("a part has an unreadable name") from error
    return Member(name, raw_name, offset, packed, size, crc, method)


def _large_values(extra: bytes, *values: int) -> list[int]:
    """Size, packed size and offset, from the ZIP64 field where the plain one says "see there"."""
    found = list(values)
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            field = extra[at + 4 : at + 4 + size]
            places = [place for place, value in enumerate(found) if value == UNKNOWN]
            for place, (value,) in zip(places, struct.iter_unpack("<Q", field[: len(field) // 8 * 8]), strict=False):
                found[place] = value
        at += 4 + size
    return found


def _check_names(members: list[Member]) -> None:
    names = [member.name.lower() for member in members]
    if len(set(names)) != len(names):
        raise damaged("two parts have the same name")
    for name in names:
        if name.startswith("/") or "\\" in name or "\0" in name or ".." in name.split("/") or ":" in name:
            raise damaged("a part has a forbidden name")


def _check_sizes(members: list[Member]) -> None:
    """Refuse a bomb by what it declares, before a byte is unpacked."""
    unpacked = sum(member.size for member in members)
    packed = sum(member.packed for member in members)
    if unpacked > MAX_UNPACKED:
        raise bomb(f"to {unpacked // 1024**2:,} MB")
    if unpacked > RATIO_FROM and unpacked > MAX_RATIO * packed:
        raise bomb(f"to {unpacked // max(packed, 1):,} times its size")


def _check_layout(stream: BinaryIO, members: list[Member], directory_start: int) -> list[Member]:
    """Every byte before the directory belongs to exactly one member, the first at byte 0."""
    placed = []
    expected = 0
    for index, member in enumerate(members):
        if member.offset != expected and member.offset - expected not in DESCRIPTOR_SIZES:
            raise damaged("its parts overlap or leave gaps")
        if index == 0 and member.offset != 0:
            raise damaged("there is something before its beginning")
        data_offset = _check_local_header(stream, member)
        expected = data_offset + member.packed
        placed.append(replace(member, data_offset=data_offset))
    if directory_start - expected not in DESCRIPTOR_SIZES:
        raise damaged("its parts overlap or leave gaps")
    return placed


def _check_local_header(stream: BinaryIO, member: Member) -> int:
    """Where the member's data begins. The header must name the same part as the directory."""
    stream.seek(member.offset)
    raw = stream.read(LOCAL.size)
    if len(raw) < LOCAL.size:
        raise damaged("a part is missing")
    signature, _needs, _flags, method, _time, _date, _crc, _packed, _size, name_size, extra_size = LOCAL.unpack(raw)
    if signature != b"PK\x03\x04" or method != member.method or stream.read(name_size) != member.raw_name:
        raise damaged("its directory does not match its parts")
    return member.offset + LOCAL.size + name_size + extra_size


def unpack(stream: BinaryIO, member: Member) -> Iterator[bytes]:
    """The member's real content in pieces, stopping as soon as it is more than declared."""
    total = crc = 0
    for piece in _inflate(stream, member):
        total += len(piece)
        if total > member.size:
            raise bomb("more than it declares")
        crc = zlib.crc32(piece, crc)
        yield piece
    if total != member.size or crc != member.crc:
        raise damaged("a part does not match its check sum")


def _inflate(stream: BinaryIO, member: Member) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS) if member.method == DEFLATED else None
    left, at = member.packed, member.data_offset
    while left:
        stream.seek(at)  # each time: the caller may read elsewhere between two pieces
        raw = stream.read(min(CHUNK, left))
        if not raw:
            raise damaged("a part is cut off")
        left, at = left - len(raw), at + len(raw)
        if inflater is None:
            yield raw
            continue
        yield from _inflate_piece(inflater, raw)
    if inflater is not None and (not inflater.eof or inflater.unused_data):
        raise damaged("a part is cut off or too long")


def _inflate_piece(inflater: zlib._Decompress, raw: bytes) -> Iterator[bytes]:
    try:
        while raw:
            if piece := inflater.decompress(raw, CHUNK):
                yield piece
            raw = inflater.unconsumed_tail
    except zlib.error as error:
        raise damaged("a part cannot be unpacked") from error
