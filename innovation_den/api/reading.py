"""What anyone reads of dens. Nothing here depends on who asks."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from innovation_den.api.serializers import DenPageSerializer, DenSerializer, ProgrammeSerializer
from innovation_den.calendars import entity_tag
from innovation_den.choices import PUBLIC_DENS
from innovation_den.models import Den
from innovation_den.queries.programme import last_release, programme_of
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
STATES = sorted(str(state) for state in PUBLIC_DENS)
PARAMETERS = [
    OpenApiParameter("state", str, enum=STATES, description="How far it is."),
    OpenApiParameter("page", OpenApiTypes.INT, description="From 1."),
    OpenApiParameter("per_page", OpenApiTypes.INT, description="From 1 to 100; 20 unless you say."),
]


class DenParameters(serializers.Serializer[Any]):
    state = serializers.ChoiceField(STATES, required=False)
    page = serializers.IntegerField(min_value=1, max_value=1_000_000, default=1)
    per_page = serializers.IntegerField(min_value=1, max_value=100, default=20)


@extend_schema(
    operation_id="den_list",
    summary="All dens",
    parameters=PARAMETERS,
    responses={200: DenPageSerializer, **NOT_RIGHT, **TOO_MANY},
)
@api_view(["GET", "HEAD"])
def den_list(request: Request) -> Response:
    """One page of the dens that are public, the newest call first."""
    asked = DenParameters(data=request.query_params)
    asked.is_valid(raise_exception=True)
    page, per_page = asked.validated_data["page"], asked.validated_data["per_page"]
    dens = _public()
    if state := asked.validated_data.get("state"):
        dens = dens.filter(state=state)
    total, first = dens.count(), (page - 1) * per_page
    found = DenSerializer(dens[first : first + per_page], many=True).data
    return Response({"total": total, "page": page, "pages": -(-total // per_page), "results": found})


@extend_schema(operation_id="den_detail", summary="One den", responses={200: DenSerializer, **NOT_FOUND, **TOO_MANY})
@api_view(["GET", "HEAD"])
def den_detail(request: Request, reference: str) -> Response:
    """What is public of one den."""
    return Response(DenSerializer(_den(reference)).data)


@extend_schema(
    operation_id="den_programme",
    summary="The programme of a den",
    parameters=[IF_NONE_MATCH],
    responses={200: ProgrammeSerializer, **NOT_CHANGED, **NOT_FOUND, **TOO_MANY},
)
@api_view(["GET", "HEAD"])
def den_programme(request: Request, reference: str) -> Response:
    """Every pitch with its time and room, in the order of the day, once the programme is released."""
    den = _den(reference)
    release = last_release(den)
    if release is None:
        raise Http404("The programme of this den is not released yet.")
    content = {
        "den": den.reference,
        "release": release.number,
        "released_at": release.released_at,
        "slots": programme_of(den),
    }
    found = ProgrammeSerializer(content).data
    tag = entity_tag(found)
    known = {part.strip() for part in request.headers.get("If-None-Match", "").split(",")}
    if known & {tag, f"W/{tag}"}:
        return Response(status=304, headers={"ETag": tag})
    return Response(found, headers={"ETag": tag})


def _public() -> Any:
    dens = Den.objects.visible_to(AnonymousUser()).select_related("host").prefetch_related("capabilities")
    return dens.order_by("-published_at", "-pk")


def _den(reference: str) -> Den:
    den: Den = get_object_or_404(_public(), reference=reference)
    return den
