"""What a token may do. Each room names its own scopes here, so that a person reads all of them in one list."""

from django.db import models


class Scope(models.TextChoices):
    REPORTING_READ = "reporting:read", "Read contracts and returns"
    REPORTING_FILE = "reporting:file", "Check and file returns"
