"""The outbox and the inbox: what was said, and to whom it was brought.

A `Message` is said once; a `Delivery` brings it to one person. Both are written in the transaction
of the change that they speak of, so that neither is ever lost or early. The delivery is at once the
line in the person's inbox and the row of the e-mail outbox.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from portal.notifications.choices import DeliveryState, Frequency, Kind


class Message(models.Model):
    """What is said: the same words to everyone whom it concerns."""

    kind = models.CharField(max_length=20, choices=Kind.choices)
    subject = models.CharField(max_length=200)
    body = models.TextField(help_text="Plain text; paragraphs are parted by an empty line.")
    path = models.CharField(max_length=300, blank=True, help_text="The page that it leads to, from the root.")
    link_text = models.CharField(max_length=100, blank=True)
    dedupe_key = models.CharField(
        max_length=200, unique=True, null=True, help_text="Saying the same thing again adds nothing."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.subject


class Delivery(models.Model):
    """One message brought to one person: in their inbox, and by e-mail as they prefer."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="deliveries"
    )
    email = models.EmailField(help_text="The address at the time of sending.")
    reason = models.CharField(max_length=200, blank=True, help_text="Why this person is told.")
    in_inbox = models.BooleanField(default=True)
    read_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.QUEUED)
    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    provider_id = models.CharField(max_length=100, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)
    sent_at = models.DateTimeField(null=True)
    digest = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="digested")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["message", "recipient"], name="delivery_once_per_person"),
        ]
        indexes = [
            models.Index(
                fields=["id"], name="delivery_outbox",
                condition=models.Q(state__in=[DeliveryState.QUEUED, DeliveryState.SENDING]),
            ),
            models.Index(fields=["recipient", "-id"], name="delivery_inbox", condition=models.Q(in_inbox=True)),
        ]

    def __str__(self) -> str:
        return f"{self.message} to {self.email}"


class Preference(models.Model):
    """How one person wants one kind of notice. No row means at once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preferences")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    frequency = models.CharField(max_length=10, choices=Frequency.choices, default=Frequency.AT_ONCE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="preference_once_per_kind")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_frequency_display()}"
