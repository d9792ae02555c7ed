"""What a file is, told from its content and structure alone: never from its name or the browser's word.

Each type is held to its own structure from the first byte to the last. A polyglot lives in the slack
that readers forgive (bytes in front, behind or between), so none is forgiven here.
"""

from __future__ import annotations

import zipfile
from typing import BinaryIO

from portal.files import kinds
from portal.files.inspection.office import check_office
from portal.files.inspection.pages import check_pdf
from portal.files.inspection.pictures import JPEG_START, PNG_START, check_jpeg, check_png
from portal.files.inspection.texts import check_text
from portal.files.inspection.threats import search_whole
from portal.files.inspection.unfit import ACCEPTED, Unfit
from portal.files.inspection.zipped_tables import check_zip_of_csv, holds_an_office_file
from portal.files.kinds import DOCUMENTS, FileKind, Intake
from portal.files.names import extension_of

PROGRAM_STARTS = (b"MZ", b"\x7fELF", b"#!", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"\0asm")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP_START = b"PK\x03\x04"
ZIP_STARTS = (ZIP_START, b"PK\x05\x06", b"PK\x07\x08", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
BY_START = ((b"%PDF-", check_pdf), (PNG_START, check_png), (JPEG_START, check_jpeg), (ZIP_START, check_office))

__all__ = ["Unfit", "identify"]


def identify(stream: BinaryIO, length: int, name: str, intake: Intake = DOCUMENTS) -> FileKind:
    """The type of the file, where it is one that is taken here and the name's ending agrees.

    Raises `Unfit` otherwise. Reads in pieces: memory does not grow with the file.
    """
    try:
        return _identify(stream, length, name, intake)
    except Unfit as unfit:
        raise Unfit(unfit.what, unfit.mend.replace(ACCEPTED, intake.words)) from unfit


def _identify(stream: BinaryIO, length: int, name: str, intake: Intake) -> FileKind:
    if length == 0:
        raise Unfit("is empty", "Check that you chose the right file")
    named = intake.extensions.get(extension_of(name))
    if named is None:
        raise Unfit("is not a type of file that we take", f"Save it as {ACCEPTED} and choose that")
    found = _by_content(stream, length, named) or (named if named in kinds.TEXTS else kinds.TXT)
    if found != named:
        raise Unfit(
            f"ends in .{extension_of(name)}, but by its content it is a file of the type {found.label}",
            f"Rename it to end in .{found.extensions[0]}, or save it again as {named.label}",
        )
    return found


def _by_content(stream: BinaryIO, length: int, named: FileKind) -> FileKind | None:
    """The type by content; None for text, whose ending alone tells a table from prose."""
    stream.seek(0)
    head = stream.read(16)
    _refuse_known(head)
    search_whole(stream)
    if named == kinds.ZIP_OF_CSV and head.startswith(ZIP_START) and not holds_an_office_file(stream, length):
        return check_zip_of_csv(stream, length)
    for start, check in BY_START:
        if head.startswith(start):
            kind = check(stream, length)
            _refuse_hidden_zip(stream, start)
            return kind
    check_text(stream)
    return None


def _refuse_known(head: bytes) -> None:
    if head.startswith(PROGRAM_STARTS):
        raise Unfit("is a program", "We take documents, tables and pictures only")
    if head.startswith(OLE):
        raise Unfit(
            "is protected by a password, or was saved by Office 2003 or older",
            "Save it without a password as DOCX, XLSX or PPTX and choose that",
        )
    if head.startswith(ZIP_STARTS) and not head.startswith(ZIP_START):
        raise Unfit("is an archive", "Choose the documents inside it one by one")


def _refuse_hidden_zip(stream: BinaryIO, start: bytes) -> None:
    if start != ZIP_START and zipfile.is_zipfile(stream):
        raise Unfit("is two types of file at once", "Open it where it was made, save it again, and choose that")
