"""Writes the files of all suppliers. The clock calls it; nobody's permission is asked, for all of it is public."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from portal.sheets import BOM, csv_lines
from techmap.models import BulkFile
from techmap.queries.published import PublishedSupplier, all_published
from techmap.queries.tabled import HEADINGS, row_of
from techmap.search import data_version

FOLDER = "open"
DATA = Path(__file__).resolve().parent.parent / "data"
# Files that no row names any more stay this long, for those who are still taking them.
KEPT = timedelta(days=1)
COPY_AT_ONCE = 1024 * 1024  # bytes


@dataclass(frozen=True)
class Written:
    """A file that is whole, not yet in the storage."""

    name: str
    media_type: str
    content: IO[bytes]
    suppliers: int | None = None


def write_bulk_files(*, now: datetime) -> list[BulkFile]:
    """Write every file anew and then, in one step, let the rows name the new ones.

    Memory stays the same however many suppliers there are. Where it fails, yesterday's files stay.
    """
    version, today = data_version(), timezone.localdate(now)
    with _temporary() as lines, _temporary() as table:
        number = _write(all_published(today), lines, table)
        files = [
            Written("suppliers.jsonl.gz", "application/gzip", lines, number),
            Written("suppliers.csv", "text/csv", table, number),
            *_constant_files(),
        ]
        stored = [(written, *_store(written)) for written in files]
    with transaction.atomic():
        rows = [_name(written, path, size, digest, version=version, now=now) for written, path, size, digest in stored]
    _tidy(now)
    return rows


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


def _constant_files() -> Iterator[Written]:
    for name, media_type in (("supplier.schema.json", "application/schema+json"), ("licence.txt", "text/plain")):
        yield Written(name, media_type, io.BytesIO((DATA / name).read_bytes()))


@contextmanager
def _temporary() -> Iterator[IO[bytes]]:
    with tempfile.NamedTemporaryFile(prefix="open-data-") as file:
        yield file


def _store(written: Written) -> tuple[str, int, str]:
    """Put it into the storage under a name of its own: the path, its size and its SHA-256."""
    written.content.seek(0)
    digest, size = hashlib.sha256(), 0
    while chunk := written.content.read(COPY_AT_ONCE):
        digest.update(chunk)
        size += len(chunk)
    written.content.seek(0)
    path = default_storage.save(f"{FOLDER}/{uuid.uuid4().hex}-{written.name}", File(written.content))
    return path, size, digest.hexdigest()


def _name(written: Written, path: str, size: int, digest: str, *, version: int, now: datetime) -> BulkFile:
    facts = {
        "path": path,
        "media_type": written.media_type,
        "size": size,
        "sha256": digest,
        "suppliers": written.suppliers,
        "data_version": version,
        "made_at": now,
    }
    return BulkFile.objects.update_or_create(name=written.name, defaults=facts)[0]


def _tidy(now: datetime) -> None:
    """Take away what earlier nights, or a night that failed, left behind."""
    named = {Path(path).name for path in BulkFile.objects.values_list("path", flat=True)}
    for name in default_storage.listdir(FOLDER)[1]:
        path = f"{FOLDER}/{name}"
        if name not in named and default_storage.get_modified_time(path) < now - KEPT:
            default_storage.delete(path)
