"""Reads of the files' records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from django.conf import settings
from django.core.files.storage import Storage

from portal.files import clamd
from portal.files.choices import ScanState
from portal.files.models import StoredFile

BATCH = 200
FOLDERS = ("uploads", "quarantine")  # where records keep their content; nothing else is looked at


def lone_contents(before: datetime) -> Iterator[str]:
    """Paths of stored bytes, last written before then, that no record names: their transaction never committed."""
    storage = StoredFile._meta.get_field("content").storage
    for folder in FOLDERS:
        for paths in batched(_paths_under(storage, folder), BATCH):
            known = set(StoredFile.objects.filter(content__in=paths).values_list("content", flat=True))
            yield from (path for path in paths if path not in known and _is_older(storage, path, before))


def _paths_under(storage: Storage, folder: str) -> Iterator[str]:
    """Every file in the folder and in those below it; none where there is no folder yet."""
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in files)
    for name in folders:
        yield from _paths_under(storage, f"{folder}/{name}")


def _is_older(storage: Storage, path: str, before: datetime) -> bool:
    try:
        return bool(storage.get_modified_time(path) < before)
    except FileNotFoundError:  # removed in the meantime
        return False


def batched(paths: Iterable[str], size: int) -> Iterator[list[str]]:
    """Lists of so many, the last of what is left."""
    left = iter(paths)
    while batch := list(islice(left, size)):
        yield batch


def due_for_scan() -> Sequence[int]:
    """The ids of files that wait for a scan, oldest first; none while there is no scanner to ask."""
    if not settings.CLAMD_ADDRESS or not clamd.is_up(settings.CLAMD_ADDRESS):
        return []
    pending = StoredFile.objects.filter(scan_state=ScanState.PENDING).order_by("pk")
    return list(pending.values_list("pk", flat=True)[:BATCH])
