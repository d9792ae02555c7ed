"""Dated facts about suppliers from outside their own words: evidence, ratings and prices."""

from __future__ import annotations

from django.db import models

from portal.records import Region
from techmap.choices import EvidenceKind
from techmap.models.capabilities import Capability


class Evidence(models.Model):
    """A dated fact that bears a claim out. Written through `techmap.actions.record_evidence` alone."""

    supplier = models.ForeignKey("organisations.Organisation", on_delete=models.CASCADE, related_name="evidence")
    capability = models.ForeignKey(Capability, null=True, blank=True, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=12, choices=EvidenceKind.choices)
    source = models.CharField(max_length=200, help_text="What it can be looked up by, for example an OCID.")
    title = models.CharField(max_length=300)
    dated = models.DateField()
    url = models.URLField(max_length=500, blank=True)
    is_guessed = models.BooleanField(default=False, help_text="The capability was guessed from codes and words.")
    # One contract that bears out three capabilities is three rows. Each has the whole value, so sums over
    # contracts count a source once: `techmap.queries` says how.
    value = models.DecimalField(
        max_digits=16, decimal_places=2, null=True, blank=True, help_text="GBP, excluding VAT, of the whole contract."
    )
    buyer = models.ForeignKey(
        "organisations.Organisation", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    buyer_name = models.CharField(max_length=200, db_default="", blank=True)
    region = models.CharField(
        max_length=3, choices=Region.choices, db_default="", blank=True, help_text="Where it was delivered."
    )
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-dated", "-id"]
        verbose_name_plural = "evidence"
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "capability", "kind", "source"], nulls_distinct=False, name="evidence_once"
            ),
            models.CheckConstraint(condition=models.Q(kind__in=EvidenceKind.values), name="evidence_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.title}"


class Rating(models.Model):
    """One rating from an accepted assessment of a contract. Written through `techmap.actions.record_rating`."""

    supplier = models.ForeignKey("organisations.Organisation", on_delete=models.CASCADE, related_name="ratings")
    capability = models.ForeignKey(Capability, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=200, help_text="What the assessment can be looked up by.")
    what = models.CharField(max_length=150, help_text="What was rated, for example a key performance indicator.")
    grade = models.CharField(max_length=40, help_text="In the words of the assessment, for example Good.")
    dated = models.DateField()
    rated_by = models.CharField(max_length=200)
    url = models.URLField(max_length=500, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-dated", "-id"]
        constraints = [models.UniqueConstraint(fields=["supplier", "source", "what"], name="rating_once")]

    def __str__(self) -> str:
        return f"{self.what}: {self.grade}"


class Price(models.Model):
    """One price known from an accepted return. Written through `techmap.actions.record_prices`."""

    supplier = models.ForeignKey("organisations.Organisation", on_delete=models.CASCADE, related_name="prices")
    capability = models.ForeignKey(Capability, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=200, help_text="What the return can be looked up by.")
    what = models.CharField(max_length=150, help_text="The role or product.")
    unit = models.CharField(max_length=20, help_text="For example day, user or each.")
    amount = models.DecimalField(max_digits=14, decimal_places=2, help_text="GBP for one unit, excluding VAT.")
    dated = models.DateField()
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-dated", "-id"]
        constraints = [models.UniqueConstraint(fields=["supplier", "source", "what", "unit"], name="price_once")]

    def __str__(self) -> str:
        return f"{self.what}: £{self.amount} for each {self.unit}"
