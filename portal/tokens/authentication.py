"""Who asks the API: the token in `Authorization: Bearer`, and nothing else. No cookie counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import structlog
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from portal.problems import Problem
from portal.tokens.actions import note_use
from portal.tokens.choices import Scope
from portal.tokens.permissions import why_not_use
from portal.tokens.queries import token_of

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.tokens.models import ApiToken

REALM = 'Bearer realm="api"'
UNKNOWN = "There is no such token. Copy it whole, from tp_ to its end."


class BearerToken(BaseAuthentication):
    """`request.user` is the person who made the token, `request.auth` the token itself."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, given = request.headers.get("Authorization", "").strip().partition(" ")
        if scheme.lower() != "bearer":
            return None
        now = timezone.now()
        token = token_of(given.strip())
        why = why_not_use(token, now) if token else UNKNOWN
        if why or token is None:
            _count_failure(request)
            raise AuthenticationFailed(why)
        note_use(token=token, now=now)
        structlog.contextvars.bind_contextvars(token=token.hint)
        return token.made_by, token

    def authenticate_header(self, request: Request) -> str:
        """RFC 6750: the word `invalid_token` where one was sent."""
        return f'{REALM}, error="invalid_token"' if "Authorization" in request.headers else REALM


class FailureThrottle(SimpleRateThrottle):
    """How many tokens that don't work one address may send."""

    scope = "token_failures"

    def get_cache_key(self, request: Request, view: Any) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


def _count_failure(request: Request) -> None:
    throttle = FailureThrottle()
    if not throttle.allow_request(request, None):  # type: ignore[arg-type]
        raise Throttled(throttle.wait())


class TokenThrottle(SimpleRateThrottle):
    """How often one token may ask."""

    scope = "tokens"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        return self.cache_format % {"scope": self.scope, "ident": request.auth.pk} if request.auth else None


View = Callable[..., Any]


def for_tokens(read: Scope, *, write: Scope | None = None) -> Callable[[View], View]:
    """For a view under `api_view`: a token with the scope, no cookie. `write` is asked for where a method changes."""

    def decorate(view: View) -> View:
        view.authentication_classes = [BearerToken]  # type: ignore[attr-defined]
        view.permission_classes = [_needs(read, write or read)]  # type: ignore[attr-defined]
        view.throttle_classes = [TokenThrottle]  # type: ignore[attr-defined]
        return view

    return decorate


def _needs(read: Scope, write: Scope) -> type[BasePermission]:
    class HasScope(BasePermission):
        scopes = {True: read, False: write}

        def has_permission(self, request: Any, view: Any) -> bool:
            if request.auth is None:
                return False  # 401
            scope = self.scopes[request.method in SAFE_METHODS]
            if scope not in request.auth.scopes:
                raise Problem(
                    "missing-scope",
                    f"This token lacks the scope {scope.value}: {scope.label.lower()}.",
                    headers={"WWW-Authenticate": f'{REALM}, error="insufficient_scope", scope="{scope.value}"'},
                )
            return True

    return HasScope


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """`Authorization: Bearer tp_...`, with the scope that each operation asks for."""

    target_class = "portal.tokens.authentication.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token that an owner makes on the page of the organisation, under “API tokens”.",
        }

    def get_security_requirement(self, auto_schema: Any) -> dict[str, Any]:
        [permission] = auto_schema.view.get_permissions()
        return {self.name: [str(permission.scopes[auto_schema.method.upper() in SAFE_METHODS])]}
