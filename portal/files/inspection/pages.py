"""PDF: begins with its header, ends with its end mark, and starts no other program."""

from __future__ import annotations

import re
from typing import BinaryIO

from portal.files import kinds
from portal.files.inspection.threats import chunks_of
from portal.files.inspection.unfit import Unfit

HEADER = re.compile(rb"%PDF-[12]\.\d")
END = re.compile(rb"startxref\s+\d+\s+%%EOF[\s\0]*\Z")
TAIL = 2048  # bytes
LAUNCH = re.compile(rb"/Launch[\s/<>\[\]()]")
MARKUP = re.compile(rb"<\s*(?:!doctype|html|script|\?php)", re.IGNORECASE)
REPRINT = "Print it to a PDF or save it as a PDF again, and choose that"


def check_pdf(stream: BinaryIO, length: int) -> kinds.FileKind:
    """Raise `Unfit` for a PDF that is also something else, is cut off or starts programs (ISO 32000-1, 7.5)."""
    stream.seek(0)
    head = stream.read(1024)
    if not HEADER.match(head) or MARKUP.search(head):
        raise Unfit("begins like a PDF but is not one", REPRINT)
    stream.seek(max(0, length - TAIL))
    if not END.search(stream.read()):
        raise Unfit("is cut off, or has something after its end", REPRINT)
    tail = b""
    for piece in chunks_of(stream):
        if LAUNCH.search(tail + piece):
            raise Unfit("starts another program when it is opened", REPRINT)
        tail = piece[-16:]
    return kinds.PDF
