"""Every write about a person's own account that allauth does not make, and what allauth's writes leave in the audit."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.usersessions.models import UserSession
from django.core.exceptions import PermissionDenied
from django.db import transaction

from portal.accounts.models import User
from portal.accounts.permissions import can_manage_accounts, can_manage_staff
from portal.audit.actions import record
from portal.refusals import Refused


@transaction.atomic
def change_name(*, user: User, name: str, by: User) -> User:
    """Set the person's own full name. Nobody writes another's."""
    if by.pk != user.pk:
        raise PermissionDenied
    user = User.objects.select_for_update().get(pk=user.pk)
    old, new = user.name, " ".join(name.split())
    if not new:
        raise Refused("Enter your full name")
    if new == old:
        return user
    user.name = new
    user.save(update_fields=["name"])
    record("accounts.user.name_changed", target=user, by=by, old={"name": old}, new={"name": new})
    return user


@transaction.atomic
def deactivate_user(*, user: User, by: User, note: str = "") -> User:
    """Shut an account at once: the next request of each of its sessions is refused, and the sessions end.

    Only a superuser may shut a superuser's account; nobody shuts their own, so one is always left.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if not can_manage_accounts(by) or (user.is_superuser and not can_manage_staff(by)):
        raise PermissionDenied
    if user.pk == by.pk:
        raise Refused("You cannot deactivate your own account. Ask another member of staff.")
    if not user.is_active:
        raise Refused(f"The account of {user} is already inactive.")
    user.is_active = False
    user.save(update_fields=["is_active"])
    ended = end_sessions(sessions=UserSession.objects.filter(user=user))
    record(
        "accounts.user.deactivated", target=user, by=by,
        old={"is_active": True}, new={"is_active": False, "sessions_ended": ended}, note=note,
    )  # fmt: skip
    return user


@transaction.atomic
def reactivate_user(*, user: User, by: User, note: str = "") -> User:
    """Open a shut account again. The person signs in anew."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if not can_manage_accounts(by) or (user.is_superuser and not can_manage_staff(by)):
        raise PermissionDenied
    if user.is_active:
        raise Refused(f"The account of {user} is already active.")
    user.is_active = True
    user.save(update_fields=["is_active"])
    record(
        "accounts.user.reactivated", target=user, by=by, old={"is_active": False}, new={"is_active": True}, note=note
    )
    return user


@transaction.atomic
def set_staff(*, user: User, is_staff: bool, by: User) -> User:
    """Make somebody staff, or staff no longer, which ends their sessions and their groups' rights."""
    if not can_manage_staff(by):
        raise PermissionDenied
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.pk == by.pk:
        raise Refused("You cannot change your own rights. Ask another superuser.")
    if user.is_staff == is_staff:
        raise Refused(f"{user} is already staff." if is_staff else f"{user} is not staff.")
    user.is_staff = is_staff
    if not is_staff:
        user.is_superuser = False
        user.groups.clear()
        end_sessions(sessions=UserSession.objects.filter(user=user))
    user.save(update_fields=["is_staff", "is_superuser"])
    name = "accounts.staff.appointed" if is_staff else "accounts.staff.dismissed"
    record(name, target=user, by=by, old={"is_staff": not is_staff}, new={"is_staff": is_staff})
    return user


def end_sessions(*, sessions: Iterable[UserSession]) -> int:
    """Delete the sessions from the store, so that their keys are dead. Returns how many."""
    ended = 0
    for session in sessions:
        session.end()
        ended += 1
    return ended
