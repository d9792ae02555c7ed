"""Small files of every accepted type, made by hand so that each byte is known."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from django.core.files.uploadedfile import SimpleUploadedFile

MAIN = "application/vnd.openxmlformats-officedocument.{}.main+xml"
DOCX_MAIN = MAIN.format("wordprocessingml.document")
XLSX_MAIN = MAIN.format("spreadsheetml.sheet")
PPTX_MAIN = MAIN.format("presentationml.presentation")
# The harmless test string of the anti-virus industry (EICAR, 2003), in two parts so that no scanner minds this file.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
PROGRAM = b"MZ\x90\0" + b"\0" * 56 + b"\x80\0\0\0" + b"\0" * 64 + b"PE\0\0\x64\x86" + b"\0" * 200


def make_zip(parts: dict[str, bytes], *, stored: tuple[str, ...] = ("mimetype",)) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def content_types(*types: str) -> bytes:
    overrides = "".join(f'<Override PartName="/part{i}.xml" ContentType="{name}"/>' for i, name in enumerate(types))
    return f'<?xml version="1.0" encoding="UTF-8"?><Types>{overrides}</Types>'.encode()


def ooxml_parts(main: str = DOCX_MAIN, *more_types: str, **extra: bytes) -> dict[str, bytes]:
    return {
        "[Content_Types].xml": content_types(main, *more_types),
        "word/document.xml": b'<?xml version="1.0"?><document><p>We keep 40,000 case files.</p></document>',
        **extra,
    }


def docx() -> bytes:
    return make_zip(ooxml_parts())


def xlsx() -> bytes:
    return make_zip(ooxml_parts(XLSX_MAIN))


def pptx() -> bytes:
    return make_zip(ooxml_parts(PPTX_MAIN))


def odf_parts(kind: str = "text", manifest: str = "<manifest/>", **extra: bytes) -> dict[str, bytes]:
    return {
        "mimetype": f"application/vnd.oasis.opendocument.{kind}".encode(),
        "content.xml": b"<content/>",
        "Configurations2/accelerator/current.xml": b"",
        "META-INF/manifest.xml": manifest.encode(),
        **extra,
    }


def odt() -> bytes:
    return make_zip(odf_parts())


def ods() -> bytes:
    return make_zip(odf_parts("spreadsheet"))


def pdf(body: bytes = b"1 0 obj << /Type /Catalog >> endobj\n") -> bytes:
    head = b"%PDF-1.7\n" + body
    return head + b"xref\n0 1\ntrailer << /Root 1 0 R >>\nstartxref\n" + str(len(head)).encode() + b"\n%%EOF\n"


def png_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">L", len(content)) + name + content + struct.pack(">L", zlib.crc32(name + content))


def png(*extra: bytes) -> bytes:
    header = png_chunk(b"IHDR", struct.pack(">2L5B", 1, 1, 8, 0, 0, 0, 0))
    data = png_chunk(b"IDAT", zlib.compress(b"\0\xff"))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + data + png_chunk(b"IEND", b"")


def jpeg(comment: bytes = b"") -> bytes:
    segments = b"\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    if comment:
        segments += b"\xff\xfe" + (len(comment) + 2).to_bytes(2) + comment
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x12\xff\x00\x34\xff\xd0\x56"
    return b"\xff\xd8" + segments + scan + b"\xff\xd9"


def csv() -> bytes:
    return "supplier,value\r\nLarkspur Systems Ltd,£1200.50\r\n".encode()


def txt() -> bytes:
    return "We would rather pay for each case – not for each seat.\n".encode()


SAMPLES = {
    "plan.pdf": pdf,
    "plan.docx": docx,
    "costs.xlsx": xlsx,
    "slides.pptx": pptx,
    "plan.odt": odt,
    "costs.ods": ods,
    "costs.csv": csv,
    "notes.txt": txt,
    "diagram.png": png,
    "office.jpg": jpeg,
}


def upload(content: bytes | None = None, name: str = "notes.txt", media_type: str = "") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, txt() if content is None else content, media_type)
