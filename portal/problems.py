"""What goes wrong in the REST API, as RFC 9457 has it: one list of kinds for every room that answers programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.exceptions import APIException

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """One kind of problem. Its `type` is an address on the documentation page, which says the same."""

    name: str
    status: int
    title: str
    mend: str

    @property
    def anchor(self) -> str:
        return f"problem-{self.name}"

    @property
    def type(self) -> str:
        return f"{settings.SITE_URL}/api/#{self.anchor}"


KINDS = {
    kind.name: kind
    for kind in (
        Kind("not-readable", 400, "The request could not be read", "Send JSON in UTF-8, as the errors say."),
        Kind("not-valid", 400, "Something in the request is not right", "Mend what `errors` names."),
        Kind("no-token", 401, "A token is needed", "Send `Authorization: Bearer` and a token of your organisation."),
        Kind(
            "token-refused", 401, "The token is not accepted",
            "It may be mistyped, revoked or out of date, or the person who made it may no longer be an owner of "
            "the organisation, or the organisation may be suspended. An owner can make another one.",
        ),
        Kind("missing-scope", 403, "The token may not do this", "Make a token with the scope that `detail` names."),
        Kind("not-allowed", 403, "This is not yours to do", "Ask the organisation that `detail` names."),
        Kind("not-found", 404, "There is nothing at this address", "Look for it in the list that it should be in."),
        Kind("method", 405, "This address takes another method", "The header `Allow` names those that it takes."),
        Kind("not-acceptable", 406, "The API answers in JSON alone", "Leave the header `Accept` out."),
        Kind("conflict", 409, "It cannot be done as things stand", "Read the return again and see what it is now."),
        Kind("in-progress", 409, "The same request is still at work", "Wait a moment and send it once more."),
        Kind("changed", 412, "Somebody else has changed it", "Read it again and send your change with its new `ETag`."),
        Kind("too-large", 413, "The body is too large", "Send less at a time, or upload a file in the browser."),
        Kind("media-type", 415, "The body must be JSON", "Send `Content-Type: application/json`."),
        Kind(
            "has-errors", 422, "The return has errors",
            "Each error names its cell by table, row, field and JSON Pointer, and says how to mend it.",
        ),
        Kind("refused", 422, "A rule stands against it", "`detail` says which."),
        Kind("key-reused", 422, "This Idempotency-Key was used for another request", "Draw a new key for it."),
        Kind(
            "no-version", 428, "Say which version you change",
            "Send `If-Match` with the `ETag` that the return was read with.",
        ),
        Kind("too-many", 429, "Too many requests", "Wait as many seconds as `Retry-After` says."),
    )
}  # fmt: skip
# Where nothing says more exactly what it is.
BY_STATUS = {
    400: "not-valid",
    401: "no-token",
    403: "not-allowed",
    404: "not-found",
    405: "method",
    406: "not-acceptable",
    409: "conflict",
    412: "changed",
    413: "too-large",
    415: "media-type",
    422: "refused",
    428: "no-version",
    429: "too-many",
}


class Problem(APIException):
    """Raised by a view of the API; `portal.api.problems` makes the answer of it."""

    def __init__(
        self,
        kind: str,
        detail: str,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = KINDS[kind]
        self.status_code = self.kind.status
        self.errors = list(errors)
        self.headers = dict(headers or {})


class ErrorSerializer(serializers.Serializer[Any]):
    """One thing to mend. In a return it is one cell, with the words of the page and of the annotated workbook."""

    says = serializers.CharField(help_text="What is wrong.")
    mend = serializers.CharField(required=False, help_text="How to mend it.")
    parameter = serializers.CharField(required=False, help_text="The parameter of the address.")
    pointer = serializers.CharField(
        required=False, help_text="Where it stands in the body: a JSON Pointer (RFC 6901). Rows count from 0."
    )
    table = serializers.CharField(required=False)
    row = serializers.IntegerField(required=False, help_text="From 1, as on the page.")
    field = serializers.CharField(required=False)
    value = serializers.CharField(required=False, help_text="What stands there, in words.")
    check = serializers.CharField(required=False, help_text="The check of the standard; to answer a question.")
    severity = serializers.CharField(
        required=False, help_text="`error`: must be mended. `question`: may stand with an answer beside it."
    )


class ProblemSerializer(serializers.Serializer[Any]):
    """What went wrong (RFC 9457)."""

    type = serializers.URLField(help_text="What kind of problem it is: an address that explains it.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField(help_text="The address that was asked.")
    errors = ErrorSerializer(many=True, required=False)  # type: ignore[assignment]
