"""What a request with a token carries, for type checkers: the person for whom it acts, and the token itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.request import Request

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.tokens.models import ApiToken


class TokenRequest(Request):
    """A request behind `for_tokens`."""

    user: User
    auth: ApiToken
