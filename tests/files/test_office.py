"""Office documents that hold more than a document: trust rows 15 to 17."""

from __future__ import annotations

import io
import struct
import time
import zipfile
import zlib

import pytest

from portal.files.inspection import archive, identify
from tests.files import samples
from tests.files.test_inspection import refusal

ENTITY_BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;">]>'
    b"<lolz>&lol2;</lolz>"
)
OUTSIDE_ENTITY = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
OUTSIDE_TYPE = b'<!DOCTYPE a SYSTEM "https://attacker.example/a.dtd"><a/>'


@pytest.mark.parametrize("xml", [ENTITY_BOMB, OUTSIDE_ENTITY, OUTSIDE_TYPE, ENTITY_BOMB.decode().encode("utf-16")])
@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels", "customXml/odd.dat"])
def test_office_entities(xml: bytes, part: str) -> None:
    content = samples.make_zip(samples.ooxml_parts(samples.XLSX_MAIN, **{part: xml}))

    assert refusal(content, "x.xlsx") == "has XML inside it that declares a document type or entities"


def test_office_entities_in_the_list_of_parts() -> None:
    parts = samples.ooxml_parts()
    parts["[Content_Types].xml"] = ENTITY_BOMB

    assert refusal(samples.make_zip(parts), "x.docx").startswith("has XML inside it that declares")


def test_office_endless_prolog() -> None:
    """Expat before 2.6 would read one endless comment in quadratic time."""
    content = samples.make_zip(samples.ooxml_parts(**{"word/a.xml": b"<!--" + b"x" * 5_000_000}))

    assert refusal(content, "x.docx") == "has XML inside it that does not begin within 64 KB"


@pytest.mark.parametrize(
    "parts",
    [
        samples.ooxml_parts(samples.XLSX_MAIN, **{"xl/vbaProject.bin": b"macro"}),
        samples.ooxml_parts(samples.XLSX_MAIN, "application/vnd.ms-office.vbaProject"),
        samples.ooxml_parts("application/vnd.ms-excel.sheet.macroEnabled.main+xml"),
        samples.ooxml_parts(samples.XLSX_MAIN, "application/vnd.ms-excel.macrosheet+xml"),
        samples.ooxml_parts(samples.XLSX_MAIN, **{"xl/activeX/activeX1.bin": b"control"}),
    ],
)
def test_office_macros(parts: dict[str, bytes]) -> None:
    assert refusal(samples.make_zip(parts), "x.xlsx") == "contains macros"


@pytest.mark.parametrize("part", ["Basic/Standard/Module1.xml", "Scripts/python/run.py"])
def test_opendocument_macros(part: str) -> None:
    content = samples.make_zip(samples.odf_parts("spreadsheet", **{part: b"<a/>"}))

    assert refusal(content, "x.ods") == "contains macros"


def test_opendocument_password() -> None:
    manifest = '<m:manifest><m:encryption-data m:checksum-type="SHA256/1K"/></m:manifest>'

    content = samples.make_zip(samples.odf_parts(manifest=manifest))

    assert refusal(content, "x.odt") == "is protected by a password"


@pytest.mark.parametrize("kind", ["text-template", "presentation", "graphics"])
def test_opendocument_of_another_type(kind: str) -> None:
    assert "office file of another type" in refusal(samples.make_zip(samples.odf_parts(kind)), "x.odt")


@pytest.mark.parametrize(
    "main", ["application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml", "text/xml"]
)
def test_office_of_another_type(main: str) -> None:
    assert "office file of another type" in refusal(samples.make_zip(samples.ooxml_parts(main)), "x.docx")


def test_zip_of_documents() -> None:
    assert "is a ZIP archive" in refusal(samples.make_zip({"plan.docx": samples.docx()}), "x.docx")


@pytest.mark.parametrize("hidden", [samples.PROGRAM, b"text " + samples.PROGRAM, b"\x7fELF\x02\x01\x01" + b"\0" * 9])
def test_office_program_inside(hidden: bytes) -> None:
    content = samples.make_zip(samples.ooxml_parts(**{"word/media/image1.png": hidden}))

    assert refusal(content, "x.docx") == "has a program inside it"


@pytest.mark.parametrize(
    ("part", "hidden"),
    [
        ("word/media/image1.png", samples.docx()),
        ("word/embeddings/oleObject1.bin", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "\x01Ole10Native".encode("utf-16-le")),
        ("word/embeddings/book.xlsm", samples.xlsx()),
        ("word/attached.pdf", samples.pdf()),
        ("word/a.gz", b"\x1f\x8b\x08\0"),
    ],
)
def test_office_attachment(part: str, hidden: bytes) -> None:
    content = samples.make_zip(samples.ooxml_parts(**{part: hidden}))

    assert refusal(content, "x.docx") == "has another file inside it"


def test_office_workbook_behind_a_chart() -> None:
    parts = samples.ooxml_parts(samples.PPTX_MAIN, **{"ppt/embeddings/Sheet1.xlsx": samples.xlsx()})
    content = samples.make_zip(parts)

    assert identify(io.BytesIO(content), len(content), "x.pptx").extensions == ("pptx",)


def test_office_macros_in_the_workbook_behind_a_chart() -> None:
    book = samples.make_zip(samples.ooxml_parts(samples.XLSX_MAIN, **{"xl/vbaProject.bin": b"macro"}))
    content = samples.make_zip(samples.ooxml_parts(samples.PPTX_MAIN, **{"ppt/embeddings/Sheet1.xlsx": book}))

    assert refusal(content, "x.pptx") == "contains macros"


