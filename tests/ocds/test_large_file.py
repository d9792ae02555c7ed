"""A file of 200 MB is streamed: memory does not grow with it."""

from __future__ import annotations

import json
from pathlib import Path

import psutil
import pytest

from portal.ocds.importing import Outcome
from portal.ocds.reader import size_of
from tests.ocds.makers import import_releases_of, make_notice, make_release

SIZE = 200 * 1024 * 1024
MOST_GROWTH = 150 * 1024 * 1024


def write_large(path: Path) -> int:
    """A package of releases of about 100 kB each, whose text has quotes, brackets and letters of two bytes."""
    text = 'A long "description" of {braces} and [brackets], £5 a day.\n' * 1700
    with path.open("w", encoding="utf-8") as file:
        file.write('{"uri": "https://notices.example/large", "releases": [')
        number = 0
        while file.tell() < SIZE:
            number += 1
            release = make_notice(number) if number % 20 == 0 else make_release(number)
            release["tender"]["description"] = text
            file.write(("," if number > 1 else "") + json.dumps(release, ensure_ascii=False))
        file.write("]}")
    return number


@pytest.mark.slow
@pytest.mark.django_db
def test_200_mb_are_imported_in_bounded_memory(tmp_path):
    path = tmp_path / "large.json"
    written = write_large(path)
    process = psutil.Process()
    before = process.memory_info().rss
    highest = read = imported = 0

    def watch(size: int) -> None:
        nonlocal highest, read
        read += size
        highest = max(highest, process.memory_info().rss)

    for result in import_releases_of(path, watch):
        imported += result.outcome is not Outcome.NOT_IMPORTED

    assert size_of(str(path)) == read >= SIZE
    assert imported == written
    assert highest - before < MOST_GROWTH, f"memory grew by {(highest - before) // 2**20} MB"
    print(f"memory grew by {(highest - before) / 2**20:.1f} MB")  # noqa: T201 - read with pytest -s
