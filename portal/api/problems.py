"""Errors as RFC 9457 has them: `application/problem+json`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.exceptions import AuthenticationFailed, NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler

from portal.problems import BY_STATUS, KINDS, MEDIA_TYPE, Kind, Problem
from portal.refusals import Refused, StaleWrite

INVALID = "Some parameters are not right."
INVALID_BODY = "Some of what was sent is not right."


def problem_response(exc: Exception, context: dict[str, Any]) -> Response | None:
    """What went wrong. None leaves an error of our own to Django, which answers 500."""
    exc = _as_problem(exc)
    response = exception_handler(exc, context)
    if response is None:
        return None
    request, kind = context["request"], _kind_of(exc, response.status_code)
    is_read = request.method in ("GET", "HEAD")
    detail = response.data.get("detail") if isinstance(response.data, dict) else None
    problem: dict[str, Any] = {
        "type": kind.type if kind else "about:blank",
        "title": kind.title if kind else str(response.status_text),
        "status": response.status_code,
        "detail": str(detail or (INVALID if is_read else INVALID_BODY)),
        "instance": request.get_full_path(),
    }
    errors = exc.errors if isinstance(exc, Problem) else []
    if detail is None:
        place = "parameter" if is_read else "pointer"
        errors = [{place: where, "says": says} for where, says in _places(response.data, "" if is_read else "/")]
    if errors:
        problem["errors"] = errors
    headers = dict(response.headers) | (exc.headers if isinstance(exc, Problem) else {})
    return Response(problem, response.status_code, headers=headers, content_type=MEDIA_TYPE)


def _as_problem(exc: Exception) -> Exception:
    """What the rooms' own actions say no with."""
    if isinstance(exc, Refused):
        return Problem("refused", str(exc), [{"says": reason.message} for reason in exc.reasons])
    if isinstance(exc, StaleWrite):
        return Problem("changed", str(exc))
    return exc


def _kind_of(exc: Exception, status: int) -> Kind | None:
    if isinstance(exc, Problem):
        return exc.kind
    if isinstance(exc, AuthenticationFailed):
        return KINDS["token-refused"]
    return KINDS.get(BY_STATUS.get(status, ""))


def _places(found: Any, before: str) -> Iterator[tuple[str, str]]:
    """Each message with the place that it is about, from the nested answer of a serializer."""
    if isinstance(found, dict):
        for name, inner in found.items():
            place = before if name == "non_field_errors" else f"{before}{name}"
            yield from _places(inner, f"{place}/" if isinstance(inner, dict) else place)
    elif isinstance(found, list):
        for number, inner in enumerate(found):
            if isinstance(inner, dict):
                yield from _places(inner, f"{before}/{number}/")
            else:
                yield before, str(inner)
    else:
        yield before, str(found)


@extend_schema(exclude=True)
@api_view(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def nothing_here(request: Request, rest: str = "") -> Response:
    """An address of the API that is none, whatever is asked of it: also this is said in JSON."""
    raise NotFound("There is nothing at this address. The documentation is at /api/.")
