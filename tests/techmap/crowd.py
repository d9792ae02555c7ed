"""Many suppliers at once, each different and every time the same."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from portal.organisations.choices import Kind, Size, Status
from portal.organisations.models import Organisation
from portal.records import Region
from techmap.choices import AccreditationKind, EvidenceKind, Sector
from techmap.models import Accreditation, Capability, CapabilityClaim, Evidence, SupplierProfile
from techmap.search import index

FIRST = [
    "Larkspur",
    "Charnwood",
    "Alder",
    "Birchwood",
    "Meadow",
    "Harrow",
    "Kestrel",
    "Tern",
    "Willow",
    "Fenland",
    "Heron",
    "Quarry",
]
SECOND = ["Systems", "Digital", "Networks", "Data", "Managed Services", "Consulting and Integration", "Software"]
FORMS = ["Ltd", "plc", "LLP", "Group Limited", "CIC"]


def make_crowd(number: int, today: date) -> list[Organisation]:
    """So many verified suppliers with claims, certificates and evidence, and their rows in the search."""
    random = Random(7)
    suppliers = Organisation.objects.bulk_create(
        Organisation(
            kind=Kind.SUPPLIER,
            name=f"{random.choice(FIRST)} {random.choice(SECOND)} {random.choice(FORMS)} {place}",
            size=random.choice([*Size.values, ""]),
            region=random.choice(Region.values),
            status=Status.VERIFIED,
        )
        for place in range(number)
    )
    profiles = SupplierProfile.objects.bulk_create(
        SupplierProfile(
            organisation=supplier,
            summary="Hosting, software and support for public services",
            regions_served=sorted(random.sample(Region.values, min(12, int(random.paretovariate(0.9))))),
            sectors=random.sample(Sector.values, 2),
            is_vcse=random.choice([True, False, None]),
        )
        for supplier in suppliers
    )
    _add_claims(random, profiles, today)
    Accreditation.objects.bulk_create(
        Accreditation(profile=profile, kind=kind)
        for profile in profiles
        for kind in random.sample(AccreditationKind.values, random.randrange(3))
    )
    index.refresh([supplier.pk for supplier in suppliers])
    return suppliers


def _add_claims(random: Random, profiles: list[SupplierProfile], today: date) -> None:
    """One to six claims each, some capabilities much more often than others; evidence for about half."""
    offered = list(Capability.objects.offered())
    weights = [random.paretovariate(1.5) for _ in offered]
    claims = [
        CapabilityClaim(profile=profile, capability=capability)
        for profile in profiles
        for capability in set(random.choices(offered, weights, k=random.randint(1, 6)))
    ]
    CapabilityClaim.objects.bulk_create(claims)
    Evidence.objects.bulk_create(
        Evidence(
            supplier=claim.profile.organisation,
            capability=claim.capability,
            kind=random.choice(EvidenceKind.values),
            source=f"notice-{place}",
            title="Hosting of council services",
            dated=today - timedelta(days=random.randrange(2_000)),
        )
        for place, claim in enumerate(claims)
        if random.random() < 0.5
    )
