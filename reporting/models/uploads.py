"""Files with the returns of many contracts: what was read, what is wrong at which cell, and what is kept of it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from portal.organisations.permissions import has_role
from portal.records import SubmittedOnce, Versioned
from reporting.choices import FileFormat, FoundState, UploadState

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


class UploadQuerySet(models.QuerySet["Upload"]):
    def locked(self, pk: int) -> Upload:
        return self.select_for_update(no_key=True).get(pk=pk)


class Upload(Versioned, SubmittedOnce):
    """One file. A worker reads it, in pieces; whoever kills the worker, the file is read once to its end."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    supplier = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="uploads")
    file = models.ForeignKey("files.StoredFile", null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    format = models.CharField(max_length=10, choices=FileFormat.choices)
    standard = models.CharField("version of the standard", max_length=10)
    state = models.CharField(max_length=10, choices=UploadState.choices, default=UploadState.WAITING)
    failure = models.CharField(max_length=1000, blank=True, help_text="Why the file could not be read at all.")
    rows_expected = models.PositiveIntegerField(null=True, blank=True, help_text="As far as the file says.")
    rows_read = models.PositiveIntegerField(default=0)
    errors_found = models.PositiveIntegerField(default=0)
    questions_found = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True, help_text="When its worker last said that it is at work.")
    finished_at = models.DateTimeField(null=True, blank=True)
    kept_at = models.DateTimeField(null=True, blank=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "-id"]
        indexes = [models.Index(fields=["state", "seen_at"], name="upload_state_seen")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=UploadState.values), name="upload_state_known"),
            models.CheckConstraint(
                condition=~Q(state=UploadState.FAILED) | ~Q(failure=""), name="upload_failed_for_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("reporting:upload-detail", args=[self.public_id])

    def history_visible_to(self, user: User | AnonymousUser) -> bool:
        return has_role(user, self.supplier)


class FoundReturn(models.Model):
    """One return that a file holds: which contract and period, how many rows, and whether it can be kept."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="found")
    contract_number = models.CharField(max_length=60, help_text="As the file has it.")
    period_start = models.DateField(null=True)
    # The return of the portal that it fills; null where the portal asks for none.
    filed = models.ForeignKey(
        "reporting.Return", null=True, blank=True, on_delete=models.SET_NULL, related_name="found_in"
    )
    # As it was when the file was read: what a colleague writes in the meantime is not thrown away.
    filed_version = models.PositiveIntegerField(null=True, blank=True)
    tables = models.JSONField(default=list)  # which the file holds; the others stay as they are
    state = models.CharField(max_length=10, choices=FoundState.choices, default=FoundState.READING)
    why_not = models.CharField(max_length=500, blank=True)
    head = models.JSONField(default=dict)  # the return's own row, as `ReturnLine.data` has the others
    rows = models.PositiveIntegerField(default=0)
    errors_found = models.PositiveIntegerField(default=0)
    questions_found = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["contract_number", "period_start", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["upload", "contract_number", "period_start"],
                name="found_return_once_per_file",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(state__in=FoundState.values), name="found_return_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.contract_number}, {self.period_start:%B %Y}" if self.period_start else self.contract_number


class FoundRow(models.Model):
    """One row of a file, as read, waiting to be kept. It goes when its return is kept or the upload is dropped.

    Those of a return with errors are not stored: it can only come again, in a further file.
    """

    found = models.ForeignKey(FoundReturn, on_delete=models.CASCADE, related_name="lines", db_index=False)
    table = models.CharField(max_length=40)
    number = models.PositiveIntegerField(help_text="Its place in the table of its return, from 1.")
    sheet_row = models.PositiveIntegerField(help_text="Its row in the sheet or file, the heading being 1.")
    data = models.JSONField()

    class Meta:
        ordering = ["table", "number"]
        constraints = [models.UniqueConstraint(fields=["found", "table", "number"], name="found_row_once")]

    def __str__(self) -> str:
        return f"{self.table} {self.number}"


class UploadFinding(models.Model):
    """One thing that is wrong or odd in a file, at its cell, with how to mend it."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="findings")
    found = models.ForeignKey(FoundReturn, null=True, blank=True, on_delete=models.CASCADE, related_name="findings")
    check_id = models.CharField(max_length=60)
    severity = models.CharField(max_length=10, help_text="error, question, or note: something to know.")
    sheet = models.CharField(max_length=80, help_text="The sheet, the file in the zip, or the table.")
    sheet_row = models.PositiveIntegerField(default=0, help_text="0 where it is of no row.")
    column = models.CharField(max_length=80, blank=True, help_text="The heading.")
    column_number = models.PositiveSmallIntegerField(null=True, blank=True, help_text="From 1; null where it has none.")
    table = models.CharField(max_length=40, blank=True)
    row = models.PositiveIntegerField(default=0, help_text="In its return's table, from 1.")
    field = models.CharField(max_length=40, blank=True)
    value = models.CharField(max_length=200, blank=True)
    says = models.CharField(max_length=500)
    mend = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["upload", "check_id", "id"], name="finding_by_kind")]

    def __str__(self) -> str:
        return self.says
