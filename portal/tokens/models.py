"""Tokens: drawn once, shown once, kept as a hash; and the answers that are given again to a request sent twice."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse

from portal.organisations.permissions import can_manage_organisation
from portal.records import SubmittedOnce

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


class ApiToken(SubmittedOnce):
    """One key of one organisation. It acts for the person who made it, for as long as they may write there."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=80, help_text="What uses it.")
    hint = models.CharField(max_length=12, help_text="Its first characters, to know it by.")
    digest = models.CharField("SHA-256 of the token", max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=30))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    used_at = models.DateTimeField(null=True, blank=True, help_text="To the hour.")

    class Meta:
        ordering = ["-made_at", "-id"]
        verbose_name = "API token"
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("made_at")), name="token_expires_after_it_was_made"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("tokens:token-list", args=[self.organisation_id])

    def history_visible_to(self, user: User | AnonymousUser) -> bool:
        return can_manage_organisation(user, self.organisation)


class KeptAnswer(models.Model):
    """What a request with an `Idempotency-Key` was answered; the same key with the same body gets it again.

    Kept for 24 hours. `status` is null while the first request is still at work.
    """

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="kept_answers")
    key = models.CharField(max_length=100)
    fingerprint = models.CharField("SHA-256 of method, path and body", max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    headers = models.JSONField(default=dict)
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return self.key
