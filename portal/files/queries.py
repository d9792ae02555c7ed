"""Reads of the files' records."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from portal.files import clamd
from portal.files.choices import ScanState
from portal.files.models import StoredFile

BATCH = 200


def due_for_scan() -> Sequence[int]:
    """The ids of files that wait for a scan, oldest first; none while there is no scanner to ask."""
    if not settings.CLAMD_ADDRESS or not clamd.is_up(settings.CLAMD_ADDRESS):
        return []
    pending = StoredFile.objects.filter(scan_state=ScanState.PENDING).order_by("pk")
    return list(pending.values_list("pk", flat=True)[:BATCH])
