"""What a person may compare, and what is known of it on a day. The number of queries is always the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from portal.organisations.models import Organisation
from reporting.choices import ContractState
from reporting.comparison.asked import MOST, Asked
from reporting.comparison.facts import Facts
from reporting.comparison.kinds import Kind, band_of, divisions_of
from reporting.models import Contract, Scheme
from techmap.models import Capability

MOST_FOUND = 10  # of a search by words
MOST_WORDS = 8
WITH_GROUPS = Prefetch("capabilities", Capability.objects.select_related("parent"))


@dataclass(frozen=True)
class Subject:
    """One column: a scheme or a contract, with the contracts that the reader may see of it."""

    kind: str  # "scheme" or "contract", as in the address
    code: str
    name: str
    about: str
    url: str
    contracts: tuple[Contract, ...]
    private: bool = False  # whether it holds what only the parties see

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.code


@dataclass(frozen=True)
class Choice:
    """Who is compared, who is one too many, how many are not there, and which contracts the reader is a party to."""

    subjects: tuple[Subject, ...]
    beyond: tuple[Subject, ...]
    unknown: int
    own: frozenset[int]

    @property
    def contracts(self) -> list[Contract]:
        """Each once, though a scheme may hold one that is chosen too."""
        return list({one.pk: one for subject in self.subjects for one in subject.contracts}.values())


def comparable(user: Any) -> QuerySet[Contract]:
    """Published contracts, and a person's own that are no drafts."""
    return Contract.objects.visible_to(user).exclude(state=ContractState.DRAFT)


def choose(user: Any, asked: Asked) -> Choice:
    """Read the address, schemes before contracts. What the person may not see counts as unknown."""
    wanted = Q(reference__in=asked.contracts) | Q(scheme__code__in=asked.schemes)
    found = comparable(user).filter(wanted).select_related("buyer", "supplier", "scheme").order_by("title", "pk")
    contracts = list(found.prefetch_related(WITH_GROUPS))
    schemes = {scheme.code: scheme for scheme in Scheme.objects.filter(code__in=asked.schemes)}
    own = own_among(user, contracts)
    by_code = {
        ("scheme", code): _scheme(scheme, [one for one in contracts if one.scheme_id == scheme.pk], own)
        for code, scheme in schemes.items()
    } | {("contract", one.reference): _contract(one, own) for one in contracts}
    known = [by_code[key] for key in asked.subjects if key in by_code]
    return Choice(tuple(known[:MOST]), tuple(known[MOST:]), asked.size - len(known), own)


def own_among(user: Any, contracts: Iterable[Contract]) -> frozenset[int]:
    """The contracts that the person is a party to; staff of the portal count as one of all."""
    contracts = list(contracts)
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    if user.is_staff:
        return frozenset(one.pk for one in contracts)
    mine = set(Organisation.objects.of_user(user).values_list("pk", flat=True))
    return frozenset(one.pk for one in contracts if one.buyer_id in mine or one.supplier_id in mine)


def _scheme(scheme: Scheme, contracts: list[Contract], own: frozenset[int]) -> Subject:
    about = scheme.department or "Scheme"
    private = any(one.pk in own for one in contracts)
    return Subject("scheme", scheme.code, scheme.name, about, scheme.get_absolute_url(), tuple(contracts), private)


def _contract(one: Contract, own: frozenset[int]) -> Subject:
    about = f"{one.supplier} for {one.buyer}"
    return Subject("contract", one.reference, one.title, about, one.get_absolute_url(), (one,), one.pk in own)


def kind_of(contract: Contract, facts: Facts | None = None) -> Kind:
    """Phase and size as the reader may know them. `capabilities` and their parents are fetched already."""
    groups = {item.parent.name if item.parent else item.name for item in contract.capabilities.all()}
    phase = (facts.said("phase") if facts else "") or ""
    band = "" if facts is None or facts.hides(["value"]) else band_of(contract.baseline_value)
    return Kind(
        frozenset(groups),
        divisions_of(contract.cpv_codes),
        frozenset([phase] if phase else []),
        frozenset([band] if band else []),
    )


def end_of(day: date | None) -> datetime:
    """The last moment of the day in London; now, where none is named."""
    if day is None:
        return timezone.now()
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min)) - timedelta(microseconds=1)


# --- Finding one more -------------------------------------------------------------------------------


def find(user: Any, words: str, asked: Asked) -> tuple[list[Scheme], list[Contract]]:
    """The first schemes and contracts that hold every word, without those that are chosen already."""
    schemes = Scheme.objects.exclude(code__in=asked.schemes).order_by("name", "pk")
    contracts = comparable(user).exclude(reference__in=asked.contracts).select_related("supplier", "buyer")
    for word in words.split()[:MOST_WORDS]:
        schemes = schemes.filter(Q(name__icontains=word) | Q(department__icontains=word))
        contracts = contracts.filter(
            Q(title__icontains=word)
            | Q(number__icontains=word)
            | Q(supplier__name__icontains=word)
            | Q(buyer__name__icontains=word)
            | Q(scheme__name__icontains=word)
        )
    return list(schemes[:MOST_FOUND]), list(contracts.order_by("title", "pk")[:MOST_FOUND])
