"""Logs each request's beginning and end under one id, without personal data."""

from __future__ import annotations

import re
import uuid

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_structlog.middlewares.request import RequestMiddleware

from portal.logging import hide_keys

HEADER = "X-Request-ID"
META_KEY = "HTTP_X_REQUEST_ID"
WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")


class RequestLogMiddleware(RequestMiddleware):
    """Takes over a well-formed `X-Request-ID` of the proxy, else draws one; answers with it."""

    sync_capable = True
    async_capable = False

    def prepare(self, request: HttpRequest) -> None:
        structlog.contextvars.clear_contextvars()
        request.META[META_KEY] = request_id(request)  # before anything reads `request.headers`
        super().prepare(request)

    def handle_response(self, request: HttpRequest, response: HttpResponseBase) -> None:
        response[HEADER] = request.META[META_KEY]
        super().handle_response(request, response)  # type: ignore[arg-type]

    @staticmethod
    def bind_user_id(request: HttpRequest) -> None:
        """The user's id where the request has loaded its user. Never loads one: that would be a query a page."""
        user = getattr(request, "_cached_user", None)
        structlog.contextvars.bind_contextvars(user_id=user.pk if user is not None else None)

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {hide_keys(request.path)}"


def request_id(request: HttpRequest) -> str:
    """The id that the proxy gave, if it is well formed, else a new one."""
    given = request.META.get(META_KEY, "")
    return given if WELL_FORMED.fullmatch(given) else str(uuid.uuid4())
