"""What a token reads: contracts, returns, and the standard, which is open to all."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from portal.tokens.authentication import for_tokens
from portal.tokens.choices import Scope
from portal.tokens.requests import TokenRequest
from reporting import standards
from reporting.api.access import contracts_of, entity_tag, returns_of, visible_return
from reporting.api.cells import errors_of
from reporting.api.described import CONTRACT_PARAMETERS, LINE_PARAMETERS, READ_LIST, READ_ONE, RETURN_PARAMETERS
from reporting.choices import UNFILED, ContractState, ReturnState
from reporting.models import Return
from reporting.queries.answers import unanswered
from reporting.queries.findings import findings_of
from reporting.queries.lines import line_counts, lines_between
from reporting.queries.returns import filing_of
from reporting.queries.standards import standard_for, standard_of
from reporting.serializers import (
    ContractDetailSerializer,
    ContractPageSerializer,
    ContractSerializer,
    ReturnDetailSerializer,
    ReturnPageSerializer,
    ReturnSerializer,
    RowPageSerializer,
    StandardSerializer,
    address,
)
from reporting.standards import RETURN, Standard, Table
from reporting.standards.filing import Filing, Row, read_row
from reporting.standards.schema import schema_of
from reporting.standards.values import as_json

MOST_LINES = 20_000  # of a return that is answered whole


class PageParameters(serializers.Serializer[Any]):
    """Which part of a list is asked for."""

    page = serializers.IntegerField(min_value=1, max_value=1_000_000, default=1)
    per_page = serializers.IntegerField(min_value=1, max_value=100, default=20)


class RowParameters(PageParameters):
    per_page = serializers.IntegerField(min_value=1, max_value=1_000, default=1_000)


class ReturnParameters(PageParameters):
    state = serializers.ChoiceField(ReturnState.choices, required=False)
    to_do = serializers.BooleanField(required=False, default=None, allow_null=True)
    contract = serializers.SlugField(max_length=20, required=False)
    period = serializers.DateField(required=False)


class ContractParameters(PageParameters):
    state = serializers.ChoiceField(ContractState.choices, required=False)
    role = serializers.ChoiceField(["buyer", "supplier"], required=False)
    number = serializers.CharField(max_length=60, required=False)


# --- Returns ---------------------------------------------------------------------------------------


@extend_schema(
    operation_id="return_list",
    summary="List returns",
    parameters=RETURN_PARAMETERS,
    responses={200: ReturnPageSerializer, **READ_LIST},
)
@api_view(["GET", "HEAD"])
@for_tokens(Scope.REPORTING_READ)
def return_list(request: TokenRequest) -> Response:
    """What is due and what was filed, the newest period first: a supplier's own, and what was filed to a buyer."""
    asked = _asked(ReturnParameters, request)
    found = returns_of(request.auth).order_by("-period_start", "-pk")
    if asked.get("to_do") is not None:
        found = found.filter(state__in=UNFILED) if asked["to_do"] else found.exclude(state__in=UNFILED)
    named = {"state": "state", "contract": "contract__reference", "period": "period_start"}
    found = found.filter(**{field: asked[name] for name, field in named.items() if name in asked})
    return _page(request, found, asked, ReturnSerializer)


def show_return(request: TokenRequest, public_id: UUID) -> Response:
    """One return with its tables, the answers to questions, and what the checks find in a draft."""
    return answer_with(visible_return(request, public_id))


