"""Which suppliers may be seen, and what they claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from portal.organisations.choices import Status
from portal.organisations.models import Organisation, OrganisationQuerySet
from techmap.models import CapabilityClaim, Evidence, Merge, SupplierProfile

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


def public_suppliers() -> OrganisationQuerySet:
    """Suppliers that the techmap lists: verified ones, and those known from published notices alone.

    Of the second kind only what was published is shown, until the people who claim to be theirs are
    verified. One that was merged into another is listed as that other.
    """
    known = Q(status__in=[Status.PENDING, Status.REFUSED], is_imported=True) & Exists(
        Evidence.objects.filter(supplier=OuterRef("pk"))
    )
    merged = Merge.objects.filter(folded=OuterRef("pk"), undone_at=None)
    return Organisation.objects.suppliers().filter(Q(status=Status.VERIFIED) | known).exclude(Exists(merged))


def suppliers_visible_to(user: User | AnonymousUser) -> OrganisationQuerySet:
    """Those that the techmap lists; and, before that, a person's own. Staff see all."""
    suppliers = Organisation.objects.suppliers()
    own = suppliers.visible_to(user).values("pk")
    return suppliers.filter(Q(pk__in=public_suppliers().values("pk")) | Q(pk__in=own))


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
