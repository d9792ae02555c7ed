"""Pilots: a test with its hypothesis, its threshold and its cap, fixed before the start, and what it showed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from innovation_den.choices import Better, PilotExit, PilotOutcome, PilotState, Side, StopWhen
from portal.addresses import address
from portal.organisations.models import Organisation
from portal.organisations.permissions import can_view_organisation
from portal.records import SubmittedOnce, Versioned, draw_letters

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


def draw_reference() -> str:
    return f"t{draw_letters(9)}"


class PilotQuerySet(models.QuerySet["Pilot"]):
    def public(self) -> PilotQuerySet:
        """The library: what was learnt, once it is published."""
        return self.filter(state=PilotState.PUBLISHED)

    def visible_to(self, user: User | AnonymousUser) -> PilotQuerySet:
        """What is published for everybody; their own for both sides; staff see all."""
        if not user.is_authenticated or not user.is_active:
            return self.public()
        if user.is_staff:
            return self.all()
        mine = Organisation.objects.of_user(user).values("pk")
        return self.filter(Q(state=PilotState.PUBLISHED) | Q(sponsor__in=mine) | Q(firm__in=mine))

    def locked(self, pk: int) -> Pilot:
        return self.select_for_update(no_key=True).get(pk=pk)


@pghistory.track()
class Pilot(Versioned, SubmittedOnce):
    """One test of one idea. Money is in GBP without VAT. What is `TERMS` is fixed when both sides agree."""

    TERMS = (
        *("hypothesis", "measure", "unit", "better", "baseline", "threshold"),
        *("budget_cap", "starts_on", "ends_on", "data_notes", "ethics_notes"),
    )

    reference = models.CharField(max_length=10, unique=True, default=draw_reference, editable=False)
    pitch = models.ForeignKey("innovation_den.Pitch", on_delete=models.PROTECT, related_name="pilots")
    follows = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="followed_by",
        help_text="The test before.",
    )
    sponsor = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="pilots_sponsored")
    firm = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="pilots")
    capabilities = models.ManyToManyField("techmap.Capability", blank=True, related_name="pilots")
    state = models.CharField(max_length=10, choices=PilotState.choices, default=PilotState.DRAFT)
    title = models.CharField(max_length=150)

    hypothesis = models.TextField(max_length=2000, blank=True)
    measure = models.CharField("what is measured", max_length=200, blank=True)
    unit = models.CharField(max_length=40, blank=True)
    better = models.CharField(max_length=10, choices=Better.choices, default=Better.HIGHER)
    baseline = models.DecimalField("what it is today", max_digits=14, decimal_places=4, null=True, blank=True)
    threshold = models.DecimalField("what would prove it", max_digits=14, decimal_places=4, null=True, blank=True)
    budget_cap = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    data_notes = models.TextField("data: what is used, and on what grounds", max_length=3000, blank=True)
    ethics_notes = models.TextField(
        "people: who could be harmed, and how that is kept from happening", max_length=3000, blank=True
    )

    agreed_by_sponsor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    agreed_by_firm = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    agreed_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    spent = models.DecimalField(max_digits=12, decimal_places=2, default=0, editable=False)

    outcome = models.CharField(max_length=12, choices=PilotOutcome.choices, blank=True)
    learnt = models.TextField("what was learnt", max_length=10_000, blank=True)
    advice = models.TextField("what we would tell the next who tries", max_length=5000, blank=True)
    exit = models.CharField("what comes next", max_length=10, choices=PilotExit.choices, blank=True)
    engagement = models.ForeignKey(
        "engagement.EngagementRequest", null=True, blank=True, on_delete=models.SET_NULL, related_name="pilots"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PilotQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PilotState.values), name="pilot_state_known"),
            models.CheckConstraint(
                condition=Q(spent__gte=0) & (Q(spent=0) | Q(spent__lte=F("budget_cap"))),
                name="pilot_never_over_its_cap",
            ),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(starts_on__lt=F("ends_on")),
                name="pilot_ends_after_it_starts",
            ),
            models.CheckConstraint(
                name="pilot_fixed_before_start",
                condition=Q(state__in=[PilotState.DRAFT, PilotState.ABANDONED])
                | (
                    ~Q(hypothesis="")
                    & ~Q(measure="")
                    & Q(threshold__isnull=False, budget_cap__isnull=False, agreed_at__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="pilot_published_has_outcome",
                condition=~Q(state=PilotState.PUBLISHED) | (~Q(outcome="") & ~Q(learnt="") & ~Q(exit="")),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return address("innovation_den:pilot-detail", self.reference)

    def history_visible_to(self, user: User | AnonymousUser) -> bool:
        """Both sides and staff."""
        return can_view_organisation(user, self.sponsor) or can_view_organisation(user, self.firm)


class SpendEntry(SubmittedOnce):
    """Money spent on a pilot. The pilot's `spent` is their sum, and the database holds it to the cap."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="spending")
    dated = models.DateField()
    amount = models.DecimalField(
        max_digits=12, decimal_places=2, help_text="GBP, excl. VAT; below nought for money back."
    )
    what = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["dated", "id"]
        verbose_name_plural = "spend entries"
        triggers = [
            pgtrigger.Trigger(
                name="spend_is_summed",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF TG_OP <> 'INSERT' THEN
                        UPDATE innovation_den_pilot SET spent = spent - OLD.amount WHERE id = OLD.pilot_id;
                    END IF;
                    IF TG_OP <> 'DELETE' THEN
                        UPDATE innovation_den_pilot SET spent = spent + NEW.amount WHERE id = NEW.pilot_id;
                    END IF;
                    RETURN NULL;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.what}: £{self.amount}"


class LogEntry(SubmittedOnce):
    """A week of a pilot: what happened, and where the measure stands."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="log")
    dated = models.DateField()
    text = models.TextField("what happened", max_length=3000)
    value = models.DecimalField("the measure", max_digits=14, decimal_places=4, null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["dated", "id"]
        verbose_name_plural = "log entries"

    def __str__(self) -> str:
        return f"{self.dated}: {self.text[:60]}"


class StopRule(models.Model):
    """When a pilot should stop early. Both sides are told once when it is met; people decide."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="stop_rules")
    when = models.CharField(max_length=15, choices=StopWhen.choices)
    limit = models.DecimalField(max_digits=14, decimal_places=4)
    met_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField("what was decided", max_length=1000, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["pilot", "when", "limit"], name="stop_rule_once")]

    def __str__(self) -> str:
        return f"{self.get_when_display()} {self.limit.normalize():f}"


class ReviewPoint(models.Model):
    """A day on which both sides look at the pilot, and what they decide."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="reviews")
    due_on = models.DateField()
    goes_on = models.BooleanField(null=True, blank=True)
    note = models.TextField(max_length=3000, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [models.UniqueConstraint(fields=["pilot", "due_on"], name="review_once_a_day")]

    def __str__(self) -> str:
        return f"Review on {self.due_on}"


class PilotAmendment(SubmittedOnce):
    """A change of what was fixed. It holds once both sides have signed, and never before."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="amendments")
    number = models.PositiveSmallIntegerField()
    old = models.JSONField(help_text="The terms that change, as they were.")
    new = models.JSONField(help_text="The same, as they are to be.")
    reason = models.TextField(max_length=2000)
    proposed_side = models.CharField(max_length=10, choices=Side.choices)
    signed_by_sponsor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_by_firm = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["pilot", "number"], name="pilot_amendment_number_once"),
            models.CheckConstraint(
                name="pilot_amendment_signed_by_both",
                condition=Q(applied_at=None) | Q(signed_by_sponsor__isnull=False, signed_by_firm__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Amendment {self.number}"
