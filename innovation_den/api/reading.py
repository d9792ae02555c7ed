"""What anyone reads of dens. Nothing here depends on who asks."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from innovation_den.api.answers import (
    IF_NONE_MATCH,
    NOT_CHANGED,
    NOT_FOUND,
    NOT_RIGHT,
    PAGES,
    TOO_MANY,
    PageParameters,
    one_page,
    tagged,
)
from innovation_den.api.serializers import DenPageSerializer, DenSerializer, ProgrammeSerializer
from innovation_den.choices import PUBLIC_DENS
from innovation_den.models import Den
from innovation_den.queries.programme import last_release, programme_of

STATES = sorted(str(state) for state in PUBLIC_DENS)
PARAMETERS = [
    OpenApiParameter("state", str, enum=STATES, description="How far it is."),
    *PAGES,
]


class DenParameters(PageParameters):
    state = serializers.ChoiceField(STATES, required=False)


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
    dens = _public()
    if state := asked.validated_data.get("state"):
        dens = dens.filter(state=state)
    return Response(one_page(dens, asked.validated_data, lambda rows: DenSerializer(rows, many=True).data))


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
    return tagged(request, ProgrammeSerializer(content).data)


def _public() -> Any:
    dens = Den.objects.visible_to(AnonymousUser()).select_related("host").prefetch_related("capabilities")
    return dens.order_by("-published_at", "-pk")


def _den(reference: str) -> Den:
    den: Den = get_object_or_404(_public(), reference=reference)
    return den
