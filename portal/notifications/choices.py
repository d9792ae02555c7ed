"""Kinds of notice, how a person wants them, and the life of one delivery."""

from __future__ import annotations

from django.db import models


class Kind(models.TextChoices):
    """What a notice is about. A person chooses for each of `CHOOSABLE` how they want to hear of it."""

    ACCOUNT = "account", "Your account and security"
    ORGANISATION = "organisation", "Your organisation: members, invitations and verification"
    MATCH = "match", "New requests that match your capabilities"
    QUESTION = "question", "Questions and answers on requests you take part in"
    RESPONSE = "response", "Responses to your requests"
    DEADLINE = "deadline", "Deadlines and closings"
    OUTCOME = "outcome", "Outcomes: what was heard and what changed"
    REPORT = "report", "Contracts and returns"
    DEN = "den", "Innovation dens and pilots"
    DIGEST = "digest", "The daily e-mail"


# The daily e-mail holds what a person chose; mail about an account can't be turned off.
ALWAYS_AT_ONCE = frozenset({Kind.ACCOUNT, Kind.DIGEST})
CHOOSABLE = tuple(kind for kind in Kind if kind not in ALWAYS_AT_ONCE)
NOTICES = tuple(kind for kind in Kind if kind is not Kind.DIGEST)


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


TRANSITIONS: dict[DeliveryState, set[DeliveryState]] = {
    DeliveryState.NO_EMAIL: set(),
    # Sent with its daily e-mail, or no longer wanted by then.
    DeliveryState.DIGEST: {DeliveryState.SENT, DeliveryState.NO_EMAIL},
    # The preference may have changed while it waited.
    DeliveryState.QUEUED: {DeliveryState.SENDING, DeliveryState.DIGEST, DeliveryState.NO_EMAIL},
    # Not sent where nothing in a daily e-mail is wanted any more.
    DeliveryState.SENDING: {
        DeliveryState.SENT,
        DeliveryState.QUEUED,
        DeliveryState.FAILED,
        DeliveryState.NO_EMAIL,
    },
    DeliveryState.SENT: set(),
    DeliveryState.FAILED: {DeliveryState.QUEUED},
}


def states_before(state: DeliveryState) -> set[DeliveryState]:
    """The states from which a delivery may go to `state`."""
    return {before for before, after in TRANSITIONS.items() if state in after}
