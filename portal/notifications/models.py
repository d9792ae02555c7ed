"""The outbox and the inbox: what was said, and to whom it was brought.

A `Message` is said once; a `Delivery` brings it to one person. Both are written in the transaction
of the change that they speak of, so that neither is ever lost or early. The delivery is at once the
line in the person's inbox and the row of the e-mail outbox.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from portal.notifications.choices import CHOOSABLE, DeliveryState, Frequency, Kind

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


class Message(models.Model):
    """What is said: the same words to everyone whom it concerns."""

    kind = models.CharField(max_length=20, choices=Kind.choices)
    subject = models.CharField(max_length=200)
    body = models.TextField(help_text="Plain text; paragraphs are parted by an empty line.")
    html = models.TextField(blank=True, help_text="Only where the text alone would not do.")
    path = models.CharField(max_length=300, blank=True, help_text="The page that it leads to, from the root.")
    link_text = models.CharField(max_length=100, blank=True)
    dedupe_key = models.CharField(  # noqa: DJ001 -- null is "no key", and nulls never clash
        max_length=200, unique=True, null=True, help_text="Saying the same thing again adds nothing."
    )
    erase_when_sent = models.BooleanField(
        default=False, help_text="It holds a link that signs a person in: its text is kept no longer than needed."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["created_at"], name="message_secrets", condition=Q(erase_when_sent=True) & ~Q(body="")
            ),
        ]
        constraints = [
            # A path such as //evil.example would lead away from the portal.
            models.CheckConstraint(
                name="message_path_is_local",
                condition=Q(path="") | (Q(path__startswith="/") & ~Q(path__startswith="//") & ~Q(path__contains="\\")),
            ),
        ]

    def __str__(self) -> str:
        return self.subject


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def inbox_of(self, user: User) -> DeliveryQuerySet:
        """What the person's inbox holds: the unread first, then the newest."""
        return (
            self.filter(recipient=user, in_inbox=True)
            .select_related("message")
            .order_by(F("read_at").desc(nulls_first=True), "-id")
        )

    def unread(self) -> DeliveryQuerySet:
        return self.filter(in_inbox=True, read_at=None)


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

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["message", "recipient"], name="delivery_once_per_person"),
            models.CheckConstraint(
                name="delivery_lease_while_sending",
                condition=Q(state=DeliveryState.SENDING, leased_until__isnull=False)
                | (~Q(state=DeliveryState.SENDING) & Q(leased_until=None)),
            ),
            models.CheckConstraint(
                name="delivery_sent_has_time",
                condition=Q(state=DeliveryState.SENT, sent_at__isnull=False)
                | (~Q(state=DeliveryState.SENT) & Q(sent_at=None)),
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="delivery_queued", condition=Q(state=DeliveryState.QUEUED)),
            models.Index(fields=["id"], name="delivery_sending", condition=Q(state=DeliveryState.SENDING)),
            models.Index(fields=["recipient"], name="delivery_digest", condition=Q(state=DeliveryState.DIGEST)),
            models.Index(fields=["recipient", "-id"], name="delivery_inbox", condition=Q(in_inbox=True)),
            models.Index(
                fields=["recipient"], name="delivery_unread", condition=Q(in_inbox=True, read_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message} to {self.email}"

    def get_absolute_url(self) -> str:
        return reverse("notifications:notice-detail", args=[self.pk])

    def history_visible_to(self, user: User | AnonymousUser) -> bool:
        """Its recipient, and the staff who send again what failed."""
        own = self.in_inbox and user.pk is not None and user.pk == self.recipient_id
        return own or (user.is_active and user.is_staff)


class Preference(models.Model):
    """How one person wants one kind of notice. No row means at once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preferences")
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.label) for kind in CHOOSABLE])
    frequency = models.CharField(max_length=10, choices=Frequency.choices, default=Frequency.AT_ONCE)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="preference_once_per_kind"),
            models.CheckConstraint(
                name="preference_kind_is_choosable", condition=Q(kind__in=[kind.value for kind in CHOOSABLE])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_frequency_display()}"
