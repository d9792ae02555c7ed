"""Which suppliers may be seen, and what they claim."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from portal.organisations.choices import Status
from portal.organisations.models import Organisation, OrganisationQuerySet
from portal.records import Region
from techmap.choices import ClaimOrigin, Sector, Support
from techmap.models import (
    Accreditation,
    CapabilityClaim,
    Contact,
    Evidence,
    FrameworkPlace,
    Merge,
    SupplierProfile,
)
from techmap.models.profiles import REVIEW_EVERY
from techmap.queries.case_studies import Study, complete_studies_of, shown
from techmap.support import support_by_claim

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

MOST_STUDIES = 5  # on the supplier's page, the latest; all of them have a page of their own


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


def in_taxonomy_order(claims: QuerySet[CapabilityClaim]) -> QuerySet[CapabilityClaim]:
    order = ("capability__parent__position", "capability__position", "capability__name")
    return claims.select_related("capability__parent").order_by(*order)


# --- One supplier's page ---------------------------------------------------------------------------


@dataclass(frozen=True)
class ClaimLine:
    """One claim as its page shows it: what bears it out, and since when nobody has stood by it."""

    claim: CapabilityClaim
    support: Support
    unconfirmed_since: date | None


@dataclass(frozen=True)
class SupplierPage:
    """What a reader may see of one supplier. `profile` is None where only published facts are shown."""

    profile: SupplierProfile | None
    groups: dict[str, list[ClaimLine]]
    regions: list[str] = field(default_factory=list)
    sectors: list[str] = field(default_factory=list)
    accreditations: list[tuple[Accreditation, bool]] = field(default_factory=list)
    places: list[FrameworkPlace] = field(default_factory=list)
    case_studies: list[Study] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    is_stale: bool = False


def supplier_page(
    supplier: Organisation, profile: SupplierProfile | None, *, now: datetime, in_full: bool, with_contacts: bool
) -> SupplierPage:
    """What the supplier's page holds; in at most ten queries, however much it is.

    Unless it is shown `in_full`, nothing that unverified people typed is in it: guessed claims alone.
    """
    groups = claim_groups(supplier, profile, now=now, own=in_full)
    if profile is None or not in_full:
        return SupplierPage(profile=None, groups=groups)
    today = timezone.localdate(now)
    return SupplierPage(
        profile=profile,
        groups=groups,
        regions=[Region(code).label for code in profile.regions_served],
        sectors=[Sector(code).label for code in profile.sectors],
        accreditations=[(held, held.is_expired(today)) for held in profile.accreditations.all()],
        places=list(profile.framework_places.select_related("framework")),
        case_studies=shown(complete_studies_of(profile)[:MOST_STUDIES], now),
        contacts=list(profile.contacts.all()) if with_contacts else [],
        is_stale=profile.reviewed_at is not None and profile.is_stale(now),
    )


def claim_groups(
    supplier: Organisation, profile: SupplierProfile | None, *, now: datetime, own: bool = True
) -> dict[str, list[ClaimLine]]:
    """A supplier's claims under the names of their parents, in the order of the taxonomy: two queries.

    Without `own`, only what was guessed from published notices.
    """
    groups: dict[str, list[ClaimLine]] = {}
    if profile is None:
        return groups
    claims = profile.claims.all() if own else profile.claims.filter(origin=ClaimOrigin.GUESSED)
    support = support_by_claim([supplier.pk], timezone.localdate(now))
    for claim in in_taxonomy_order(claims):
        found = support.get((supplier.pk, claim.capability_id), Support.UNSUPPORTED)
        line = ClaimLine(claim, found, unconfirmed_since(claim, profile, now))
        groups.setdefault(str(claim.capability.parent), []).append(line)
    return groups


def unconfirmed_since(claim: CapabilityClaim, profile: SupplierProfile, now: datetime) -> date | None:
    """The day on which the supplier last stood by its claim, where that is over a year ago.

    It stands by a claim when it makes it and when it reviews its profile. A guess nobody has stood by.
    """
    if claim.is_guessed:
        return None
    stood = max(moment for moment in (claim.claimed_at, profile.reviewed_at) if moment)
    return timezone.localdate(stood) if stood + REVIEW_EVERY <= now else None
