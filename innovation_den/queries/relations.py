"""What the portal knows of employers of panellists and firms that pitch: read at once for all of a den.

Rooms that stand beside this one are asked by the name of their models.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.db.models import Max, Q

from innovation_den.models import Panellist, Pitch
from portal.organisations.domains import SHARED_DOMAINS, domain_of
from portal.organisations.models import EmailDomain, Membership, Organisation
from techmap.choices import MatchState
from techmap.models import CapabilityClaim, Evidence, Merge, NameMatch

RECENT_CONTRACT = timedelta(days=2 * 365)
RECENT_CONTACT = timedelta(days=365)

Pair = frozenset[int]


@dataclass
class Relations:
    """Pairs of organisations by number, in either order, and what is known of each side alone."""

    memberships: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))  # by person
    addresses: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))  # domains, by person
    domains: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))  # by organisation
    merged: set[Pair] = field(default_factory=set)
    alike: set[Pair] = field(default_factory=set)
    contracts: dict[Pair, date] = field(default_factory=dict)  # the last day of the latest
    awards: dict[Pair, date] = field(default_factory=dict)
    responses: dict[tuple[int, int], datetime] = field(default_factory=dict)  # (authority, supplier)
    pitching: list[Organisation] = field(default_factory=list)  # firms of all pitches
    sides: dict[int, Organisation | None] = field(default_factory=dict)  # whose of these a panellist is
    offers: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))  # capabilities, by employer


def relations_of(panellists: Iterable[Panellist], pitches: Iterable[Pitch], now: datetime) -> Relations:
    """Everything that conflicts are found from, in a number of queries that does not grow with the den."""
    seats = list(panellists)
    people = {seat.user_id for seat in seats if seat.user_id}
    employers = {seat.employer_id for seat in seats if seat.employer_id}
    asked = {firm.pk: firm for pitch in pitches for firm in firms_asked(pitch)}
    firms = set(asked)
    relations = Relations(pitching=list(asked.values()))
    _read_people(relations, people)
    _read_organisations(relations, employers, firms)
    _read_dealings(relations, employers, firms, now)
    return relations


def firms_asked(pitch: Pitch) -> list[Organisation]:
    """The firms of the pitch, also those that were asked to join in and have not answered."""
    return [pitch.firm, *(partner.firm for partner in pitch.partners.all())]


def _read_people(relations: Relations, people: set[int]) -> None:
    for user, organisation in Membership.objects.filter(user__in=people, ended_at=None).values_list(
        "user", "organisation"
    ):
        relations.memberships[user].add(organisation)
    for user, email in EmailAddress.objects.filter(user__in=people, verified=True).values_list("user", "email"):
        relations.addresses[user].add(domain_of(email))


def _read_organisations(relations: Relations, employers: set[int], firms: set[int]) -> None:
    both = employers | firms
    for organisation, domain in EmailDomain.objects.filter(organisation__in=both).values_list("organisation", "domain"):
        if domain not in SHARED_DOMAINS:
            relations.domains[organisation].add(domain)
    merges = Merge.objects.filter(kept__in=both, folded__in=both, undone_at=None)
    relations.merged = {frozenset(pair) for pair in merges.values_list("kept", "folded")}
    matches = NameMatch.objects.filter(first__in=both, second__in=both, state=MatchState.WAITING)
    relations.alike = {frozenset(pair) for pair in matches.values_list("first", "second")}
    claims = CapabilityClaim.objects.filter(profile__organisation__in=employers)
    evidence = Evidence.objects.filter(supplier__in=employers, capability__isnull=False)
    for employer, capability in [
        *claims.values_list("profile__organisation", "capability"),
        *evidence.values_list("supplier", "capability").distinct(),
    ]:
        relations.offers[employer].add(capability)


def _read_dealings(relations: Relations, employers: set[int], firms: set[int], now: datetime) -> None:
    between = Q(buyer__in=employers, supplier__in=firms) | Q(buyer__in=firms, supplier__in=employers)
    since = (now - RECENT_CONTRACT).date()
    contracts: Any = apps.get_model("reporting", "Contract")
    begun = contracts.objects.exclude(state="draft").filter(between, current_end__gte=since)
    begun = begun.filter(baseline_start__lte=now.date()).order_by()
    relations.contracts = _latest(begun.values_list("buyer", "supplier").annotate(Max("current_end")))
    evidence = Evidence.objects.filter(between, dated__gte=since).order_by()
    relations.awards = _latest(evidence.values_list("buyer", "supplier").annotate(Max("dated")))
    responses: Any = apps.get_model("engagement", "Response")
    sent = responses.objects.filter(
        request__authority__in=employers, supplier__in=firms, submitted_at__gte=now - RECENT_CONTACT
    ).order_by()
    found = sent.values_list("request__authority", "supplier").annotate(Max("submitted_at"))
    relations.responses = {(authority, supplier): at for authority, supplier, at in found}


def _latest(rows: Iterable[tuple[int, int, date]]) -> dict[Pair, date]:
    latest: dict[Pair, date] = {}
    for buyer, supplier, day in rows:
        pair = frozenset({buyer, supplier})
        latest[pair] = max(day, latest.get(pair, day))
    return latest
