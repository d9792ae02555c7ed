"""Who may change the taxonomy and the profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.organisations.models import Organisation
from portal.organisations.permissions import can_view_organisation, can_write_for, is_portal_staff

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User
    from techmap.models import Shortlist


def can_edit_taxonomy(user: User | AnonymousUser) -> bool:
    return is_portal_staff(user)


def can_edit_profile(user: User | AnonymousUser, organisation: Organisation) -> bool:
    """The supplier's own owners and editors; nobody claims a capability for another."""
    return organisation.is_supplier and can_write_for(user, organisation)


def why_not_decide_guesses(supplier: Organisation) -> str | None:
    """What notices suggest of an imported supplier is public, so whoever only claims to be it may not change that."""
    if supplier.is_imported and not supplier.is_verified:
        return f"You can confirm or remove what notices suggest once {supplier} is verified."
    return None


def can_see_contacts(user: User | AnonymousUser, supplier: Organisation) -> bool:
    """People of verified public bodies, the supplier's own people, and staff: contacts are no public list."""
    if not user.is_authenticated or not user.is_active:
        return False
    if Organisation.objects.of_user(user).public_bodies().verified().exists():
        return True
    return can_view_organisation(user, supplier)


def can_view_supplier(user: User | AnonymousUser, organisation: Organisation) -> bool:
    """Verified suppliers are public; before that their own people and staff see the page."""
    return organisation.is_supplier and (organisation.is_verified or can_view_organisation(user, organisation))


def can_decide_matches(user: User | AnonymousUser) -> bool:
    """Staff say which records are one supplier, and take back what they said."""
    return is_portal_staff(user)


def can_follow(user: User | AnonymousUser) -> bool:
    return user.is_authenticated and user.is_active


def can_keep_shortlists(user: User | AnonymousUser, organisation: Organisation) -> bool:
    """Owners and editors of a public body; whether it is verified is for the action to say."""
    return organisation.is_public_body and can_write_for(user, organisation)


def can_edit_shortlist(user: User | AnonymousUser, shortlist: Shortlist) -> bool:
    """Colleagues who write for the body that keeps it. Viewers read, and so do the staff of the portal."""
    return can_keep_shortlists(user, shortlist.organisation)


def can_read_shortlist(user: User | AnonymousUser, shortlist: Shortlist) -> bool:
    return can_view_organisation(user, shortlist.organisation)
