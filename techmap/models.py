"""What government buys (capabilities), who offers it (profiles and claims) and what shows it (evidence)."""

from __future__ import annotations

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse

from portal.records import Region, Versioned
from techmap.choices import ClaimOrigin, EvidenceKind


class CapabilityQuerySet(models.QuerySet["Capability"]):
    def parents(self) -> CapabilityQuerySet:
        return self.filter(parent=None)

    def offered(self) -> CapabilityQuerySet:
        """Second-level capabilities in use: what a supplier claims and a request concerns."""
        return self.filter(parent__isnull=False, is_retired=False)


class Capability(models.Model):
    """One kind of technology that government buys. Two levels: a parent, and what it holds."""

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=300, blank=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    aliases = ArrayField(models.CharField(max_length=60), default=list, blank=True, help_text="Other words for it.")
    cpv_prefixes = ArrayField(
        models.CharField(max_length=8), default=list, blank=True,
        help_text="How the CPV codes of its notices begin, for example 72212.",
    )
    is_retired = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)

    objects = CapabilityQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        verbose_name_plural = "capabilities"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("techmap:capability-detail", args=[self.code])


@pghistory.track()
class SupplierProfile(Versioned):
    """What one supplier says of itself."""

    organisation = models.OneToOneField(
        "organisations.Organisation", on_delete=models.CASCADE, related_name="supplier_profile"
    )
    summary = models.CharField(max_length=300, blank=True)
    description = models.TextField(max_length=5000, blank=True)
    regions_served = ArrayField(models.CharField(max_length=3, choices=Region.choices), default=list, blank=True)
    links = ArrayField(models.URLField(), default=list, blank=True)
    updated_at = models.DateTimeField(auto_now=True)
    capabilities = models.ManyToManyField(Capability, through="CapabilityClaim", related_name="profiles")

    def __str__(self) -> str:
        return str(self.organisation)

    def get_absolute_url(self) -> str:
        return reverse("techmap:supplier-detail", args=[self.organisation_id])


class CapabilityClaim(models.Model):
    """A supplier says that it can do this, or a notice suggests so."""

    profile = models.ForeignKey(SupplierProfile, on_delete=models.CASCADE, related_name="claims")
    capability = models.ForeignKey(Capability, on_delete=models.PROTECT, related_name="claims")
    origin = models.CharField(max_length=10, choices=ClaimOrigin.choices, default=ClaimOrigin.SUPPLIER)
    claimed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["capability__name"]
        constraints = [models.UniqueConstraint(fields=["profile", "capability"], name="claim_once_per_capability")]

    def __str__(self) -> str:
        return f"{self.profile}: {self.capability}"


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
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-dated", "-id"]
        verbose_name_plural = "evidence"
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "capability", "kind", "source"], nulls_distinct=False, name="evidence_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.title}"


class CapabilityFollow(models.Model):
    """Someone wants to hear of every request that concerns a capability."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="capability_follows")
    capability = models.ForeignKey(Capability, on_delete=models.CASCADE, related_name="follows")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "capability"], name="follow_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.capability}"
