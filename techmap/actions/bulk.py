"""Writes the files of all suppliers. The clock calls it; nobody's permission is asked, for all of it is public."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.utils import timezone

from portal.open_files import Written, swap_files, temporary
from portal.sheets import BOM, csv_lines
from techmap.models import BulkFile
from techmap.queries.published import PublishedSupplier, all_published
from techmap.queries.tabled import HEADINGS, row_of
from techmap.search import data_version

FOLDER = "open"
DATA = Path(__file__).resolve().parent.parent / "data"


def write_bulk_files(*, now: datetime) -> list[BulkFile]:
    """Write every file anew and then, in one step, let the rows name the new ones.

    Memory stays the same however many suppliers there are. Where it fails, yesterday's files stay.
    """
    version, today = data_version(), timezone.localdate(now)
    with temporary() as lines, temporary() as table:
        number = _write(all_published(today), lines, table)
        counted: dict[str, Any] = {"suppliers": number, "data_version": version}
        files = [
            Written("suppliers.jsonl.gz", "application/gzip", lines, counted),
            Written("suppliers.csv", "text/csv", table, counted),
            *_constant_files(version),
        ]
        return swap_files(BulkFile, FOLDER, files, now=now)


def _write(suppliers: Iterator[PublishedSupplier], lines: IO[bytes], table: IO[bytes]) -> int:
    """Both files from one reading, so that they say the same."""
    number = 0

    def told() -> Iterator[list[Any]]:
        nonlocal number
        with gzip.GzipFile(fileobj=lines, mode="wb", mtime=0, filename="") as packed:
            for supplier in suppliers:
                packed.write(json.dumps(asdict(supplier), default=str, ensure_ascii=False).encode() + b"\n")
                number += 1
                yield row_of(supplier)

    table.write(BOM.encode())
    for line in csv_lines(HEADINGS, told()):
        table.write(line.encode())
    return number


def _constant_files(version: int) -> Iterator[Written]:
    facts: dict[str, Any] = {"suppliers": None, "data_version": version}
    for name, media_type in (("supplier.schema.json", "application/schema+json"), ("licence.txt", "text/plain")):
        yield Written(name, media_type, io.BytesIO((DATA / name).read_bytes()), facts)
