"""The techmap over REST: the same searches, filters and facts as its public pages, read-only."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from portal.problems import MEDIA_TYPE as PROBLEM
from portal.problems import ProblemSerializer
from techmap.models import Capability
from techmap.queries.published import published
from techmap.search import data_version, find
from techmap.search.query import VALUES, SearchQuery
from techmap.serializers import (
    CapabilitySerializer,
    FacetSerializer,
    FoundSupplierSerializer,
    SupplierPageSerializer,
    SupplierSerializer,
)

MOST_EVIDENCE = 500  # of one supplier, the newest
FACET_WORDS = {
    "capability": "Codes of capabilities or of groups.",
    "region": "Where they deliver: ITL1 codes.",
    "sector": "The parts of the public sector that they work for.",
    "size": "The SME test; `sme` stands for micro, small and medium.",
    "vcse": "Voluntary, community and social enterprises.",
    "framework": "Codes of framework agreements.",
    "accreditation": "Accreditations that have not expired.",
    "evidence": "How far evidence bears out a claim; of the capabilities asked for, where there are any.",
}
PARAMETERS = [
    OpenApiParameter("q", str, description="Words that all must match; a phrase in quotation marks."),
    *(
        OpenApiParameter(
            facet,
            {"type": "array", "items": {"type": "string", **({"enum": sorted(known)} if known else {})}},
            description=f"{FACET_WORDS[facet]} Once for each value; one of them is enough.",
            explode=True,
        )
        for facet, known in VALUES.items()
    ),
    OpenApiParameter("page", OpenApiTypes.INT, description="From 1."),
    OpenApiParameter("per_page", OpenApiTypes.INT, description="From 1 to 100; 20 unless you say."),
]
INVALID = {(400, PROBLEM): OpenApiResponse(ProblemSerializer, "A parameter is not right.")}
NOT_FOUND = {(404, PROBLEM): OpenApiResponse(ProblemSerializer, "No supplier that is public has this number.")}
TOO_MANY = {
    (429, PROBLEM): OpenApiResponse(ProblemSerializer, "Too many requests; `Retry-After` says how long to wait.")
}


class PageParameters(serializers.Serializer[Any]):
    """Which part of the answer is asked for."""

    page = serializers.IntegerField(min_value=1, max_value=1_000_000, default=1)
    per_page = serializers.IntegerField(min_value=1, max_value=100, default=20)


@extend_schema(
    operation_id="supplier_list",
    summary="Find suppliers",
    parameters=PARAMETERS,
    responses={200: SupplierPageSerializer, **INVALID, **TOO_MANY},
)
@api_view(["GET", "HEAD"])
def supplier_list(request: Request) -> Response:
    """One page of the suppliers that match, in the published order, with the number of all and of each filter's values.

    It takes the same parameters as the page on which people search.
    """
    asked = PageParameters(data=request.query_params)
    asked.is_valid(raise_exception=True)
    page, per_page = asked.validated_data["page"], asked.validated_data["per_page"]
    today, query = timezone.localdate(), SearchQuery.from_params(request._request.GET)
    found = find(query, today=today, page=page, per_page=per_page)
    suppliers = FoundSupplierSerializer(published(found.ids, today), many=True, context={"why": found.why})
    return Response(
        {
            "total": found.total,
            "page": page,
            "pages": -(-found.total // per_page),
            "next": _address(request, page + 1) if page * per_page < found.total else None,
            "previous": _address(request, page - 1) if page > 1 else None,
            "data_version": data_version(),
            "did_you_mean": found.did_you_mean.words if found.did_you_mean else None,
            "facets": FacetSerializer(found.facets, many=True).data,
            "results": suppliers.data,
        }
    )


@extend_schema(
    operation_id="supplier_detail",
    summary="One supplier",
    responses={200: SupplierSerializer, **NOT_FOUND, **TOO_MANY},
)
@api_view(["GET", "HEAD"])
def supplier_detail(request: Request, pk: int) -> Response:
    """Everything that is public of one supplier, with the newest 500 pieces of evidence."""
    for supplier in published([pk], timezone.localdate(), with_evidence=True, most_evidence=MOST_EVIDENCE):
        return Response(SupplierSerializer(supplier).data)
    raise Http404("No supplier that is public has this number.")


@extend_schema(
    operation_id="capability_list",
    summary="All capabilities",
    responses={200: CapabilitySerializer(many=True), **TOO_MANY},
)
@api_view(["GET", "HEAD"])
def capability_list(request: Request) -> Response:
    """The capabilities in use, groups and what they hold, in the order in which they are shown."""
    groups = Capability.objects.in_use().parents().order_by("position", "name")
    parts = Capability.objects.offered().by_parent()
    return Response(CapabilitySerializer([*groups, *parts], many=True).data)


def _address(request: Request, page: int) -> str:
    params = request._request.GET.copy()
    params["page"] = str(page)
    return request.build_absolute_uri(f"{request.path}?{params.urlencode()}")
