"""Who makes and ends tokens, and when one still works.

Only owners make them: a token works for months without anybody at the keyboard, and owners are those of whom a
second factor is demanded. It works while the person who made it might make it again.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from portal.accounts.permissions import lacks_demanded_mfa
from portal.organisations.choices import Status
from portal.organisations.permissions import can_manage_members, can_manage_organisation
from portal.tokens.choices import TokenState

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User
    from portal.organisations.models import Organisation
    from portal.tokens.models import ApiToken

STOPPED = frozenset({Status.SUSPENDED, Status.REFUSED})


def can_see_tokens(user: User | AnonymousUser, organisation: Organisation) -> bool:
    """Owners; and staff, who may have to end one."""
    return can_manage_members(user, organisation)


def can_revoke_token(user: User | AnonymousUser, organisation: Organisation) -> bool:
    return can_manage_members(user, organisation)


def can_make_token(user: User | AnonymousUser, organisation: Organisation) -> bool:
    return can_manage_organisation(user, organisation)


def why_not_make(user: User, organisation: Organisation) -> str | None:
    if organisation.status in STOPPED:
        return f"{organisation} is {organisation.get_status_display().lower()}, so it can have no new token"
    if lacks_demanded_mfa(user):
        return "Set up a second step for signing in before you make a token"
    return None


def why_not_use(token: ApiToken, now: datetime) -> str | None:
    """Asked at each use, of the database as it is then; in words for whoever holds the token."""
    match token.state_at(now):
        case TokenState.REVOKED:
            return "This token was revoked."
        case TokenState.EXPIRED:
            return "This token has expired."
    if token.organisation.status in STOPPED:
        return f"{token.organisation} is {token.organisation.get_status_display().lower()}."
    if not can_make_token(token.made_by, token.organisation):
        return "The person who made this token is no longer an owner of the organisation."
    if lacks_demanded_mfa(token.made_by):
        return "The person who made this token no longer has a second step for signing in."
    return None
