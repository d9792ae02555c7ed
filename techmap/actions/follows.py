"""Following capabilities. A parent stands for all that it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from portal.audit.actions import record
from portal.refusals import Refused
from techmap.models import Capability, CapabilityFollow
from techmap.permissions import can_follow

if TYPE_CHECKING:
    from portal.accounts.models import User


@transaction.atomic
def follow_capability(*, capability: Capability, by: User) -> None:
    """From now on the person hears of requests that concern it. Following twice changes nothing."""
    if not can_follow(by):
        raise PermissionDenied
    if capability.is_retired:
        raise Refused(f"{capability} is no longer in use, so no request will concern it.")
    _, is_new = CapabilityFollow.objects.get_or_create(user=by, capability=capability)
    if is_new:
        record("techmap.capability.followed", target=capability, by=by)


@transaction.atomic
def unfollow_capability(*, capability: Capability, by: User) -> None:
    if not can_follow(by):
        raise PermissionDenied
    removed, _ = CapabilityFollow.objects.filter(user=by, capability=capability).delete()
    if removed:
        record("techmap.capability.unfollowed", target=capability, by=by)
