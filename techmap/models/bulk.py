"""The files of all suppliers that are written each night for everybody to take."""

from __future__ import annotations

from django.db import models
from django.urls import reverse

from portal.open_files import OpenFile


class BulkFile(OpenFile):
    """One file of the techmap."""

    suppliers = models.PositiveIntegerField(null=True, blank=True, help_text="How many are in it.")
    data_version = models.BigIntegerField(help_text="The techmap's state when it was written.")

    @property
    def count(self) -> int | None:
        return self.suppliers

    def get_absolute_url(self) -> str:
        return reverse("techmap:bulk-download", args=[self.name])
