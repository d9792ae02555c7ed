"""Tokens: drawn once, shown once, kept as a hash; and the answers that are given again to a request sent twice."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse

from portal.records import SubmittedOnce
from portal.tokens.choices import ANSWERS_KEPT, Scope, TokenState

if TYPE_CHECKING:
    from datetime import datetime


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def working_at(self, now: datetime) -> ApiTokenQuerySet:
        """Neither revoked nor out of date. Whether its maker may still use it is asked at each use."""
        return self.filter(revoked_at=None, expires_at__gt=now)


class ApiToken(SubmittedOnce):
    """One key of one organisation. It acts for the person who made it, for as long as they might make it again."""

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

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-id"]
        verbose_name = "API token"
        constraints = [
            models.CheckConstraint(condition=~Q(scopes=[]), name="token_has_a_scope"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("made_at")), name="token_expires_after_it_was_made"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("tokens:token-list", args=[self.organisation_id])

    def state_at(self, now: datetime) -> TokenState:
        if self.revoked_at:
            return TokenState.REVOKED
        return TokenState.WORKS if now < self.expires_at else TokenState.EXPIRED

    @property
    def scope_words(self) -> list[str]:
        """What it may do, in words; a scope that is no longer known by its code."""
        known = dict(Scope.choices)
        return [known.get(scope, scope) for scope in self.scopes]


class KeptAnswer(models.Model):
    """What a request with an `Idempotency-Key` was answered; the same key with the same request gets it again.

    `status` is null until the request was answered. While it is at work its transaction holds the row's lock, so a
    process that dies leaves a row that the next try takes over.
    """

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="kept_answers")
    key = models.CharField(max_length=100)
    fingerprint = models.CharField("SHA-256 of method, path and body", max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return self.key

    def is_kept_at(self, now: datetime) -> bool:
        return now - self.at < ANSWERS_KEPT
