"""What a request to the portal carries: the person and whom they act for, for type checkers, and a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.organisations.models import Membership


def number_in(text: str) -> int | None:
    """The whole number that a form sent; None for anything that is none, or that no column holds."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


class PortalRequest(HttpRequest):
    """Any request. `membership` is set by `CurrentOrganisationMiddleware`: lazy, false where there is none."""

    membership: Membership | None


class SignedInRequest(PortalRequest):
    """A request behind `login_required`."""

    user: User
