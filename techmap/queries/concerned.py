"""Whom a request for some capabilities concerns, and why."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from portal.accounts.models import User
from portal.organisations.choices import Kind, Status
from portal.organisations.models import Membership, Organisation
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


def why_told(capabilities: Iterable[Capability], *, user: User | None = None) -> str:
    """Why somebody hears of a request: for one person exactly (two queries), or for all in one sentence."""
    chosen = list(capabilities)
    if user is None:
        return f"You follow {_any_of(chosen)}, or your organisation claims it"
    concerned = _concerned(chosen)
    claim = (
        CapabilityClaim.objects.filter(
            capability__in=concerned,
            origin=ClaimOrigin.SUPPLIER,
            profile__organisation__in=Organisation.objects.suppliers().verified().of_user(user),
        )
        .select_related("profile__organisation", "capability")
        .first()
    )
    if claim:
        return f"{claim.profile.organisation} claims {claim.capability}"
    ids = concerned | {pk for pk in _parents(concerned) if pk}
    follow = CapabilityFollow.objects.filter(user=user, capability__in=ids).select_related("capability").first()
    return f"You follow {follow.capability}" if follow else why_told(chosen)


def _any_of(capabilities: list[Capability]) -> str:
    names = [str(capability) for capability in capabilities]
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names) or "a capability"