def answer_with(filed: Return, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    standard, lines = standard_of(filed), line_counts(filed)
    total = sum(lines.values())
    found = findings_of(filed, standard, total)
    context = {
        "lines": {table.name: lines.get(table.name, 0) for table in standard.tables if table.name != RETURN},
        "tables": tables_of(filing_of(filed), standard) if total <= MOST_LINES else None,
        "answers": list(filed.answers.values("table", "row", "text", check=F("check_id"))),
        "errors": errors_of(one for one in found if one.is_error),
        "questions": errors_of(unanswered(filed, found)),
    }
    data = ReturnDetailSerializer(filed, context=context).data
    return Response(data, status, headers={"ETag": entity_tag(filed)} | (headers or {}))


@extend_schema(
    operation_id="return_table",
    summary="The rows of one table",
    parameters=LINE_PARAMETERS,
    responses={200: RowPageSerializer, **READ_LIST, **READ_ONE},
)
@api_view(["GET", "HEAD"])
@for_tokens(Scope.REPORTING_READ)
def return_table(request: TokenRequest, public_id: UUID, table: str) -> Response:
    """A return of many thousand lines is read table by table, page after page."""
    filed, asked = visible_return(request, public_id), _asked(RowParameters, request)
    standard = standard_of(filed)
    for found in standard.tables:
        if found.name == table and not found.is_single:
            page, per_page = asked["page"], asked["per_page"]
            first = (page - 1) * per_page + 1
            rows = [read_row(found, standard, data)[0] for _, data in _lines(filed, found, first, per_page)]
            total = line_counts(filed).get(table, 0)
            return Response(_paged(request, total, asked) | {"results": [_as_sent(row) for row in rows]})
    raise Http404("The standard has no table of several rows with this name.")


def _lines(filed: Return, table: Table, first: int, count: int) -> list[Any]:
    return lines_between(filed, table, first, first + count - 1)


def tables_of(filing: Filing, standard: Standard) -> dict[str, Any]:
    """As the JSON Schema has them: the return's own row, then lists of rows. Empty fields are left out."""
    rows = {table.name: [_as_sent(row) for row in filing.rows.get(table.name, [])] for table in standard.tables}
    return {name: (found[0] if found else {}) if name == RETURN else found for name, found in rows.items()}


def _as_sent(row: Row) -> dict[str, Any]:
    return {name: as_json(value) for name, value in row.items() if value is not None}


# --- Contracts -------------------------------------------------------------------------------------


@extend_schema(
    operation_id="contract_list",
    summary="List contracts",
    parameters=CONTRACT_PARAMETERS,
    responses={200: ContractPageSerializer, **READ_LIST},
)
@api_view(["GET", "HEAD"])
@for_tokens(Scope.REPORTING_READ)
def contract_list(request: TokenRequest) -> Response:
    """The contracts that your organisation buys or supplies, the newest first."""
    asked = _asked(ContractParameters, request)
    found = contracts_of(request.auth).order_by("-baseline_start", "-pk")
    found = found.filter(**{name: asked[name] for name in ("state", "number") if name in asked})
    if "role" in asked:
        found = found.filter(**{asked["role"]: request.auth.organisation})
    return _page(request, found, asked, ContractSerializer)


@extend_schema(
    operation_id="contract_detail",
    summary="One contract",
    responses={200: ContractDetailSerializer, **READ_ONE},
)
@api_view(["GET", "HEAD"])
@for_tokens(Scope.REPORTING_READ)
def contract_detail(request: TokenRequest, reference: str) -> Response:
    """The baseline that is frozen, every amendment, and the JSON Schema of its returns with its framework's fields."""
    contracts = contracts_of(request.auth).prefetch_related("baseline_milestones", "baseline_kpis", "amendments")
    for contract in contracts.filter(reference=reference):
        standard = standard_for(standards.latest().version, contract.framework, timezone.localdate())
        return Response(ContractDetailSerializer(contract, context={"schema": schema_of(standard)}).data)
    raise Http404("Your organisation has no contract with this reference.")


# --- The standard ----------------------------------------------------------------------------------


@extend_schema(
    operation_id="standard_list",
    summary="Versions of the standard",
    auth=[],
    responses={200: StandardSerializer(many=True)},
)
@api_view(["GET", "HEAD"])
def standard_list(request: Request) -> Response:
    """Every published version, the oldest first. It needs no token."""
    held = [standards.load(version) for version in standards.versions()]
    latest = held[-1].version
    return Response(
        [
            {
                "version": one.version,
                "title": one.title,
                "published": one.published,
                "is_latest": one.version == latest,
                "sha256": one.digest,
                "url": address(f"/reporting/standard/v{one.version}/"),
                "schema": address(f"/api/v1/reporting/standard/{one.version}/"),
            }
            for one in held
        ]
    )


@extend_schema(
    operation_id="standard_detail",
    summary="JSON Schema of one version",
    auth=[],
    responses={200: {"type": "object", "additionalProperties": {}}, **READ_ONE},
)
@api_view(["GET", "HEAD"])
def standard_detail(request: Request, version: str) -> Response:
    """What a return looks like in JSON (JSON Schema, draft 2020-12). It needs no token."""
    try:
        return Response(schema_of(standards.load(version)))
    except KeyError:
        raise Http404("There is no such version of the standard.") from None


# --- Pages of lists --------------------------------------------------------------------------------


def _asked(parameters: type[PageParameters], request: Request) -> dict[str, Any]:
    asked = parameters(data=request.query_params)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


def _page(
    request: TokenRequest, found: QuerySet[Any], asked: dict[str, Any], serializer: type[serializers.Serializer[Any]]
) -> Response:
    start = (asked["page"] - 1) * asked["per_page"]
    shown = found[start : start + asked["per_page"]]
    return Response(_paged(request, found.count(), asked) | {"results": serializer(shown, many=True).data})


def _paged(request: Request, total: int, asked: dict[str, Any]) -> dict[str, Any]:
    page, per_page = asked["page"], asked["per_page"]
    return {
        "total": total,
        "page": page,
        "pages": -(-total // per_page),
        "next": _address(request, page + 1) if page * per_page < total else None,
        "previous": _address(request, page - 1) if page > 1 else None,
    }


def _address(request: Request, page: int) -> str:
    params = request.query_params.copy()
    params["page"] = str(page)
    return request.build_absolute_uri(f"{request.path}?{params.urlencode()}")
