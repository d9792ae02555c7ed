"""What a token writes. Every write is the action that the page calls too; the answers say what the page says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.decorators import api_view
from rest_framework.response import Response

from portal.problems import Problem
from portal.refusals import Refused, StaleWrite
from portal.tokens.authentication import for_tokens
from portal.tokens.choices import Scope
from portal.tokens.idempotency import writes
from portal.tokens.requests import TokenRequest
from reporting.actions import answer_questions, file_nil_returns, save_return, start_correction, submit_return
from reporting.actions.returns import ALREADY_FILED, NoSuchQuestion, why_not_nil
from reporting.api.access import (
    changed,
    own_return,
    refuse_others,
    returns_of,
    version_from,
)
from reporting.api.cells import MOST_ERRORS, Error, Given, answers_to_nothing, errors_of, places_of
from reporting.api.described import (
    CHANGE_ONE,
    ENTITY_TAG,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    MAY_MATCH,
    READ_ONE,
    WRITE_ONE,
)
from reporting.api.matching import addressed
from reporting.api.reading import answer_with, show_return
from reporting.models import Return
from reporting.queries.answers import place_of, unanswered
from reporting.queries.returns import filing_of, known_of
from reporting.queries.standards import standard_of
from reporting.serializers import (
    CheckedListSerializer,
    CheckSerializer,
    CorrectionSerializer,
    DraftSerializer,
    FilingSerializer,
    NilSerializer,
    ReturnDetailSerializer,
    ReturnListSerializer,
    ReturnSerializer,
    Strict,
    SubmitSerializer,
)
from reporting.standards import RETURN
from reporting.standards.filing import check


def _sent(serializer: type[Strict], request: TokenRequest) -> dict[str, Any]:
    sent = serializer(data=request.data)
    sent.is_valid(raise_exception=True)
    return dict(sent.validated_data)


# --- One return ------------------------------------------------------------------------------------


@extend_schema(
    methods=["GET"],
    operation_id="return_detail",
    summary="One return",
    parameters=[ENTITY_TAG],
    responses={200: ReturnDetailSerializer, **READ_ONE},
)
@extend_schema(
    methods=["PUT"],
    operation_id="return_keep",
    summary="Keep a draft",
    parameters=[IF_MATCH, IDEMPOTENCY_KEY, ENTITY_TAG],
    request=DraftSerializer,
    responses={200: ReturnDetailSerializer, **CHANGE_ONE},
)
@api_view(["GET", "HEAD", "PUT"])
@for_tokens(Scope.REPORTING_READ, write=Scope.REPORTING_FILE)
def return_detail(request: TokenRequest, public_id: UUID) -> Response:
    """One return with its tables, the answers to questions, and what the checks find in a draft.

    `PUT` keeps a draft: its tables become those that are sent, whatever the checks say of them. A cell that cannot be
    read is refused. The answer holds what must be mended before it can be submitted.
    """
    return keep_return(request, public_id) if request.method == "PUT" else show_return(request, public_id)


@writes
def keep_return(request: TokenRequest, public_id: UUID) -> Response:
    filed = own_return(request, public_id)
    version = version_from(request, filed)
    given = Given(**_sent(DraftSerializer, request))
    _refuse_filed(filed)
    rows = _rows_to_keep(given, filed)
    with _refusals_of(filed), transaction.atomic():
        save_return(filed=filed, version=version, given=rows, by=request.user, now=timezone.now())
        _answer(filed, given.answers, request)
    return answer_with(_again(filed))


def _rows_to_keep(given: Given, filed: Return) -> dict[str, Any]:
    """The tables as the action takes them. What names another contract or period, or cannot be read, is refused."""
    standard = standard_of(filed)
    if errors := given.misshapen(standard):
        raise has_errors(errors)
    filing, errors = given.read(standard)
    wrong = [name for name, value in _keys(filed).items() if filing.head.get(name) not in (None, value)]
    if errors := errors + [_of_another(name, given.at) for name in wrong]:
        raise has_errors(errors)
    rows = given.rows(standard)
    rows[RETURN] = [{**given.head, **_keys(filed)}]
    return rows


def _keys(filed: Return) -> dict[str, Any]:
    return {
        "contract_id": filed.contract.number,
        "period_start": filed.period_start,
        "period_end": filed.period_end,
    }


def _of_another(name: str, at: str) -> Error:
    return {
        "pointer": f"{at}/tables/{RETURN}/{name}",
        "table": RETURN,
        "row": 1,
        "field": name,
        "says": "This return is of another contract or period",
        "mend": "Send it to the address of its own return, or leave this field out",
    }


@extend_schema(
    operation_id="return_submit",
    summary="Submit a draft",
    parameters=[IF_MATCH, IDEMPOTENCY_KEY, ENTITY_TAG],
    request=SubmitSerializer,
    responses={200: ReturnDetailSerializer, **CHANGE_ONE},
)
@api_view(["POST"])
@for_tokens(Scope.REPORTING_FILE)
@writes
def return_submit(request: TokenRequest, public_id: UUID) -> Response:
    """File what is kept. Refused while there are errors, or questions without an answer."""
    filed = own_return(request, public_id)
    version = version_from(request, filed)
    answers = _sent(SubmitSerializer, request)["answers"]
    _refuse_filed(filed)
    with _refusals_of(filed, answers), transaction.atomic():
        _answer(filed, answers, request)
        submit_return(filed=filed, version=version, by=request.user, now=timezone.now())
    return answer_with(_again(filed))


@extend_schema(
    operation_id="return_correct",
    summary="Start a correction",
    parameters=[IDEMPOTENCY_KEY, ENTITY_TAG],
    request=CorrectionSerializer,
    responses={200: ReturnDetailSerializer, 201: ReturnDetailSerializer, **WRITE_ONE},
)
@api_view(["POST"])
@for_tokens(Scope.REPORTING_FILE)
@writes
def return_correct(request: TokenRequest, public_id: UUID) -> Response:
    """A draft that will replace a filed return, with the same words to begin with; 200 where there is one already.

    Change it with `PUT` and submit it: then it replaces what it corrects, which stays to be seen.
    """
    filed, reason = own_return(request, public_id), _sent(CorrectionSerializer, request)["reason"]
    now = timezone.now()
    try:
        correction = start_correction(filed=filed, reason=reason, by=request.user, now=now)
    except Refused as refused:
        raise Problem("conflict", str(refused)) from None
    correction = _again(correction)
    status = 201 if correction.started_at == now else 200
    location = f"/api/v1/reporting/returns/{correction.public_id}/"
    return answer_with(correction, status, {"Location": request.build_absolute_uri(location)})


# --- Whole returns ---------------------------------------------------------------------------------


@extend_schema(
    operation_id="return_check",
    summary="Check returns",
    parameters=[IDEMPOTENCY_KEY],
    request=PolymorphicProxySerializer("FilingOrList", [FilingSerializer, CheckSerializer], None),
    responses={200: CheckedListSerializer, **WRITE_ONE},
)
@api_view(["POST"])
@for_tokens(Scope.REPORTING_FILE)
@writes
def return_check(request: TokenRequest) -> Response:
    """A dry run: everything that is wrong or odd with each return, at its cell. Nothing is kept or filed."""
    if isinstance(request.data, dict) and "tables" in request.data:
        given = [Given(**_sent(FilingSerializer, request))]
    else:
        sent = _sent(CheckSerializer, request)["returns"]
        given = [Given(**one, at=f"/returns/{number}") for number, one in enumerate(sent)]
    checked = [_checked(request, one) for one in given]
    _cut(checked)
    return Response(CheckedListSerializer({"returns": checked}).data)


def _cut(checked: Iterable[dict[str, Any]]) -> None:
    """At most so many errors and questions in one answer, of the first returns first."""
    left = MOST_ERRORS
    for one in checked:
        for name in ("errors", "questions"):
            one[name] = one[name][:left]
            left -= len(one[name])


def _checked(request: TokenRequest, given: Given) -> dict[str, Any]:
    filed, errors = addressed(request.auth, given)
    questions: list[Error] = []
    if filed is not None:
        errors, questions = _findings(filed, given)
        if not filed.is_unfiled:
            errors.insert(0, _filed_already(filed, given))
    return {
        "id": filed.public_id if filed else None,
        "is_ready": not (errors or questions),
        "errors": errors,
        "questions": questions,
    }


def _findings(filed: Return, given: Given) -> tuple[list[Error], list[Error]]:
    """What cannot be read and what the checks say, together, so that all is mended in one go."""
    standard = standard_of(filed)
    if errors := given.misshapen(standard):
        return errors, []
    filing, unreadable = given.read(standard)
    filing.rows[RETURN] = [{**filing.head, **_keys(filed)}]
    errors, questions = given.findings(filing, standard, known_of(filed))
    lost = {(one["table"], one["row"], one["field"]) for one in unreadable}
    missing = [one for one in errors if (one["table"], one["row"], one["field"]) not in lost]
    return unreadable + missing, questions


def _filed_already(filed: Return, given: Given) -> Error:
    return {
        "pointer": f"{given.at}/tables/{RETURN}/period_start",
        "table": RETURN,
        "row": 1,
        "field": "period_start",
        "says": f"The return for {filed.period_words} was filed already",
        "mend": "Start a correction to change it",
    }


@extend_schema(
    operation_id="return_file",
    summary="File a return",
    parameters=[MAY_MATCH, IDEMPOTENCY_KEY, ENTITY_TAG],
    request=FilingSerializer,
    responses={200: ReturnDetailSerializer, **WRITE_ONE},
)
@api_view(["POST"])
@for_tokens(Scope.REPORTING_FILE)
@writes
def return_file(request: TokenRequest) -> Response:
    """Keep a return and submit it in one step, by its contract number and period. Where it has errors nothing is kept.

    A draft that somebody has begun is not written over, unless `If-Match` names its version.
    """
    given = Given(**_sent(FilingSerializer, request))
    filed, errors = addressed(request.auth, given)
    if filed is None:
        raise has_errors(errors)
    refuse_others(request, filed)
    _refuse_filed(filed)
    version = _version_to_file(request, filed)
    errors, questions = _findings(filed, given)
    if errors or questions:
        raise has_errors(errors + questions)
    now = timezone.now()
    with _refusals_of(filed), transaction.atomic():
        save_return(filed=filed, version=version, given=_rows_to_keep(given, filed), by=request.user, now=now)
        _answer(filed, given.answers, request)
        submit_return(filed=filed, version=_again(filed).version, by=request.user, now=now)
    return answer_with(_again(filed))


def _version_to_file(request: TokenRequest, filed: Return) -> int:
    if "If-Match" in request.headers:
        return version_from(request, filed)
    if filed.started_at:
        raise Problem(
            "conflict",
            f"Somebody has begun {filed}. Send If-Match with its ETag to file yours in its place.",
        )
    return filed.version


@extend_schema(
    operation_id="return_nil",
    summary="File nil returns",
    parameters=[IDEMPOTENCY_KEY],
    request=NilSerializer,
    responses={200: ReturnListSerializer, **WRITE_ONE},
)
@api_view(["POST"])
@for_tokens(Scope.REPORTING_FILE)
@writes
def return_nil(request: TokenRequest) -> Response:
    """Nothing was delivered or charged: file these returns as nil, all of them or none. Only what nobody has begun."""
    wanted = list(dict.fromkeys(_sent(NilSerializer, request)["returns"]))
    found = {one.public_id: one for one in returns_of(request.auth).filter(public_id__in=wanted)}
    if missing := [number for number, one in enumerate(wanted) if one not in found]:
        says = "Your organisation has no return with this id"
        raise has_errors([{"pointer": f"/returns/{number}", "says": says} for number in missing])
    for one in found.values():
        refuse_others(request, one)
    if begun := [(number, why) for number, one in enumerate(wanted) if (why := why_not_nil(found[one]))]:
        raise Problem(
            "conflict",
            "Some of these returns cannot be filed as nil.",
            [{"pointer": f"/returns/{number}", "says": why} for number, why in begun],
        )
    try:
        filed = file_nil_returns(returns=found.values(), by=request.user, now=timezone.now())
    except Refused as refused:
        if any(not one.is_unfiled for one in Return.objects.filter(public_id__in=wanted)):
            raise Problem("conflict", str(refused)) from None
        raise
    known = returns_of(request.auth).in_bulk([one.pk for one in filed])
    ordered = sorted(known.values(), key=lambda one: wanted.index(one.public_id))
    return Response({"returns": ReturnSerializer(ordered, many=True).data})


# --- What the actions say no with ------------------------------------------------------------------


def has_errors(errors: Iterable[Error]) -> Problem:
    listed = list(islice(errors, MOST_ERRORS))
    count = f"{len(listed):,} thing{'s' if len(listed) != 1 else ''}"
    return Problem("has-errors", f"{count} must be mended or answered first.", listed)


def _refuse_filed(filed: Return) -> None:
    if not filed.is_unfiled:
        raise Problem("conflict", f"{ALREADY_FILED}.")


@contextmanager
def _refusals_of(filed: Return, answers: Sequence[dict[str, Any]] = ()) -> Iterator[None]:
    """The action's no as a problem: somebody was faster, cells that must be mended, or a rule."""
    try:
        yield
    except StaleWrite:
        now = _again(filed)
        raise (changed(now) if now.is_unfiled else Problem("conflict", f"{ALREADY_FILED}.")) from None
    except Refused:
        now = _again(filed)
        _refuse_filed(now)
        found = check(filing_of(now), standard_of(now), known_of(now))
        answered = places_of(answers)
        open_ones = [one for one in found if one.is_error]
        open_ones += [one for one in unanswered(now, found) if place_of(one) not in answered]
        if open_ones:
            raise has_errors(errors_of(open_ones)) from None
        raise


def _answer(filed: Return, answers: Sequence[dict[str, Any]], request: TokenRequest) -> None:
    given = {(one["check"], one["table"], one["row"]): one["text"] for one in answers}
    try:
        answer_questions(filed=filed, answers=given, by=request.user)
    except NoSuchQuestion as wrong:
        raise has_errors(answers_to_nothing(answers, places_of(answers) - wrong.places)) from None


def _again(filed: Return) -> Return:
    """The return as it is after the action."""
    return Return.objects.select_related(
        "contract__buyer", "contract__supplier", "supplier", "replaces", "replaced_by"
    ).get(pk=filed.pk)
