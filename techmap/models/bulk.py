"""The files of all suppliers that are written each night for everybody to take."""

from __future__ import annotations

from django.db import models
from django.urls import reverse


class BulkFile(models.Model):
    """One file as it was last written. Its row is changed when the new file is whole, never before."""

    name = models.CharField(max_length=60, unique=True, help_text="As it is offered; the same every night.")
    path = models.CharField(max_length=200, help_text="Where it lies in the storage; new every night.")
    media_type = models.CharField(max_length=60)
    size = models.PositiveBigIntegerField("size in bytes")
    sha256 = models.CharField("SHA-256", max_length=64)
    suppliers = models.PositiveIntegerField(null=True, blank=True, help_text="How many are in it.")
    data_version = models.BigIntegerField(help_text="The techmap's state when it was written.")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("techmap:bulk-download", args=[self.name])
