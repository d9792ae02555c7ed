"""Who belongs to an organisation, and with which role."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse

from portal.audit.actions import record
from portal.notifications.actions import tell
from portal.notifications.choices import Kind as Notice
from portal.organisations.choices import Role
from portal.organisations.models import Membership, Organisation
from portal.organisations.permissions import can_manage_members
from portal.organisations.queries import owners_of
from portal.refusals import Refused

if TYPE_CHECKING:
    from portal.accounts.models import User

ROLE_WORDS = {Role.OWNER: "an owner", Role.EDITOR: "an editor", Role.VIEWER: "a viewer"}


def add_member(*, organisation: Organisation, user: User, role: str) -> Membership:
    """Write a membership. The caller has locked the organisation, and has checked and records the change."""
    if Membership.objects.filter(organisation=organisation, user=user, ended_at=None).exists():
        raise Refused(f"{user} already belongs to {organisation}.")
    return Membership.objects.create(organisation=organisation, user=user, role=role)


def _locked(membership: Membership) -> Membership:
    """The membership as it is now; its organisation is locked, so that no other change passes this one."""
    organisation = Organisation.objects.locked(membership.organisation_id)
    membership = Membership.objects.select_related("user").get(pk=membership.pk)
    membership.organisation = organisation
    return membership


def _check_still_there(membership: Membership) -> None:
    if membership.ended_at:
        raise Refused(f"{membership.user} no longer belongs to {membership.organisation}.")


def _check_owner_remains(membership: Membership) -> None:
    """Somebody who can still sign in must own the organisation afterwards."""
    if membership.role != Role.OWNER:
        return
    if not owners_of(membership.organisation).exclude(pk=membership.user_id).exists():
        raise Refused(
            f"{membership.user} is the only owner of {membership.organisation}. Make another member an owner first."
        )


@transaction.atomic
def change_role(*, membership: Membership, role: str, by: User) -> Membership:
    """Give a member another role, and tell them. The last owner cannot step down."""
    role = Role(role)
    membership = _locked(membership)
    if not can_manage_members(by, membership.organisation):
        raise PermissionDenied
    _check_still_there(membership)
    if membership.role == role:
        return membership
    _check_owner_remains(membership)
    old, membership.role = membership.role, role
    membership.save(update_fields=["role"])
    record(
        "organisations.membership.role_changed",
        target=membership.organisation,
        by=by,
        old={"member": str(membership.user), "role": old},
        new={"member": str(membership.user), "role": role.value},
    )
    tell(
        kind=Notice.ORGANISATION,
        subject=f"You are now {ROLE_WORDS[role]} of {membership.organisation}",
        body=f"{by} changed your role at {membership.organisation}. You are now {ROLE_WORDS[role]}.",
        recipients=[membership.user],
        path=membership.organisation.get_absolute_url(),
        link_text="See your organisation",
        reason=f"You belong to {membership.organisation}.",
    )
    return membership


@transaction.atomic
def end_membership(*, membership: Membership, by: User, now: datetime) -> Membership:
    """End a membership: owners and staff end anybody's, a member their own. Never the last owner's.

    The person's next request is refused, because rights are read from today's memberships alone.
    """
    membership = _locked(membership)
    organisation = membership.organisation
    if membership.user_id != by.pk and not can_manage_members(by, organisation):
        raise PermissionDenied
    _check_still_there(membership)
    _check_owner_remains(membership)
    membership.ended_at = now
    membership.save(update_fields=["ended_at"])
    has_left = membership.user_id == by.pk
    record(
        f"organisations.membership.{'left' if has_left else 'ended'}",
        target=organisation,
        by=by,
        old={"member": str(membership.user), "role": membership.role},
    )
    (_tell_owners_of_leaving if has_left else _tell_of_ending)(membership, by)
    return membership


def _tell_owners_of_leaving(membership: Membership, by: User) -> None:
    organisation = membership.organisation
    tell(
        kind=Notice.ORGANISATION,
        subject=f"{by} left {organisation}",
        body=f"{by} no longer belongs to {organisation}.",
        recipients=owners_of(organisation),
        path=reverse("organisations:member-list", args=[organisation.pk]),
        link_text="See its members",
        reason=f"You are an owner of {organisation}.",
    )


def _tell_of_ending(membership: Membership, by: User) -> None:
    tell(
        kind=Notice.ORGANISATION,
        subject=f"You no longer belong to {membership.organisation}",
        body=f"{by} ended your membership of {membership.organisation}. "
        "If you did not expect this, ask one of its owners.",
        recipients=[membership.user],
        path=reverse("organisations:organisation-list"),
        link_text="See your organisations",
        reason=f"You belonged to {membership.organisation}.",
    )
