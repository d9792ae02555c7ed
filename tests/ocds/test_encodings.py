"""Only UTF-8 is read; any other encoding is named, with the byte and the way to mend it."""

from __future__ import annotations

import json

import pytest

from portal.ocds.encodings import CHUNK
from portal.ocds.problems import Unreadable
from portal.ocds.reader import read_releases
from tests.ocds.makers import make_package, make_release, write

PACKAGE = make_package(make_release(name="Café £5 — naïve"))
TEXT = json.dumps(PACKAGE, ensure_ascii=False)


def fault_of(path) -> str:
    with pytest.raises(Unreadable) as refused:
        list(read_releases(str(path)))
    return str(refused.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf8_is_read_with_and_without_a_mark(tmp_path, encoding):
    (entry,) = read_releases(str(write(tmp_path / "a.json", TEXT.encode(encoding))))

    assert entry.value == PACKAGE["releases"][0]


def test_utf8_mark_before_json_lines(tmp_path):
    line = json.dumps(make_release()).encode()

    entries = list(read_releases(str(write(tmp_path / "a.json", b"\xef\xbb\xbf" + line + b"\n" + line))))

    assert [entry.problem for entry in entries] == [None, None]


@pytest.mark.parametrize(
    ("encoding", "message"),
    [
        ("utf-16", "The file is in UTF-16: it begins with FF FE at byte 0."),
        ("utf-16-le", "The file looks like UTF-16LE: byte 1 is nought."),
        ("utf-16-be", "The file looks like UTF-16BE: byte 0 is nought."),
        ("utf-32", "The file is in UTF-32: it begins with FF FE 00 00 at byte 0."),
    ],
)
def test_wide_encodings_are_named(tmp_path, encoding, message):
    fault = fault_of(write(tmp_path / "a.json", TEXT.encode(encoding)))

    assert fault.startswith(message)
    assert "iconv -f UTF-" in fault


def test_windows_1252_is_named_with_its_byte_and_line(tmp_path):
    data = '{"releases": [\n {"ocid": "costs £5"}]}'.encode("cp1252")

    fault = fault_of(write(tmp_path / "a.json", data))

    assert fault == (
        f"The file is not UTF-8: byte {data.index(0xA3)} (line 2) is 0xA3, which is '£' in Windows-1252. "
        "Save it as UTF-8, for example: iconv -f WINDOWS-1252 -t UTF-8 old.json > new.json"
    )


def test_byte_is_found_behind_a_character_split_between_chunks(tmp_path):
    head = b'{"a": "' + b"x" * (CHUNK - 8)
    data = head + "é".encode() + b"\n" + b"y" * CHUNK + b"\x81"

    fault = fault_of(write(tmp_path / "a.json", data))

    assert f"byte {len(data) - 1} (line 2) is 0x81. Save" in fault


def test_file_that_ends_inside_a_character(tmp_path):
    data = b'{"a": "' + "é".encode()[:1]

    assert f"byte {len(data) - 1} (line 1) is 0xC3" in fault_of(write(tmp_path / "a.json", data))
