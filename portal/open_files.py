"""Files of open data: written anew every night, offered under the same name, swapped only when they are whole."""

from __future__ import annotations

from django.db import models


class OpenFile(models.Model):
    """One file as it was last written. Its row is changed when the new file is whole, never before."""

    name = models.CharField(max_length=60, unique=True, help_text="As it is offered; the same every night.")
    path = models.CharField(max_length=200, help_text="Where it lies in the storage; new every night.")
    media_type = models.CharField(max_length=60)
    size = models.PositiveBigIntegerField("size in bytes")
    sha256 = models.CharField("SHA-256", max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        abstract = True
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
