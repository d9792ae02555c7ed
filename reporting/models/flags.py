"""Flags: what a declared rule found odd in the figures of a contract, and what people answer. Never a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from portal.organisations.models import Organisation
from portal.organisations.permissions import can_view_organisation
from portal.records import SubmittedOnce
from reporting.choices import FlagState

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


class FlagQuerySet(models.QuerySet["Flag"]):
    def visible_to(self, user: User | AnonymousUser) -> FlagQuerySet:
        """Those of a person's own contracts, as buyer or supplier; staff see all."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_staff:
            return self.all()
        mine = Organisation.objects.of_user(user).values("pk")
        return self.filter(Q(contract__buyer__in=mine) | Q(contract__supplier__in=mine))

    def standing(self) -> FlagQuerySet:
        """Open or answered: the rule holds."""
        return self.exclude(state=FlagState.CLEARED)

    def locked(self, pk: int) -> Flag:
        return self.select_for_update(no_key=True).get(pk=pk)


class Flag(models.Model):
    """One rule that holds for one contract. Both parties see it and may answer; it goes when it holds no longer."""

    contract = models.ForeignKey("reporting.Contract", on_delete=models.CASCADE, related_name="flags")
    filed = models.ForeignKey(
        "reporting.Return", null=True, blank=True, on_delete=models.SET_NULL, related_name="flags"
    )
    rule = models.CharField(max_length=40, help_text="Its id in the declared list.")
    rule_version = models.CharField(max_length=10)
    state = models.CharField(max_length=10, choices=FlagState.choices, default=FlagState.OPEN)
    says = models.CharField(max_length=500, help_text="The question, with its figures.")
    found = models.JSONField(default=dict)  # every figure of the formula, by name, as text
    raised_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)

    objects = FlagQuerySet.as_manager()

    class Meta:
        ordering = ["-raised_at", "-id"]
        indexes = [models.Index(fields=["rule", "state"], name="flag_by_rule")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=FlagState.values), name="flag_state_known"),
            models.UniqueConstraint(
                fields=["contract", "rule"], condition=~Q(state=FlagState.CLEARED), name="flag_stands_once"
            ),
        ]

    def __str__(self) -> str:
        return self.says[:80]

    def get_absolute_url(self) -> str:
        return reverse("reporting:flag-detail", args=[self.pk])

    def history_visible_to(self, user: User | AnonymousUser) -> bool:
        """Both parties and staff."""
        return can_view_organisation(user, self.contract.buyer) or can_view_organisation(user, self.contract.supplier)

    @property
    def is_cleared(self) -> bool:
        return self.state == FlagState.CLEARED


class FlagAnswer(SubmittedOnce):
    """What one of the parties says to a flag. Never edited."""

    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="answers")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return self.text[:60]
