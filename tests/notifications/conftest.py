from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.notifications import waking
from tests.notifications.providers import NotifyApi, SmtpSink

SERVICE_ID = "26785a09-ab16-4eb0-8407-a37497a57506"
SECRET = "3d844edf-8d35-48ac-975b-e847b4f122b0"


@pytest.fixture(autouse=True)
def _broker_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking, "_failed_at", float("-inf"))


@pytest.fixture(autouse=True)
def _quick_passwords(settings) -> None:
    """Nothing here signs in with a password, and Argon2 is slow by design."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def sink(settings) -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        yield sink


@pytest.fixture
def notify(settings) -> Iterator[NotifyApi]:
    with NotifyApi() as api:
        settings.NOTIFY_BACKEND = "govuk_notify"
        settings.GOVUK_NOTIFY_API_KEY = f"tests-{SERVICE_ID}-{SECRET}"
        settings.GOVUK_NOTIFY_BASE_URL = api.url
        settings.GOVUK_NOTIFY_TEMPLATE_ID = "9d751e0e-f929-4891-82a1-a3e1c3c18ee3"
        yield api
