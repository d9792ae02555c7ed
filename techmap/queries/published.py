"""What anyone may read of suppliers, in one shape: tables, downloads, the API and the bulk files all take it from here.

Of a supplier that is not verified only what was published by others is here: its name, size and office, the
capabilities guessed from notices, and its evidence. Contacts are never here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Q, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils import timezone

from portal.organisations.choices import Size
from portal.organisations.models import Organisation
from portal.records import Region
from techmap.choices import ClaimOrigin, Support
from techmap.models import Accreditation, CapabilityClaim, Evidence, FrameworkPlace, SupplierProfile
from techmap.queries.suppliers import in_taxonomy_order, public_suppliers, unconfirmed_since
from techmap.support import support_by_claim

MOST_NAMED = 3  # regions that stand in a line; of more than these only two
CHUNK = 500  # suppliers read at once by whoever reads them all
MOST_PIECES = 20_000  # of evidence read at once, unless one supplier alone has more


@dataclass(frozen=True)
class PublishedClaim:
    capability: str
    name: str
    group: str
    group_name: str
    is_guessed: bool
    level: str
    since: int | None
    support: str
    unconfirmed_since: date | None


@dataclass(frozen=True)
class PublishedAccreditation:
    kind: str
    name: str
    number: str
    issued_by: str
    expires_on: date | None
    is_expired: bool

    @property
    def short_name(self) -> str:
        return self.name.partition(":")[0]


@dataclass(frozen=True)
class PublishedPlace:
    framework: str
    name: str
    reference: str
    lots: list[str]


@dataclass(frozen=True)
class PublishedEvidence:
    kind: str
    source: str
    title: str
    dated: date
    capability: str | None
    is_guessed: bool
    value: Decimal | None
    buyer: str
    region: str
    url: str


@dataclass(frozen=True)
class PublishedSupplier:
    """One supplier as its public page shows it. `evidence` is empty where it was not asked for."""

    id: int
    name: str
    url: str
    is_verified: bool
    size: str
    is_sme: bool
    is_vcse: bool | None
    office_region: str
    regions: list[str]
    sectors: list[str]
    summary: str
    description: str
    technologies: list[str]
    website: str
    links: list[str]
    reviewed_on: date | None
    claims: list[PublishedClaim]
    accreditations: list[PublishedAccreditation]
    frameworks: list[PublishedPlace]
    evidence_count: int
    latest_evidence: date | None
    evidence: list[PublishedEvidence]

    @property
    def verified_claims(self) -> int:
        return sum(claim.support == Support.VERIFIED for claim in self.claims)

    @property
    def size_words(self) -> str:
        return Size(self.size).label.partition(":")[0] if self.size else ""

    @property
    def region_words(self) -> str:
        """Where it delivers, in few words."""
        if len(self.regions) == len(Region):
            return "All 12 regions"
        names = [Region(code).label for code in self.regions]
        return ", ".join(names) if len(names) <= MOST_NAMED else f"{', '.join(names[:2])} and {len(names) - 2} more"

    @property
    def held(self) -> list[PublishedAccreditation]:
        """Accreditations that have not expired."""
        return [item for item in self.accreditations if not item.is_expired]


def published(
    pks: Sequence[int], today: date, *, with_evidence: bool = False, most_evidence: int | None = None
) -> list[PublishedSupplier]:
    """These suppliers in this order, without those that are not public: six queries, or seven with evidence.

    With `most_evidence`, no more than so many pieces of each, the newest.
    """
    found = public_suppliers().filter(pk__in=pks).select_related("supplier_profile").in_bulk()
    suppliers = [found[pk] for pk in pks if pk in found]
    facts = _Facts(suppliers, today, with_evidence=with_evidence, most_evidence=most_evidence)
    return [facts.of(supplier) for supplier in suppliers]


def published_in_chunks(
    pks: Iterable[int], today: date, *, with_evidence: bool = False, size: int = CHUNK
) -> Iterator[PublishedSupplier]:
    """All of them, however many, with no more than a chunk in memory."""
    chunk: list[int] = []
    for pk in pks:
        chunk.append(pk)
        if len(chunk) == size:
            yield from published(chunk, today, with_evidence=with_evidence)
            chunk = []
    yield from published(chunk, today, with_evidence=with_evidence) if chunk else ()


def all_published(today: date, *, size: int = CHUNK) -> Iterator[PublishedSupplier]:
    """Every supplier that the techmap lists, with all its evidence, in the order of their numbers.

    No more than a chunk of suppliers is in memory, and of those no more than `MOST_PIECES` of evidence.
    """
    last = 0
    while pks := list(public_suppliers().filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:size]):
        for part in _parts(pks):
            yield from published(part, today, with_evidence=True)
        last = pks[-1]


def _parts(pks: list[int]) -> Iterator[list[int]]:
    """The suppliers in order, parted where their evidence would be too much to hold at once."""
    rows = Evidence.objects.filter(supplier__in=pks).order_by().values_list("supplier")
    pieces = dict(rows.annotate(Count("pk")))
    part: list[int] = []
    held = 0
    for pk in pks:
        if part and held + pieces.get(pk, 0) > MOST_PIECES:
            yield part
            part, held = [], 0
        part.append(pk)
        held += pieces.get(pk, 0)
    yield part


class _Facts:
    """What belongs to a few suppliers, read once for all of them."""

    def __init__(
        self, suppliers: Sequence[Organisation], today: date, *, with_evidence: bool, most_evidence: int | None
    ) -> None:
        self.today = today
        pks = [supplier.pk for supplier in suppliers]
        verified = [supplier.pk for supplier in suppliers if supplier.is_verified]
        self.claims = _claims(pks, verified, today)
        self.accreditations = _accreditations(verified, today)
        self.places = _places(verified)
        totals = Evidence.objects.filter(supplier__in=pks).order_by().values_list("supplier")
        self.totals = {pk: (number, latest) for pk, number, latest in totals.annotate(Count("pk"), Max("dated"))}
        self.evidence = _evidence(pks, most_evidence) if with_evidence else {}

    def of(self, supplier: Organisation) -> PublishedSupplier:
        number, latest = self.totals.get(supplier.pk, (0, None))
        return PublishedSupplier(
            id=supplier.pk,
            name=supplier.name,
            url=settings.SITE_URL + reverse("techmap:supplier-detail", args=[supplier.pk]),
            is_verified=supplier.is_verified,
            size=supplier.size,
            is_sme=supplier.is_sme,
            office_region=supplier.region,
            **_own_words(supplier),
            claims=self.claims.get(supplier.pk, []),
            accreditations=self.accreditations.get(supplier.pk, []),
            frameworks=self.places.get(supplier.pk, []),
            evidence_count=number,
            latest_evidence=latest,
            evidence=self.evidence.get(supplier.pk, []),
        )


def _own_words(supplier: Organisation) -> dict[str, Any]:
    """What the supplier says of itself, once it is verified."""
    kept: SupplierProfile | None = getattr(supplier, "supplier_profile", None)
    profile = kept if kept and supplier.is_verified else SupplierProfile()
    return {
        "is_vcse": profile.is_vcse,
        "regions": profile.regions_served,
        "sectors": profile.sectors,
        "summary": profile.summary,
        "description": profile.description,
        "technologies": profile.technologies,
        "website": supplier.website if supplier.is_verified else "",
        "links": profile.links,
        "reviewed_on": timezone.localdate(profile.reviewed_at) if profile.reviewed_at else None,
    }


def visible_claims(pks: Iterable[int], verified: Iterable[int]) -> Q:
    """What a verified supplier claims, and what notices suggest of any."""
    return Q(profile__organisation__in=verified) | Q(profile__organisation__in=pks, origin=ClaimOrigin.GUESSED)


def _claims(pks: list[int], verified: list[int], today: date) -> dict[int, list[PublishedClaim]]:
    support = support_by_claim(pks, today)
    now = timezone.make_aware(datetime.combine(today, time.max))
    found: dict[int, list[PublishedClaim]] = defaultdict(list)
    for claim in in_taxonomy_order(CapabilityClaim.objects.filter(visible_claims(pks, verified))).select_related(
        "profile", "capability__parent"
    ):
        supplier, capability = claim.profile.organisation_id, claim.capability
        found[supplier].append(
            PublishedClaim(
                capability=capability.code,
                name=capability.name,
                group=capability.parent.code if capability.parent else "",
                group_name=capability.parent.name if capability.parent else "",
                is_guessed=claim.is_guessed,
                level=claim.level,
                since=claim.since,
                support=support.get((supplier, capability.pk), Support.UNSUPPORTED).value,
                unconfirmed_since=unconfirmed_since(claim, claim.profile, now),
            )
        )
    return found


def _accreditations(verified: list[int], today: date) -> dict[int, list[PublishedAccreditation]]:
    found: dict[int, list[PublishedAccreditation]] = defaultdict(list)
    for item in Accreditation.objects.filter(profile__organisation__in=verified).select_related("profile"):
        found[item.profile.organisation_id].append(
            PublishedAccreditation(
                kind=item.kind,
                name=item.get_kind_display(),
                number=item.number,
                issued_by=item.issued_by,
                expires_on=item.expires_on,
                is_expired=item.is_expired(today),
            )
        )
    return found


def _places(verified: list[int]) -> dict[int, list[PublishedPlace]]:
    found: dict[int, list[PublishedPlace]] = defaultdict(list)
    places = FrameworkPlace.objects.filter(profile__organisation__in=verified).select_related("profile", "framework")
    for place in places:
        framework = place.framework
        found[place.profile.organisation_id].append(
            PublishedPlace(framework.code, framework.name, framework.reference, place.lots)
        )
    return found


def _evidence(pks: list[int], most: int | None) -> dict[int, list[PublishedEvidence]]:
    """Newest first."""
    found: dict[int, list[PublishedEvidence]] = defaultdict(list)
    rows = Evidence.objects.filter(supplier__in=pks).select_related("capability", "buyer")
    if most is not None:
        place = Window(RowNumber(), partition_by="supplier", order_by=["-dated", "-pk"])
        rows = rows.annotate(place=place).filter(place__lte=most)
    for item in rows:
        found[item.supplier_id].append(
            PublishedEvidence(
                kind=item.kind,
                source=item.source,
                title=item.title,
                dated=item.dated,
                capability=item.capability.code if item.capability else None,
                is_guessed=item.is_guessed,
                value=item.value,
                buyer=item.buyer.name if item.buyer else item.buyer_name,
                region=item.region,
                url=item.url,
            )
        )
    return found
