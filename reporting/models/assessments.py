"""What the authority says of a return and of a contract, and what the supplier answers."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from portal.organisations.models import Organisation
from portal.organisations.permissions import can_view_organisation, has_role
from portal.records import SubmittedOnce, Versioned
from reporting.choices import PUBLIC_ASSESSMENTS, UNDER_WAY, AssessmentState, Breach

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User
    from portal.audit.models import EventQuerySet


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
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True, help_text="When the authority took the answer.")

    class Meta:
        ordering = ["table", "row", "id"]
        verbose_name_plural = "line queries"
        constraints = [
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None, answered_by=None)
                | (~Q(answer="") & Q(answered_at__isnull=False, answered_by__isnull=False)),
                name="line_query_answered_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None, settled_by=None) | Q(settled_at__isnull=False, settled_by__isnull=False),
                name="line_query_settled_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def is_open(self) -> bool:
        return self.settled_at is None


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


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def visible_to(self, user: User | AnonymousUser) -> AssessmentQuerySet:
        """Final ones of published contracts for everybody; the buyer's own, and the supplier's once it was shared."""
        public = Q(state__in=sorted(PUBLIC_ASSESSMENTS), contract__is_published=True)
        if not user.is_authenticated or not user.is_active:
            return self.filter(public)
        if user.is_staff:
            return self.all()
        mine = Organisation.objects.of_user(user).values("pk")
        shared = Q(contract__supplier__in=mine, shared_at__isnull=False)
        return self.filter(public | Q(contract__buyer__in=mine) | shared)

    def final(self) -> AssessmentQuerySet:
        """Those that stand: what records, notices and the techmap read."""
        return self.filter(state=AssessmentState.FINAL)

    def under_way(self) -> AssessmentQuerySet:
        return self.filter(state__in=sorted(UNDER_WAY))

    def locked(self, pk: int) -> Assessment:
        """The row as it is now, locked to the end of the transaction, after its contract as everywhere."""
        return self.select_for_update(no_key=True).get(pk=pk)


# What the other party has read of a shared assessment, and the public of a final one.
SAID = (
    *("contract", "period_start", "period_end", "rating", "summary", "breach_kind", "breach", "breach_on"),
    *("corrects", "reason", "written_by", "written_at", "shared_at", "reply_due_at", "public_id"),
)
REPLY = ("reply", "replied_by", "replied_at", "final_at")


def _changed(*names: str) -> pgtrigger.Q:
    """Whether an update changes any of these."""
    found = pgtrigger.Q()
    for name in names:
        found |= pgtrigger.Q(**{f"old__{name}__df": pgtrigger.F(f"new__{name}")})
    return found


FINAL_FOR_GOOD = pgtrigger.Protect(
    name="final_for_good",
    operation=pgtrigger.Update,
    condition=pgtrigger.Q(old__state__in=sorted(PUBLIC_ASSESSMENTS))
    & (_changed(*SAID, *REPLY) | ~pgtrigger.Q(new__state=AssessmentState.CORRECTED)),
)
SHARED_AS_IT_WAS = pgtrigger.Protect(
    name="shared_as_it_was",
    operation=pgtrigger.Update,
    condition=pgtrigger.Q(old__state=AssessmentState.SHARED)
    & ~pgtrigger.Q(new__state=AssessmentState.DRAFT)
    & _changed(*SAID),
)
ONLY_DRAFTS_GO = pgtrigger.Protect(
    name="only_drafts_go", operation=pgtrigger.Delete, condition=~pgtrigger.Q(old__state=AssessmentState.DRAFT)
)


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
    breach_kind = models.CharField(
        max_length=12, choices=Breach.choices, blank=True, help_text="What s.71(5) asks a notice for, if anything."
    )
    breach = models.TextField(max_length=3000, blank=True)
    breach_on = models.DateField(null=True, blank=True, help_text="Of the termination, award, agreement or decision.")
    corrects = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrections")
    reason = models.CharField(max_length=1000, blank=True, help_text="Why a correction was needed.")
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

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        ordering = ["-period_end", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(period_end__gte=F("period_start")), name="assessment_period_in_order"),
            models.CheckConstraint(condition=Q(state__in=AssessmentState.values), name="assessment_state_known"),
            models.CheckConstraint(
                condition=Q(state=AssessmentState.DRAFT, shared_at=None, reply_due_at=None, reply="")
                | (
                    ~Q(state=AssessmentState.DRAFT)
                    & Q(shared_at__isnull=False, reply_due_at__isnull=False)
                    & ~Q(rating="")
                ),
                name="assessment_shared_as_a_whole",
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(UNDER_WAY), final_at=None)
                | (Q(state__in=sorted(PUBLIC_ASSESSMENTS)) & Q(final_at__gte=F("shared_at"))),
                name="assessment_final_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=sorted(PUBLIC_ASSESSMENTS)) | ~Q(reply="") | Q(final_at__gte=F("reply_due_at")),
                name="assessment_final_after_the_reply",
            ),
            models.CheckConstraint(
                condition=Q(corrects=None, reason="") | (Q(corrects__isnull=False) & ~Q(reason="")),
                name="assessment_corrects_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(breach_kind="", breach="", breach_on=None) | Q(breach_kind__in=Breach.values),
                name="assessment_breach_is_named",
            ),
            models.UniqueConstraint(
                fields=["contract", "period_end"],
                condition=Q(state=AssessmentState.FINAL),
                name="assessment_stands_once_per_period",
            ),
            models.UniqueConstraint(
                fields=["contract"], condition=Q(state__in=sorted(UNDER_WAY)), name="assessment_under_way_once"
            ),
        ]
        triggers = [FINAL_FOR_GOOD, SHARED_AS_IT_WAS, ONLY_DRAFTS_GO]

    def __str__(self) -> str:
        return f"Assessment of {self.contract} to {self.period_end.day} {self.period_end:%B %Y}"

    def get_absolute_url(self) -> str:
        return reverse("reporting:assessment-detail", args=[self.public_id])

    def history_visible_to(self, user: User | AnonymousUser) -> bool:
        """The buyer's people and staff; the supplier's once it was shared."""
        if can_view_organisation(user, self.contract.buyer):
            return True
        return self.shared_at is not None and has_role(user, self.contract.supplier)

    def history_shown_to(self, user: User | AnonymousUser, events: EventQuerySet) -> EventQuerySet:
        """To the supplier from its sharing on, without how the authority worked on it."""
        if can_view_organisation(user, self.contract.buyer):
            return events
        return events.since("reporting.assessment.shared").exclude(name="reporting.assessment.saved")

    @property
    def is_draft(self) -> bool:
        return self.state == AssessmentState.DRAFT

    @property
    def is_shared(self) -> bool:
        return self.state == AssessmentState.SHARED

    @property
    def is_final(self) -> bool:
        return self.state == AssessmentState.FINAL

    @property
    def has_breach(self) -> bool:
        return bool(self.breach_kind)


# Looks at the assessment that an indicator belongs to, and waits for whoever is just sharing it.
HELD_BY_ASSESSMENT = """
    IF TG_OP <> 'INSERT' THEN
        SELECT state INTO held FROM reporting_assessment WHERE id = OLD.assessment_id FOR SHARE;
        IF held <> 'draft' THEN
            RAISE EXCEPTION 'The indicators of a shared assessment never change';
        END IF;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        SELECT state INTO held FROM reporting_assessment WHERE id = NEW.assessment_id FOR SHARE;
        IF held <> 'draft' THEN
            RAISE EXCEPTION 'The indicators of a shared assessment never change';
        END IF;
        RETURN NEW;
    END IF;
    RETURN OLD;
"""


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
        triggers = [
            pgtrigger.Trigger(
                name="held_with_its_assessment",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("held", "text")],
                func=HELD_BY_ASSESSMENT,
            )
        ]

    def __str__(self) -> str:
        return self.title
