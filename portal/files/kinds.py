"""The types of file that the portal takes, which of them where, and how to speak of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FileKind:
    """A type of file: its name in a sentence, its media type and the endings that it may have."""

    label: str
    media_type: str
    extensions: tuple[str, ...]


_OOXML = "application/vnd.openxmlformats-officedocument"

PDF = FileKind("PDF", "application/pdf", ("pdf",))
DOCX = FileKind("Word document (DOCX)", f"{_OOXML}.wordprocessingml.document", ("docx",))
XLSX = FileKind("Excel workbook (XLSX)", f"{_OOXML}.spreadsheetml.sheet", ("xlsx",))
PPTX = FileKind("PowerPoint presentation (PPTX)", f"{_OOXML}.presentationml.presentation", ("pptx",))
ODT = FileKind("OpenDocument text (ODT)", "application/vnd.oasis.opendocument.text", ("odt",))
ODS = FileKind("OpenDocument spreadsheet (ODS)", "application/vnd.oasis.opendocument.spreadsheet", ("ods",))
CSV = FileKind("CSV table", "text/csv", ("csv",))
TXT = FileKind("plain text", "text/plain", ("txt",))
PNG = FileKind("PNG picture", "image/png", ("png",))
JPEG = FileKind("JPEG picture", "image/jpeg", ("jpg", "jpeg"))
# Data alone: where a room asks for them, and nowhere else.
ZIP_OF_CSV = FileKind("zip of CSV tables", "application/zip", ("zip",))
JSON = FileKind("JSON", "application/json", ("json",))
JSON_LINES = FileKind("JSON Lines", "application/jsonl", ("jsonl",))

KINDS = (PDF, DOCX, XLSX, PPTX, ODT, ODS, CSV, TXT, PNG, JPEG)
EXTENSIONS = {extension: kind for kind in KINDS for extension in kind.extensions}
MEDIA_TYPES = frozenset(kind.media_type for kind in (*KINDS, ZIP_OF_CSV, JSON, JSON_LINES))
TEXTS = frozenset({CSV, TXT, JSON, JSON_LINES})


@dataclass(frozen=True)
class Intake:
    """What one place takes: the types, in words too, and the name of the setting with the largest size in bytes."""

    kinds: tuple[FileKind, ...]
    words: str
    limit_setting: str

    @property
    def extensions(self) -> dict[str, FileKind]:
        return {extension: kind for kind in self.kinds for extension in kind.extensions}


ACCEPTED_WORDS = "PDF, DOCX, XLSX, PPTX, ODT, ODS, CSV, TXT, PNG or JPEG"
DOCUMENTS = Intake(KINDS, ACCEPTED_WORDS, "UPLOAD_LIMIT_BYTES")


def size_text(size: int) -> str:
    """A size as people say it: "20 MB", "1.5 KB", "12 bytes" (a KB is 1,024 bytes)."""
    if size < 1024:
        return "1 byte" if size == 1 else f"{size} bytes"
    unit, divisor = ("KB", 1024) if size < 1024 * 1024 else ("MB", 1024 * 1024)
    return f"{size / divisor:,.1f}".removesuffix(".0") + f" {unit}"


def too_large_text(name: str, size: int, limit: int) -> str:
    """Says the limit and the file's size; in bytes too where the rounded sizes would look alike."""
    told, allowed = size_text(size), size_text(limit)
    if told == allowed:
        told, allowed = f"{told} ({size:,} bytes)", f"{allowed} ({limit:,} bytes)"
    return f"‘{name}’ is {told}. The largest file we can take is {allowed}. Make it smaller or split it."
