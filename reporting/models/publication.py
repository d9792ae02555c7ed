"""What is published of a contract: a decision of its buyer, with what is held back and why."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from portal.open_files import OpenFile
from portal.records import SubmittedOnce
from reporting.choices import Ground


class Publication(SubmittedOnce):
    """One decision to publish a contract, or to take it back. Never edited; the newest counts."""

    contract = models.ForeignKey("reporting.Contract", on_delete=models.CASCADE, related_name="publications")
    is_published = models.BooleanField()
    reason = models.CharField(max_length=1000, blank=True, help_text="Needed to take a contract back.")
    # Where it holds back what was out, releases of before are no longer offered.
    begins_anew = models.BooleanField(default=True, help_text="Releases of earlier decisions are no longer offered.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["contract", "-at", "-id"], name="publication_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_published=True) | ~Q(reason=""), name="publication_taken_back_for_a_reason"
            )
        ]

    def __str__(self) -> str:
        return f"{self.contract}: {'published' if self.is_published else 'taken back'}"


class Redaction(models.Model):
    """A table or a field of the standard that is held back from what is published, with the reason that is shown."""

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="redactions")
    table = models.CharField(max_length=40)
    field = models.CharField(max_length=40, blank=True, help_text="Empty where the whole table is held back.")
    ground = models.CharField(max_length=12, choices=Ground.choices)
    reason = models.CharField(max_length=500)

    class Meta:
        ordering = ["table", "field"]
        constraints = [
            models.UniqueConstraint(fields=["publication", "table", "field"], name="redaction_once"),
            models.CheckConstraint(condition=Q(ground__in=Ground.values), name="redaction_ground_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="redaction_for_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.table}.{self.field}" if self.field else self.table

    @property
    def words(self) -> str:
        """The ground and the buyer's own words, as the public reads them."""
        return f"{self.get_ground_display()}. {self.reason}"


# What a release tells, by the first part of its event's name.
RELEASE_WORDS = {
    "contract": "contract published",
    "notice": "contract updated",
    "ended": "contract ended",
    "reopened": "contract reopened",
}


class PublishedRelease(models.Model):
    """One OCDS release as it was published. Releases are never changed; a further one says what is new.

    A database trigger refuses every UPDATE and DELETE, whoever asks.
    """

    contract = models.ForeignKey("reporting.Contract", on_delete=models.PROTECT, related_name="releases")
    # The decision under which it went out; null for a contract made from published notices.
    publication = models.ForeignKey(Publication, null=True, on_delete=models.PROTECT, related_name="releases")
    filed = models.ForeignKey("reporting.Return", null=True, on_delete=models.PROTECT, related_name="releases")
    ocid = models.CharField("OCID", max_length=120)
    event = models.CharField(max_length=60, help_text="What it tells: the contract, an amendment, a return, the end.")
    release_id = models.CharField(max_length=160, unique=True)
    tag = models.CharField(max_length=40, help_text="OCDS release tags, with commas.")
    dated = models.DateTimeField()
    sha256 = models.CharField("SHA-256 of its JSON", max_length=64)
    data = models.JSONField()

    class Meta:
        ordering = ["dated", "id"]
        indexes = [
            models.Index(fields=["contract", "dated"], name="release_by_contract"),
            models.Index(fields=["ocid", "dated"], name="release_by_process"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "publication", "event"], name="release_tells_once", nulls_distinct=False
            )
        ]
        triggers = [pgtrigger.Protect(name="release_for_good", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.release_id

    def get_absolute_url(self) -> str:
        """The page of what it tells."""
        if self.filed is None:
            return self.contract.get_absolute_url()
        return reverse("reporting:public-return", args=[self.contract.reference, f"{self.filed.period_start:%Y-%m}"])

    @property
    def words(self) -> str:
        """What it tells, for people."""
        if self.filed is not None:
            return f"return for {self.filed.period_words}"
        return RELEASE_WORDS.get(self.event.partition("-")[0], "contract amended")


class OpenReportFile(OpenFile):
    """A nightly file of everything that is published."""

    rows = models.PositiveIntegerField(null=True, blank=True, help_text="How many lines or releases are in it.")

    @property
    def count(self) -> int | None:
        return self.rows

    def get_absolute_url(self) -> str:
        return reverse("reporting:open-data-download", args=[self.name])
