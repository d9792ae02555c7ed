"""Uploaded files. The object that a file belongs to decides who may read it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.urls import reverse

from portal.files.choices import DOWNLOADABLE, STATE_COLOURS, ScanState
from portal.files.kinds import size_text
from portal.read_only import shown_to

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


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

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(scan_state__in=ScanState.values), name="file_scan_state_known"),
            models.CheckConstraint(condition=models.Q(sha256__regex="^[0-9a-f]{64}$"), name="file_sha256_whole"),
        ]
        indexes = [
            models.Index(fields=["id"], name="file_waits_for_scan", condition=models.Q(scan_state=ScanState.PENDING)),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("files:file-download", args=[self.public_id])

    def history_visible_to(self, user: User | AnonymousUser) -> bool:
        """Who uploaded it, and staff. What was done with it elsewhere stands in the history of where it lies."""
        if user.pk == self.uploaded_by_id:
            return True
        return user.is_active and user.is_staff and shown_to(user, StoredFile.objects.filter(pk=self.pk)).exists()

    @property
    def size_in_words(self) -> str:
        return size_text(self.size)

    @property
    def state_colour(self) -> str:
        """The colour of its state's tag (GOV.UK Design System, tag component)."""
        return STATE_COLOURS[ScanState(self.scan_state)]

    @property
    def is_downloadable(self) -> bool:
        return self.scan_state in DOWNLOADABLE
