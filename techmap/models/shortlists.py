"""Who was considered, who was left out and why: the record behind a direct award."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse

from portal.organisations.permissions import can_view_organisation
from portal.records import SubmittedOnce, Versioned
from techmap.choices import ShortlistOutcome, ShortlistState

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

# Looks at the list that a row belongs to, and waits for whoever is just locking it. An update may not move a
# row out of a locked list either, so both sides of it are looked at.
HELD_BY_LIST = """
    IF TG_OP <> 'INSERT' THEN
        SELECT state INTO held FROM techmap_shortlist WHERE id = OLD.shortlist_id FOR SHARE;
        IF held = 'locked' THEN
            RAISE EXCEPTION 'A locked shortlist never changes: %', TG_TABLE_NAME;
        END IF;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        SELECT state INTO held FROM techmap_shortlist WHERE id = NEW.shortlist_id FOR SHARE;
        IF held = 'locked' THEN
            RAISE EXCEPTION 'A locked shortlist never changes: %', TG_TABLE_NAME;
        END IF;
        RETURN NEW;
    END IF;
    RETURN OLD;
"""
ONLY_OF_LOCKED = """
    IF NOT EXISTS (SELECT 1 FROM techmap_shortlist WHERE id = NEW.shortlist_id AND state = 'locked') THEN
        RAISE EXCEPTION 'Only a locked shortlist has files';
    END IF;
    RETURN NEW;
"""
LOCKED_WITH_LIST = pgtrigger.Trigger(
    name="locked_with_its_list",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    declare=[("held", "text")],
    func=HELD_BY_LIST,
)
HASH_OF_RECORD = models.Func(
    models.F("record"),
    template="encode(sha256(convert_to(%(expressions)s, 'UTF8')), 'hex')",
    output_field=models.CharField(),
)


class ShortlistQuerySet(models.QuerySet["Shortlist"]):
    def visible_to(self, user: User | AnonymousUser) -> ShortlistQuerySet:
        """Colleagues of the public body that keeps it; staff of the portal see all."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_staff:
            return self.all()
        return self.filter(organisation__memberships__user=user, organisation__memberships__ended_at=None)


@pghistory.track()
class Shortlist(Versioned, SubmittedOnce):
    """A saved search, narrowed with a reason for each supplier left out, then locked for good."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="shortlists")
    title = models.CharField(max_length=150)
    purpose = models.TextField(max_length=2000, blank=True, help_text="What is to be bought, and by which route.")
    query = models.TextField(blank=True, help_text="The search that gave the long list, as it stands in the address.")
    query_words = models.TextField(blank=True, help_text="The same search in plain words.")
    data_version = models.BigIntegerField(help_text="The techmap's state when the long list was drawn.")
    drawn_at = models.DateTimeField(help_text="When the long list was drawn.")
    from_search = models.BooleanField(
        default=True,
        db_default=True,
        help_text="The search gave the suppliers; otherwise they were named, as by a combination.",
    )
    # How a combination of firms was reached, where one was proposed: what was asked, what was found, how proven.
    reasoning = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=ShortlistState.choices, default=ShortlistState.OPEN)
    outcome = models.CharField(max_length=12, choices=ShortlistOutcome.choices, blank=True)
    outcome_reason = models.TextField(max_length=3000, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    locked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    locked_at = models.DateTimeField(null=True, blank=True)
    # What `techmap.record` wrote when it was locked: the very text whose UTF-8 bytes the hash is of.
    record = models.TextField(blank=True, editable=False)
    record_hash = models.CharField("SHA-256 of the record", max_length=64, blank=True, db_index=True)

    objects = ShortlistQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=ShortlistState.values), name="shortlist_state_known"),
            models.CheckConstraint(
                condition=models.Q(state=ShortlistState.OPEN, locked_at=None, locked_by=None, record="", record_hash="")
                | (
                    models.Q(state=ShortlistState.LOCKED, locked_at__isnull=False, locked_by__isnull=False)
                    & models.Q(record_hash=HASH_OF_RECORD)
                    & ~models.Q(record="")
                    & ~models.Q(outcome="")
                    & ~models.Q(outcome_reason="")
                ),
                name="shortlist_locked_with_its_record",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="") | models.Q(outcome__in=ShortlistOutcome.values),
                name="shortlist_outcome_known",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="locked_for_good",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__state="locked"),
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("techmap:shortlist-detail", args=[self.public_id])

    def history_visible_to(self, user: User | AnonymousUser) -> bool:
        return can_view_organisation(user, self.organisation)

    @property
    def is_locked(self) -> bool:
        return self.state == ShortlistState.LOCKED


class ShortlistEntry(Versioned):
    """One supplier of the long list: still in, or left out for a reason. Two editors collide on a supplier only."""

    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    shortlist = models.ForeignKey(Shortlist, on_delete=models.CASCADE, related_name="entries")
    supplier = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField(help_text="Its place in the search when the long list was drawn.")
    why_found = models.CharField(max_length=300, blank=True)
    # Where the supplier came to match after the list was drawn, and somebody added it.
    added_at = models.DateTimeField(null=True, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_left_out = models.BooleanField(default=False)
    reason = models.CharField(max_length=1000, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = "shortlist entries"
        constraints = [
            models.UniqueConstraint(fields=["shortlist", "supplier"], name="shortlist_entry_once"),
            models.CheckConstraint(
                condition=models.Q(is_left_out=False)
                | (~models.Q(reason="") & models.Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="left_out_for_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(added_at=None, added_by=None)
                | models.Q(added_at__isnull=False, added_by__isnull=False),
                name="shortlist_entry_added_by_somebody",
            ),
        ]
        triggers = [LOCKED_WITH_LIST]

    def __str__(self) -> str:
        return f"{self.supplier} on {self.shortlist}"


class ShortlistNote(SubmittedOnce):
    """What a colleague wrote, on the whole list or on one supplier of it. Never changed."""

    shortlist = models.ForeignKey(Shortlist, on_delete=models.CASCADE, related_name="notes")
    entry = models.ForeignKey(ShortlistEntry, null=True, blank=True, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField(max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        triggers = [LOCKED_WITH_LIST, pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return self.text[:60]


class ShortlistExport(models.Model):
    """One file that was made of a locked shortlist. Its hash tells, later, whether a copy is the same file."""

    shortlist = models.ForeignKey(Shortlist, on_delete=models.CASCADE, related_name="exports")
    format = models.CharField(max_length=8)
    sha256 = models.CharField("SHA-256", max_length=64, unique=True)
    size = models.PositiveBigIntegerField("size in bytes")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-made_at", "-id"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="only_of_locked", when=pgtrigger.Before, operation=pgtrigger.Insert, func=ONLY_OF_LOCKED
            ),
        ]

    def __str__(self) -> str:
        return f"{self.format}, {self.sha256[:12]}"
