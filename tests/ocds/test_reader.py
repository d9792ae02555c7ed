"""Every shape of file is read, in order; what cannot be read says where and how to mend it."""

from __future__ import annotations

import gzip
import io
import json
import sys
from decimal import Decimal
from types import SimpleNamespace

import pytest

from portal.ocds.documents import LARGEST_RELEASE
from portal.ocds.problems import Unreadable
from portal.ocds.reader import read_releases, size_of
from tests.ocds.makers import make_package, make_release, write

A, B, C = make_release(1), make_release(2), make_release(3)
RECORD = {"ocid": A["ocid"], "compiledRelease": A, "releases": [{"url": "https://notices.example/1"}]}


def ocids(path) -> list[str]:
    return [entry.value["ocid"] for entry in read_releases(str(path))]


def all_ocids(*releases) -> list[str]:
    return [release["ocid"] for release in releases]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (make_package(A, B, C), (A, B, C)),
        ({"releases": [A, B], "uri": "after the list"}, (A, B)),
        ({"extensions": [{"deep": [[]]}], "releases": [A]}, (A,)),
        (make_package(), ()),
        (A, (A,)),
        ([A, B], (A, B)),
        ({"records": [RECORD, {"ocid": B["ocid"], "compiledRelease": B}]}, (A, B)),
        (RECORD, (A,)),
        ({"records": [{"ocid": A["ocid"], "releases": [A, C]}]}, (A, C)),
        ([make_package(A), make_package(B, C)], (A, B, C)),
    ],
    ids=[
        "package", "list first", "list last", "empty package", "single release", "list", "record package", "record",
        "record without compiled release", "list of packages",
    ],
)  # fmt: skip
@pytest.mark.parametrize("indent", [None, 2])
def test_read_each_shape(tmp_path, content, expected, indent):
    path = write(tmp_path / "a.json", json.dumps(content, indent=indent))

    assert ocids(path) == all_ocids(*expected)


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a"])
def test_read_json_lines_whatever_the_name(tmp_path, name):
    lines = "\r\n".join(json.dumps(value) for value in (A, make_package(B, C)))

    assert ocids(write(tmp_path / name, lines + "\n\n")) == all_ocids(A, B, C)


def test_read_single_json_line(tmp_path):
    assert ocids(write(tmp_path / "a.jsonl", json.dumps(A))) == all_ocids(A)


def test_read_one_release_a_line_in_a_package(tmp_path):
    """A package whose head and releases have a line each is no JSON Lines."""
    text = '{"releases": [\n' + json.dumps(A) + ",\n" + json.dumps(B) + "\n]}\n"

    assert ocids(write(tmp_path / "a.json", text)) == all_ocids(A, B)
    assert ocids(write(tmp_path / "b.json", '{"releases": [\n' + json.dumps(A) + "\n]}")) == all_ocids(A)


def test_read_values_one_after_another(tmp_path):
    text = json.dumps(A, indent=1) + "\n" + json.dumps(B, indent=1)

    assert ocids(write(tmp_path / "a.json", text)) == all_ocids(A, B)


def test_read_json_lines_passes_over_a_broken_line(tmp_path):
    path = write(tmp_path / "a.jsonl", f'{json.dumps(A)}\n{{"ocid": "ocds-x-1", oops}}\n{json.dumps(B)}\n')

    entries = list(read_releases(str(path)))

    assert [entry.number for entry in entries] == [1, 2, 3]
    assert entries[1].value == {"ocid": "ocds-x-1"}
    place = len(json.dumps(A)) + 1 + len('{"ocid": "ocds-x-1", ')
    assert entries[1].problem.detail.startswith(f"byte {place} (line 2): Expecting property name")
    assert entries[2].value == B


def test_read_json_lines_whose_first_line_is_broken(tmp_path):
    path = write(tmp_path / "a", f'{{"ocid": oops}}\n{json.dumps(B)}\n')

    assert [entry.problem is None for entry in read_releases(str(path))] == [False, True]


def test_read_gzip(tmp_path):
    path = write(tmp_path / "a.json.gz", gzip.compress(json.dumps(make_package(A, B)).encode()))

    assert ocids(path) == all_ocids(A, B)


def test_read_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(json.dumps(make_package(A)).encode())))

    assert ocids("-") == all_ocids(A)


def test_read_keeps_sums_exact(tmp_path):
    path = write(tmp_path / "a.json", '{"releases": [{"ocid": "x", "amount": 999999999999.99}]}')

    assert next(read_releases(str(path))).value["amount"] == Decimal("999999999999.99")


