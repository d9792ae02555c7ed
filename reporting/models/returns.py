"""Returns: one report of one contract for one period, its lines, and the answers to what looked odd."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from portal.organisations.models import Organisation
from portal.organisations.permissions import can_view_organisation, has_role
from portal.records import Versioned
from reporting.choices import STANDING, UNFILED, ReturnState

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User
    from portal.audit.models import EventQuerySet


class ReturnQuerySet(models.QuerySet["Return"]):
    def visible_to(self, user: User | AnonymousUser) -> ReturnQuerySet:
        """A supplier's own at all times; its buyer's and the staff's once it was submitted."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        mine = Organisation.objects.of_user(user).values("pk")
        submitted = Q(submitted_at__isnull=False)
        seen = submitted if user.is_staff else submitted & Q(contract__buyer__in=mine)
        return self.filter(Q(supplier__in=mine) | seen)

    def unfiled(self) -> ReturnQuerySet:
        return self.filter(state__in=UNFILED)

    def standing(self) -> ReturnQuerySet:
        """What is filed and not replaced: what comparisons read."""
        return self.filter(state__in=STANDING)

    def as_known_on(self, moment: datetime) -> ReturnQuerySet:
        """What stood at that moment, corrections that came later set aside."""
        stood = Q(superseded_at=None) | Q(superseded_at__gt=moment)
        # By its reason, not its state: one whose correction came since is called replaced.
        sent_back = ~Q(decision_reason="") & Q(decided_at__lte=moment)
        return self.filter(stood, submitted_at__lte=moment).exclude(sent_back)

    def locked(self, pk: int) -> Return:
        return self.select_for_update(no_key=True).get(pk=pk)


@pghistory.track()
class Return(Versioned):
    """One report of one contract for one period, pinned to a version of the standard. Money is GBP without VAT.

    `data` holds the return's own row and each figure stands in a column too, for comparison. A correction is
    a further revision that names what it replaces; nothing that was submitted is ever changed or deleted.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    contract = models.ForeignKey("reporting.Contract", on_delete=models.PROTECT, related_name="returns")
    supplier = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="returns")
    period_start = models.DateField()
    period_end = models.DateField()
    due_at = models.DateTimeField()
    standard = models.CharField("version of the standard", max_length=10)
    revision = models.PositiveSmallIntegerField(default=1)
    replaces = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by")
    reason = models.CharField(max_length=1000, blank=True, help_text="Why a correction was needed.")
    state = models.CharField(max_length=12, choices=ReturnState.choices, default=ReturnState.DUE)
    is_nil = models.BooleanField("nil return", default=False)
    data = models.JSONField(default=dict, blank=True)
    # From `data` when it is submitted. None where the return does not say.
    planned_spend = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    actual_spend = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    spend_to_date = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    forecast_at_completion = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    build_spend = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    run_spend = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    sme_paid = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    subcontractors_paid = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    users_served = models.BigIntegerField(null=True, blank=True)
    completed_transactions = models.BigIntegerField(null=True, blank=True)
    phase = models.CharField(max_length=20, blank=True, db_default="", default="")
    delivery_confidence = models.CharField(max_length=10, blank=True, db_default="", default="")
    satisfaction = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    completion_rate = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    changes_agreed = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    worst_slip_days = models.IntegerField(
        null=True, blank=True, help_text="Of all milestones, from the baseline to the forecast, or the day it was met."
    )
    kpis = models.JSONField(null=True, blank=True)  # the supplier's own ratings, {code: how many}
    # How well it is reported, and each part of that, when it was submitted: reporting/quality.
    quality_score = models.PositiveSmallIntegerField(null=True, blank=True)
    quality = models.JSONField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decision_reason = models.TextField(max_length=2000, blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects = ReturnQuerySet.as_manager()

    class Meta:
        ordering = ["-period_start", "-revision"]
        indexes = [models.Index(fields=["state", "due_at"], name="return_state_due")]
        constraints = [
            models.UniqueConstraint(fields=["contract", "period_start", "revision"], name="return_revision_once"),
            models.UniqueConstraint(
                fields=["contract", "period_start"],
                condition=Q(state__in=sorted(STANDING)),
                name="return_stands_once_per_period",
            ),
            models.UniqueConstraint(
                fields=["contract", "period_start"],
                condition=Q(state__in=sorted(UNFILED)),
                name="return_unfiled_once_per_period",
            ),
            models.CheckConstraint(condition=Q(state__in=ReturnState.values), name="return_state_known"),
            models.CheckConstraint(
                condition=Q(period_end__gte=models.F("period_start")), name="return_period_in_order"
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(UNFILED)) | Q(submitted_at__isnull=False),
                name="return_submitted_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=ReturnState.SENT_BACK) | ~Q(decision_reason=""), name="return_sent_back_for_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(revision=1, replaces=None) | (Q(revision__gt=1, replaces__isnull=False) & ~Q(reason="")),
                name="correction_names_what_it_replaces",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract}, {self.period_words}"

    def get_absolute_url(self) -> str:
        return reverse("reporting:return-detail", args=[self.public_id])

    def history_visible_to(self, user: User | AnonymousUser) -> bool:
        """The supplier at all times, the buyer and staff once it was submitted: as the return itself."""
        if has_role(user, self.contract.supplier):
            return True
        return self.submitted_at is not None and can_view_organisation(user, self.contract.buyer)

    def history_shown_to(self, user: User | AnonymousUser, events: EventQuerySet) -> EventQuerySet:
        """To the buyer and staff from its submission on."""
        return events if has_role(user, self.contract.supplier) else events.since("reporting.return.submitted")

    @property
    def period_words(self) -> str:
        """For example March 2027, or January to March 2027."""
        if self.period_start.month == self.period_end.month and self.period_start.year == self.period_end.year:
            return f"{self.period_start:%B %Y}"
        return f"{self.period_start:%B} to {self.period_end:%B %Y}"

    @property
    def is_unfiled(self) -> bool:
        return self.state in UNFILED

    @property
    def may_be_nil(self) -> bool:
        """Whether it may be filed as nil in one step: nobody has begun it, and it corrects nothing."""
        return self.state == ReturnState.DUE and self.replaces_id is None


class ReturnLine(models.Model):
    """One row of one table of a return, as its standard's version reads it."""

    supplier = models.ForeignKey(
        "organisations.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    filed = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="lines", db_index=False)
    table = models.CharField(max_length=40)
    number = models.PositiveIntegerField(help_text="Its place in the table, from 1.")
    data = models.JSONField()

    class Meta:
        ordering = ["table", "number"]
        constraints = [models.UniqueConstraint(fields=["filed", "table", "number"], name="return_line_once")]

    def __str__(self) -> str:
        return f"{self.table} {self.number}"


class Answer(models.Model):
    """What the supplier says to a question that a check raised, so that the return may be submitted with it."""

    filed = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="answers")
    check_id = models.CharField(max_length=60)
    table = models.CharField(max_length=40)
    row = models.PositiveIntegerField()
    figures = models.CharField(
        max_length=500, blank=True, default="", db_default="", help_text="Those that the question was about."
    )
    text = models.CharField(max_length=1000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["filed", "check_id", "table", "row"], name="answer_once")]

    def __str__(self) -> str:
        return self.text[:60]
