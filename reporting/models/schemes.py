"""Schemes: the programmes that group contracts, and what government publishes of them each year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.urls import reverse

from portal.organisations.permissions import can_view_organisation, is_portal_staff
from portal.records import SubmittedOnce, Versioned
from reporting.choices import Confidence

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


class Scheme(Versioned, SubmittedOnce):
    """A programme. Its contracts are compared with those of other schemes."""

    code = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    # Null where the published name of the department is not that of an organisation here.
    organisation = models.ForeignKey(
        "organisations.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="schemes"
    )
    department = models.CharField(max_length=200, blank=True, help_text="As it was published.")
    category = models.CharField(max_length=120, blank=True)
    aims = models.TextField(max_length=10_000, blank=True)
    is_imported = models.BooleanField(default=False, help_text="Made from published data.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("reporting:scheme-detail", args=[self.code])

    def history_visible_to(self, user: User | AnonymousUser) -> bool:
        """The organisation's people, and staff of the portal."""
        if self.organisation is None:
            return is_portal_staff(user)
        return can_view_organisation(user, self.organisation)


class SchemeYear(models.Model):
    """What government published of one scheme in one year. Money is in millions of pounds, as published."""

    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="years")
    year = models.PositiveSmallIntegerField(help_text="The year of publication.")
    department = models.CharField(max_length=200, blank=True)
    category = models.CharField(max_length=120, blank=True)
    assessed_confidence = models.CharField(
        max_length=12, choices=Confidence.choices, blank=True, help_text="By the Infrastructure and Projects Authority."
    )
    own_confidence = models.CharField(
        max_length=12, choices=Confidence.choices, blank=True, help_text="By the senior responsible owner."
    )
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    baseline_millions = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    forecast_millions = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    variance_percent = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    whole_life_millions = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    # Why a figure is missing, by field and in the words of the source: {"whole_life_millions": "Exempt ..."}.
    withheld = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-year"]
        constraints = [models.UniqueConstraint(fields=["scheme", "year"], name="scheme_year_once")]

    def __str__(self) -> str:
        return f"{self.scheme}, {self.year}"
