"""Send through GOV.UK Notify: one template of its own with the places ((subject)) and ((body))."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from notifications_python_client import NotificationsAPIClient
from notifications_python_client.errors import APIError, InvalidResponse

from portal.notifications.backends import RejectedError, TryLaterError
from portal.notifications.rendering import Email

PUBLIC_SERVICE = "https://api.notifications.service.gov.uk"
# 400: the request is wrong or the address can't be sent to; 403: the key or the service may not.
PERMANENT = {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN}


class GovukNotifyBackend:
    """Notify does not forbid a reference that it has seen: a retried e-mail is looked up first."""

    def __init__(self) -> None:
        if not (settings.GOVUK_NOTIFY_API_KEY and settings.GOVUK_NOTIFY_TEMPLATE_ID):
            raise ImproperlyConfigured(
                "NOTIFY_BACKEND=govuk_notify needs GOVUK_NOTIFY_API_KEY and GOVUK_NOTIFY_TEMPLATE_ID."
            )

    def __enter__(self) -> Self:
        base_url = settings.GOVUK_NOTIFY_BASE_URL or PUBLIC_SERVICE
        self.client = NotificationsAPIClient(
            settings.GOVUK_NOTIFY_API_KEY, base_url=base_url, timeout=settings.EMAIL_TIMEOUT
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.client.request_session.close()

    def find(self, reference: UUID) -> str | None:
        try:
            answer = self.client.get_all_notifications(reference=str(reference))
        except APIError as error:
            raise TryLaterError(f"It could not be looked up: {error}") from error
        found = answer["notifications"]
        return str(found[0]["id"]) if found else None

    def send(self, email: Email) -> str:
        try:
            answer: dict[str, Any] = self.client.send_email_notification(
                email_address=email.to,
                template_id=settings.GOVUK_NOTIFY_TEMPLATE_ID,
                personalisation={"subject": email.subject, "body": email.fill(email.text)},
                reference=str(email.reference),
                one_click_unsubscribe_url=email.unsubscribe_url or None,
            )
        except InvalidResponse as error:
            raise TryLaterError(f"The answer could not be read: {error}") from error
        except APIError as error:
            raise (RejectedError if error.status_code in PERMANENT else TryLaterError)(str(error)) from error
        return str(answer["id"])
