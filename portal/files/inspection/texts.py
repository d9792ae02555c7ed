"""CSV and plain text: readable characters from beginning to end."""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

from portal.files.inspection.threats import chunks_of
from portal.files.inspection.unfit import ACCEPTED, Unfit

BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
MARKUP_START = re.compile(r"\s*(?:<[!?%/a-z]|%!PS|\{\\rtf|#!)", re.IGNORECASE)
NOT_TAKEN = (
    "is neither plain text in UTF-8 nor another type of file that we take",
    f"Save it as {ACCEPTED} and choose that",
)


def check_text(stream: BinaryIO) -> None:
    """Raise `Unfit` unless it is text in UTF-8, UTF-16 with its mark, or Windows-1252 (what Excel writes)."""
    stream.seek(0)
    head = stream.read(4)
    marked = next((encoding for bom, encoding in BOMS if head.startswith(bom)), None)
    for encoding in [marked] if marked else ["utf-8", "cp1252"]:
        try:
            return _check_characters(stream, encoding)
        except UnicodeDecodeError:
            continue
    raise Unfit(*NOT_TAKEN)


def _check_characters(stream: BinaryIO, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    for index, piece in enumerate(chunks_of(stream)):
        text = decoder.decode(piece)
        if CONTROL.search(text):
            raise Unfit(*NOT_TAKEN)
        if index == 0 and MARKUP_START.match(text):
            raise Unfit("is a web page, a script or another program's file, not plain text", NOT_TAKEN[1])
    decoder.decode(b"", True)
