"""What is taken and what is refused, told by content: trust rows 15 to 17."""

from __future__ import annotations

import io

import pytest

from portal.files.inspection import Unfit, identify
from portal.files.kinds import EXTENSIONS
from portal.files.names import extension_of
from tests.files import samples


def refusal(content: bytes, name: str) -> str:
    """What is said to be wrong; fails where nothing is."""
    with pytest.raises(Unfit) as caught:
        identify(io.BytesIO(content), len(content), name)
    assert caught.value.mend
    return caught.value.what


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_identify_accepted_type(name: str) -> None:
    content = samples.SAMPLES[name]()

    kind = identify(io.BytesIO(content), len(content), name)

    assert kind == EXTENSIONS[extension_of(name)]


@pytest.mark.parametrize("right", samples.SAMPLES)
@pytest.mark.parametrize("wrong", ["x.pdf", "x.docx", "x.xlsx", "x.pptx", "x.odt", "x.ods", "x.png", "x.jpg"])
def test_identify_ending_that_the_content_belies(right: str, wrong: str) -> None:
    if EXTENSIONS[extension_of(right)] == EXTENSIONS[extension_of(wrong)]:
        return
    what = refusal(samples.SAMPLES[right](), wrong)

    assert what.startswith(f"ends in .{extension_of(wrong)}, but by its content it is a file of the type ")


def test_identify_empty() -> None:
    assert refusal(b"", "plan.pdf") == "is empty"


@pytest.mark.parametrize("name", ["setup.exe", "macro.docm", "page.html", "picture.svg", "old.doc", "plan", "plan."])
def test_identify_ending_that_we_do_not_take(name: str) -> None:
    assert refusal(samples.txt(), name) == "is not a type of file that we take"


@pytest.mark.parametrize("name", samples.SAMPLES)
@pytest.mark.parametrize(
    "content",
    [samples.PROGRAM, b"\x7fELF\x02\x01\x01" + b"\0" * 60, b"#!/bin/sh\nrm -rf ~\n", b"\xca\xfe\xba\xbe\0\0\0\x34"],
)
def test_identify_renamed_program(name: str, content: bytes) -> None:
    assert refusal(content, name) == "is a program"


@pytest.mark.parametrize("name", ["plan.docx", "costs.xlsx", "notes.txt"])
def test_identify_encrypted_office_file(name: str) -> None:
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600

    assert refusal(content, name) == "is protected by a password, or was saved by Office 2003 or older"


@pytest.mark.parametrize("start", [b"Rar!\x1a\x07\x01\0", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08\0", b"PK\x05\x06"])
def test_identify_other_archive(start: bytes) -> None:
    assert refusal(start + b"\0" * 40, "plan.docx") == "is an archive"


@pytest.mark.parametrize("name", [name for name in samples.SAMPLES if not name.endswith(("csv", "txt"))])
def test_identify_program_behind(name: str) -> None:
    assert refusal(samples.SAMPLES[name]() + samples.PROGRAM, name) == "has a program inside it"


@pytest.mark.parametrize("name", [name for name in samples.SAMPLES if not name.endswith(("csv", "txt"))])
def test_identify_zip_behind(name: str) -> None:
    """A GIFAR: a picture or document that is an archive (a Java program) as well."""
    what = refusal(samples.SAMPLES[name]() + samples.make_zip({"Main.class": b"code"}), name)

    assert what.startswith(("is cut off", "has something after", "is damaged"))


@pytest.mark.parametrize("name", [name for name in samples.SAMPLES if not name.endswith(("csv", "txt"))])
def test_identify_web_page_behind(name: str) -> None:
    what = refusal(samples.SAMPLES[name]() + b" " * 1024 + b"<html><script>alert(1)</script></html>", name)

    assert what.startswith(("is cut off", "has something after", "is damaged"))


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_identify_web_page_in_front(name: str) -> None:
    content = b"<!DOCTYPE html><script>alert(1)</script>" + samples.SAMPLES[name]()

    assert refusal(content, name).startswith(("is neither plain text", "is a web page"))


@pytest.mark.parametrize(
    "content",
    [
        samples.png(samples.png_chunk(b"tEXt", b"Comment\0<script>alert(1)</script>")),
        samples.jpeg(comment=b"<?php system($_GET[0]) ?>"),
    ],
)
def test_identify_script_inside_picture(content: bytes) -> None:
    name = "x.png" if content.startswith(b"\x89") else "x.jpg"

    assert refusal(content, name) == "has a web page or script inside it"


def test_identify_zip_inside_picture() -> None:
    """The archive ends inside a chunk, and its comment swallows the rest of the picture."""
    hidden = samples.make_zip({"a": b"b"})
    rest = len(samples.png_chunk(b"", b"")) + len(samples.png()) - 8 - 25
    comment_length = rest.to_bytes(2, "little")
    content = samples.png(samples.png_chunk(b"tEXt", hidden[:-2] + comment_length))

    assert refusal(content, "x.png") == "is two types of file at once"


@pytest.mark.parametrize("content", [samples.png()[:-6], samples.jpeg()[:-2], samples.pdf()[:-8], samples.docx()[:-30]])
def test_identify_cut_off(content: bytes) -> None:
    name = {b"\x89P": "x.png", b"\xff\xd8": "x.jpg", b"%P": "x.pdf", b"PK": "x.docx"}[content[:2]]

    assert refusal(content, name).startswith(("is cut off", "is damaged"))


def test_identify_several_jpegs_of_a_phone() -> None:
    content = samples.jpeg() + samples.jpeg()

    assert identify(io.BytesIO(content), len(content), "x.jpeg").label == "JPEG picture"


def test_identify_pdf_that_launches() -> None:
    content = samples.pdf(b"1 0 obj << /S /Launch /F (cmd.exe) >> endobj\n")

    assert refusal(content, "plan.pdf") == "starts another program when it is opened"


def test_identify_pdf_with_web_page_in_its_first_bytes() -> None:
    assert refusal(samples.pdf(b"% <script>alert(1)</script>\n"), "plan.pdf") == "begins like a PDF but is not one"


@pytest.mark.parametrize(
    "content", ["ä,ö".encode("cp1252"), "ä,ö".encode("utf-16"), "\ufeffä,ö".encode(), b"a,b\tc\r\n\x0c"]
)
def test_identify_text_encodings(content: bytes) -> None:
    assert identify(io.BytesIO(content), len(content), "x.csv").label == "CSV table"


@pytest.mark.parametrize("content", [b"a,b\0c", b"a\x1b[2J", bytes(range(128, 160)), "a\0".encode("utf-16")])
def test_identify_text_that_is_not(content: bytes) -> None:
    assert refusal(content, "x.csv").startswith("is neither plain text")


@pytest.mark.parametrize("content", [b"<?xml version='1.0'?><a/>", b" \n<svg onload=x>", b"{\\rtf1}", b"%!PS-Adobe"])
def test_identify_text_of_another_program(content: bytes) -> None:
    assert refusal(content, "x.txt") == "is a web page, a script or another program's file, not plain text"
