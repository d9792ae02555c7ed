"""`manage.py check_ocds`: every structural fault at its path, in each kind of file."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

ARCHIVE = Path(settings.BASE_DIR).parent / "shared/data/ocds-standard-1.1.5.zip"
pytestmark = pytest.mark.skipif(not ARCHIVE.exists(), reason="The archive of the standard is not at hand.")


def release(**fields: Any) -> dict[str, Any]:
    head = {"ocid": "ocds-x-1", "id": "1", "date": "2026-11-22T00:00:00Z", "tag": ["award"], "initiationType": "tender"}
    return head | fields


def package(*releases: Any) -> dict[str, Any]:
    return {
        "uri": "https://x.example/a.json",
        "version": "1.1",
        "publishedDate": "2026-11-22T00:00:00Z",
        "publisher": {"name": "X"},
        "releases": list(releases),
    }


def said(path: Path) -> list[str]:
    """What it prints, without the file's name."""
    out = io.StringIO()
    try:
        call_command("check_ocds", str(path), standard_zip=str(ARCHIVE), stdout=out)
    except CommandError:
        return [line.removeprefix(f"{path}: ") for line in out.getvalue().splitlines()]
    return out.getvalue().splitlines()


def written(tmp_path: Path, value: Any) -> Path:
    path = tmp_path / "file.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def test_sound(tmp_path: Path) -> None:
    twins = package(release(), release(id="2"))
    for value in (twins, release(), [release()], "\n".join(json.dumps(release()) for _ in range(3))):
        assert said(written(tmp_path, value)) == ["No structural fault."]


def test_gzip_and_records(tmp_path: Path) -> None:
    record = {"ocid": "ocds-x-1", "releases": [release()], "compiledRelease": release(tag=["compiled"])}
    path = tmp_path / "records.json.gz"
    head = {key: value for key, value in package().items() if key != "releases"}
    path.write_bytes(gzip.compress(json.dumps(head | {"records": [record]}).encode()))
    assert said(path) == ["No structural fault."]


@pytest.mark.parametrize(
    ("value", "faults"),
    [
        (package(release(ocid=1)), ['releases/0/ocid: 1 is not of type "string"']),
        (package(release(), release(contracts=[{"id": "c"}])),
         ['releases/1/contracts/0: "awardID" is a required property']),
        (package(release(parties=[{"id": "a"}, {"id": "a"}])),
         ["releases/0/parties/1/id: “a” is the id of an earlier object too"]),
        ({"releases": [release()]}, ["the document: \"uri\" is a required property",
         "the document: \"version\" is a required property", "the document: \"publisher\" is a required property",
         "the document: \"publishedDate\" is a required property"]),
    ],
)  # fmt: skip
def test_fault_at_its_path(tmp_path: Path, value: Any, faults: list[str]) -> None:
    assert sorted(said(written(tmp_path, value))) == sorted(faults)


@pytest.mark.parametrize(
    "text", ["", "{", '{"releases": [{"ocid": "a"', "nonsense", '{"releases": [1 2]}', "[" * 100_000]
)
def test_broken_json_is_said(tmp_path: Path, text: str) -> None:
    assert len(said(written(tmp_path, text))) >= 1
    assert said(written(tmp_path, text)) != ["No structural fault."]


def test_value_across_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.ocds.quick.CHUNK", 7)
    value = package(release(language="é" * 50), release(id="2", ocid=12345678901))
    path = tmp_path / "file.json"
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    assert said(path) == ['releases/1/ocid: 12345678901 is not of type "string"']


def test_archive_must_be_one(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no archive"):
        call_command("check_ocds", "x.json", standard_zip=str(written(tmp_path, "x")))
    with pytest.raises(CommandError, match="Name the standard"):
        call_command("check_ocds", "x.json")
