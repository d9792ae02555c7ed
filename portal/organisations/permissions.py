"""Who may act for an organisation. Answers come from today's memberships, never from a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.organisations.choices import Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User
    from portal.organisations.models import Organisation

WRITERS = (Role.OWNER, Role.EDITOR)


def has_role(user: User | AnonymousUser, organisation: Organisation, *roles: str) -> bool:
    """Whether the user holds one of the roles (any role where none is named) in it today."""
    if not user.is_authenticated or not user.is_active:
        return False
    memberships = organisation.memberships.filter(user=user, ended_at=None)
    return (memberships.filter(role__in=roles) if roles else memberships).exists()


def can_view_organisation(user: User | AnonymousUser, organisation: Organisation) -> bool:
    return user.is_staff or has_role(user, organisation)


def can_write_for(user: User | AnonymousUser, organisation: Organisation) -> bool:
    """Owners and editors write for their organisation; viewers read."""
    return has_role(user, organisation, *WRITERS)


def can_manage_organisation(user: User | AnonymousUser, organisation: Organisation) -> bool:
    return has_role(user, organisation, Role.OWNER)


def can_verify_organisation(user: User | AnonymousUser) -> bool:
    return user.is_active and user.is_staff
