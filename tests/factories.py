"""Makers of believable, fictional test data: plain functions that write one thing and return it."""

from __future__ import annotations

from functools import cache
from itertools import count
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password

from portal.accounts.models import User
from portal.organisations.choices import Kind, Role, Size, Status
from portal.organisations.models import Membership, Organisation
from portal.records import Region

_numbers = count(1)
PASSWORD = "correct horse battery staple"
# A refusal or a suspension never stands without its reason.
REASONS: dict[str, str] = {
    Status.REFUSED: "The number belongs to another company.",
    Status.SUSPENDED: "The company was dissolved.",
}


@cache
def hashed_password() -> str:
    """`PASSWORD` under the portal's own slow hash, worked out once a test process."""
    return make_password(PASSWORD)


def make_user(email: str = "", *, name: str = "Alice Okafor", mfa: bool | None = None, **fields: Any) -> User:
    """A person whose address is verified, as after a finished sign-up.

    Staff hold a second factor, because the portal demands it; `mfa` says otherwise.
    """
    from allauth.account.models import EmailAddress

    user = get_user_model().objects.create(
        email=(email or f"person{next(_numbers)}@example.org").lower(), password=hashed_password(), name=name, **fields
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    if mfa or (mfa is None and user.is_staff):
        give_second_factor(user)
    return user


def give_second_factor(user: User) -> str:
    """Set up an authenticator app for the user; returns its secret."""
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    secret: str = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def make_public_body(
    name: str = "Ashford Vale Council", *, status: str = Status.VERIFIED, **fields: Any
) -> Organisation:
    fields = {"status_reason": REASONS.get(status, ""), **fields}
    return Organisation.objects.create(kind=Kind.PUBLIC_BODY, name=name, status=status, **fields)


def make_supplier(name: str = "Larkspur Systems Ltd", *, status: str = Status.VERIFIED, **fields: Any) -> Organisation:
    fields = {"size": Size.SMALL, "region": Region.NORTH_WEST, "status_reason": REASONS.get(status, ""), **fields}
    return Organisation.objects.create(kind=Kind.SUPPLIER, name=name, status=status, **fields)


def make_member(organisation: Organisation, *, role: str = Role.OWNER, **fields: Any) -> User:
    """A new person with the role in the organisation. Owners hold a second factor."""
    user = make_user(**{"mfa": role == Role.OWNER, **fields})
    Membership.objects.create(organisation=organisation, user=user, role=role)
    return user
