"""What a supplier says of itself: its profile, the claims in it, and what a profile holds besides."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse

from portal.organisations.permissions import can_view_organisation
from portal.records import Region, SubmittedOnce, Versioned
from techmap.choices import AccreditationKind, ClaimOrigin, ContactRole, Level, RefereeAnswer, Sector
from techmap.models.capabilities import Capability

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

REVIEW_EVERY = timedelta(days=365)


@pghistory.track()
class SupplierProfile(Versioned):
    """What one supplier says of itself."""

    organisation = models.OneToOneField(
        "organisations.Organisation", on_delete=models.CASCADE, related_name="supplier_profile"
    )
    summary = models.CharField(max_length=300, blank=True)
    description = models.TextField(max_length=5000, blank=True)
    technologies = ArrayField(models.CharField(max_length=40), default=list, db_default=[], blank=True)
    sectors = ArrayField(
        models.CharField(max_length=12, choices=Sector.choices), default=list, db_default=[], blank=True
    )
    regions_served = ArrayField(models.CharField(max_length=3, choices=Region.choices), default=list, blank=True)
    is_vcse = models.BooleanField(
        "voluntary, community or social enterprise",
        null=True,
        help_text="Unknown until the supplier says yes or no.",
    )
    links = ArrayField(models.URLField(), default=list, blank=True)
    reviewed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the supplier last said that all of it is still true."
    )
    updated_at = models.DateTimeField(auto_now=True)
    capabilities = models.ManyToManyField(Capability, through="CapabilityClaim", related_name="profiles")

    def __str__(self) -> str:
        return str(self.organisation)

    def get_absolute_url(self) -> str:
        return reverse("techmap:supplier-detail", args=[self.organisation_id])

    def history_visible_to(self, user: User | AnonymousUser) -> bool:
        return can_view_organisation(user, self.organisation)

    @property
    def review_due_at(self) -> datetime | None:
        """A year after the last review; None for a profile that nobody has reviewed."""
        return self.reviewed_at + REVIEW_EVERY if self.reviewed_at else None

    def is_stale(self, now: datetime) -> bool:
        """Whether a year has passed since the supplier last stood by it. One never reviewed is stale."""
        return self.review_due_at is None or self.review_due_at <= now


class CapabilityClaim(models.Model):
    """A supplier says that it can do this, or a notice suggests so."""

    profile = models.ForeignKey(SupplierProfile, on_delete=models.CASCADE, related_name="claims")
    capability = models.ForeignKey(Capability, on_delete=models.PROTECT, related_name="claims")
    origin = models.CharField(max_length=10, choices=ClaimOrigin.choices, default=ClaimOrigin.SUPPLIER)
    level = models.CharField(max_length=10, choices=Level.choices, db_default="", blank=True)
    since = models.PositiveSmallIntegerField("since (year)", null=True, blank=True)
    claimed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["capability__name"]
        constraints = [
            models.UniqueConstraint(fields=["profile", "capability"], name="claim_once_per_capability"),
            models.CheckConstraint(condition=models.Q(origin__in=ClaimOrigin.values), name="claim_origin_known"),
            models.CheckConstraint(condition=models.Q(level__in=["", *Level.values]), name="claim_level_known"),
        ]

    def __str__(self) -> str:
        return f"{self.profile}: {self.capability}"

    @property
    def is_guessed(self) -> bool:
        return self.origin == ClaimOrigin.GUESSED


class RemovedClaim(models.Model):
    """The supplier said that it does not do this, so no notice may suggest it again."""

    profile = models.ForeignKey(SupplierProfile, on_delete=models.CASCADE, related_name="removed_claims")
    capability = models.ForeignKey(Capability, on_delete=models.CASCADE, related_name="+")
    removed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-removed_at"]
        constraints = [models.UniqueConstraint(fields=["profile", "capability"], name="removed_claim_once")]

    def __str__(self) -> str:
        return f"{self.profile}: not {self.capability}"


# --- What a profile holds besides ------------------------------------------------------------------


class Accreditation(Versioned, SubmittedOnce):
    """A certificate that the supplier says it holds. After `expires_on` it is shown as expired."""

    profile = models.ForeignKey(SupplierProfile, on_delete=models.CASCADE, related_name="accreditations")
    kind = models.CharField(max_length=24, choices=AccreditationKind.choices)
    number = models.CharField("certificate number", max_length=80, blank=True)
    issued_by = models.CharField(max_length=120, blank=True)
    expires_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["kind"]
        constraints = [models.UniqueConstraint(fields=["profile", "kind"], name="accreditation_once_per_kind")]

    def __str__(self) -> str:
        return self.get_kind_display()

    def is_expired(self, today: date) -> bool:
        """Its last day still counts."""
        return self.expires_on is not None and self.expires_on < today


class Framework(models.Model):
    """A framework agreement by which government buys. Kept in the admin, or loaded from the portal's file."""

    code = models.SlugField(max_length=40, unique=True, allow_unicode=False)
    reference = models.CharField(max_length=40, blank=True, help_text="For example RM1557.14.")
    name = models.CharField(max_length=120)
    lots = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    is_retired = models.BooleanField(
        "retired", default=False, help_text="Nobody can choose it any more; places on it stay."
    )
    is_edited = models.BooleanField("edited here", default=False, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class FrameworkPlace(Versioned, SubmittedOnce):
    """A supplier's place on a framework, and the lots that it holds there."""

    profile = models.ForeignKey(SupplierProfile, on_delete=models.CASCADE, related_name="framework_places")
    framework = models.ForeignKey(Framework, on_delete=models.PROTECT, related_name="places")
    lots = ArrayField(models.CharField(max_length=120), default=list, blank=True)

    class Meta:
        ordering = ["framework__name"]
        constraints = [models.UniqueConstraint(fields=["profile", "framework"], name="framework_place_once")]

    def __str__(self) -> str:
        return f"{self.profile} on {self.framework}"


class Contact(Versioned, SubmittedOnce):
    """The person at the supplier to ask about one thing. Signed-in people of public bodies see them."""

    profile = models.ForeignKey(SupplierProfile, on_delete=models.CASCADE, related_name="contacts")
    role = models.CharField(max_length=16, choices=ContactRole.choices)
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    telephone = models.CharField(max_length=30, blank=True)

    class Meta:
        ordering = ["role", "name"]

    def __str__(self) -> str:
        return f"{self.name}, {self.get_role_display()}"


class CaseStudy(Versioned, SubmittedOnce):
    """Work that the supplier did for a customer. Once a referee of a public body confirms it, it is evidence."""

    profile = models.ForeignKey(SupplierProfile, on_delete=models.CASCADE, related_name="case_studies")
    title = models.CharField(max_length=150)
    customer = models.CharField(max_length=200)
    summary = models.TextField(max_length=3000)
    finished_on = models.DateField("finished", help_text="The day the work ended, or today where it goes on.")
    capabilities = models.ManyToManyField(Capability, related_name="case_studies")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-finished_on", "-id"]
        verbose_name_plural = "case studies"

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("techmap:case-study-detail", args=[self.profile.organisation_id, self.pk])


class RefereeRequest(SubmittedOnce):
    """One question to one referee, answered once by a signed link. Only a hash of the link's token is kept."""

    case_study = models.ForeignKey(CaseStudy, on_delete=models.CASCADE, related_name="referee_requests")
    email = models.EmailField()
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # What the referee was asked to confirm, so that a later edit of the case study is seen to be one.
    asked_about = models.JSONField(default=dict)
    answer = models.CharField(max_length=10, choices=RefereeAnswer.choices, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    referee_name = models.CharField(max_length=120, blank=True)
    referee_role = models.CharField(max_length=120, blank=True)
    comment = models.TextField(max_length=1000, blank=True)

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case_study", "email"],
                condition=models.Q(answered_at=None),
                name="referee_asked_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(answer="", answered_at=None)
                | (models.Q(answer__in=RefereeAnswer.values) & models.Q(answered_at__isnull=False)),
                name="referee_answered_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} on {self.case_study}"
