"""What a request to the portal carries, for type checkers: the person and whom they act for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.organisations.models import Membership


class PortalRequest(HttpRequest):
    """Any request. `membership` is set by `CurrentOrganisationMiddleware`: lazy, false where there is none."""

    membership: Membership | None


class SignedInRequest(PortalRequest):
    """A request behind `login_required`."""

    user: User