def test_read_a_broken_release_beside_sound_ones(tmp_path):
    broken = '{"ocid": "ocds-x-1", "id": "n-1",\n "tag": [,]}'
    path = write(tmp_path / "a.json", f'{{"releases": [{json.dumps(A)}, {broken}, {json.dumps(B)}]}}')

    first, second, third = read_releases(str(path))

    assert (first.value, third.value) == (A, B)
    assert second.value == {"ocid": "ocds-x-1", "id": "n-1"}
    assert "(line 2): Expecting value" in second.problem.detail


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        ("1" * 5000, "Exceeds the limit"),
        ("1e99999999999999999999", "too large or too small"),
        ("NaN", "NaN is not JSON"),
        ("[" * 50_000 + "]" * 50_000, "nested too deep"),
    ],
    ids=["5,000 digits", "huge exponent", "NaN", "deep"],
)
@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_read_a_value_that_cannot_be_held_costs_its_release_alone(tmp_path, name, value, detail):
    odd = f'{{"ocid": "ocds-x-1", "value": {value}}}'
    text = f'{{"releases": [{odd},{json.dumps(A)}]}}' if name == "a.json" else f"{odd}\n{json.dumps(A)}\n"

    first, second = read_releases(str(write(tmp_path / name, text)))

    assert detail in first.problem.detail
    assert second.value == A


GOOD = json.dumps(A)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "The file is empty."),
        ("  \n", "Broken JSON at byte 3 (line 2): it begins with neither { nor [."),
        ("<html></html>", "Broken JSON at byte 0 (line 1): it begins with neither { nor [."),
        ("42", "it begins with neither { nor [."),
        ("{}", "neither releases nor records nor an ocid"),
        ('{"a": 1, "b": "c"}', "neither releases nor records nor an ocid"),
        ('{"releases": {"ocid": "x"}}', '"releases" at byte 13 (line 1) is not a list.'),
        ('{"uri": "x" "releases": []}', "Broken JSON at byte 12 (line 1): a comma is missing."),
        ('{"uri" "x"}', 'Broken JSON at byte 7 (line 1): a colon is missing after "uri".'),
        ('{uri: "x"}', "Broken JSON at byte 1 (line 1): a key in quotation marks is missing."),
        ('{"uri": , "releases": []}', "Broken JSON at byte 8 (line 1): a value is missing."),
        (b"PK\x03\x04abc", "ZIP archive"),
        (b"\x1f\x8b\x08\x00junkjunkjunk", "The gzip file is damaged"),
    ],
)
def test_read_refuses_what_holds_no_releases(tmp_path, content, message):
    path = write(tmp_path / "a.json", content)

    with pytest.raises(Unreadable) as refused:
        list(read_releases(str(path)))

    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("tail", "message"),
    [
        ("", "the file ends at byte"),
        (", " + GOOD[:-40], "inside what begins at byte"),
        (f" {GOOD}]}}", "a comma is missing between two releases"),
        ("]} more", "the document has ended, and more follows"),
        ("], 5}", "a key in quotation marks is missing"),
    ],
    ids=["no end", "cut short", "no comma", "more follows", "broken after the list"],
)
def test_read_gives_what_stands_before_a_fault(tmp_path, tail, message):
    path = write(tmp_path / "a.json", f'{{"releases": [{GOOD}{tail}')
    read = []

    with pytest.raises(Unreadable) as refused:
        read.extend(entry.value for entry in read_releases(str(path)))

    assert read == [A]
    assert message in str(refused.value)


def test_read_refuses_a_release_without_end(tmp_path):
    path = write(tmp_path / "a.json", '{"releases": [{"ocid": "' + "x" * (LARGEST_RELEASE + 2**20) + '"}]}')

    with pytest.raises(Unreadable, match="longer than 10 MB"):
        list(read_releases(str(path)))


def test_read_passes_over_a_line_without_end(tmp_path):
    path = write(tmp_path / "a.jsonl", '{"ocid": "' + "x" * (LARGEST_RELEASE + 2**20) + '"}\n' + GOOD)

    first, second = read_releases(str(path))

    assert first.problem.reason == "Broken JSON"
    assert second.value == A


def test_read_refuses_missing_file_and_folder(tmp_path):
    with pytest.raises(Unreadable, match="cannot be opened: No such file"):
        list(read_releases(str(tmp_path / "none.json")))
    with pytest.raises(Unreadable, match="cannot be opened: Is a directory"):
        list(read_releases(str(tmp_path)))


@pytest.mark.parametrize("pack", [lambda data: data, gzip.compress], ids=["plain", "gzip"])
def test_progress_counts_every_stored_byte_once(tmp_path, pack):
    path = write(tmp_path / "a.json", pack(json.dumps(make_package(*[A] * 2000)).encode()))
    told: list[int] = []

    list(read_releases(str(path), told.append))

    assert sum(told) == size_of(str(path)) == path.stat().st_size


def test_progress_moves_while_the_file_is_read(tmp_path):
    path = write(tmp_path / "a.json", make_package(*[A] * 2000))
    told: list[int] = []
    entries = read_releases(str(path), told.append)

    next(entries)
    after_one = sum(told)
    list(entries)

    assert 0 < after_one < sum(told) == path.stat().st_size
