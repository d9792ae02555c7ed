"""What a framework asks for beside the standard: fields that staff add in the admin, without a new version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from portal.organisations.permissions import is_portal_staff

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


class FrameworkField(models.Model):
    """One further field. It counts for periods that begin on `since` or later, and no longer after `until`.

    What was filed is read by the field as it then was, so nothing but `until` changes once a return was filed with it.
    """

    framework = models.ForeignKey("techmap.Framework", on_delete=models.PROTECT, related_name="return_fields")
    # A contract names its framework in words. These keep to the field when the framework is renamed.
    known_as = ArrayField(
        models.CharField(max_length=120), default=list, editable=False, help_text="Folded: code, reference and name."
    )
    table = models.CharField(max_length=40, help_text="A table of the standard.")
    name = models.CharField(max_length=40, help_text="Small letters, figures and underscores, for files.")
    label = models.CharField(max_length=80, help_text="What people read above the field.")
    help = models.CharField(max_length=300, help_text="What to enter.")
    type = models.CharField(max_length=12, help_text="A type of the standard.")
    codes = models.CharField("code list", max_length=40, blank=True, help_text="Of the standard, for a code.")
    longest = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Characters, for a text.")
    is_required = models.BooleanField("required", default=False)
    since = models.DateField(help_text="It is asked for in periods that begin on this day or later.")
    until = models.DateField(
        null=True, blank=True, help_text="No longer in periods that begin after this day. Empty where it stays."
    )

    class Meta:
        ordering = ["framework", "table", "id"]
        constraints = [
            models.UniqueConstraint(fields=["framework", "table", "name"], name="framework_field_once"),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=models.F("since")), name="framework_field_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.framework}: {self.label}"

    def history_visible_to(self, user: User | AnonymousUser) -> bool:
        """Staff alone keep it, and read what they did."""
        return is_portal_staff(user)
