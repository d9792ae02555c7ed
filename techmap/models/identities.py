"""Which names mean the same firm: the company register, other names, and merges that can be undone."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse

from techmap.choices import MatchState


class Company(models.Model):
    """One company as the bulk file of Companies House last gave it. Its row is replaced whole where it differs."""

    number = models.CharField(max_length=8, primary_key=True)
    name = models.CharField(max_length=200)
    street_address = models.CharField(max_length=200, blank=True)
    locality = models.CharField(max_length=100, blank=True)
    postal_code = models.CharField(max_length=12, blank=True)
    country_name = models.CharField(max_length=60, blank=True)
    category = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=70, blank=True)
    incorporated_on = models.DateField(null=True, blank=True)
    dissolved_on = models.DateField(null=True, blank=True)
    sic_codes = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    previous_names = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    imported_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"


class OtherName(models.Model):
    """A name by which notices and spend files call the supplier, beside its own."""

    supplier = models.ForeignKey("organisations.Organisation", on_delete=models.CASCADE, related_name="other_names")
    name = models.CharField(max_length=200)
    folded = models.CharField(
        max_length=200, db_index=True, help_text="As `techmap.names.fold_name` has it: what two spellings share."
    )
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["supplier", "name"], name="other_name_once")]

    def __str__(self) -> str:
        return self.name


class NameMatch(models.Model):
    """Two suppliers whose names are alike. A person decides whether they are one; nothing is merged unasked."""

    # Of the two, the one with the smaller number is `first`, so that a pair stands here once.
    first = models.ForeignKey("organisations.Organisation", on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey("organisations.Organisation", on_delete=models.CASCADE, related_name="+")
    score = models.FloatField(help_text="How alike the folded names are, from 0 to 100.")
    state = models.CharField(max_length=10, choices=MatchState.choices, default=MatchState.WAITING)
    found_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-score", "id"]
        verbose_name_plural = "name matches"
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="name_match_once"),
            models.CheckConstraint(condition=models.Q(first__lt=models.F("second")), name="name_match_in_order"),
            models.CheckConstraint(condition=models.Q(state__in=MatchState.values), name="name_match_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.first} and {self.second}"

    def get_absolute_url(self) -> str:
        return reverse("techmap:match-detail", args=[self.pk])


class Merge(models.Model):
    """One supplier's facts given to another, with what is needed to give them back."""

    kept = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="merges")
    folded = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="merged_as")
    # Which rows moved, by kind: {"evidence": [pks], ...}; those that both had already stay behind, unseen.
    moved = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["folded"], condition=models.Q(undone_at=None), name="merged_into_one_at_a_time"
            ),
            models.CheckConstraint(condition=~models.Q(kept=models.F("folded")), name="merge_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.folded} into {self.kept}"
