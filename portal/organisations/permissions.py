"""Who may act for an organisation. Answers come from today's memberships, never from a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.organisations.choices import Role, Status

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User
    from portal.organisations.models import Organisation

WRITERS = (Role.OWNER, Role.EDITOR)


def is_portal_staff(user: User | AnonymousUser) -> bool:
    return user.is_authenticated and user.is_active and user.is_staff


def role_of(user: User | AnonymousUser, organisation: Organisation) -> str | None:
    """The role that the user holds in the organisation today; None for those outside."""
    if not user.is_authenticated or not user.is_active:
        return None
    return organisation.memberships.filter(user=user, ended_at=None).values_list("role", flat=True).first()


def has_role(user: User | AnonymousUser, organisation: Organisation, *roles: str) -> bool:
    """Whether the user holds one of the roles (any role where none is named) in it today."""
    role = role_of(user, organisation)
    return role in roles if roles else role is not None


def can_view_organisation(user: User | AnonymousUser, organisation: Organisation) -> bool:
    return is_portal_staff(user) or has_role(user, organisation)


def can_write_for(user: User | AnonymousUser, organisation: Organisation) -> bool:
    """Owners and editors write for their organisation; viewers read."""
    return has_role(user, organisation, *WRITERS)


def can_manage_organisation(user: User | AnonymousUser, organisation: Organisation) -> bool:
    """Owners decide who belongs, and what the organisation says of itself."""
    return has_role(user, organisation, Role.OWNER)


def can_manage_members(user: User | AnonymousUser, organisation: Organisation) -> bool:
    """Owners; and staff, so that a record in the wrong hands or in nobody's can be put right."""
    return is_portal_staff(user) or can_manage_organisation(user, organisation)


def can_edit_organisation(user: User | AnonymousUser, organisation: Organisation) -> bool:
    return is_portal_staff(user) or can_manage_organisation(user, organisation)


def why_not_rename(user: User | AnonymousUser, organisation: Organisation) -> str | None:
    """The name and numbers are what staff checked, or what notices were published under."""
    if is_portal_staff(user):
        return None
    if organisation.is_verified:
        return "The name and numbers were checked when the organisation was verified. Ask us to change them."
    if organisation.is_imported:
        return (
            "The name, numbers, size and region come from published notices until the organisation is verified. "
            "Ask us to change them."
        )
    if organisation.status == Status.SUSPENDED:
        return "The name and numbers cannot be changed while the organisation is suspended."
    return None


def is_held_to_notices(organisation: Organisation) -> bool:
    """Whether its size and region are public as notices gave them, and its people are still to be verified."""
    return organisation.is_imported and not organisation.is_verified


def can_verify_organisation(user: User | AnonymousUser) -> bool:
    return is_portal_staff(user)


def why_not_act(user: User | AnonymousUser, organisation: Organisation) -> str | None:
    """Why the user may not publish or respond for the organisation now; None where they may.

    Only a writer (owner or editor) of a verified organisation acts for it.
    """
    role = role_of(user, organisation)
    if role is None:
        return "You do not belong to this organisation."
    if role not in WRITERS:
        return f"You may read for {organisation} but not write. Ask an owner to make you an editor."
    return why_not_active(organisation)


def why_not_active(organisation: Organisation) -> str | None:
    """Why nobody may publish or respond for the organisation now; None where it is verified."""
    match organisation.status:
        case Status.VERIFIED:
            return None
        case Status.PENDING:
            return f"{organisation} is waiting to be verified. We e-mail its members when this is done."
        case Status.REFUSED:
            return f"{organisation} was not verified: {organisation.status_reason}"
    return f"{organisation} is suspended: {organisation.status_reason}"
