"""Capabilities with their numbers, and who follows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q, QuerySet

from techmap.choices import ClaimOrigin
from techmap.models import Capability, CapabilityClaim, CapabilityFollow, CapabilityQuerySet
from techmap.queries.suppliers import public_suppliers

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


@dataclass(frozen=True)
class Counted:
    """A capability with how many verified suppliers claim it and how many open requests concern it."""

    capability: Capability
    suppliers: int
    guessed: int
    requests: int


@dataclass(frozen=True)
class Branch:
    parent: Capability
    children: list[Counted]


def capability_tree(capabilities: CapabilityQuerySet, now: datetime) -> list[Branch]:
    """The capabilities given, under their parents, with their numbers: three queries."""
    claims = _claims_by_capability()
    claimed, guessed = claims[ClaimOrigin.SUPPLIER], claims[ClaimOrigin.GUESSED]
    open_requests = _open_by_capability(now)
    branches: dict[int, Branch] = {}
    for item in capabilities.offered().by_parent().only("code", "name", "parent__code", "parent__name"):
        if item.parent is not None:
            branch = branches.setdefault(item.parent.pk, Branch(item.parent, []))
            numbers = (claimed.get(item.pk, 0), guessed.get(item.pk, 0), open_requests.get(item.pk, 0))
            branch.children.append(Counted(item, *numbers))
    return list(branches.values())


def _claims_by_capability() -> dict[str, dict[int, int]]:
    """By origin, then by capability. A profile claims each but once, so that every row counts."""
    public = CapabilityClaim.objects.filter(profile__organisation__in=public_suppliers())
    found: dict[str, dict[int, int]] = {origin: {} for origin in ClaimOrigin.values}
    for origin, capability, number in public.order_by().values_list("origin", "capability").annotate(Count("pk")):
        found[origin][capability] = number
    return found


def _open_by_capability(now: datetime) -> dict[int, int]:
    """A request names each capability but once, so that every row counts."""
    return dict(_open_requests(now).order_by().values_list("capabilities").annotate(Count("pk")))


def _open_requests(now: datetime) -> Any:
    """Requests are a later app's: reached by the relation, and what is open is theirs to say."""
    requests: Any = Capability._meta.get_field("requests").related_model
    return requests.objects.open_at(now)


def count_for(capability: Capability, now: datetime) -> Counted:
    """The numbers of one capability; those of a parent cover all that it holds, each firm once."""
    claims = CapabilityClaim.objects.filter(
        Q(capability=capability) | Q(capability__parent=capability), profile__organisation__in=public_suppliers()
    )
    numbers = claims.aggregate(
        claimed=Count("profile", distinct=True, filter=Q(origin=ClaimOrigin.SUPPLIER)),
        guessed=Count("profile", distinct=True, filter=Q(origin=ClaimOrigin.GUESSED)),
    )
    concerned = Q(capabilities=capability) | Q(capabilities__parent=capability)
    requests = _open_requests(now).filter(concerned).order_by().values("pk").distinct().count()
    return Counted(capability, numbers["claimed"], numbers["guessed"], requests)


def capabilities_named(words: str) -> CapabilityQuerySet:
    """Those in use whose name, description or aliases hold the words, whatever the case."""
    found = Q(name__icontains=words) | Q(description__icontains=words) | Q(alias_text__icontains=words)
    parents = Q(parent__name__icontains=words)
    return Capability.objects.in_use().with_alias_text().filter(found | parents)


def follows_of(user: User) -> QuerySet[CapabilityFollow]:
    return user.capability_follows.select_related("capability__parent").order_by("capability__name")


def follows_in(user: User | AnonymousUser, capabilities: Iterable[int | None]) -> set[int]:
    """Which of the capabilities the person follows."""
    if not user.is_authenticated:
        return set()
    return {*user.capability_follows.filter(capability__in=capabilities).values_list("capability_id", flat=True)}
