"""Errors as RFC 9457 has them: `application/problem+json`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler

MEDIA_TYPE = "application/problem+json"
INVALID = "Some parameters are not right."


def problem_response(exc: Exception, context: dict[str, Any]) -> Response | None:
    """What went wrong. None leaves an error of our own to Django, which answers 500."""
    response = exception_handler(exc, context)
    if response is None:
        return None
    detail = response.data.get("detail") if isinstance(response.data, dict) else None
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(response.status_code).phrase,
        "status": response.status_code,
        "detail": str(detail or INVALID),
        "instance": context["request"].get_full_path(),
    }
    if detail is None:
        problem["errors"] = response.data  # by parameter
    return Response(problem, response.status_code, headers=dict(response.headers), content_type=MEDIA_TYPE)


@extend_schema(exclude=True)
@api_view()
def nothing_here(request: Request, rest: str = "") -> Response:
    """An address of the API that is none: also this is said in JSON."""
    raise NotFound("There is nothing at this address. The documentation is at /api/.")
