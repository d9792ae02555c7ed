"""What the search may know of each supplier, read from all that is kept about it: as many queries for any number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from portal.organisations.models import Organisation
from techmap.choices import ClaimOrigin
from techmap.models import (
    Accreditation,
    Capability,
    CapabilityClaim,
    CaseStudy,
    Evidence,
    FrameworkPlace,
    OtherName,
    SupplierProfile,
)
from techmap.queries.case_studies import complete
from techmap.queries.suppliers import public_suppliers
from techmap.search import tags
from techmap.search.words import GAP, folded, name_key
from techmap.support import support_by_claim

MOST_EVIDENCE = 300  # titles of one supplier, the newest: the rest says little more, and rows stay small


@dataclass
class Document:
    """One supplier's words by the weight of the field that they stand in, and its tags."""

    supplier: int
    name: str
    names: list[str] = field(default_factory=list)  # A
    offer: list[str] = field(default_factory=list)  # B: capabilities, summary, technologies
    story: list[str] = field(default_factory=list)  # C: description and case studies
    proof: list[str] = field(default_factory=list)  # D: evidence, and who bought
    tags: set[int] = field(default_factory=set)

    @property
    def name_key(self) -> str:
        return name_key(self.name)

    def text(self, part: str, gap: str = GAP) -> str:
        """One field as one text."""
        return folded(gap.join(filter(None, getattr(self, part))))


def documents(suppliers: Iterable[int], today: date) -> list[Document]:
    """One document for each of these suppliers that the techmap lists, in the order of their numbers."""
    rows = public_suppliers().filter(pk__in=list(suppliers)).select_related("supplier_profile").order_by("pk")
    listed = {supplier.pk: supplier for supplier in rows}
    made = {pk: Document(pk, supplier.name, names=[supplier.name]) for pk, supplier in listed.items()}
    for pk, supplier in listed.items():
        _add_profile(made[pk], supplier)
    verified = [pk for pk, supplier in listed.items() if supplier.is_verified]
    _add_names(made)
    _add_claims(made, verified, today)
    _add_evidence(made)
    _add_own_facts(made, verified, today)
    return list(made.values())


def _add_profile(document: Document, supplier: Organisation) -> None:
    """Of a supplier that nobody verified only what was published: its size and its office."""
    profile: SupplierProfile | None = getattr(supplier, "supplier_profile", None)
    own = profile if supplier.is_verified else None
    document.tags |= tags.of_size(supplier.size)
    document.tags |= tags.of_region(own.regions_served if own else [], supplier.region)
    if own:
        document.offer += [own.summary, *own.technologies]
        document.story.append(own.description)
        document.tags |= {tags.listed("sector", sector) for sector in own.sectors}
        document.tags |= {tags.listed("vcse", "yes")} if own.is_vcse else set()


def _add_names(made: dict[int, Document]) -> None:
    for pk, name in OtherName.objects.filter(supplier__in=made).order_by("pk").values_list("supplier", "name"):
        made[pk].names.append(name)


def _add_claims(made: dict[int, Document], verified: list[int], today: date) -> None:
    """What a supplier claims counts once it is verified; what notices suggest counts always."""
    capabilities = {item.pk: item for item in Capability.objects.all()}
    parents = {pk: item.parent_id for pk, item in capabilities.items()}
    support = support_by_claim(made, today)
    claimed: dict[int, dict[int, str]] = defaultdict(dict)
    claims = CapabilityClaim.objects.filter(
        Q(profile__organisation__in=verified) | Q(profile__organisation__in=made, origin=ClaimOrigin.GUESSED)
    )
    for pk, capability in claims.order_by("capability").values_list("profile__organisation", "capability"):
        claimed[pk][capability] = str(support.get((pk, capability), ""))
    for pk, own in claimed.items():
        made[pk].tags |= tags.of_claims(own, parents)
        named = [*own, *sorted({parent for item in own if (parent := parents[item])})]
        for item in named:
            made[pk].offer += [capabilities[item].name, *capabilities[item].aliases]


def _add_evidence(made: dict[int, Document]) -> None:
    """Titles and buyers, each once, however often they stand in notices."""
    seen: dict[int, dict[str, None]] = defaultdict(dict)
    rows = Evidence.objects.filter(supplier__in=made).order_by("-dated", "-pk")
    for pk, title, buyer, buyer_name in rows.values_list("supplier", "title", "buyer__name", "buyer_name"):
        if len(seen[pk]) < MOST_EVIDENCE:
            seen[pk] |= {title: None, buyer or buyer_name: None}
    for pk, texts in seen.items():
        made[pk].proof += texts


def _add_own_facts(made: dict[int, Document], verified: list[int], today: date) -> None:
    """What verified suppliers say besides: certificates that hold today, places on frameworks, case studies."""
    held = Accreditation.objects.filter(profile__organisation__in=verified).exclude(expires_on__lt=today)
    for pk, kind in held.order_by().values_list("profile__organisation", "kind"):
        made[pk].tags.add(tags.listed("accreditation", kind))
    places = FrameworkPlace.objects.filter(profile__organisation__in=verified).order_by()
    for pk, framework in places.values_list("profile__organisation", "framework"):
        made[pk].tags.add(tags.framework(framework))
    studies = complete(CaseStudy.objects.filter(profile__organisation__in=verified)).order_by("pk")
    for pk, *texts in studies.values_list("profile__organisation", "title", "customer", "summary"):
        made[pk].story += texts
