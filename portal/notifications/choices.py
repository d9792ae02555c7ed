"""Kinds of notice, how a person wants them, and the life of one delivery."""

from django.db import models


class Kind(models.TextChoices):
    """What a person may choose to hear at once, in a daily digest or not at all."""

    ACCOUNT = "account", "Your account and security"
    ORGANISATION = "organisation", "Your organisation: members, invitations and verification"
    MATCH = "match", "New requests that match your capabilities"
    QUESTION = "question", "Questions and answers on requests you take part in"
    RESPONSE = "response", "Responses to your requests"
    DEADLINE = "deadline", "Deadlines and closings"
    OUTCOME = "outcome", "Outcomes: what was heard and what changed"


ALWAYS_AT_ONCE = frozenset({Kind.ACCOUNT})


class Frequency(models.TextChoices):
    AT_ONCE = "at_once", "At once"
    DAILY = "daily", "Once a day, in one e-mail"
    OFF = "off", "No e-mail"


class DeliveryState(models.TextChoices):
    NO_EMAIL = "no_email", "In the inbox only"
    DIGEST = "digest", "Waiting for the daily e-mail"
    QUEUED = "queued", "Waiting to be sent"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Not delivered"


TRANSITIONS = {
    DeliveryState.NO_EMAIL: set(),
    DeliveryState.DIGEST: {DeliveryState.SENT},
    DeliveryState.QUEUED: {DeliveryState.SENDING},
    DeliveryState.SENDING: {DeliveryState.SENT, DeliveryState.QUEUED, DeliveryState.FAILED},
    DeliveryState.SENT: set(),
    DeliveryState.FAILED: {DeliveryState.QUEUED},
}
