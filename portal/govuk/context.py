"""What every page's frame needs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, Any]:
    return {"service_name": settings.SERVICE_NAME, "support_email": settings.SUPPORT_EMAIL}
