"""What the authority says of a return and of a contract, and what the supplier answers."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from portal.organisations.permissions import can_view_organisation, has_role
from portal.records import SubmittedOnce, Versioned
from reporting.choices import AssessmentState

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


class LineQuery(SubmittedOnce):
    """A question of the authority about one line of a submitted return, or one field of it, and the answer."""

    filed = models.ForeignKey("reporting.Return", on_delete=models.CASCADE, related_name="queries")
    table = models.CharField(max_length=40)
    row = models.PositiveIntegerField(help_text="In the table, from 1.")
    field = models.CharField(max_length=40, blank=True, help_text="Empty where the whole line is meant.")
    text = models.CharField(max_length=1000)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=1000, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True, help_text="When the authority took the answer.")

    class Meta:
        ordering = ["table", "row", "id"]
        verbose_name_plural = "line queries"

    def __str__(self) -> str:
        return self.text[:60]


class KpiRating(Versioned):
    """The authority's own rating of one indicator in one return, beside the supplier's."""

    filed = models.ForeignKey("reporting.Return", on_delete=models.CASCADE, related_name="kpi_ratings")
    kpi_id = models.CharField(max_length=40)
    rating = models.CharField(max_length=20, help_text="A code of the standard's list rating.")
    comment = models.CharField(max_length=1000, blank=True)
    rated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    rated_at = models.DateTimeField()

    class Meta:
        ordering = ["kpi_id"]
        constraints = [models.UniqueConstraint(fields=["filed", "kpi_id"], name="kpi_rated_once_per_return")]

    def __str__(self) -> str:
        return f"{self.kpi_id}: {self.rating}"


@pghistory.track()
class Assessment(Versioned, SubmittedOnce):
    """How a contract was performed over up to 12 months (Procurement Act 2023, s.71), with the supplier's reply.

    A draft is the authority's alone. Shared, it waits for the reply until `reply_due_at`; final, it never changes:
    a further one names what it corrects.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    contract = models.ForeignKey("reporting.Contract", on_delete=models.PROTECT, related_name="assessments")
    period_start = models.DateField()
    period_end = models.DateField()
    state = models.CharField(max_length=10, choices=AssessmentState.choices, default=AssessmentState.DRAFT)
    rating = models.CharField(max_length=20, blank=True, help_text="A code of the standard's list rating.")
    summary = models.TextField(max_length=5000, blank=True)
    has_breach = models.BooleanField(default=False, help_text="A breach that s.71(4) asks a notice for.")
    breach = models.TextField(max_length=3000, blank=True)
    corrects = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrected_by"
    )
    reply = models.TextField(max_length=5000, blank=True)
    replied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    replied_at = models.DateTimeField(null=True, blank=True)
    reply_due_at = models.DateTimeField(null=True, blank=True)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    shared_at = models.DateTimeField(null=True, blank=True)
    final_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-period_end", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(period_end__gte=models.F("period_start")), name="assessment_period_in_order"
            ),
            models.CheckConstraint(condition=Q(state__in=AssessmentState.values), name="assessment_state_known"),
            models.CheckConstraint(
                condition=Q(state=AssessmentState.DRAFT) | Q(shared_at__isnull=False),
                name="assessment_shared_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=AssessmentState.FINAL) | Q(final_at__isnull=False), name="assessment_final_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["contract", "period_end"],
                condition=~Q(state=AssessmentState.CORRECTED),
                name="assessment_stands_once_per_period",
            ),
        ]

    def __str__(self) -> str:
        return f"Assessment of {self.contract} to {self.period_end.day} {self.period_end:%B %Y}"

    def get_absolute_url(self) -> str:
        return reverse("reporting:assessment-detail", args=[self.public_id])

    def history_visible_to(self, user: User | AnonymousUser) -> bool:
        """The buyer's people and staff; the supplier's once it was shared."""
        if can_view_organisation(user, self.contract.buyer):
            return True
        return self.shared_at is not None and has_role(user, self.contract.supplier)


class AssessmentKpi(models.Model):
    """One indicator in an assessment, as the contract set it and as the authority rates it over the period."""

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="kpis")
    kpi_id = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    measured_in = models.CharField(max_length=30, blank=True)
    target = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    actual = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    rating_supplier = models.CharField(max_length=20, blank=True)
    rating = models.CharField(max_length=20, blank=True, help_text="A code of the standard's list rating.")
    comment = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ["kpi_id"]
        verbose_name = "assessed KPI"
        constraints = [models.UniqueConstraint(fields=["assessment", "kpi_id"], name="kpi_assessed_once")]

    def __str__(self) -> str:
        return self.title