def test_office_nested_twice() -> None:
    inner = samples.make_zip(samples.ooxml_parts(samples.XLSX_MAIN, **{"xl/embeddings/a.xlsx": samples.xlsx()}))
    content = samples.make_zip(samples.ooxml_parts(samples.PPTX_MAIN, **{"ppt/embeddings/b.xlsx": inner}))

    assert refusal(content, "x.pptx") == "has another file inside it"


def test_office_that_is_a_pdf_as_well() -> None:
    parts = {"mimetype": b"%PDF-1.7 1 0 obj", **samples.ooxml_parts()}

    assert "two types of file at once" in refusal(samples.make_zip(parts), "x.docx")


# --- Bombs -------------------------------------------------------------------------------------


def timed_refusal(content: bytes, name: str) -> tuple[str, float]:
    started = time.perf_counter()
    what = refusal(content, name)
    return what, time.perf_counter() - started


def lie_about_size(content: bytes, declared: int) -> bytes:
    """Set the declared size of the last member, in its local header and in the directory."""
    entry = content.rindex(b"PK\x01\x02")
    (offset,) = struct.unpack_from("<L", content, entry + 42)
    changed = bytearray(content)
    struct.pack_into("<L", changed, entry + 24, declared)
    struct.pack_into("<L", changed, offset + 22, declared)
    return bytes(changed)


def test_bomb_by_declared_size() -> None:
    """About 200 KB that unpack to 200 MB."""
    content = samples.make_zip(samples.ooxml_parts(samples.XLSX_MAIN, **{"xl/a.xml": b"<a>" + b" " * 200 * 1024**2}))

    what, seconds = timed_refusal(content, "x.xlsx")

    assert what.startswith("unpacks to far more than it should (to ")
    assert seconds < 1


def test_bomb_by_real_size() -> None:
    """The same bomb, which declares 1,000 bytes."""
    bomb = samples.make_zip(samples.ooxml_parts(samples.XLSX_MAIN, **{"xl/a.xml": b"<a>" + b" " * 200 * 1024**2}))

    what, seconds = timed_refusal(lie_about_size(bomb, 1000), "x.xlsx")

    assert what == "unpacks to far more than it should (more than it declares)"
    assert seconds < 1


def test_bomb_by_member_count() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as bomb:
        for number in range(archive.MAX_MEMBERS + 1):
            bomb.writestr(f"{number}", b"")

    what, seconds = timed_refusal(out.getvalue(), "x.xlsx")

    assert what == "unpacks to far more than it should (more than 5,000 parts)"
    assert seconds < 1


def test_bomb_by_total(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED", 1000)
    content = samples.make_zip(samples.ooxml_parts(**{f"word/{n}.xml": b"<a>" + b"x" * 400 + b"</a>" for n in "abc"}))

    assert refusal(content, "x.docx").startswith("unpacks to far more than it should")


def test_bomb_by_overlap() -> None:
    """Two directory entries that share one packed part (the way of the 2019 "better zip bomb")."""
    content = samples.make_zip(samples.ooxml_parts())
    start = content.index(b"PK\x01\x02")
    entries, end = content[start:-22], bytearray(content[-22:])
    doubled = entries + entries.replace(b"word/document.xml", b"word/documenu.xml")[entries.rindex(b"PK\x01\x02") :]
    struct.pack_into("<2HL", end, 8, 3, 3, len(doubled))

    assert refusal(content[:start] + doubled + bytes(end), "x.docx").startswith("is damaged or has been tampered with")


def test_row_of_real_figures_passes() -> None:
    """A large honest workbook is no bomb: 24 MB of varied cells packed about 4 to 1."""
    rows = b"".join(b"<c><v>%d</v></c>" % (zlib.crc32(b"%d" % n)) for n in range(1_100_000))
    content = samples.make_zip(samples.ooxml_parts(samples.XLSX_MAIN, **{"xl/sheet1.xml": b"<a>" + rows + b"</a>"}))

    assert identify(io.BytesIO(content), len(content), "x.xlsx").extensions == ("xlsx",)


# --- Odd archives ------------------------------------------------------------------------------


def test_zip_with_something_in_front() -> None:
    content = b"PK\x03\x04 front" + samples.docx()

    assert "something before its beginning" in refusal(content, "x.docx")


def test_zip_with_comment() -> None:
    out = io.BytesIO(samples.docx())
    with zipfile.ZipFile(out, "a") as changed:
        changed.comment = b"<html>"

    assert refusal(out.getvalue(), "x.docx").startswith("is damaged")


def test_zip_with_password() -> None:
    content = bytearray(samples.docx())
    content[content.index(b"PK\x01\x02") + 8] |= 1

    assert refusal(bytes(content), "x.docx") == "is protected by a password"


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/x", "word\\..\\x", "C:x"])
def test_zip_with_path_that_leads_out(name: str) -> None:
    content = samples.make_zip({**samples.ooxml_parts(), name: b"x"})

    assert "forbidden name" in refusal(content, "x.docx")


def test_zip_with_names_that_differ_by_case() -> None:
    content = samples.make_zip({**samples.ooxml_parts(), "WORD/document.xml": b"<a/>"})

    assert "same name" in refusal(content, "x.docx")


def test_zip_whose_headers_disagree() -> None:
    content = samples.docx()
    at = content.index(b"word/document.xml")

    assert "does not match its parts" in refusal(content[:at] + b"W" + content[at + 1 :], "x.docx")


def test_zip_with_wrong_check_sum() -> None:
    content = bytearray(samples.docx())
    content[content.rindex(b"PK\x01\x02") + 16] ^= 0xFF

    assert "check sum" in refusal(bytes(content), "x.docx")
