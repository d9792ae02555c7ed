"""Uploaded files. The object that a file belongs to decides who may read it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from portal.files.choices import DOWNLOADABLE, ScanState


def random_path(_file: StoredFile, _name: str) -> str:
    """A path that nobody can guess and that says nothing of the file's name or owner."""
    key = uuid.uuid4().hex
    return f"uploads/{key[:2]}/{key}"


class StoredFile(models.Model):
    """One uploaded file, at a random path, with what was found out about it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    content = models.FileField(upload_to=random_path)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=120)
    size = models.PositiveBigIntegerField(help_text="Bytes")
    sha256 = models.CharField(max_length=64)
    scan_state = models.CharField(max_length=12, choices=ScanState.choices, default=ScanState.NOT_SCANNED)
    scan_detail = models.CharField(max_length=200, blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    @property
    def is_downloadable(self) -> bool:
        return self.scan_state in DOWNLOADABLE
