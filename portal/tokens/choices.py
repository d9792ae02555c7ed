"""What a token may do, and for how long. Each room names its own scopes here, so that one list holds all of them."""

from __future__ import annotations

from datetime import timedelta

from django.db import models


class Scope(models.TextChoices):
    REPORTING_READ = "reporting:read", "Read contracts and returns"
    REPORTING_FILE = "reporting:file", "Check, keep, file and correct returns"


class Life(models.IntegerChoices):
    """Days. A token that nobody renews must end by itself."""

    MONTH = 30, "30 days"
    QUARTER = 90, "90 days"
    YEAR = 365, "1 year"


class TokenState(models.TextChoices):
    WORKS = "works", "In use"
    EXPIRED = "expired", "Expired"
    REVOKED = "revoked", "Revoked"


MOST_TOKENS = 20  # that work at a time, of one organisation
REMIND_BEFORE = timedelta(days=14)
ANSWERS_KEPT = timedelta(hours=24)
