"""Contracts: who buys what from whom, the baseline that never changes, and the amendments that do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse

from portal.organisations.models import Organisation
from portal.organisations.permissions import can_view_organisation
from portal.records import SubmittedOnce, Versioned, draw_letters
from reporting.choices import ContractState, PartyRole, Rhythm

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User
    from portal.audit.models import EventQuerySet


def draw_reference() -> str:
    return f"c{draw_letters(9)}"


class ContractQuerySet(models.QuerySet["Contract"]):
    def visible_to(self, user: User | AnonymousUser) -> ContractQuerySet:
        """The published ones for everybody; beside them their own for both sides; staff see all.

        A draft is its buyer's alone, and the staff's.
        """
        if not user.is_authenticated or not user.is_active:
            return self.filter(is_published=True)
        if user.is_staff:
            return self.all()
        mine = Organisation.objects.of_user(user).values("pk")
        supplied = Q(supplier__in=mine) & ~Q(state=ContractState.DRAFT)
        return self.filter(Q(is_published=True) | Q(buyer__in=mine) | supplied)

    def locked(self, pk: int) -> Contract:
        """The row as it is now, locked to the end of the transaction."""
        return self.select_for_update(no_key=True).get(pk=pk)

    def locked_after_supplier(self, pk: int) -> Contract:
        """The same, after its supplier: where the supplier's record is written too, as merges lock them."""
        while True:
            before = transaction.savepoint()
            supplier = Organisation.objects.locked(self.values_list("supplier", flat=True).get(pk=pk))
            contract = self.locked(pk)
            if contract.supplier_id == supplier.pk:
                transaction.savepoint_commit(before)
                return contract
            transaction.savepoint_rollback(before)  # a merge moved it meanwhile; this gives up both locks

    def locked_all(self, pks: Iterable[int]) -> ContractQuerySet:
        """Several rows, locked in one order by everybody as soon as they are read."""
        return self.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk")


@pghistory.track()
class Contract(Versioned, SubmittedOnce):
    """One contract between a buyer and a supplier. Money is in GBP without VAT."""

    reference = models.CharField(max_length=12, unique=True, default=draw_reference, editable=False)
    number = models.CharField("contract number", max_length=60, help_text="As the two parties call it.")
    title = models.CharField(max_length=200)
    description = models.TextField(max_length=5000, blank=True)
    scheme = models.ForeignKey(
        "reporting.Scheme", null=True, blank=True, on_delete=models.SET_NULL, related_name="contracts"
    )
    buyer = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="contracts_bought")
    # Returns and their lines carry it too: at national scale all three are kept together by supplier.
    supplier = models.ForeignKey(
        "organisations.Organisation", on_delete=models.PROTECT, related_name="contracts_supplied"
    )
    ocid = models.CharField("OCID", max_length=120, blank=True, db_index=True)
    engagement = models.ForeignKey(
        "engagement.EngagementRequest", null=True, blank=True, on_delete=models.SET_NULL, related_name="contracts"
    )
    cpv_codes = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    capabilities = models.ManyToManyField("techmap.Capability", blank=True, related_name="contracts")
    framework = models.CharField(max_length=120, blank=True)
    lot = models.CharField(max_length=120, blank=True)
    # The baseline, frozen when the contract becomes active.
    baseline_value = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    baseline_start = models.DateField()
    baseline_end = models.DateField()
    # The contract as every agreed amendment leaves it.
    current_value = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    current_end = models.DateField()
    rhythm = models.CharField("reporting period", max_length=10, choices=Rhythm.choices, default=Rhythm.MONTHLY)
    reports_from = models.DateField(
        null=True, blank=True, help_text="The first day of the first period to be reported; empty for none."
    )
    state = models.CharField(max_length=10, choices=ContractState.choices, default=ContractState.DRAFT)
    is_published = models.BooleanField(default=False)
    is_imported = models.BooleanField(default=False, help_text="Made from published notices.")
    released_at = models.DateTimeField(null=True, blank=True, help_text="The date of the notice last read.")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = ContractQuerySet.as_manager()

    class Meta:
        ordering = ["-baseline_start", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["buyer", "supplier", "number"], name="contract_number_once"),
            models.CheckConstraint(condition=~Q(buyer=models.F("supplier")), name="contract_between_two"),
            models.CheckConstraint(
                condition=Q(baseline_end__gte=models.F("baseline_start")), name="contract_ends_after_it_starts"
            ),
            models.CheckConstraint(condition=Q(state__in=ContractState.values), name="contract_state_known"),
            models.CheckConstraint(condition=Q(rhythm__in=Rhythm.values), name="contract_rhythm_known"),
            models.CheckConstraint(
                condition=Q(baseline_value=None) | Q(baseline_value__gte=0), name="contract_value_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("reporting:contract-detail", args=[self.reference])

    def history_visible_to(self, user: User | AnonymousUser) -> bool:
        """Both sides, and staff; a draft is its buyer's alone, as on its page."""
        if can_view_organisation(user, self.buyer):
            return True
        return not self.is_draft and can_view_organisation(user, self.supplier)

    def history_shown_to(self, user: User | AnonymousUser, events: EventQuerySet) -> EventQuerySet:
        """To the supplier from the day on which it became active: drafts, of assessments too, are the buyer's."""
        if can_view_organisation(user, self.buyer):
            return events
        shared = events if self.is_imported else events.since("reporting.contract.activated")
        return shared.exclude(name="reporting.contract.assessment_draft_removed")

    @property
    def is_draft(self) -> bool:
        return self.state == ContractState.DRAFT


class ContractParty(models.Model):
    """A further party: what OCDS lists beside the buyer and the main supplier."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="parties")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=PartyRole.choices)

    class Meta:
        ordering = ["role", "organisation__name"]
        verbose_name_plural = "contract parties"
        constraints = [models.UniqueConstraint(fields=["contract", "organisation", "role"], name="contract_party_once")]

    def __str__(self) -> str:
        return f"{self.organisation}, {self.get_role_display()}"


class BaselineMilestone(models.Model):
    """A milestone as the contract first set it."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="baseline_milestones")
    number = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    type = models.CharField(max_length=20, help_text="A code of the standard's list milestone_type.")
    due = models.DateField()

    class Meta:
        ordering = ["due", "number"]
        constraints = [models.UniqueConstraint(fields=["contract", "number"], name="milestone_number_once")]

    def __str__(self) -> str:
        return self.title


class BaselineKpi(models.Model):
    """A key performance indicator as the contract first set it."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="baseline_kpis")
    number = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    measured_in = models.CharField(max_length=30)
    target = models.DecimalField(max_digits=18, decimal_places=4)
    direction = models.CharField(max_length=10, help_text="A code of the standard's list direction.")

    class Meta:
        ordering = ["number"]
        verbose_name = "baseline KPI"
        constraints = [models.UniqueConstraint(fields=["contract", "number"], name="kpi_number_once")]

    def __str__(self) -> str:
        return self.title


class Amendment(SubmittedOnce):
    """An agreed change of the contract (OCDS `contracts/amendments`). Never edited; a further one follows."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="amendments")
    number = models.PositiveSmallIntegerField()
    dated = models.DateField()
    reason = models.CharField(max_length=1000)
    value_change = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    value_after = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    end_before = models.DateField()
    end_after = models.DateField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["contract", "number"], name="amendment_number_once")]

    def __str__(self) -> str:
        return f"Amendment {self.number} of {self.contract}"
