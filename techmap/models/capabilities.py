"""What government buys, in two levels, and who wants to hear of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse

from portal.organisations.permissions import is_portal_staff
from techmap.choices import ClaimOrigin

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User
    from techmap.models.profiles import SupplierProfile


class CapabilityQuerySet(models.QuerySet["Capability"]):
    def parents(self) -> CapabilityQuerySet:
        return self.filter(parent=None)

    def offered(self) -> CapabilityQuerySet:
        """Second-level capabilities in use: what a supplier claims and a request concerns."""
        return self.filter(parent__isnull=False, is_retired=False)

    def in_use(self) -> CapabilityQuerySet:
        return self.filter(is_retired=False)

    def claimed_by(self, profile: SupplierProfile) -> CapabilityQuerySet:
        """What the supplier itself says it can do; guesses are left out."""
        return self.filter(claims__profile=profile, claims__origin=ClaimOrigin.SUPPLIER)

    def with_alias_text(self) -> CapabilityQuerySet:
        """Adds `alias_text`, all aliases as one text that can be searched."""
        joined = models.Func(models.F("aliases"), models.Value(" | "), function="array_to_string")
        return self.annotate(alias_text=models.ExpressionWrapper(joined, output_field=models.TextField()))

    def by_parent(self) -> CapabilityQuerySet:
        """In the order in which the two-level list is shown."""
        return self.select_related("parent").order_by("parent__position", "parent__name", "position", "name")


class Capability(models.Model):
    """One kind of technology that government buys. Two levels: a parent, and what it holds."""

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=300, blank=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    aliases = ArrayField(models.CharField(max_length=60), default=list, blank=True, help_text="Other words for it.")
    cpv_prefixes = ArrayField(
        models.CharField(max_length=8),
        default=list,
        blank=True,
        help_text="How the CPV codes of its notices begin, for example 72212.",
    )
    is_retired = models.BooleanField(
        "retired", default=False, help_text="Nobody can choose it any more; claims and requests that name it stay."
    )
    position = models.PositiveSmallIntegerField(default=0)
    is_edited = models.BooleanField(
        "edited here",
        default=False,
        editable=False,
        help_text="Saved in the admin, so loading the taxonomy file leaves it as it is.",
    )
    updated_at = models.DateTimeField(auto_now=True)

    objects = CapabilityQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        verbose_name_plural = "capabilities"
        constraints = [
            models.CheckConstraint(condition=~models.Q(parent=models.F("id")), name="capability_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("techmap:capability-detail", args=[self.code])

    def history_visible_to(self, user: User | AnonymousUser) -> bool:
        """Staff alone change it, and read what they did."""
        return is_portal_staff(user)

    @property
    def is_parent(self) -> bool:
        return self.parent_id is None


class CapabilityFollow(models.Model):
    """Someone wants to hear of every request that concerns a capability."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="capability_follows")
    capability = models.ForeignKey(Capability, on_delete=models.CASCADE, related_name="follows")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["capability__name"]
        constraints = [models.UniqueConstraint(fields=["user", "capability"], name="follow_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.capability}"
