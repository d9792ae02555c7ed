"""Who asks the API: the token in `Authorization: Bearer`, and nothing else. No cookie counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import BasePermission
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
        structlog.contextvars.bind_contextvars(user_id=token.made_by_id, token=token.hint)
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
    if not throttle.allow_request(request, None):
        raise Throttled(throttle.wait())


class TokenThrottle(SimpleRateThrottle):
    """How often one token may ask."""

    scope = "tokens"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        return self.cache_format % {"scope": self.scope, "ident": request.auth.pk} if request.auth else None


def needs(scope: Scope) -> type[BasePermission]:
    """The permission of views that ask for this scope."""

    class HasScope(BasePermission):
        def has_permission(self, request: Request, view: Any) -> bool:
            if request.auth is None:
                return False  # 401
            if scope not in request.auth.scopes:
                raise Problem(
                    "missing-scope",
                    f"This token lacks the scope {scope.value}: {scope.label.lower()}.",
                    headers={"WWW-Authenticate": f'{REALM}, error="insufficient_scope", scope="{scope.value}"'},
                )
            return True

    HasScope.scope = scope  # type: ignore[attr-defined]
    return HasScope
