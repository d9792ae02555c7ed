"""`manage.py demo_code`: the demo's second step, for those without an authenticator app at hand."""

from __future__ import annotations

import time
from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.management.base import BaseCommand

from portal.demo.accounts import TOTP_SECRET


class Command(BaseCommand):
    help = "Print the security code of the moment for the demo's accounts. No other account has this secret."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        period = app_settings.TOTP_PERIOD
        counter, spent = divmod(int(time.time()), period)
        code = format_hotp_value(hotp_value(TOTP_SECRET, counter))
        self.stdout.write(f"{code} (for another {period - spent} seconds)")
