"""How the description of the API (OpenAPI) tells of reporting: errors, headers and parameters that many views share."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from portal.problems import KINDS, MEDIA_TYPE, ProblemSerializer
from reporting.choices import ContractState, ReturnState

Answers = dict[Any, Any]
PAGES = [
    OpenApiParameter("page", OpenApiTypes.INT, description="From 1."),
    OpenApiParameter("per_page", OpenApiTypes.INT, description="From 1 to 100; 20 unless you say."),
]
LINE_PARAMETERS = [
    OpenApiParameter("page", OpenApiTypes.INT, description="From 1."),
    OpenApiParameter("per_page", OpenApiTypes.INT, description="From 1 to 1,000; 1,000 unless you say."),
]
RETURN_PARAMETERS = [
    OpenApiParameter("state", str, enum=ReturnState.values, description="How far it is."),
    OpenApiParameter("to_do", OpenApiTypes.BOOL, description="True: what waits to be filed. False: what was filed."),
    OpenApiParameter("contract", str, description="The reference of a contract."),
    OpenApiParameter("period", OpenApiTypes.DATE, description="The first day of the period."),
    *PAGES,
]
CONTRACT_PARAMETERS = [
    OpenApiParameter("state", str, enum=ContractState.values, description="How far it is."),
    OpenApiParameter(
        "role", str, enum=["buyer", "supplier"], description="As which of the two your organisation stands in it."
    ),
    OpenApiParameter("number", str, description="The contract number, exactly."),
    *PAGES,
]
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!-~]{1,100}$"},
    OpenApiParameter.HEADER,
    description="Drawn by you for each request, for example a UUID. Sent again within 24 hours with the same request, "
    "it acts once and is answered the same.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    {"type": "string", "pattern": '^("[0-9]{1,9}"|\\*)$'},
    OpenApiParameter.HEADER,
    required=True,
    description="The `ETag` of the return as you read it.",
)
MAY_MATCH = OpenApiParameter(
    "If-Match",
    {"type": "string", "pattern": '^("[0-9]{1,9}"|\\*)$'},
    OpenApiParameter.HEADER,
    description="The `ETag` of a draft that somebody has begun, to file over it.",
)
ENTITY_TAG = OpenApiParameter(
    "ETag",
    {"type": "string"},
    OpenApiParameter.HEADER,
    response=[200, 201],
    description="The version, for `If-Match`.",
)


def problems(*names: str) -> Answers:
    """The answers of these kinds of problem, and of those that any request with a token may meet."""
    found: dict[int, list[str]] = {}
    for name in ("no-token", "token-refused", "missing-scope", "not-acceptable", *names, "too-many"):
        found.setdefault(KINDS[name].status, []).append(KINDS[name].title)
    return {
        (status, MEDIA_TYPE): OpenApiResponse(ProblemSerializer, "; or: ".join(titles) + ".")
        for status, titles in sorted(found.items())
    }


BODY = ("not-readable", "not-valid", "too-large", "media-type", "key-reused", "in-progress")
READ_LIST = problems("not-valid")
READ_ONE = problems("not-found")
WRITE_ONE = problems(*BODY, "not-found", "not-allowed", "conflict", "has-errors", "refused")
CHANGE_ONE = WRITE_ONE | problems(*BODY, "not-found", "not-allowed", "conflict", "has-errors", "changed", "no-version")
