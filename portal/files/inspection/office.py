"""Office documents: a plain ZIP of XML parts, with no macros, programs, passwords or odd attachments."""

from __future__ import annotations

import re
import tempfile
from typing import BinaryIO

from portal.files import kinds
from portal.files.inspection.archive import Member, damaged, read_members, unpack
from portal.files.inspection.prolog import XmlWatch
from portal.files.inspection.threats import ThreatSearch
from portal.files.inspection.unfit import ACCEPTED, Unfit

CONTENT_TYPES = "[Content_Types].xml"
MANIFEST = "META-INF/manifest.xml"
MAX_INDEX_SIZE = 1024 * 1024  # bytes, of the part that lists the others

_MAIN = "application/vnd.openxmlformats-officedocument.{}.main+xml"
OOXML_KINDS = {
    _MAIN.format("wordprocessingml.document"): kinds.DOCX,
    _MAIN.format("spreadsheetml.sheet"): kinds.XLSX,
    _MAIN.format("presentationml.presentation"): kinds.PPTX,
}
ODF_KINDS = {kind.media_type.encode(): kind for kind in (kinds.ODT, kinds.ODS)}

XML_NAME = re.compile(r"\.(?:xml|rels|vml|svg|rdf)$", re.IGNORECASE)
XML_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*<|\xff\xfe<\0|\xfe\xff\0<")
MACRO_TYPE = re.compile(r"macroenabled|vbaproject|macrosheet|activex", re.IGNORECASE)
MACRO_PART = re.compile(r"(?:^|/)(?:vbaproject\.bin|vbadata\.xml|activex/.+|macrosheets/.+)$", re.IGNORECASE)
ODF_MACRO_PART = re.compile(r"^(?:basic|scripts)/.+", re.IGNORECASE)
EMBEDDED_OFFICE = re.compile(r"^(?:word|xl|ppt)/embeddings/[^/]+\.(?:docx|xlsx|pptx)$", re.IGNORECASE)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# An OLE object that wraps any file at all, and one that holds macros.
OLE_DANGERS = tuple(name.encode("utf-16-le") for name in ("\x01Ole10Native", "_VBA_PROJECT", "Macros"))
ARCHIVE_STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08")

MACROS = ("contains macros", "Save it as a document or workbook without macros and choose that")
ATTACHED = ("has another file inside it", "Take the attached file out, save the document and choose it again")
NOT_TAKEN = (
    "is a ZIP archive or an office file of another type",
    f"Choose the documents one by one, each as {ACCEPTED}",
)


def check_office(stream: BinaryIO, length: int, *, nested: bool = False) -> kinds.FileKind:
    """Which office type it is. Raises `Unfit` for anything but that; reads every byte of every part."""
    stream.seek(0)
    if b"%PDF-" in stream.read(1024):
        raise damaged("it is two types of file at once")
    members = read_members(stream, length)
    by_name = {member.name: member for member in members}
    if CONTENT_TYPES in by_name:
        kind = _ooxml_kind(stream, by_name)
    elif members and members[0].name == "mimetype":
        kind = _odf_kind(stream, members[0], by_name)
    else:
        raise Unfit(*NOT_TAKEN)
    for member in members:
        _check_member(stream, member, nested=nested)
    return kind


def _read_small(stream: BinaryIO, member: Member) -> bytes:
    if member.size > MAX_INDEX_SIZE:
        raise damaged("its list of parts is too long")
    return b"".join(unpack(stream, member))


def _attributes(content: bytes, *names: str) -> list[str]:
    """The values of the attributes with these local names, whatever element they stand on."""
    found: list[str] = []

    def note(_element: str, attributes: dict[str, str]) -> None:
        found.extend(value for name, value in attributes.items() if name.rpartition(":")[2] in names)

    watch = XmlWatch(on_element=note)
    watch.feed(content)
    watch.close()
    return found


def _ooxml_kind(stream: BinaryIO, by_name: dict[str, Member]) -> kinds.FileKind:
    types = _attributes(_read_small(stream, by_name[CONTENT_TYPES]), "ContentType")
    if any(MACRO_TYPE.search(name) for name in types) or any(MACRO_PART.search(name) for name in by_name):
        raise Unfit(*MACROS)
    found = [OOXML_KINDS[name] for name in types if name in OOXML_KINDS]
    if len(found) != 1:
        raise Unfit(*NOT_TAKEN)
    return found[0]


def _odf_kind(stream: BinaryIO, first: Member, by_name: dict[str, Member]) -> kinds.FileKind:
    """ODF 1.3 part 2, section 3.3: the first part is `mimetype`, stored and not packed."""
    kind = ODF_KINDS.get(_read_small(stream, first))
    if kind is None or first.method != 0 or MANIFEST not in by_name:
        raise Unfit(*NOT_TAKEN)
    manifest = _read_small(stream, by_name[MANIFEST])
    if _attributes(manifest, "checksum-type", "algorithm-name"):
        raise Unfit("is protected by a password", "Save it without a password and choose it again")
    if any(ODF_MACRO_PART.search(name) for name in by_name):
        raise Unfit(*MACROS)
    return kind


def _check_member(stream: BinaryIO, member: Member, *, nested: bool) -> None:
    """Unpack the part once, and look at all of it as it passes."""
    search = ThreatSearch()
    watch: XmlWatch | None = None
    head = tail = b""
    for piece in unpack(stream, member):
        search.feed(piece)
        if not head:
            head = piece[:64]
            watch = XmlWatch() if XML_NAME.search(member.name) or XML_START.match(head) else None
            _check_head(stream, member, head, nested=nested)
        if watch:
            watch.feed(piece)
        elif head.startswith(OLE):
            tail = _check_ole(tail, piece)
    if watch:
        watch.close()


def _check_head(stream: BinaryIO, member: Member, head: bytes, *, nested: bool) -> None:
    """Refuse a part that is a program, or an archive other than the workbook behind a chart."""
    if head.startswith((b"MZ", b"#!")):
        raise Unfit("has a program inside it", ATTACHED[1])
    if head.startswith(b"%PDF-"):
        raise Unfit(*ATTACHED)
    if not head.startswith(ARCHIVE_STARTS):
        return
    if nested or not EMBEDDED_OFFICE.match(member.name):
        raise Unfit(*ATTACHED)
    with tempfile.TemporaryFile() as copy:
        for piece in unpack(stream, member):
            copy.write(piece)
        check_office(copy, member.size, nested=True)


def _check_ole(tail: bytes, piece: bytes) -> bytes:
    window = tail + piece
    if any(danger in window for danger in OLE_DANGERS):
        raise Unfit(*ATTACHED)
    return window[-64:]
