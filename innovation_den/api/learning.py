"""The library of learning over REST: what tests showed, once it is published. Nothing here depends on who asks."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
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
from innovation_den.api.pilot_serializers import PilotDetailSerializer, PilotPageSerializer, PilotSerializer
from innovation_den.choices import PilotOutcome
from innovation_den.models import Pilot
from innovation_den.queries.pilots import about, latest_values, library, measured, request_after, saying

PARAMETERS = [
    OpenApiParameter("q", str, description="Words, as a search engine reads them."),
    OpenApiParameter("capability", str, description="The code of a capability or of a group."),
    OpenApiParameter("outcome", str, enum=PilotOutcome.values, description="What the test showed."),
    *PAGES,
    IF_NONE_MATCH,
]


class PilotParameters(PageParameters):
    outcome = serializers.ChoiceField(PilotOutcome.choices, required=False)


@extend_schema(
    operation_id="pilot_list",
    summary="What tests showed",
    parameters=PARAMETERS,
    responses={200: PilotPageSerializer, **NOT_CHANGED, **NOT_RIGHT, **TOO_MANY},
)
@api_view(["GET", "HEAD"])
def pilot_list(request: Request) -> Response:
    """One page of the library of learning, the newest first: pilots whose outcome is published."""
    asked = PilotParameters(data=request.query_params)
    asked.is_valid(raise_exception=True)
    pilots = library()
    if outcome := asked.validated_data.get("outcome"):
        pilots = pilots.filter(outcome=outcome)
    if capability := request.query_params.get("capability", "").replace("\x00", ""):
        pilots = about(pilots, capability)
    if words := request.query_params.get("q", "").strip():
        pilots = saying(pilots, words)
    return tagged(request, one_page(pilots, asked.validated_data, _shown))


def _shown(pilots: list[Pilot]) -> Any:
    return PilotSerializer(pilots, many=True, context={"latest": latest_values(pilots)}).data


@extend_schema(
    operation_id="pilot_detail",
    summary="What one test showed",
    parameters=[IF_NONE_MATCH],
    responses={200: PilotDetailSerializer, **NOT_CHANGED, **NOT_FOUND, **TOO_MANY},
)
@api_view(["GET", "HEAD"])
def pilot_detail(request: Request, reference: str) -> Response:
    """One published pilot: its terms and their changes, the value of each day, and what was learnt."""
    pilot: Pilot = get_object_or_404(library().select_related("follows"), reference=reference)
    context = {
        "latest": latest_values([pilot]),
        "points": measured(pilot),
        "engagement": request_after(pilot, AnonymousUser()),
    }
    return tagged(request, PilotDetailSerializer(pilot, context=context).data)
