"""Who may change the taxonomy and the profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.organisations.permissions import can_view_organisation, can_write_for, is_portal_staff

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User
    from portal.organisations.models import Organisation


def can_edit_taxonomy(user: User | AnonymousUser) -> bool:
    return is_portal_staff(user)


def can_edit_profile(user: User | AnonymousUser, organisation: Organisation) -> bool:
    """The supplier's own owners and editors; nobody claims a capability for another."""
    return organisation.is_supplier and can_write_for(user, organisation)


def can_view_supplier(user: User | AnonymousUser, organisation: Organisation) -> bool:
    """Verified suppliers are public; before that their own people and staff see the page."""
    return organisation.is_supplier and (organisation.is_verified or can_view_organisation(user, organisation))


def can_follow(user: User | AnonymousUser) -> bool:
    return user.is_authenticated and user.is_active
