"""`Idempotency-Key`: a write that is sent again after a broken connection acts once and is answered the same.

As the draft of the IETF has it (httpapi-idempotency-key-header). Claiming the key commits at once; the action, and
the answer that is kept, are one transaction, which holds the claim's lock while it is at work. So a process that
dies has done nothing, and the next try does it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.encoding import force_str
from rest_framework.response import Response

from portal.audit.actions import by_means_of
from portal.problems import Problem
from portal.tokens.models import ApiToken, KeptAnswer
from portal.tokens.requests import TokenRequest

View = Callable[..., Any]
HEADER = "Idempotency-Key"
KEPT_HEADERS = ("Content-Type", "ETag", "Location")
SHAPE = re.compile(r"[\x21-\x7e]{1,100}")


def writes(view: View) -> View:
    """For a view that writes, under `api_view`: the record names the token, and a key that was sent counts once."""

    @wraps(view)
    def wrapper(request: TokenRequest, *args: Any, **kwargs: Any) -> Any:
        with by_means_of(f"By API token {request.auth.hint}…"):
            return once(view, request, *args, **kwargs)

    return wrapper


def once(view: View, request: TokenRequest, *args: Any, **kwargs: Any) -> Any:
    """Act, or answer as before. Without the header it acts each time."""
    _ = request.data  # read first: a body that cannot be read claims no key
    if HEADER not in request.headers:
        return view(request, *args, **kwargs)
    key, fingerprint = _key_of(request), fingerprint_of(request)
    _claim(request.auth, key, fingerprint)
    with transaction.atomic():
        kept = _locked(request.auth, key)
        if kept.fingerprint != fingerprint:
            raise Problem(
                "key-reused", f"{HEADER} {key} came with another request before. Draw a new key for each request."
            )
        if kept.status is not None:
            return _again(kept)
        response = _answered(view, request, *args, **kwargs)
        _keep(kept, response, request)
        return response


def _key_of(request: TokenRequest) -> str:
    """A text in quotation marks, as the draft has it, or without them."""
    given = request.headers[HEADER].strip()
    key = given[1:-1] if len(given) > 1 and given[0] == given[-1] == '"' else given
    if not SHAPE.fullmatch(key):
        says = f"{HEADER} must be 1 to 100 visible ASCII characters, for example a UUID."
        raise Problem("not-valid", says, [{"says": says, "parameter": HEADER}])
    return key


def fingerprint_of(request: TokenRequest) -> str:
    """The method, the address with its query, the version that is changed, and the body."""
    body = getattr(request, "body_digest", "")
    parts = (request.method, request.get_full_path(), request.headers.get("If-Match", ""), body)
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


def _claim(token: ApiToken, key: str, fingerprint: str) -> None:
    """Write the key down for whoever comes first; one whose time is over is free again."""
    now = timezone.now()
    KeptAnswer.objects.bulk_create(
        [KeptAnswer(token=token, key=key, fingerprint=fingerprint, at=now)], ignore_conflicts=True
    )
    held = KeptAnswer.objects.filter(token=token, key=key).first()
    if held and not held.is_kept_at(now):
        fresh: dict[str, Any] = {"fingerprint": fingerprint, "status": None, "body": "", "headers": {}, "at": now}
        KeptAnswer.objects.filter(pk=held.pk, at=held.at).update(**fresh)


def _locked(token: ApiToken, key: str) -> KeptAnswer:
    """The claim, locked; without waiting, because whoever holds it is still at work."""
    claims = KeptAnswer.objects.select_for_update(skip_locked=True, no_key=True)
    kept = claims.filter(token=token, key=key).first()
    if kept is None:
        raise Problem("in-progress", "The first request with this key is still at work.", headers={"Retry-After": "1"})
    return kept


def _answered(view: View, request: TokenRequest, *args: Any, **kwargs: Any) -> Response:
    """Refusals are answers too. What nobody expected is not caught: it undoes everything and keeps nothing."""
    try:
        with transaction.atomic():
            return view(request, *args, **kwargs)
    except Exception as exc:
        answer: Response = request.parser_context["view"].handle_exception(exc)
        return answer


def _keep(kept: KeptAnswer, response: Response, request: TokenRequest) -> None:
    kept.status = response.status_code
    kept.body = force_str(request.accepted_renderer.render(response.data))
    sent = {**response.headers, "Content-Type": response.content_type or "application/json"}
    kept.headers = {name: sent[name] for name in KEPT_HEADERS if name in sent}
    kept.save(update_fields=["status", "body", "headers"])


def _again(kept: KeptAnswer) -> HttpResponse:
    response = HttpResponse(kept.body.encode(), status=kept.status)
    for name, value in kept.headers.items():
        response[name] = value
    response["Idempotent-Replayed"] = "true"
    return response
