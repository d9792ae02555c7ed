"""What every read of the dens over the API has in common: its parameters, its pages, its tags, what may go wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from innovation_den.calendars import entity_tag
from portal.problems import MEDIA_TYPE as PROBLEM
from portal.problems import ProblemSerializer

NOT_RIGHT = {(400, PROBLEM): OpenApiResponse(ProblemSerializer, "A parameter is not right.")}
NOT_FOUND = {(404, PROBLEM): OpenApiResponse(ProblemSerializer, "There is none that is public.")}
TOO_MANY = {
    (429, PROBLEM): OpenApiResponse(ProblemSerializer, "Too many requests; `Retry-After` says how long to wait.")
}
NOT_CHANGED = {304: OpenApiResponse(description="`If-None-Match` names what you have already.")}
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="The `ETag` of the answer that you have."
)
PAGES = [
    OpenApiParameter("page", OpenApiTypes.INT, description="From 1."),
    OpenApiParameter("per_page", OpenApiTypes.INT, description="From 1 to 100; 20 unless you say."),
]


class PageParameters(serializers.Serializer[Any]):
    """Which part of a list is asked for."""

    page = serializers.IntegerField(min_value=1, max_value=1_000_000, default=1)
    per_page = serializers.IntegerField(min_value=1, max_value=100, default=20)


def one_page(rows: QuerySet[Any], asked: dict[str, Any], shown: Callable[[list[Any]], Any]) -> dict[str, Any]:
    """The rows of one page as `shown` has them, with how many there are."""
    page, per_page = asked["page"], asked["per_page"]
    total, first = rows.count(), (page - 1) * per_page
    found = shown(list(rows[first : first + per_page]))
    return {"total": total, "page": page, "pages": -(-total // per_page), "results": found}


def tagged(request: Request, found: Any) -> Response:
    """The answer with its `ETag`; 304 where the client has it already."""
    tag = entity_tag(found)
    known = {part.strip() for part in request.headers.get("If-None-Match", "").split(",")}
    if known & {tag, f"W/{tag}"}:
        return Response(status=304, headers={"ETag": tag})
    return Response(found, headers={"ETag": tag})
