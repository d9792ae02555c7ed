"""What other apps and the pages ask of the techmap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Max, Prefetch, Q, QuerySet

from portal.accounts.models import User
from portal.organisations.choices import Kind, Status
from portal.organisations.models import Membership, Organisation, OrganisationQuerySet
from techmap.choices import ClaimOrigin
from techmap.guessing import Index, build_index
from techmap.models import Capability, CapabilityClaim, CapabilityFollow, CapabilityQuerySet, SupplierProfile

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

# --- Guessing what a notice buys -------------------------------------------------------------------


def guess_capabilities(*, cpv_codes: Iterable[str], text: str) -> list[Capability]:
    """What a notice seems to buy, the strongest first, at most five; often nothing.

    The first line of `text` is its title. CPV codes come first, the longest match leading; then
    names and aliases in the words. Notices of building, catering, care and the like give none. The
    capabilities are shared between callers: read them, don't change them.
    """
    return _index(_taxonomy_version()).guess(cpv_codes, text)


def _taxonomy_version() -> tuple[Any, ...]:
    """Changes with every change of the taxonomy, so that no process guesses by an old one."""
    state = Capability.objects.aggregate(changed=Max("updated_at"), last=Max("pk"), number=Count("pk"))
    return tuple(state.values())


@lru_cache(maxsize=2)
def _index(version: tuple[Any, ...]) -> Index:
    return build_index(Capability.objects.offered())


# --- Whom a request concerns -----------------------------------------------------------------------


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


# --- Suppliers -------------------------------------------------------------------------------------


def public_suppliers() -> OrganisationQuerySet:
    return Organisation.objects.suppliers().verified()


def suppliers_visible_to(user: User | AnonymousUser) -> OrganisationQuerySet:
    """Verified suppliers; and, before that, a person's own. Staff see all."""
    suppliers = Organisation.objects.suppliers()
    own = suppliers.visible_to(user).values("pk")
    return suppliers.filter(Q(status=Status.VERIFIED) | Q(pk__in=own))


def with_claims(suppliers: QuerySet[Organisation]) -> QuerySet[Organisation]:
    """Suppliers with their profile and claims: two further queries, however many they are."""
    claims = in_taxonomy_order(CapabilityClaim.objects.all())
    return suppliers.select_related("supplier_profile").prefetch_related(
        Prefetch("supplier_profile__claims", claims, to_attr="ordered_claims")
    )


def grouped_claims(profile: SupplierProfile | None) -> dict[str, list[CapabilityClaim]]:
    """A supplier's claims under the names of their parents, in the order of the taxonomy."""
    groups: dict[str, list[CapabilityClaim]] = {}
    if profile is not None:
        for claim in in_taxonomy_order(profile.claims.all()):
            groups.setdefault(str(claim.capability.parent), []).append(claim)
    return groups


def in_taxonomy_order(claims: QuerySet[CapabilityClaim]) -> QuerySet[CapabilityClaim]:
    order = ("capability__parent__position", "capability__position", "capability__name")
    return claims.select_related("capability__parent").order_by(*order)


# --- Capabilities ----------------------------------------------------------------------------------


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
