"""Whom a request for some capabilities concerns, and why."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from portal.accounts.models import User
from portal.organisations.choices import Kind, Status
from portal.organisations.models import Membership
from techmap.choices import ClaimOrigin
from techmap.models import Capability, CapabilityClaim, CapabilityFollow


def people_to_tell(capabilities: Iterable[Capability]) -> QuerySet[User]:
    """Active people whom a request for these capabilities concerns, each once.

    Those who follow one of them or its parent, and the members of verified suppliers that claim
    one of them themselves. A guess tells nobody. A parent stands for all that it holds. One query,
    fit for INSERT ... SELECT.
    """
    concerned = _concerned(capabilities)
    followed = concerned | {pk for pk in _parents(concerned) if pk}
    followers = CapabilityFollow.objects.filter(capability__in=followed)
    members = Membership.objects.filter(
        ended_at=None,
        organisation__kind=Kind.SUPPLIER,
        organisation__status=Status.VERIFIED,
        organisation__supplier_profile__claims__in=CapabilityClaim.objects.filter(
            capability__in=concerned, origin=ClaimOrigin.SUPPLIER
        ),
    )
    told = followers.order_by().values("user_id").union(members.order_by().values("user_id"))
    return User.objects.filter(is_active=True, pk__in=told)


def _concerned(capabilities: Iterable[Capability]) -> set[int]:
    given = {capability.pk for capability in capabilities}
    return given | {*Capability.objects.filter(parent__in=given).values_list("pk", flat=True)}


def _parents(capabilities: Iterable[int]) -> set[int | None]:
    return {*Capability.objects.filter(pk__in=capabilities).values_list("parent_id", flat=True)}
