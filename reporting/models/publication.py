"""What is published of a contract: a decision of its buyer, with what is held back and why."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse

from portal.open_files import OpenFile


class Publication(models.Model):
    """One decision to publish a contract, or to take it back. Never edited; the newest counts."""

    contract = models.ForeignKey("reporting.Contract", on_delete=models.CASCADE, related_name="publications")
    is_published = models.BooleanField()
    reason = models.CharField(max_length=1000, blank=True, help_text="Needed to take a contract back.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.contract}: {'published' if self.is_published else 'taken back'}"


class Redaction(models.Model):
    """A table or a field of the standard that is held back from what is published, with the reason that is shown."""

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="redactions")
    table = models.CharField(max_length=40)
    field = models.CharField(max_length=40, blank=True, help_text="Empty where the whole table is held back.")
    reason = models.CharField(max_length=500)

    class Meta:
        ordering = ["table", "field"]
        constraints = [models.UniqueConstraint(fields=["publication", "table", "field"], name="redaction_once")]

    def __str__(self) -> str:
        return f"{self.table}.{self.field}" if self.field else self.table


class PublishedRelease(models.Model):
    """One OCDS release as it was published. Releases are never changed; a further one says what is new."""

    contract = models.ForeignKey("reporting.Contract", on_delete=models.CASCADE, related_name="releases")
    release_id = models.CharField(max_length=160, unique=True)
    tag = models.CharField(max_length=40)
    dated = models.DateTimeField()
    sha256 = models.CharField("SHA-256 of its JSON", max_length=64)
    data = models.JSONField()

    class Meta:
        ordering = ["dated", "id"]
        indexes = [models.Index(fields=["contract", "dated"], name="release_by_contract")]

    def __str__(self) -> str:
        return self.release_id


class OpenReportFile(OpenFile):
    """A nightly file of everything that is published."""

    def get_absolute_url(self) -> str:
        return reverse("reporting:open-data-download", args=[self.name])
