"""Ways to send an e-mail: `smtp` or `govuk_notify`, by `NOTIFY_BACKEND`."""

from __future__ import annotations

from typing import Protocol, Self
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from portal.notifications.rendering import Email


class TryLaterError(Exception):
    """The provider can't take this e-mail now, or its answer did not arrive. The words are for staff."""


class RejectedError(Exception):
    """The provider will never take this e-mail. The words are for staff."""


class Backend(Protocol):
    """A provider of e-mail. Used as a context manager around one batch; it connects when first needed."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def find(self, reference: UUID) -> str | None:
        """The provider's id of an e-mail that it has accepted already, where it can tell. Raises `TryLaterError`."""

    def send(self, email: Email) -> str:
        """Hand over one e-mail; returns the provider's id, "" where it has none.

        Raises `TryLaterError` or `RejectedError`.
        """


def get_backend() -> Backend:
    """The back end that the settings name, ready for one batch."""
    if settings.NOTIFY_BACKEND == "smtp":
        from portal.notifications.backends.smtp import SmtpBackend

        return SmtpBackend()
    if settings.NOTIFY_BACKEND == "govuk_notify":
        from portal.notifications.backends.govuk_notify import GovukNotifyBackend

        return GovukNotifyBackend()
    raise ImproperlyConfigured(f'NOTIFY_BACKEND must be "smtp" or "govuk_notify", not {settings.NOTIFY_BACKEND!r}.')
